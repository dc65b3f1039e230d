-- +goose Up
CREATE TABLE auth_session (
    id               TEXT    PRIMARY KEY,
    token_hash       TEXT    NOT NULL UNIQUE,
    subject          TEXT    NOT NULL,
    issuer           TEXT    NOT NULL,
    provider_subject TEXT    NOT NULL,
    provider_session TEXT    NOT NULL,
    data             TEXT    NOT NULL,
    detail           TEXT    NOT NULL,
    created_at       INTEGER NOT NULL,
    seen_at          INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL
) STRICT;
CREATE INDEX auth_session_subject ON auth_session (subject, created_at);
CREATE INDEX auth_session_provider ON auth_session (issuer, provider_subject);
CREATE INDEX auth_session_sid ON auth_session (issuer, provider_session);
CREATE INDEX auth_session_expiry ON auth_session (expires_at);
CREATE INDEX auth_session_seen ON auth_session (seen_at);

CREATE TABLE auth_flow (
    state_hash   TEXT    PRIMARY KEY,
    browser_hash TEXT    NOT NULL,
    method       TEXT    NOT NULL,
    data         TEXT    NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX auth_flow_expiry ON auth_flow (expires_at);

CREATE TABLE auth_logout (
    issuer     TEXT    NOT NULL,
    token_id   TEXT    NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (issuer, token_id)
) STRICT;
CREATE INDEX auth_logout_expiry ON auth_logout (expires_at);

CREATE TABLE auth_key (
    id         TEXT    PRIMARY KEY,
    hash       TEXT    NOT NULL UNIQUE,
    subject    TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    limits     TEXT    NOT NULL,
    created_by TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX auth_key_subject ON auth_key (subject, created_at);

CREATE TABLE auth_device (
    device_hash TEXT    PRIMARY KEY,
    user_hash   TEXT    NOT NULL UNIQUE,
    client      TEXT    NOT NULL,
    address     TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    subject     TEXT    NOT NULL,
    wait_us     INTEGER NOT NULL,
    polled_at   INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX auth_device_expiry ON auth_device (expires_at);
