-- +goose Up

-- The next free number of each table, so that numbers are never used again and
-- a change can number its rows before it writes them.
CREATE TABLE catalog_ids (
	one BIGINT PRIMARY KEY CHECK (one = 1),
	entity BIGINT NOT NULL,
	source BIGINT NOT NULL,
	claim BIGINT NOT NULL,
	document BIGINT NOT NULL,
	version BIGINT NOT NULL,
	name BIGINT NOT NULL,
	problem BIGINT NOT NULL
);
INSERT INTO catalog_ids VALUES (1, 1, 1, 1, 1, 1, 1, 1);

-- Every reference that occurs. state: 0 is only referred to, 1 served, 2 deleted.
-- claim_id is the claim that is served, or was last, even if it is gone.
CREATE TABLE catalog_entities (
	id BIGINT PRIMARY KEY,
	ref TEXT COLLATE "C" NOT NULL UNIQUE,
	uid TEXT COLLATE "C" NOT NULL UNIQUE,
	state BIGINT NOT NULL,
	suppressed BIGINT NOT NULL,
	document_id BIGINT NOT NULL,
	claim_id BIGINT NOT NULL,
	hash TEXT COLLATE "C" NOT NULL,
	version BIGINT NOT NULL
);
CREATE INDEX catalog_entities_deleted ON catalog_entities (ref) WHERE state = 2;

-- Contents, written once and shared by claims, entities and versions. edges are the
-- relations that it declares, as a JSON array: source, name and target of each.
CREATE TABLE catalog_documents (
	id BIGINT PRIMARY KEY,
	etag TEXT COLLATE "C" NOT NULL,
	json TEXT COLLATE "C" NOT NULL,
	edges TEXT COLLATE "C" NOT NULL
);

CREATE TABLE catalog_sources (
	id BIGINT PRIMARY KEY,
	provider TEXT COLLATE "C" NOT NULL,
	parent TEXT COLLATE "C" NOT NULL,
	location TEXT COLLATE "C" NOT NULL,
	hash TEXT COLLATE "C" NOT NULL,
	first_seen BIGINT NOT NULL,
	checked BIGINT NOT NULL,
	next_due BIGINT NOT NULL,
	UNIQUE (provider, parent, location)
);
CREATE INDEX catalog_sources_location ON catalog_sources (location);
CREATE INDEX catalog_sources_parent ON catalog_sources (parent) WHERE parent <> '';
CREATE INDEX catalog_sources_due ON catalog_sources (next_due) WHERE next_due > 0;

-- A claim's number is its place in the order of arrival.
CREATE TABLE catalog_claims (
	id BIGINT PRIMARY KEY,
	source_id BIGINT NOT NULL,
	entity_id BIGINT NOT NULL,
	ordinal BIGINT NOT NULL,
	hash TEXT COLLATE "C" NOT NULL,
	document_id BIGINT NOT NULL,
	first_seen BIGINT NOT NULL
);
CREATE INDEX catalog_claims_entity ON catalog_claims (entity_id, source_id);
CREATE INDEX catalog_claims_source ON catalog_claims (source_id);

-- Types of relations.
CREATE TABLE catalog_names (
	id BIGINT PRIMARY KEY,
	name TEXT COLLATE "C" NOT NULL UNIQUE
);

-- The edges of what is served; entity_id is who declares one.
CREATE TABLE catalog_relations (
	source_id BIGINT NOT NULL,
	name_id BIGINT NOT NULL,
	target_id BIGINT NOT NULL,
	entity_id BIGINT NOT NULL,
	PRIMARY KEY (source_id, name_id, target_id, entity_id)
);

CREATE TABLE catalog_versions (
	number BIGINT PRIMARY KEY,
	entity_id BIGINT NOT NULL,
	op TEXT COLLATE "C" NOT NULL,
	provider TEXT COLLATE "C" NOT NULL,
	location TEXT COLLATE "C" NOT NULL,
	actor TEXT COLLATE "C" NOT NULL,
	reason TEXT COLLATE "C" NOT NULL,
	time BIGINT NOT NULL,
	document_id BIGINT NOT NULL,
	previous_id BIGINT NOT NULL
);
CREATE INDEX catalog_versions_entity ON catalog_versions (entity_id, number);

CREATE TABLE catalog_problems (
	id BIGINT PRIMARY KEY,
	source_id BIGINT NOT NULL,
	severity TEXT COLLATE "C" NOT NULL,
	rule TEXT COLLATE "C" NOT NULL,
	message TEXT COLLATE "C" NOT NULL,
	remedy TEXT COLLATE "C" NOT NULL,
	document BIGINT NOT NULL,
	line BIGINT NOT NULL,
	col BIGINT NOT NULL,
	pointer TEXT COLLATE "C" NOT NULL,
	entity TEXT COLLATE "C" NOT NULL,
	owner TEXT COLLATE "C" NOT NULL,
	first_seen BIGINT NOT NULL
);
CREATE INDEX catalog_problems_source ON catalog_problems (source_id);
CREATE INDEX catalog_problems_entity ON catalog_problems (entity, id);
CREATE INDEX catalog_problems_owner ON catalog_problems (owner, id);

CREATE TABLE catalog_locations (
	id TEXT COLLATE "C" PRIMARY KEY,
	type TEXT COLLATE "C" NOT NULL,
	target TEXT COLLATE "C" NOT NULL,
	UNIQUE (target, type)
);
