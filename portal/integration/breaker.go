// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"sync"
	"time"
)

// The breaker opens after so many failures in a row, and waits longer each time
// that a try fails.
const (
	breakAfter  = 5
	firstWait   = 30 * time.Second
	longestWait = 10 * time.Minute
)

// breaker spares a tool that does not answer, and the readers who would wait
// for it.
type breaker struct {
	mu       sync.Mutex
	failures int
	since    time.Time // of the first failure in the row
	until    time.Time // nothing is called before; zero is closed
	wait     time.Duration
	reason   string
	trying   bool
	paused   time.Time // the tool itself asked to wait until then
}

// enter asks whether a call may be made. Who may must call leave.
func (b *breaker) enter(title string, now time.Time) *Trouble {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Before(b.paused) {
		return &Trouble{Reason: ReasonRateLimited, Title: title + " wants fewer requests", Text: "Nothing is asked until its limit allows it.", Until: b.paused}
	}
	if b.until.IsZero() {
		return nil
	}
	if now.Before(b.until) || b.trying {
		return &Trouble{
			Reason: ReasonStopped, Title: title + " is not called for now", Since: b.since, Until: b.until,
			Text: fmt.Sprintf("It failed %d times in a row: %s", b.failures, b.reason),
		}
	}
	b.trying = true // one goes ahead and sees
	return nil
}

// leave says how the call went; nil is well.
func (b *breaker) leave(t *Trouble, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trying = false
	if t != nil && t.Reason == ReasonRateLimited && t.Until.After(now) {
		b.paused = t.Until
	}
	if t == nil || !t.counts() {
		b.failures, b.wait, b.until, b.since = 0, 0, time.Time{}, time.Time{}
		return
	}
	if b.failures++; b.failures == 1 {
		b.since = now
	}
	b.reason = t.Title + ". " + t.Text
	if b.failures >= breakAfter {
		b.wait = min(max(firstWait, 2*b.wait), longestWait)
		b.until = now.Add(b.wait)
	}
}

// state returns since when the breaker is open, and until when; zero is closed.
func (b *breaker) state() (failures int, since, until, paused time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failures, b.since, b.until, b.paused
}

// skip gives back a permission that was not used.
func (b *breaker) skip() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trying = false
}
