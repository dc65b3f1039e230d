// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"time"
)

// stats are the score of an integration in this process.
type stats struct {
	calls, failures int
	last            time.Time
	took            time.Duration
	lastTrouble     *Trouble
	troubleAt       time.Time
}

func (in *integration) note(began, ended time.Time, t *Trouble) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.stats.calls++
	in.stats.last, in.stats.took = began, ended.Sub(began)
	if t != nil {
		in.stats.failures++
		in.stats.lastTrouble, in.stats.troubleAt = t, ended
	}
}

// State is how an integration fares in this process.
type State struct {
	ID         string `json:"id"`
	Definition string `json:"definition"`
	Title      string `json:"title"`
	// Missing are the credentials that are not configured.
	Missing []string `json:"missing,omitempty"`
	// Calls and Failures count since the start.
	Calls    int `json:"calls"`
	Failures int `json:"failures"`
	// Last is when the last call began, and Took how long it took.
	Last time.Time     `json:"last,omitzero"`
	Took time.Duration `json:"tookNanoseconds"`
	// Trouble is the last one, at TroubleAt.
	Trouble   *Trouble  `json:"trouble,omitempty"`
	TroubleAt time.Time `json:"troubleAt,omitzero"`
	// Open says since when the breaker counts failures, and RetryAt when the tool
	// is called again; zero is closed.
	Failing int       `json:"failingInARow"`
	Open    time.Time `json:"open,omitzero"`
	RetryAt time.Time `json:"retryAt,omitzero"`
	// Paused is until when the tool asked to wait.
	Paused time.Time `json:"paused,omitzero"`
	// Cached is how many answers are remembered; Cache how long they are fresh.
	Cached int           `json:"cached"`
	Cache  time.Duration `json:"cacheNanoseconds"`
	// Left is how many requests may be made at once now, of Requests in Per.
	Left     int           `json:"left"`
	Requests int           `json:"requests"`
	Per      time.Duration `json:"perNanoseconds"`
}

// States returns the state of each integration, in order.
func (e *Engine) States() []State {
	now := e.opts.Now()
	var all []State
	for _, id := range e.order {
		all = append(all, e.state(e.byID[id], now))
	}
	return all
}

func (e *Engine) state(in *integration, now time.Time) State {
	d := in.Definition
	in.mu.Lock()
	n := in.stats
	in.mu.Unlock()
	s := State{
		ID: in.ID, Definition: d.ID, Title: d.Title, Missing: in.missing,
		Calls: n.calls, Failures: n.failures, Last: n.last, Took: n.took, Trouble: n.lastTrouble, TroubleAt: n.troubleAt,
		Cached: e.cache.count(in.ID + "\x00"), Cache: or(d.Source.Cache, defaultCache),
		Left: int(in.limiter.TokensAt(now)), Requests: or(d.Source.RateLimit.Requests, defaultRequests), Per: or(d.Source.RateLimit.Per, time.Minute),
	}
	failing, since, until, paused := in.breaker.state()
	s.Failing = failing
	if !until.IsZero() {
		s.Open, s.RetryAt = since, until
	}
	if paused.After(now) {
		s.Paused = paused
	}
	return s
}
