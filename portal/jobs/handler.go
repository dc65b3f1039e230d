// SPDX-License-Identifier: Apache-2.0

package jobs

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// progressEvery is the shortest time between two stored progress reports.
const progressEvery = 100 * time.Millisecond

// How many bytes are kept with the job of a panic's stack, of an error's text,
// and of a progress report's message.
const (
	maxStack   = 4000
	maxError   = 8000
	maxMessage = 500
)

// HandlerOptions are the settings of a handler; nil means the defaults.
type HandlerOptions struct {
	// Timeout ends an attempt's context; default 15 minutes, negative for none.
	Timeout time.Duration
}

// Handler does the work of one kind; [Kind.Handler] makes one.
type Handler struct {
	kind    string
	timeout time.Duration
	work    func(ctx context.Context, a Attempt, p *progress) error
}

// Attempt is one run of a job, as an engine hands it to [Handler.Run].
type Attempt struct {
	// Info is the job as it was when the attempt began.
	Info Info
	// Control acts on the job while it runs.
	Control Control
}

// Control is what an engine offers to a running job.
type Control interface {
	// SetProgress stores how far the job is.
	SetProgress(ctx context.Context, p Progress) error
	// CompleteTx marks the job done in tx. If the job is no longer this
	// attempt's, which then ran too long without a lease or was cancelled, it
	// is CodeConflict, and tx must be rolled back.
	CompleteTx(ctx context.Context, tx *sql.Tx) error
}

// Job is a running job, for its handler.
type Job[A any] struct {
	// Info is the job as it was when this attempt began.
	Info
	// Args are the decoded arguments.
	Args A

	control  Control
	progress *progress
}

// Handler joins the kind with the function that does the work. The function
// returns nil when the work is done, an error to be tried again later, and
// [Cancel] or [Snooze] for the other outcomes. A panic is an error. When ctx
// ends, because of the timeout, a cancellation or a stop, it must return soon.
func (k Kind[A]) Handler(work func(ctx context.Context, job *Job[A]) error, opts *HandlerOptions) Handler {
	timeout := 15 * time.Minute
	if opts != nil && opts.Timeout != 0 {
		timeout = opts.Timeout
	}
	return Handler{kind: k.name, timeout: timeout, work: func(ctx context.Context, a Attempt, p *progress) error {
		job := &Job[A]{Info: a.Info, control: a.Control, progress: p}
		if err := json.Unmarshal(a.Info.Args, &job.Args); err != nil {
			return Cancel(fmt.Errorf("the arguments do not fit the kind %s: %w", k.name, err))
		}
		return work(ctx, job)
	}}
}

// Progress reports how far the job is. Reports that follow each other within a
// tenth of a second are stored once, so it may be called in a loop; the last
// one is stored at the latest when the handler returns.
func (j *Job[A]) Progress(ctx context.Context, done, total int64, message string) error {
	return j.progress.report(ctx, Progress{Done: done, Total: total, Message: storable(message, maxMessage), At: time.Now()})
}

// CompleteTx marks the job done in tx, together with what the work wrote there:
// both happen or neither, whenever the process dies. Return nil after tx has
// committed. CodeConflict means that the job is not this attempt's any more:
// roll tx back and return the error.
func (j *Job[A]) CompleteTx(ctx context.Context, tx *sql.Tx) error {
	return j.control.CompleteTx(ctx, tx)
}

// Kind returns the name of the kind that the handler works.
func (h Handler) Kind() string { return h.kind }

// Run makes one attempt, for engines: it decodes the arguments, applies the
// timeout and turns a panic into an error.
func (h Handler) Run(ctx context.Context, a Attempt) (err error) {
	if h.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, h.timeout, fmt.Errorf("the job ran longer than %s: %w", h.timeout, context.DeadlineExceeded))
		defer cancel()
	}
	p := &progress{control: a.Control}
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%.*s", v, maxStack, debug.Stack())
		}
		err = readable(err)
		p.flush(context.WithoutCancel(ctx))
	}()
	err = h.work(ctx, a, p)
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(err, cause) {
		err = fmt.Errorf("%w (%w)", err, cause)
	}
	return err
}

// progress stores a handler's reports, not more often than progressEvery.
type progress struct {
	control Control

	mu     sync.Mutex
	stored time.Time
	latest Progress
	due    bool
}

func (p *progress) report(ctx context.Context, latest Progress) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.latest, p.due = latest, true
	if latest.At.Sub(p.stored) < progressEvery {
		return nil
	}
	p.stored, p.due = latest.At, false
	return p.control.SetProgress(ctx, latest)
}

// flush stores the last report. It is best effort: the attempt's outcome must
// not depend on it.
func (p *progress) flush(ctx context.Context) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.due {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	p.due = false
	_ = p.control.SetProgress(ctx, p.latest) //nolint:errcheck // see above
}

// readable returns an error whose text every database can store.
func readable(err error) error {
	if err == nil {
		return nil
	}
	if text := storable(err.Error(), maxError); text != err.Error() {
		return &storableError{text, err}
	}
	return err
}

type storableError struct {
	text string
	err  error
}

func (e *storableError) Error() string { return e.text }
func (e *storableError) Unwrap() error { return e.err }

// storable cuts a text to at most limit bytes of valid UTF-8 without NUL, which
// PostgreSQL refuses.
func storable(s string, limit int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	if len(s) <= limit {
		return s
	}
	end := limit - len("…")
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}
