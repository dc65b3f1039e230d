// SPDX-License-Identifier: Apache-2.0

// Package jobsdb holds what the engines of portal/jobs share: the tables, the
// registry of handlers, and the clock that enqueues scheduled jobs.
package jobsdb

import (
	"context"
	"embed"
	"fmt"
	"sync"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/sqldb"
)

//go:embed migrations
var migrations embed.FS

// Migrate makes the tables. On PostgreSQL River's come first.
func Migrate(ctx context.Context, db *sqldb.DB) error {
	return db.Migrate(ctx, "jobs", migrations)
}

// Registry holds handlers and schedules until the queue starts.
type Registry struct {
	mu        sync.Mutex
	started   bool
	handlers  map[string]jobs.Handler
	schedules map[string]jobs.Schedule
}

// NewRegistry returns an empty registry.
func NewRegistry() *Registry {
	return &Registry{handlers: make(map[string]jobs.Handler), schedules: make(map[string]jobs.Schedule)}
}

// Register adds handlers; see jobs.Queue.
func (r *Registry) Register(handlers ...jobs.Handler) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, h := range handlers {
		_, taken := r.handlers[h.Kind()]
		switch {
		case r.started:
			return conflict("the job %s is registered after the queue was started", h.Kind())
		case taken:
			return conflict("the job %s has two handlers", h.Kind())
		case h.Kind() == "":
			return conflict("a job's handler was not made by Kind.Handler")
		}
		r.handlers[h.Kind()] = h
	}
	return nil
}

// Schedule adds schedules; see jobs.Queue.
func (r *Registry) Schedule(schedules ...jobs.Schedule) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range schedules {
		_, taken := r.schedules[s.Name]
		switch {
		case r.started:
			return conflict("the schedule %s is added after the queue was started", s.Name)
		case taken:
			return conflict("two schedules have the name %s", s.Name)
		case s.Name == "" || s.Timetable == nil:
			return conflict("a schedule was not made by Kind.Schedule")
		}
		r.schedules[s.Name] = s
	}
	return nil
}

// Begin closes the registry, once, and returns what it holds.
func (r *Registry) Begin() (map[string]jobs.Handler, []jobs.Schedule, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.started {
		return nil, nil, conflict("the queue was started before")
	}
	r.started = true
	schedules := make([]jobs.Schedule, 0, len(r.schedules))
	for _, s := range r.schedules {
		schedules = append(schedules, s)
	}
	return r.handlers, schedules, nil
}

func conflict(format string, args ...any) error {
	return &callboard.Error{Code: callboard.CodeConflict, Message: fmt.Sprintf(format, args...)}
}

// NotFound is the error for a job that does not exist.
func NotFound(id int64) error {
	return &callboard.Error{Code: callboard.CodeNotFound, Message: fmt.Sprintf("there is no job %d, or none any more", id)}
}

// Lost is the error of an attempt whose job is no longer its own.
func Lost(id int64) error {
	return conflict("job %d is not this attempt's any more: it was cancelled, or taken over", id)
}

// Running is the error of retrying a job that runs.
func Running(id int64) error {
	return conflict("job %d is running", id)
}
