-- +goose Up
CREATE TABLE search_sources (
    name  TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL
);
CREATE TABLE search_documents (
    id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source   TEXT     NOT NULL,
    parent   TEXT     NOT NULL,
    doc      TEXT     NOT NULL,
    type     TEXT     NOT NULL,
    title    TEXT     NOT NULL,
    names    TEXT     NOT NULL,
    location TEXT     NOT NULL,
    owner    TEXT     NOT NULL,
    more     TEXT     NOT NULL,
    hash     TEXT     NOT NULL,
    round    BIGINT   NOT NULL,
    text     TEXT     NOT NULL,
    named    TSVECTOR NOT NULL,
    body     TSVECTOR NOT NULL,
    facts    TSVECTOR NOT NULL
);
CREATE UNIQUE INDEX search_documents_doc ON search_documents (source, doc);
CREATE INDEX search_documents_parent ON search_documents (source, parent);
CREATE INDEX search_documents_round ON search_documents (source, round);
CREATE INDEX search_documents_tokens ON search_documents USING gin (named, body, facts);
CREATE TABLE search_keys (
    key         TEXT   NOT NULL COLLATE "C",
    document_id BIGINT NOT NULL,
    PRIMARY KEY (key, document_id)
);
CREATE INDEX search_keys_document ON search_keys (document_id);
CREATE TABLE search_words (
    word TEXT NOT NULL COLLATE "C" PRIMARY KEY
);
CREATE TABLE search_forms (
    kind BIGINT NOT NULL,
    form TEXT   NOT NULL COLLATE "C",
    word TEXT   NOT NULL COLLATE "C",
    PRIMARY KEY (kind, form, word)
);
