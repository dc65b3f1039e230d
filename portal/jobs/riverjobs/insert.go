// SPDX-License-Identifier: Apache-2.0

package riverjobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/jobs/internal/jobsdb"
	"github.com/callboard/callboard/portal/sqldb"
)

// waiting are the states in which a job is pending or running.
func waiting() []rivertype.JobState {
	return []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
		rivertype.JobStateRunning, rivertype.JobStateScheduled,
	}
}

// Insert stores a job; see jobs.Enqueuer.
func (q *Queue) Insert(ctx context.Context, tx *sql.Tx, r jobs.Request) (ticket jobs.Ticket, err error) {
	if r, err = r.Normal(); err != nil {
		return ticket, err
	}
	if tx != nil {
		ticket, err = q.insert(ctx, tx, r)
		return ticket, sqldb.Classify(err)
	}
	err = q.db.InTx(ctx, func(tx *sql.Tx) error {
		ticket, err = q.insert(ctx, tx, r)
		return err
	})
	return ticket, err
}

func (q *Queue) insert(ctx context.Context, tx *sql.Tx, r jobs.Request) (jobs.Ticket, error) {
	opts := &river.InsertOpts{MaxAttempts: r.MaxAttempts, Priority: r.Priority, Queue: r.Queue, ScheduledAt: r.RunAt}
	if r.UniqueKey != "" {
		opts.UniqueOpts = river.UniqueOpts{ByArgs: true, ByState: waiting()}
	}
	res, err := q.inserter.InsertTx(ctx, tx, envelope{kind: r.Kind, Args: string(r.Args), Unique: r.UniqueKey}, opts)
	if err != nil {
		return jobs.Ticket{}, fmt.Errorf("riverjobs: insert %s: %w", r.Kind, err)
	}
	if !res.UniqueSkippedAsDuplicate && res.Job.State == rivertype.JobStateAvailable {
		err = q.notify(ctx, tx, r.Queue)
	}
	return jobs.Ticket{ID: res.Job.ID, Duplicate: res.UniqueSkippedAsDuplicate}, err
}

// notify wakes River's workers of a queue, or of all of this process's queues,
// when tx commits: the notification that River's own pgx driver sends.
// PostgreSQL sends equal ones of a transaction once.
func (q *Queue) notify(ctx context.Context, tx *sql.Tx, queue string) error {
	names := []string{queue}
	if queue == "" {
		names = names[:0]
		for name := range q.settings.Queues {
			names = append(names, name)
		}
	}
	for _, name := range names {
		_, err := tx.ExecContext(ctx,
			`SELECT pg_notify(current_schema() || '.river_insert', json_build_object('queue', $1::text)::text)`, name)
		if err != nil {
			return err
		}
	}
	return nil
}

// Cancel stops a job; see jobs.Inspector. River's workers hear of it by
// notification.
func (q *Queue) Cancel(ctx context.Context, id int64) error {
	err := q.db.InTx(ctx, func(tx *sql.Tx) error {
		_, err := q.inserter.JobCancelTx(ctx, tx, id)
		return err
	})
	return translate(id, err)
}

// Retry runs a job again; see jobs.Inspector.
func (q *Queue) Retry(ctx context.Context, id int64) error {
	err := q.db.InTx(ctx, func(tx *sql.Tx) error {
		// Whoever cancelled it before did not mean this new run.
		if _, err := tx.ExecContext(ctx,
			`UPDATE river_job
			SET metadata = metadata - 'cancel_attempted_at'
			WHERE id = $1 AND state <> 'running' AND metadata ? 'cancel_attempted_at'`, id); err != nil {
			return err
		}
		row, err := q.inserter.JobRetryTx(ctx, tx, id)
		if err != nil {
			return err
		}
		if row.State == rivertype.JobStateRunning {
			return jobsdb.Running(id)
		}
		return q.notify(ctx, tx, row.Queue)
	})
	return translate(id, err)
}

func translate(id int64, err error) error {
	var known *callboard.Error
	if errors.As(err, &known) {
		return err
	}
	if errors.Is(err, rivertype.ErrNotFound) {
		return jobsdb.NotFound(id)
	}
	return err
}
