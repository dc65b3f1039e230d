// SPDX-License-Identifier: Apache-2.0

package jobs

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// Causes with which a running job's context is cancelled; see context.Cause.
var (
	// ErrCancelled: somebody cancelled the job.
	ErrCancelled = errors.New("the job was cancelled")
	// ErrStopped: the queue is stopping; the job will run again elsewhere.
	ErrStopped = errors.New("the queue is stopping")
)

// Cancel returns the error with which a handler ends the job for good: it is
// cancelled, err says why, and it is not tried again.
func Cancel(err error) error { return &cancelError{err} }

type cancelError struct{ err error }

func (e *cancelError) Error() string { return fmt.Sprint(e.err) }
func (e *cancelError) Unwrap() error { return e.err }

// Snooze returns the error with which a handler asks to be run again after d.
// It is no failure and does not count as an attempt.
func Snooze(d time.Duration) error { return &snoozeError{max(d, 0)} }

type snoozeError struct{ after time.Duration }

func (e *snoozeError) Error() string { return "snoozed for " + e.after.String() }

// IsCancel reports whether err, or one it wraps, was made by [Cancel].
func IsCancel(err error) bool {
	var e *cancelError
	return errors.As(err, &e)
}

// IsSnooze reports whether err, or one it wraps, was made by [Snooze], and for
// how long.
func IsSnooze(err error) (time.Duration, bool) {
	var e *snoozeError
	if errors.As(err, &e) {
		return e.after, true
	}
	return 0, false
}

// Backoff is the default wait after the nth failed attempt: 2 s doubling to an
// hour, give or take a fifth, so that what failed together does not come back
// together.
func Backoff(attempt int) time.Duration {
	base := time.Hour
	if attempt < 12 {
		base = min(base, time.Second<<max(attempt, 1))
	}
	jitter := time.Duration(rand.Int64N(int64(base)*2/5)) - base/5 //nolint:gosec // jitter
	return base + jitter
}
