// SPDX-License-Identifier: Apache-2.0

package riverjobs

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/jobs/internal/jobsdb"
	"github.com/callboard/callboard/portal/sqldb"
)

// envelope is how a job travels through River: one type for every kind. The
// arguments are JSON as a text, since River's column is JSONB, which refuses
// "\u0000" and does not keep numbers and duplicate fields as they were.
type envelope struct {
	kind   string
	Args   string `json:"args"`
	Unique string `json:"unique,omitempty" river:"unique"`
}

// Kind tells River the kind.
func (e envelope) Kind() string { return e.kind }

// worker runs one handler for River.
type worker struct {
	river.WorkerDefaults[envelope]
	q       *Queue
	handler jobs.Handler
}

// Work makes one attempt and translates its outcome into River's terms.
func (w *worker) Work(ctx context.Context, job *river.Job[envelope]) error {
	ctx, release := w.q.withStopCause(ctx)
	defer release()
	info := infoOf(job)
	err := w.handler.Run(ctx, jobs.Attempt{Info: info, Control: control{w.q, job.JobRow}})
	if err == nil {
		return nil
	}
	if d, ok := jobs.IsSnooze(err); ok {
		return river.JobSnooze(d)
	}
	if errors.Is(context.Cause(ctx), jobs.ErrStopped) {
		return river.JobSnooze(0)
	}
	w.q.settings.Logger.WarnContext(ctx, "jobs: attempt failed", "job", info.ID, "kind", info.Kind, "attempt", info.Attempt, "err", err)
	if jobs.IsCancel(err) {
		return river.JobCancel(err)
	}
	return err
}

// withStopCause gives ctx the causes that package jobs promises. River cancels
// it with its own.
func (q *Queue) withStopCause(ctx context.Context) (context.Context, context.CancelFunc) {
	inner, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	end := context.AfterFunc(ctx, func() {
		if errors.Is(context.Cause(ctx), rivertype.ErrJobCancelledRemotely) {
			cancel(jobs.ErrCancelled)
			return
		}
		cancel(jobs.ErrStopped)
	})
	return inner, func() { end(); cancel(nil) }
}

func infoOf(job *river.Job[envelope]) jobs.Info {
	info := jobs.Info{
		ID: job.ID, Kind: job.Kind, Queue: job.Queue, State: jobs.StateRunning, Args: json.RawMessage(job.Args.Args),
		Priority: job.Priority, Attempt: job.Attempt, MaxAttempts: job.MaxAttempts,
		CreatedAt: job.CreatedAt.UTC(), RunAt: job.ScheduledAt.UTC(),
	}
	if job.AttemptedAt != nil {
		info.StartedAt = job.AttemptedAt.UTC()
	}
	for _, e := range job.Errors {
		info.Errors = append(info.Errors, jobs.AttemptError{At: e.At.UTC(), Attempt: e.Attempt, Message: e.Error})
	}
	return info
}

// control is what a running job can do to itself.
type control struct {
	q   *Queue
	row *rivertype.JobRow
}

// SetProgress stores how far the job is.
func (c control) SetProgress(ctx context.Context, p jobs.Progress) error {
	_, err := c.q.db.Exec(ctx,
		`INSERT INTO jobs_progress (job_id, done, total, message, at)
		VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (job_id) DO UPDATE
		SET done = excluded.done, total = excluded.total, message = excluded.message, at = excluded.at`,
		c.row.ID, p.Done, p.Total, p.Message, sqldb.Micros(p.At))
	return err
}

// CompleteTx marks the job done in tx, if it is still this attempt's. River's
// own JobCompleteTx does not tell one attempt from the next; the moment at which
// the attempt began does, together with the worker.
func (c control) CompleteTx(ctx context.Context, tx *sql.Tx) error {
	res, err := tx.ExecContext(ctx,
		`UPDATE river_job
		SET state = 'completed', finalized_at = now()
		WHERE id = $1 AND state = 'running' AND attempted_at = $2
			AND attempted_by[array_upper(attempted_by, 1)] = $3
			AND NOT metadata ? 'cancel_attempted_at'`,
		c.row.ID, c.row.AttemptedAt, c.q.id)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return jobsdb.Lost(c.row.ID)
}

// signOfLife tells the other workers that this one lives.
func (q *Queue) signOfLife(ctx context.Context) error {
	_, err := q.db.Exec(ctx,
		`INSERT INTO jobs_worker (id, seen_at)
		VALUES (?, clock_timestamp())
		ON CONFLICT (id) DO UPDATE
		SET seen_at = excluded.seen_at`, q.id)
	return err
}

// farewell lets the others take over at once what this worker left running.
func (q *Queue) farewell(ctx context.Context) error {
	_, err := q.db.Exec(ctx, `DELETE FROM jobs_worker WHERE id = ?`, q.id)
	return err
}

// live gives signs of life and takes over from those that gave none. A worker
// that could not give one in time goes on: what it writes through CompleteTx is
// refused if its jobs were taken over.
func (q *Queue) live(ctx context.Context) {
	for ctx.Err() == nil {
		err := errors.Join(q.signOfLife(ctx), q.takeOver(ctx))
		if err != nil && ctx.Err() == nil {
			q.settings.Logger.ErrorContext(ctx, "riverjobs: sign of life", "err", err)
		}
		sleep(ctx, q.settings.Lease/3)
	}
}

// takeOver puts back the running jobs of workers that live no more. The attempt
// counts: a job that kills its process must not do so for ever.
func (q *Queue) takeOver(ctx context.Context) error {
	lease := q.settings.Lease.Milliseconds()
	return q.db.InTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx,
			`DELETE FROM jobs_worker
			WHERE seen_at < clock_timestamp() - $1 * INTERVAL '1 millisecond'`, lease)
		if err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx,
			`UPDATE river_job
			SET state = CASE
					WHEN metadata ? 'cancel_attempted_at' THEN 'cancelled'::river_job_state
					WHEN attempt < max_attempts THEN 'available'::river_job_state
					ELSE 'discarded'::river_job_state END,
				finalized_at = CASE
					WHEN NOT metadata ? 'cancel_attempted_at' AND attempt < max_attempts THEN NULL
					ELSE now() END,
				scheduled_at = now(),
				errors = array_append(errors, jsonb_build_object(
					'at', now(), 'attempt', attempt, 'error', 'the process ended during this attempt', 'trace', ''))
			WHERE id IN (
				SELECT id
				FROM river_job
				WHERE state = 'running' AND NOT EXISTS (
					SELECT 1
					FROM jobs_worker
					WHERE jobs_worker.id = river_job.attempted_by[array_upper(river_job.attempted_by, 1)])
				FOR UPDATE SKIP LOCKED)`)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return q.notify(ctx, tx, "")
	})
}

// promote makes scheduled jobs available when they are due.
func (q *Queue) promote(ctx context.Context) {
	for ctx.Err() == nil {
		_, err := q.db.Exec(ctx,
			`UPDATE river_job
			SET state = 'available'
			WHERE id IN (
				SELECT id
				FROM river_job
				WHERE state IN ('scheduled', 'retryable') AND scheduled_at <= now()
				LIMIT 1000
				FOR UPDATE SKIP LOCKED)`)
		if err != nil && ctx.Err() == nil {
			q.settings.Logger.ErrorContext(ctx, "riverjobs: promote scheduled jobs", "err", err)
		}
		sleep(ctx, pollEvery)
	}
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
