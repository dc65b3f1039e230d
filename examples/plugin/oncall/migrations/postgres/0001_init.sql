-- +goose Up
CREATE TABLE oncall_rotas (
	name TEXT NOT NULL PRIMARY KEY,
	title TEXT NOT NULL,
	team TEXT NOT NULL,
	channel TEXT NOT NULL,
	people TEXT NOT NULL,        -- a JSON array of user names, in order
	starts_at BIGINT NOT NULL,  -- microseconds since 1970, as sqldb.Micros has it
	shift_seconds BIGINT NOT NULL
);

-- When the roster was read, and what went wrong since: one row.
CREATE TABLE oncall_reads (
	id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
	read_at BIGINT NOT NULL,
	failure TEXT NOT NULL
);
INSERT INTO oncall_reads (id, read_at, failure) VALUES (1, 0, '');
