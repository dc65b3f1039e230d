-- +goose Up

-- The next free number of each table, so that numbers are never used again and
-- a change can number its rows before it writes them.
CREATE TABLE catalog_ids (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	entity INTEGER NOT NULL,
	source INTEGER NOT NULL,
	claim INTEGER NOT NULL,
	document INTEGER NOT NULL,
	version INTEGER NOT NULL,
	name INTEGER NOT NULL,
	problem INTEGER NOT NULL
) STRICT;
INSERT INTO catalog_ids VALUES (1, 1, 1, 1, 1, 1, 1, 1);

-- Every reference that occurs. state: 0 is only referred to, 1 served, 2 deleted.
-- claim_id is the claim that is served, or was last, even if it is gone.
CREATE TABLE catalog_entities (
	id INTEGER PRIMARY KEY,
	ref TEXT NOT NULL UNIQUE,
	uid TEXT NOT NULL UNIQUE,
	state INTEGER NOT NULL,
	suppressed INTEGER NOT NULL,
	document_id INTEGER NOT NULL,
	claim_id INTEGER NOT NULL,
	hash TEXT NOT NULL,
	version INTEGER NOT NULL
) STRICT;
CREATE INDEX catalog_entities_deleted ON catalog_entities (ref) WHERE state = 2;

-- Contents, written once and shared by claims, entities and versions. edges are the
-- relations that it declares, as a JSON array: source, name and target of each.
CREATE TABLE catalog_documents (
	id INTEGER PRIMARY KEY,
	etag TEXT NOT NULL,
	json TEXT NOT NULL,
	edges TEXT NOT NULL
) STRICT;

CREATE TABLE catalog_sources (
	id INTEGER PRIMARY KEY,
	provider TEXT NOT NULL,
	parent TEXT NOT NULL,
	location TEXT NOT NULL,
	hash TEXT NOT NULL,
	first_seen INTEGER NOT NULL,
	checked INTEGER NOT NULL,
	next_due INTEGER NOT NULL,
	UNIQUE (provider, parent, location)
) STRICT;
CREATE INDEX catalog_sources_location ON catalog_sources (location);
CREATE INDEX catalog_sources_parent ON catalog_sources (parent) WHERE parent <> '';
CREATE INDEX catalog_sources_due ON catalog_sources (next_due) WHERE next_due > 0;

-- A claim's number is its place in the order of arrival.
CREATE TABLE catalog_claims (
	id INTEGER PRIMARY KEY,
	source_id INTEGER NOT NULL,
	entity_id INTEGER NOT NULL,
	ordinal INTEGER NOT NULL,
	hash TEXT NOT NULL,
	document_id INTEGER NOT NULL,
	first_seen INTEGER NOT NULL
) STRICT;
CREATE INDEX catalog_claims_entity ON catalog_claims (entity_id, source_id);
CREATE INDEX catalog_claims_source ON catalog_claims (source_id);

-- Types of relations.
CREATE TABLE catalog_names (
	id INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE
) STRICT;

-- The edges of what is served; entity_id is who declares one.
CREATE TABLE catalog_relations (
	source_id INTEGER NOT NULL,
	name_id INTEGER NOT NULL,
	target_id INTEGER NOT NULL,
	entity_id INTEGER NOT NULL,
	PRIMARY KEY (source_id, name_id, target_id, entity_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE catalog_versions (
	number INTEGER PRIMARY KEY,
	entity_id INTEGER NOT NULL,
	op TEXT NOT NULL,
	provider TEXT NOT NULL,
	location TEXT NOT NULL,
	actor TEXT NOT NULL,
	reason TEXT NOT NULL,
	time INTEGER NOT NULL,
	document_id INTEGER NOT NULL,
	previous_id INTEGER NOT NULL
) STRICT;
CREATE INDEX catalog_versions_entity ON catalog_versions (entity_id, number);

CREATE TABLE catalog_problems (
	id INTEGER PRIMARY KEY,
	source_id INTEGER NOT NULL,
	severity TEXT NOT NULL,
	rule TEXT NOT NULL,
	message TEXT NOT NULL,
	remedy TEXT NOT NULL,
	document INTEGER NOT NULL,
	line INTEGER NOT NULL,
	col INTEGER NOT NULL,
	pointer TEXT NOT NULL,
	entity TEXT NOT NULL,
	owner TEXT NOT NULL,
	first_seen INTEGER NOT NULL
) STRICT;
CREATE INDEX catalog_problems_source ON catalog_problems (source_id);
CREATE INDEX catalog_problems_entity ON catalog_problems (entity, id);
CREATE INDEX catalog_problems_owner ON catalog_problems (owner, id);

CREATE TABLE catalog_locations (
	id TEXT PRIMARY KEY,
	type TEXT NOT NULL,
	target TEXT NOT NULL,
	UNIQUE (target, type)
) STRICT;
