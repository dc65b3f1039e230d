-- +goose Up
-- The jobs themselves are in River's table river_job, which River migrates.
CREATE INDEX jobs_river_state ON river_job (state, id);
CREATE INDEX jobs_river_kind ON river_job (kind, state, id);

CREATE TABLE jobs_progress (
    job_id  BIGINT PRIMARY KEY REFERENCES river_job (id) ON DELETE CASCADE,
    done    BIGINT NOT NULL,
    total   BIGINT NOT NULL,
    message TEXT   NOT NULL,
    at      BIGINT NOT NULL
);

-- A replica's sign of life: its running jobs are taken over when this is old.
CREATE TABLE jobs_worker (
    id      TEXT PRIMARY KEY,
    seen_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE jobs_schedule (
    name    TEXT PRIMARY KEY,
    next_at BIGINT NOT NULL
);
