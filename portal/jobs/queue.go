// SPDX-License-Identifier: Apache-2.0

package jobs

import (
	"context"
	"database/sql"
	"encoding/json"
	"log/slog"
	"time"
)

// Enqueuer takes jobs in. Use it through [Kind.Enqueue] and [Kind.EnqueueTx].
type Enqueuer interface {
	// Insert stores a job. With a transaction the job exists when that commits
	// and not before; tx may be nil. If a job with the same UniqueKey is pending
	// or running, Insert stores nothing and returns that job's ticket.
	Insert(ctx context.Context, tx *sql.Tx, r Request) (Ticket, error)
}

// Inspector shows jobs and steers them: what an admin page needs.
type Inspector interface {
	// Job returns one job; CodeNotFound if there is none, or none any more.
	Job(ctx context.Context, id int64) (Info, error)
	// Jobs returns the jobs matching q, the newest first.
	Jobs(ctx context.Context, q Query) ([]Info, error)
	// Counts returns how many jobs there are of each kind and state.
	Counts(ctx context.Context) ([]Count, error)
	// Cancel stops a job: a pending one will not run, a running one has its
	// context cancelled and is not tried again. Cancelling a finished job
	// changes nothing.
	Cancel(ctx context.Context, id int64) error
	// Retry runs a pending, failed, cancelled or done job again now, with one
	// more attempt if it has none left. Retrying a running job is CodeConflict.
	Retry(ctx context.Context, id int64) error
}

// Queue is durable background work. Its methods belong together: a queue that
// lacks one cannot stand in for another.
// The contract is jobstest.TestQueue.
//
// Register and Schedule come before Start; everything else is safe for
// concurrent use at any time, also on a queue that is never started and only
// takes jobs in.
type Queue interface {
	Enqueuer
	Inspector
	// Register adds handlers. Two for one kind are CodeConflict.
	Register(handlers ...Handler) error
	// Schedule adds jobs that come by the clock.
	Schedule(schedules ...Schedule) error
	// Start begins to work and returns; ctx bounds only the starting.
	Start(ctx context.Context) error
	// Stop takes no more jobs, waits for the running ones until ctx ends, and
	// then cancels their contexts; those go back as if they had not begun. It
	// returns when no handler runs any more, or an error if one will not end.
	Stop(ctx context.Context) error
}

// Request is a job to insert; [Kind] builds it.
type Request struct {
	// Kind names the handler.
	Kind string
	// Args is the handler's input as JSON.
	Args json.RawMessage
	// Queue is which workers run it; "" means [DefaultQueue].
	Queue string
	// RunAt is when to run it at the earliest; the zero time means now.
	RunAt time.Time
	// Priority orders jobs that are due, 1 before 4; 0 means 2.
	Priority int
	// MaxAttempts is how often it is tried; 0 means 10.
	MaxAttempts int
	// UniqueKey, unless empty, allows one pending or running job with this key.
	UniqueKey string
}

// Ticket is the answer to an insert.
type Ticket struct {
	// ID identifies the job.
	ID int64
	// Duplicate says that ID is an earlier job with the same unique key, which
	// is pending or running, and that nothing was inserted.
	Duplicate bool
}

// DefaultQueue is the queue of jobs that name none.
const DefaultQueue = "default"

// State is where a job stands.
type State string

// The states. A job that failed and will be tried again is pending.
const (
	StatePending   State = "pending"
	StateRunning   State = "running"
	StateDone      State = "done"
	StateFailed    State = "failed"
	StateCancelled State = "cancelled"
)

// Finished reports whether the job will not run again by itself.
func (s State) Finished() bool {
	return s == StateDone || s == StateFailed || s == StateCancelled
}

// Info is a job as it stands.
type Info struct {
	ID    int64
	Kind  string
	Queue string
	State State
	// Args is the handler's input.
	Args     json.RawMessage
	Priority int
	// Attempt counts the attempts that have begun, MaxAttempts those allowed.
	Attempt, MaxAttempts int
	CreatedAt            time.Time
	// RunAt is when a pending job is due.
	RunAt time.Time
	// StartedAt is when the latest attempt began, zero before the first.
	StartedAt time.Time
	// FinishedAt is zero until the state is final.
	FinishedAt time.Time
	// Errors are the failed attempts, the first one first.
	Errors   []AttemptError
	Progress Progress
}

// AttemptError is how one attempt failed.
type AttemptError struct {
	At      time.Time
	Attempt int
	Message string
}

// Progress is how far a running job says it is.
type Progress struct {
	// Done of Total steps; Total is 0 while it is unknown.
	Done, Total int64
	// Message says in a few words what is being done.
	Message string
	// At is when this was reported, zero if nothing was.
	At time.Time
}

// Query selects jobs; the zero value selects the 50 newest.
type Query struct {
	// State and Kind, unless empty, select jobs that have them.
	State State
	Kind  string
	// Before, unless 0, selects jobs with a smaller ID: the last one of the
	// page before.
	Before int64
	// Limit is the size of a page: 50 if 0, at most 500.
	Limit int
}

// PageSize returns the limit to apply.
func (q Query) PageSize() int {
	if q.Limit <= 0 {
		return 50
	}
	return min(q.Limit, 500)
}

// Count is how many jobs of a kind are in a state.
type Count struct {
	Kind  string
	State State
	N     int64
}

// Settings tune a Queue; the zero value and nil mean the defaults.
type Settings struct {
	// Queues says how many jobs of each queue run at once in this process;
	// default 8 of [DefaultQueue].
	Queues map[string]int
	// Logger receives failed attempts and faults; default slog.Default.
	Logger *slog.Logger
	// Backoff is the wait after the nth failed attempt; default [Backoff].
	Backoff func(attempt int) time.Duration
	// Lease is after how long without a sign of life a replica's jobs are taken
	// over by the others; default 15 s. SQLite needs none: the operating system
	// tells at once.
	Lease time.Duration
	// Retain is how long jobs that are done or cancelled can be seen, default
	// 24 h; RetainFailed how long failed ones, default 7 days.
	Retain, RetainFailed time.Duration
}

// WithDefaults returns the settings with every default filled in; s may be nil.
func (s *Settings) WithDefaults() Settings {
	var out Settings
	if s != nil {
		out = *s
	}
	if len(out.Queues) == 0 {
		out.Queues = map[string]int{DefaultQueue: 8}
	}
	if out.Logger == nil {
		out.Logger = slog.Default()
	}
	if out.Backoff == nil {
		out.Backoff = Backoff
	}
	if out.Lease <= 0 {
		out.Lease = 15 * time.Second
	}
	if out.Retain <= 0 {
		out.Retain = 24 * time.Hour
	}
	if out.RetainFailed <= 0 {
		out.RetainFailed = 7 * 24 * time.Hour
	}
	return out
}
