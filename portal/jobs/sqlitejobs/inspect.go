// SPDX-License-Identifier: Apache-2.0

package sqlitejobs

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/jobs/internal/jobsdb"
	"github.com/callboard/callboard/portal/sqldb"
)

const columns = `id, kind, queue, state, args, priority, attempt, max_attempts,
	created_at, run_at, started_at, finished_at, errors,
	progress_done, progress_total, progress_message, progress_at`

// scan reads columns, and after them what more asks for.
func scan(row interface{ Scan(dest ...any) error }, info *jobs.Info, more ...any) error {
	var args, errs string
	var created, run, started, finished, progress int64
	dest := append([]any{
		&info.ID, &info.Kind, &info.Queue, &info.State, &args, &info.Priority, &info.Attempt, &info.MaxAttempts,
		&created, &run, &started, &finished, &errs,
		&info.Progress.Done, &info.Progress.Total, &info.Progress.Message, &progress,
	}, more...)
	if err := row.Scan(dest...); err != nil {
		return err
	}
	info.Args = json.RawMessage(args)
	info.CreatedAt, info.RunAt = sqldb.FromMicros(created), sqldb.FromMicros(run)
	info.StartedAt, info.FinishedAt = sqldb.FromMicros(started), sqldb.FromMicros(finished)
	info.Progress.At = sqldb.FromMicros(progress)
	if errs == "[]" {
		return nil
	}
	if err := json.Unmarshal([]byte(errs), &info.Errors); err != nil {
		return fmt.Errorf("sqlitejobs: errors of job %d: %w", info.ID, err)
	}
	return nil
}

// Job returns one job; see jobs.Inspector.
func (q *Queue) Job(ctx context.Context, id int64) (jobs.Info, error) {
	var info jobs.Info
	err := scan(q.db.SQL().QueryRowContext(ctx, `SELECT `+columns+` FROM jobs_job WHERE id = ?`, id), &info)
	if errors.Is(err, sql.ErrNoRows) {
		return jobs.Info{}, jobsdb.NotFound(id)
	}
	return info, sqldb.Classify(err)
}

// Jobs returns jobs, the newest first; see jobs.Inspector.
func (q *Queue) Jobs(ctx context.Context, query jobs.Query) ([]jobs.Info, error) {
	text, args := list(query)
	rows, err := q.db.SQL().QueryContext(ctx, text, args...)
	if err != nil {
		return nil, sqldb.Classify(err)
	}
	defer rows.Close() //nolint:errcheck // read to the end
	infos := []jobs.Info{}
	for rows.Next() {
		var info jobs.Info
		if err := scan(rows, &info); err != nil {
			return nil, err
		}
		infos = append(infos, info)
	}
	return infos, sqldb.Classify(rows.Err())
}

func list(query jobs.Query) (string, []any) {
	text, args := `SELECT `+columns+` FROM jobs_job WHERE 1 = 1`, []any{}
	if query.State != "" {
		text, args = text+` AND state = ?`, append(args, string(query.State))
	}
	if query.Kind != "" {
		text, args = text+` AND kind = ?`, append(args, query.Kind)
	}
	if query.Before != 0 {
		text, args = text+` AND id < ?`, append(args, query.Before)
	}
	return text + ` ORDER BY id DESC LIMIT ?`, append(args, query.PageSize())
}

// Counts counts the jobs by kind and state; see jobs.Inspector.
func (q *Queue) Counts(ctx context.Context) ([]jobs.Count, error) {
	rows, err := q.db.SQL().QueryContext(ctx,
		`SELECT kind, state, COUNT(*)
		FROM jobs_job
		GROUP BY kind, state
		ORDER BY kind, state`)
	if err != nil {
		return nil, sqldb.Classify(err)
	}
	defer rows.Close() //nolint:errcheck // read to the end
	counts := []jobs.Count{}
	for rows.Next() {
		var c jobs.Count
		if err := rows.Scan(&c.Kind, &c.State, &c.N); err != nil {
			return nil, err
		}
		counts = append(counts, c)
	}
	return counts, sqldb.Classify(rows.Err())
}

// Cancel stops a job; see jobs.Inspector.
func (q *Queue) Cancel(ctx context.Context, id int64) error {
	res, err := q.db.Exec(ctx,
		`UPDATE jobs_job
		SET finished_at = CASE state WHEN 'pending' THEN ? ELSE finished_at END,
			cancel = CASE state WHEN 'running' THEN 1 ELSE cancel END,
			state = CASE state WHEN 'pending' THEN 'cancelled' ELSE state END
		WHERE id = ?`, sqldb.Micros(time.Now()), id)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, jobsdb.NotFound(id))
	}
	q.cancelRunning(id)
	return nil
}

func (q *Queue) cancelRunning(id int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if cancel, ok := q.running[id]; ok {
		cancel(jobs.ErrCancelled)
	}
}

// obeyCancellations cancels the jobs that another process asked to cancel.
func (q *Queue) obeyCancellations(ctx context.Context) error {
	rows, err := q.db.SQL().QueryContext(ctx, `SELECT id FROM jobs_job WHERE state = 'running' AND cancel = 1`)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // read to the end
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return err
		}
		q.cancelRunning(id)
	}
	return rows.Err()
}

// Retry runs a job again; see jobs.Inspector.
func (q *Queue) Retry(ctx context.Context, id int64) error {
	res, err := q.db.Exec(ctx,
		`UPDATE jobs_job
		SET state = 'pending', run_at = ?, finished_at = 0, cancel = 0, max_attempts = MAX(max_attempts, attempt + 1)
		WHERE id = ? AND state <> 'running'`, sqldb.Micros(time.Now()), id)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err == nil && n == 1 {
		for name := range q.wake {
			q.signal(name)
		}
		return nil
	}
	if _, err := q.Job(ctx, id); err != nil {
		return err
	}
	return jobsdb.Running(id)
}
