-- +goose Up
CREATE TABLE jobs_job (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    kind             TEXT    NOT NULL,
    queue            TEXT    NOT NULL,
    state            TEXT    NOT NULL CHECK (state IN ('pending', 'running', 'done', 'failed', 'cancelled')),
    args             TEXT    NOT NULL,
    priority         INTEGER NOT NULL,
    attempt          INTEGER NOT NULL DEFAULT 0,
    max_attempts     INTEGER NOT NULL,
    -- claim grows with every claim: it tells an attempt from a later one.
    claim            INTEGER NOT NULL DEFAULT 0,
    unique_key       TEXT,
    cancel           INTEGER NOT NULL DEFAULT 0,
    created_at       INTEGER NOT NULL,
    run_at           INTEGER NOT NULL,
    started_at       INTEGER NOT NULL DEFAULT 0,
    finished_at      INTEGER NOT NULL DEFAULT 0,
    errors           TEXT    NOT NULL DEFAULT '[]',
    progress_done    INTEGER NOT NULL DEFAULT 0,
    progress_total   INTEGER NOT NULL DEFAULT 0,
    progress_message TEXT    NOT NULL DEFAULT '',
    progress_at      INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX jobs_job_unique ON jobs_job (unique_key)
    WHERE unique_key IS NOT NULL AND state IN ('pending', 'running');
CREATE INDEX jobs_job_due ON jobs_job (queue, priority, run_at, id) WHERE state = 'pending';
CREATE INDEX jobs_job_running ON jobs_job (cancel) WHERE state = 'running';
CREATE INDEX jobs_job_finished ON jobs_job (state, finished_at) WHERE finished_at > 0;
CREATE INDEX jobs_job_state ON jobs_job (state, id);
CREATE INDEX jobs_job_kind ON jobs_job (kind, state, id);

CREATE TABLE jobs_schedule (
    name    TEXT PRIMARY KEY,
    next_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
