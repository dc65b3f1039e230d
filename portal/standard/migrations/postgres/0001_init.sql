-- +goose Up
CREATE TABLE newcomer_person (
    issuer     TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    name       TEXT   NOT NULL UNIQUE,
    title      TEXT   NOT NULL,
    email      TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);
