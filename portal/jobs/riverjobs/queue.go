// SPDX-License-Identifier: Apache-2.0

// Package riverjobs is the [jobs.Queue] on PostgreSQL: jobs are River's
// (github.com/riverqueue/river), and every replica works them.
//
//	queue, err := riverjobs.New(db, nil)
//	err = riverjobs.Migrate(ctx, db)
//	err = queue.Register(handlers...)
//	err = queue.Start(ctx)
//	defer queue.Stop(ctx)
//
// River lacks three things that a jobs.Queue has, and this package adds them
// beside it. An insert in a *sql.Tx does not wake River's workers, so Insert
// sends River's own notification in the same transaction. River finds out that
// a worker died by the age of its jobs; here each replica gives a sign of life
// and the others take its jobs over when that is missing. And River moves
// scheduled jobs on every five seconds; here each replica does so four times a
// second.
package riverjobs

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/jobs/internal/jobsdb"
	"github.com/callboard/callboard/portal/sqldb"
)

// pollEvery is how long River may need to find a job whose notification was
// lost, and how late a scheduled job may be.
const pollEvery = 250 * time.Millisecond

// lastWait is how long Stop waits for handlers after it cancelled them.
const lastWait = 5 * time.Second

// Queue is a jobs.Queue on PostgreSQL; make one with [New].
type Queue struct {
	*jobsdb.Registry
	db       *sqldb.DB
	settings jobs.Settings
	id       string // of this worker, unique among all
	inserter *river.Client[*sql.Tx]

	worker *river.Client[pgx.Tx] // set by Start
	stop   context.CancelFunc    // set by Start
	aside  sync.WaitGroup        // the goroutines beside River's
}

var _ jobs.Queue = (*Queue)(nil)

// New returns a queue on db, which must be PostgreSQL; nil settings mean the
// defaults.
func New(db *sqldb.DB, settings *jobs.Settings) (*Queue, error) {
	if db.Dialect() != sqldb.Postgres {
		return nil, fmt.Errorf("riverjobs: the database is %s, not PostgreSQL", db.Dialect())
	}
	q := &Queue{
		Registry: jobsdb.NewRegistry(),
		db:       db,
		settings: settings.WithDefaults(),
		id:       "callboard-" + rand.Text(),
	}
	var err error
	q.inserter, err = river.NewClient(riverdatabasesql.New(db.SQL()), &river.Config{
		Logger: riverLogger(q.settings.Logger),
	})
	if err != nil {
		return nil, fmt.Errorf("riverjobs: %w", err)
	}
	return q, nil
}

// Start begins to work; without any handler there is no work.
func (q *Queue) Start(ctx context.Context) error {
	handlers, schedules, err := q.Begin()
	if err != nil {
		return err
	}
	if len(handlers) == 0 {
		return nil // River's worker does not start without anything to do
	}
	if q.worker, err = river.NewClient(riverpgxv5.New(q.db.Pool()), q.config(handlers)); err != nil {
		return fmt.Errorf("riverjobs: %w", err)
	}
	// The sign of life comes first: without it the others would take this
	// worker's jobs away.
	if err := q.signOfLife(ctx); err != nil {
		return sqldb.Classify(err)
	}
	life, stop := context.WithCancel(context.WithoutCancel(ctx))
	q.stop = stop
	if err := q.worker.Start(life); err != nil {
		stop()
		return sqldb.Classify(fmt.Errorf("riverjobs: start: %w", err))
	}
	clock := &jobsdb.Clock{DB: q.db, Queue: q, Schedules: schedules, Logger: q.settings.Logger}
	q.aside.Go(func() { clock.Run(life) })
	q.aside.Go(func() { q.promote(life) })
	q.aside.Go(func() { q.live(life) })
	return nil
}

func (q *Queue) config(handlers map[string]jobs.Handler) *river.Config {
	workers := river.NewWorkers()
	for _, h := range handlers {
		river.AddWorkerArgs(workers, envelope{kind: h.Kind()}, &worker{q: q, handler: h})
	}
	queues := make(map[string]river.QueueConfig)
	for name, n := range q.settings.Queues {
		queues[name] = river.QueueConfig{MaxWorkers: n}
	}
	return &river.Config{
		ID:                q.id,
		Queues:            queues,
		Workers:           workers,
		Logger:            riverLogger(q.settings.Logger),
		FetchCooldown:     2 * time.Millisecond,
		FetchPollInterval: pollEvery,
		// Handlers bring their own timeouts, and taking over is our work.
		JobTimeout:                  -1,
		RescueStuckJobsAfter:        math.MaxInt64 / 2,
		RetryPolicy:                 retryPolicy{q.settings.Backoff},
		CompletedJobRetentionPeriod: q.settings.Retain,
		CancelledJobRetentionPeriod: q.settings.Retain,
		DiscardedJobRetentionPeriod: q.settings.RetainFailed,
	}
}

// Stop takes no more jobs and waits for the running ones; see jobs.Queue.
func (q *Queue) Stop(ctx context.Context) error {
	if q.worker == nil {
		return nil
	}
	err := q.worker.Stop(ctx)
	if err != nil {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWait)
		defer cancel()
		if err = q.worker.StopAndCancel(last); err != nil {
			err = fmt.Errorf("riverjobs: jobs do not end although they were cancelled: %w", err)
		}
	}
	q.stop()
	q.aside.Wait()
	return errors.Join(err, q.farewell(context.WithoutCancel(ctx)))
}

// riverLogger lets River's errors through. What it tells of failed attempts at
// lower levels is logged by this package already.
func riverLogger(l *slog.Logger) *slog.Logger {
	return slog.New(&atLeast{Handler: l.Handler(), level: slog.LevelError})
}

type atLeast struct {
	slog.Handler
	level slog.Level
}

func (h *atLeast) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= h.level && h.Handler.Enabled(ctx, level)
}

func (h *atLeast) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &atLeast{h.Handler.WithAttrs(attrs), h.level}
}

func (h *atLeast) WithGroup(name string) slog.Handler {
	return &atLeast{h.Handler.WithGroup(name), h.level}
}

type retryPolicy struct {
	backoff func(attempt int) time.Duration
}

func (p retryPolicy) NextRetry(job *rivertype.JobRow) time.Time {
	return time.Now().Add(p.backoff(job.Attempt))
}
