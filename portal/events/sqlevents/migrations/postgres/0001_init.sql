-- +goose Up
-- tx is the transaction that wrote the row: ids are given before the commit, so
-- that a smaller id may become visible after a greater one. A reader goes on
-- from the oldest transaction that it may not have seen.
CREATE TABLE events_message (
    id         BIGINT      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tx         XID8        NOT NULL DEFAULT pg_current_xact_id(),
    topic      TEXT        NOT NULL,
    payload    TEXT        NOT NULL,
    origin     TEXT        NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX events_message_tx ON events_message (tx, id);
CREATE INDEX events_message_created ON events_message (created_at);
