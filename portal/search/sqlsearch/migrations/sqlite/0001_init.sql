-- +goose Up
CREATE TABLE search_sources (
    name  TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL
) STRICT;
-- What ranking does not need comes last, so that a row is read without it.
CREATE TABLE search_documents (
    id       INTEGER PRIMARY KEY,
    source   TEXT    NOT NULL,
    parent   TEXT    NOT NULL,
    doc      TEXT    NOT NULL,
    type     TEXT    NOT NULL,
    title    TEXT    NOT NULL,
    names    TEXT    NOT NULL,
    location TEXT    NOT NULL,
    owner    TEXT    NOT NULL,
    more     TEXT    NOT NULL,
    hash     TEXT    NOT NULL,
    round    INTEGER NOT NULL,
    text     TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX search_documents_doc ON search_documents (source, doc);
CREATE INDEX search_documents_parent ON search_documents (source, parent);
CREATE INDEX search_documents_round ON search_documents (source, round);
CREATE TABLE search_keys (
    key         TEXT    NOT NULL,
    document_id INTEGER NOT NULL,
    PRIMARY KEY (key, document_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX search_keys_document ON search_keys (document_id);
CREATE TABLE search_words (
    word TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
CREATE TABLE search_forms (
    kind INTEGER NOT NULL,
    form TEXT    NOT NULL,
    word TEXT    NOT NULL,
    PRIMARY KEY (kind, form, word)
) STRICT, WITHOUT ROWID;
-- Words come cut and folded; a token is whatever stands between spaces.
CREATE VIRTUAL TABLE search_tokens USING fts5 (
    names, body, facts,
    content = '', contentless_delete = 1,
    tokenize = "ascii tokenchars '!#$%&()*+,-./:;<=>?@[\]^_`{|}~'"
);
