-- +goose Up
CREATE TABLE oncall_rotas (
	name TEXT NOT NULL PRIMARY KEY,
	title TEXT NOT NULL,
	team TEXT NOT NULL,
	channel TEXT NOT NULL,
	people TEXT NOT NULL,        -- a JSON array of user names, in order
	starts_at INTEGER NOT NULL,  -- microseconds since 1970, as sqldb.Micros has it
	shift_seconds INTEGER NOT NULL
) STRICT;

-- When the roster was read, and what went wrong since: one row.
CREATE TABLE oncall_reads (
	id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
	read_at INTEGER NOT NULL,
	failure TEXT NOT NULL
) STRICT;
INSERT INTO oncall_reads (id, read_at, failure) VALUES (1, 0, '');
