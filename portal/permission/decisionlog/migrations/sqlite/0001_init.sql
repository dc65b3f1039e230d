-- +goose Up
CREATE TABLE permission_decision (
    day         INTEGER NOT NULL,
    caller      TEXT    NOT NULL,
    permission  TEXT    NOT NULL,
    caller_json TEXT    NOT NULL,
    effect      TEXT    NOT NULL,
    on_text     TEXT    NOT NULL,
    made        INTEGER NOT NULL,
    last_at     INTEGER NOT NULL,
    PRIMARY KEY (day, caller, permission)
) STRICT;
CREATE INDEX permission_decision_last ON permission_decision (last_at);
CREATE INDEX permission_decision_day ON permission_decision (day, last_at, caller, permission);
