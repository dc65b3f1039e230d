// SPDX-License-Identifier: Apache-2.0

// Package sqlitejobs is the [jobs.Queue] on SQLite: jobs are rows of the table
// jobs_job, and one process at a time works them. A second process on the same
// file takes jobs in, shows them, and stands by; when the first ends, however it
// ends, the operating system frees its lock and the second takes over at once.
//
//	queue := sqlitejobs.New(db, nil)
//	err := sqlitejobs.Migrate(ctx, db)
//	err = queue.Register(handlers...)
//	err = queue.Start(ctx)
//	defer queue.Stop(ctx)
//
// A job that is enqueued in this process wakes its worker when the transaction
// commits; one from another process is found by looking once a second.
package sqlitejobs

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/jobs/internal/jobsdb"
	"github.com/callboard/callboard/portal/sqldb"
)

// pollEvery is how long a job or a cancellation from another process may stay
// unnoticed.
const pollEvery = time.Second

// lastWait is how long Stop waits for handlers after it cancelled them.
const lastWait = 5 * time.Second

// Queue is a jobs.Queue on SQLite; make one with [New].
type Queue struct {
	*jobsdb.Registry
	db       *sqldb.DB
	settings jobs.Settings
	wake     map[string]chan struct{} // by queue; never changed after New

	handlers map[string]jobs.Handler // set by Start
	stop     context.CancelFunc      // set by Start: ends fetching
	ended    chan struct{}           // closed when nothing runs any more
	abandon  chan struct{}           // closed when Stop gives up

	giveUp  sync.Once
	mu      sync.Mutex
	running map[int64]context.CancelCauseFunc
}

var _ jobs.Queue = (*Queue)(nil)

// New returns a queue on db, which must be SQLite; nil settings mean the
// defaults.
func New(db *sqldb.DB, settings *jobs.Settings) (*Queue, error) {
	if db.Dialect() != sqldb.SQLite {
		return nil, fmt.Errorf("sqlitejobs: the database is %s, not SQLite", db.Dialect())
	}
	q := &Queue{
		Registry: jobsdb.NewRegistry(),
		db:       db,
		settings: settings.WithDefaults(),
		wake:     make(map[string]chan struct{}),
		abandon:  make(chan struct{}),
		running:  make(map[int64]context.CancelCauseFunc),
	}
	for name := range q.settings.Queues {
		q.wake[name] = make(chan struct{}, 1)
	}
	return q, nil
}

// Migrate makes or updates the queue's tables.
func Migrate(ctx context.Context, db *sqldb.DB) error { return jobsdb.Migrate(ctx, db) }

// Start begins to work, or to stand by while another process works.
func (q *Queue) Start(ctx context.Context) error {
	handlers, schedules, err := q.Begin()
	if err != nil {
		return err
	}
	q.handlers = handlers
	ctx, q.stop = context.WithCancel(context.WithoutCancel(ctx))
	q.ended = make(chan struct{})
	go func() {
		defer close(q.ended)
		q.serve(ctx, &jobsdb.Clock{DB: q.db, Queue: q, Schedules: schedules, Logger: q.settings.Logger})
	}()
	return nil
}

// serve holds the worker's lock for as long as it works. Without any handler it
// leaves the work to another process.
func (q *Queue) serve(ctx context.Context, clock *jobsdb.Clock) {
	if len(q.handlers) == 0 {
		return
	}
	unlock, err := q.lock(ctx)
	if err != nil {
		return // ctx ended
	}
	var wg sync.WaitGroup
	wg.Go(func() { clock.Run(ctx) })
	wg.Go(func() { q.housekeeping(ctx) })
	for name, limit := range q.settings.Queues {
		wg.Go(func() { q.dispatch(ctx, name, limit) })
	}
	wg.Wait()
	if err := unlock(); err != nil {
		q.settings.Logger.Error("sqlitejobs: unlock", "err", err)
	}
}

// lock waits to become the one that works, and puts back what the last one left
// running.
func (q *Queue) lock(ctx context.Context) (func() error, error) {
	for {
		unlock, err := q.db.Lock(ctx, "jobs")
		if err == nil {
			if err = q.recoverOrphans(ctx); err == nil {
				return unlock, nil
			}
			err = errors.Join(err, unlock())
		}
		if ctx.Err() != nil {
			return nil, err
		}
		q.settings.Logger.Error("sqlitejobs: cannot begin to work", "err", err)
		sleep(ctx, pollEvery)
	}
}

// Stop takes no more jobs and waits for the running ones; see jobs.Queue.
func (q *Queue) Stop(ctx context.Context) error {
	if q.stop == nil {
		return nil
	}
	q.stop()
	select {
	case <-q.ended:
		return nil
	case <-ctx.Done():
	}
	q.cancelAll()
	select {
	case <-q.ended:
		return nil
	case <-time.After(lastWait):
	}
	q.giveUp.Do(func() { close(q.abandon) })
	q.mu.Lock()
	defer q.mu.Unlock()
	return fmt.Errorf("sqlitejobs: %d jobs do not end although they were cancelled", len(q.running))
}

func (q *Queue) cancelAll() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, cancel := range q.running {
		cancel(jobs.ErrStopped)
	}
}

// signal wakes the workers of one queue; it never blocks.
func (q *Queue) signal(name string) {
	select {
	case q.wake[name] <- struct{}{}:
	default: // nobody works that queue here, or it is awake already
	}
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
