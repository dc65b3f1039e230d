// SPDX-License-Identifier: Apache-2.0

package sqlitejobs

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/sqldb"
)

// Insert stores a job; see jobs.Enqueuer.
func (q *Queue) Insert(ctx context.Context, tx *sql.Tx, r jobs.Request) (ticket jobs.Ticket, err error) {
	if r, err = r.Normal(); err != nil {
		return ticket, err
	}
	if tx != nil {
		ticket, err = insert(ctx, tx, r)
		q.db.OnCommit(tx, func() { q.signal(r.Queue) })
		return ticket, sqldb.Classify(err)
	}
	err = q.db.InTx(ctx, func(tx *sql.Tx) error {
		ticket, err = insert(ctx, tx, r)
		return err
	})
	q.signal(r.Queue)
	return ticket, err
}

func insert(ctx context.Context, tx *sql.Tx, r jobs.Request) (jobs.Ticket, error) {
	now := time.Now()
	runAt := r.RunAt
	if runAt.IsZero() {
		runAt = now
	}
	var ticket jobs.Ticket
	err := tx.QueryRowContext(ctx,
		`INSERT INTO jobs_job (kind, queue, state, args, priority, max_attempts, unique_key, created_at, run_at)
		VALUES (?, ?, 'pending', ?, ?, ?, NULLIF(?, ''), ?, ?)
		ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL AND state IN ('pending', 'running') DO NOTHING
		RETURNING id`,
		r.Kind, r.Queue, string(r.Args), r.Priority, r.MaxAttempts, r.UniqueKey, sqldb.Micros(now), sqldb.Micros(runAt)).Scan(&ticket.ID)
	if errors.Is(err, sql.ErrNoRows) {
		ticket.Duplicate = true
		err = tx.QueryRowContext(ctx,
			`SELECT id
			FROM jobs_job
			WHERE unique_key = ? AND state IN ('pending', 'running')`, r.UniqueKey).Scan(&ticket.ID)
	}
	return ticket, err
}

// due selects the jobs to run next: for each priority a range of an index, so
// that jobs of the future are never read.
var due = func() string {
	var parts []string
	for p := 1; p <= 4; p++ {
		parts = append(parts, fmt.Sprintf(
			`SELECT * FROM (
				SELECT id, %d AS priority
				FROM jobs_job
				WHERE state = 'pending' AND queue = ?1 AND priority = %d AND run_at <= ?2
				ORDER BY run_at, id
				LIMIT ?3)`, p, p))
	}
	return strings.Join(parts, ` UNION ALL `)
}()

// claim takes up to n due jobs.
func (q *Queue) claim(ctx context.Context, queue string, n int) ([]claimed, error) {
	next, err := q.nextDue(ctx, queue) // a read, which waits for nobody
	if err != nil || next.IsZero() || next.After(time.Now()) {
		return nil, err
	}
	var got []claimed
	err = q.db.InTx(ctx, func(tx *sql.Tx) error {
		got = got[:0]
		rows, err := tx.QueryContext(ctx,
			`UPDATE jobs_job
			SET state = 'running', attempt = attempt + 1, claim = claim + 1, started_at = ?2,
				progress_done = 0, progress_total = 0, progress_message = '', progress_at = 0
			WHERE id IN (SELECT id FROM (`+due+`) ORDER BY priority LIMIT ?3)
			RETURNING `+columns+`, claim`, queue, sqldb.Micros(time.Now()), n)
		if err != nil {
			return err
		}
		defer rows.Close() //nolint:errcheck // read to the end
		for rows.Next() {
			var job claimed
			if err := scan(rows, &job.Info, &job.claim); err != nil {
				return err
			}
			got = append(got, job)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, err
	}
	sort.Slice(got, func(i, j int) bool {
		a, b := got[i], got[j]
		if a.Priority != b.Priority {
			return a.Priority < b.Priority
		}
		return a.RunAt.Before(b.RunAt) || a.RunAt.Equal(b.RunAt) && a.ID < b.ID
	})
	return got, nil
}

// nextDue returns when the next pending job of a queue is due, zero for never.
func (q *Queue) nextDue(ctx context.Context, queue string) (time.Time, error) {
	const one = `SELECT MIN(run_at) AS t FROM jobs_job WHERE state = 'pending' AND queue = ?1 AND priority = `
	var us sql.NullInt64
	err := q.db.SQL().QueryRowContext(ctx,
		`SELECT MIN(t) FROM (`+one+`1 UNION ALL `+one+`2 UNION ALL `+one+`3 UNION ALL `+one+`4)`, queue).Scan(&us)
	return sqldb.FromMicros(us.Int64), err
}

// outcome is what becomes of a job after an attempt.
type outcome struct {
	state             jobs.State
	runAt, finishedAt time.Time
	uncount           int // attempts to take back
	failure           *jobs.AttemptError
}

// store writes the outcome, unless the job is not this attempt's any more. A job
// that was to run again although somebody cancelled it is cancelled.
func (q *Queue) store(ctx context.Context, job claimed, o outcome) error {
	failure := sql.NullString{}
	if o.failure != nil {
		raw, err := json.Marshal(o.failure)
		if err != nil {
			return err
		}
		failure = sql.NullString{String: string(raw), Valid: true}
	}
	_, err := q.db.Exec(ctx,
		`UPDATE jobs_job
		SET state = CASE WHEN cancel = 1 AND ?1 = 'pending' THEN 'cancelled' ELSE ?1 END,
			finished_at = CASE WHEN cancel = 1 AND ?1 = 'pending' THEN ?2 ELSE ?3 END,
			run_at = CASE WHEN ?4 > 0 THEN ?4 ELSE run_at END,
			attempt = attempt - ?5,
			errors = CASE WHEN ?6 IS NULL THEN errors ELSE json_insert(errors, '$[#]', json(?6)) END
		WHERE id = ?7 AND claim = ?8 AND state = 'running'`,
		string(o.state), sqldb.Micros(time.Now()), sqldb.Micros(o.finishedAt), sqldb.Micros(o.runAt),
		o.uncount, failure, job.ID, job.claim)
	return err
}

func (q *Queue) completeTx(ctx context.Context, tx *sql.Tx, job claimed) (int64, error) {
	res, err := tx.ExecContext(ctx,
		`UPDATE jobs_job
		SET state = 'done', finished_at = ?
		WHERE id = ? AND claim = ? AND state = 'running' AND cancel = 0`, sqldb.Micros(time.Now()), job.ID, job.claim)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (q *Queue) setProgress(ctx context.Context, job claimed, p jobs.Progress) error {
	_, err := q.db.Exec(ctx,
		`UPDATE jobs_job
		SET progress_done = ?, progress_total = ?, progress_message = ?, progress_at = ?
		WHERE id = ? AND claim = ?`, p.Done, p.Total, p.Message, sqldb.Micros(p.At), job.ID, job.claim)
	return err
}

// recoverOrphans puts back the jobs of a process that ended while they ran. The
// attempt counts: a job that kills its process must not do so for ever.
func (q *Queue) recoverOrphans(ctx context.Context) error {
	now := sqldb.Micros(time.Now())
	_, err := q.db.Exec(ctx,
		`UPDATE jobs_job
		SET state = CASE WHEN cancel = 1 THEN 'cancelled' WHEN attempt < max_attempts THEN 'pending' ELSE 'failed' END,
			finished_at = CASE WHEN cancel = 0 AND attempt < max_attempts THEN 0 ELSE ?1 END,
			run_at = ?1,
			errors = json_insert(errors, '$[#]', json_object('At', ?2, 'Attempt', attempt, 'Message', 'the process ended during this attempt'))
		WHERE state = 'running'`, now, time.UnixMicro(now).UTC().Format(time.RFC3339Nano))
	return err
}

// removeOld deletes finished jobs that are older than the settings say.
func (q *Queue) removeOld(ctx context.Context, now time.Time) error {
	_, err := q.db.Exec(ctx,
		`DELETE FROM jobs_job
		WHERE state IN ('done', 'cancelled') AND finished_at > 0 AND finished_at < ?
			OR state = 'failed' AND finished_at > 0 AND finished_at < ?`,
		sqldb.Micros(now.Add(-q.settings.Retain)), sqldb.Micros(now.Add(-q.settings.RetainFailed)))
	return err
}
