// SPDX-License-Identifier: Apache-2.0

package sqlitejobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/jobs/internal/jobsdb"
)

// dispatch claims due jobs of one queue and runs up to limit of them at once,
// until ctx ends; it returns when the last one has.
func (q *Queue) dispatch(ctx context.Context, name string, limit int) {
	var wg sync.WaitGroup
	defer wg.Wait()
	slots := make(chan struct{}, limit)
	for {
		select {
		case <-ctx.Done():
			return
		case slots <- struct{}{}:
		}
		claimed, err := q.claim(ctx, name, limit-len(slots)+1)
		if err != nil && ctx.Err() == nil {
			q.settings.Logger.ErrorContext(ctx, "sqlitejobs: claim", "queue", name, "err", err)
		}
		<-slots
		for _, job := range claimed {
			slots <- struct{}{} // free: only this goroutine fills them
			wg.Go(func() {
				defer func() { <-slots }()
				q.run(ctx, job)
			})
		}
		if len(claimed) == 0 {
			q.rest(ctx, name)
		}
	}
}

// rest waits until a job may be due.
func (q *Queue) rest(ctx context.Context, name string) {
	wait := pollEvery
	if next, err := q.nextDue(ctx, name); err == nil && !next.IsZero() {
		wait = min(wait, max(time.Until(next), time.Millisecond))
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-q.wake[name]:
	case <-timer.C:
	}
}

// claimed is a job that this process has taken.
type claimed struct {
	jobs.Info
	claim int64
}

// run makes one attempt. The attempt's context does not end with the fetching:
// Stop lets it finish.
func (q *Queue) run(ctx context.Context, job claimed) {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	q.mu.Lock()
	q.running[job.ID] = cancel
	q.mu.Unlock()
	defer func() {
		q.mu.Lock()
		delete(q.running, job.ID)
		q.mu.Unlock()
	}()
	q.finish(ctx, job, q.outcome(ctx, job, q.attempt(ctx, job)))
}

func (q *Queue) attempt(ctx context.Context, job claimed) error {
	h, ok := q.handlers[job.Kind]
	if !ok {
		return fmt.Errorf("no handler is registered for the kind %s", job.Kind)
	}
	return h.Run(ctx, jobs.Attempt{Info: job.Info, Control: control{q, job}})
}

// outcome decides what becomes of a job after an attempt.
func (q *Queue) outcome(ctx context.Context, job claimed, err error) outcome {
	now := time.Now()
	if err == nil {
		return outcome{state: jobs.StateDone, finishedAt: now}
	}
	if d, ok := jobs.IsSnooze(err); ok {
		return outcome{state: jobs.StatePending, runAt: now.Add(d), uncount: 1}
	}
	cause := context.Cause(ctx)
	if errors.Is(cause, jobs.ErrStopped) {
		return outcome{state: jobs.StatePending, runAt: now, uncount: 1}
	}
	failed := outcome{failure: &jobs.AttemptError{At: now.UTC(), Attempt: job.Attempt, Message: err.Error()}}
	switch {
	case jobs.IsCancel(err) || errors.Is(cause, jobs.ErrCancelled):
		failed.state, failed.finishedAt = jobs.StateCancelled, now
	case job.Attempt >= job.MaxAttempts:
		failed.state, failed.finishedAt = jobs.StateFailed, now
	default:
		failed.state, failed.runAt = jobs.StatePending, now.Add(q.settings.Backoff(job.Attempt))
	}
	q.settings.Logger.WarnContext(ctx, "jobs: attempt failed", "job", job.ID, "kind", job.Kind,
		"attempt", job.Attempt, "becomes", failed.state, "err", err)
	return failed
}

// finish stores the outcome. It does not give up before Stop does: the job would
// otherwise stay running for as long as this process lives.
func (q *Queue) finish(ctx context.Context, job claimed, o outcome) {
	ctx = context.WithoutCancel(ctx)
	for wait := 50 * time.Millisecond; ; wait = min(wait*2, 10*time.Second) {
		err := q.store(ctx, job, o)
		if err == nil {
			break
		}
		q.settings.Logger.ErrorContext(ctx, "sqlitejobs: the outcome of a job cannot be stored", "job", job.ID, "kind", job.Kind, "err", err)
		select {
		case <-q.abandon:
			return
		case <-time.After(wait):
		}
	}
	if o.state == jobs.StatePending {
		q.signal(job.Queue)
	}
}

// control is what a running job can do to itself.
type control struct {
	q   *Queue
	job claimed
}

// SetProgress stores how far the job is.
func (c control) SetProgress(ctx context.Context, p jobs.Progress) error {
	return c.q.setProgress(ctx, c.job, p)
}

// CompleteTx marks the job done in tx.
func (c control) CompleteTx(ctx context.Context, tx *sql.Tx) error {
	n, err := c.q.completeTx(ctx, tx, c.job)
	if err == nil && n == 0 {
		err = jobsdb.Lost(c.job.ID)
	}
	return err
}

// housekeeping looks once a second for cancellations from other processes, and
// now and then removes old jobs.
func (q *Queue) housekeeping(ctx context.Context) {
	for n := 0; ctx.Err() == nil; n++ {
		if err := q.obeyCancellations(ctx); err != nil && ctx.Err() == nil {
			q.settings.Logger.ErrorContext(ctx, "sqlitejobs: look for cancelled jobs", "err", err)
		}
		if n%600 == 0 {
			if err := q.removeOld(ctx, time.Now()); err != nil && ctx.Err() == nil {
				q.settings.Logger.ErrorContext(ctx, "sqlitejobs: remove old jobs", "err", err)
			}
		}
		sleep(ctx, pollEvery)
	}
}
