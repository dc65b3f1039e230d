-- +goose Up
-- What was sent, once for all whom it is for. It never changes but for how far
-- it has been handed on: spread is the last person, in order of reference.
CREATE TABLE notify_message (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    key       TEXT    NOT NULL UNIQUE,
    origin    TEXT    NOT NULL,
    scope     TEXT    NOT NULL,
    topic     TEXT    NOT NULL,
    severity  INTEGER NOT NULL,
    title     TEXT    NOT NULL,
    body      TEXT    NOT NULL,
    link      TEXT    NOT NULL,
    about     TEXT    NOT NULL,
    recipients TEXT   NOT NULL,
    excepted  TEXT    NOT NULL,
    sent_at   INTEGER NOT NULL,
    spread    TEXT    NOT NULL
) STRICT;
CREATE INDEX notify_message_sent ON notify_message (sent_at);

-- An entry of a person's inbox: the last message of an origin and scope.
CREATE TABLE notify_item (
    id         TEXT    PRIMARY KEY,
    recipient  TEXT    NOT NULL,
    origin     TEXT    NOT NULL,
    scope      TEXT    NOT NULL,
    message_id INTEGER NOT NULL REFERENCES notify_message (id),
    topic      TEXT    NOT NULL,
    severity   INTEGER NOT NULL,
    times      INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    read_at    INTEGER NOT NULL,
    saved_at   INTEGER NOT NULL,
    UNIQUE (recipient, origin, scope)
) STRICT;
CREATE INDEX notify_item_inbox ON notify_item (recipient, updated_at, id);
CREATE INDEX notify_item_unread ON notify_item (recipient, updated_at, id) WHERE read_at = 0;
CREATE INDEX notify_item_saved ON notify_item (recipient, updated_at, id) WHERE saved_at > 0;
CREATE INDEX notify_item_topic ON notify_item (recipient, topic, updated_at, id);
CREATE INDEX notify_item_message ON notify_item (message_id);
CREATE INDEX notify_item_age ON notify_item (updated_at) WHERE saved_at = 0;

CREATE TABLE notify_choice (
    person  TEXT    NOT NULL,
    topic   TEXT    NOT NULL,
    channel TEXT    NOT NULL,
    chosen  INTEGER NOT NULL,
    PRIMARY KEY (topic, person, channel)
) STRICT, WITHOUT ROWID;
CREATE INDEX notify_choice_person ON notify_choice (person);

CREATE TABLE notify_quiet (
    person     TEXT    PRIMARY KEY,
    from_min   INTEGER NOT NULL,
    until_min  INTEGER NOT NULL,
    zone       TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE notify_subscription (
    kind       TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    person     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (kind, key, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX notify_subscription_person ON notify_subscription (person, kind, key);

CREATE TABLE notify_cursor (
    name     TEXT    PRIMARY KEY,
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
