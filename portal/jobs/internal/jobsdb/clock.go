// SPDX-License-Identifier: Apache-2.0

package jobsdb

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"time"

	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/sqldb"
)

// maxNap bounds how long the clock sleeps, so that it notices a changed system
// time and a database that came back.
const maxNap = 15 * time.Second

// Clock enqueues scheduled jobs. Every replica runs one; the row of a schedule
// says when it is due, and who moves that on enqueues the job, in one
// transaction.
type Clock struct {
	DB        *sqldb.DB
	Queue     jobs.Enqueuer
	Schedules []jobs.Schedule
	Logger    *slog.Logger
}

// Run works until ctx ends.
func (c *Clock) Run(ctx context.Context) {
	if len(c.Schedules) == 0 {
		return
	}
	for {
		next := time.Now().Add(maxNap)
		for _, s := range c.Schedules {
			due, err := c.tick(ctx, s)
			if err != nil && ctx.Err() == nil {
				c.Logger.ErrorContext(ctx, "jobs: schedule", "schedule", s.Name, "err", err)
			}
			if err == nil && due.Before(next) {
				next = due
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(time.Until(next), 10*time.Millisecond)):
		}
	}
}

// tick enqueues the job if it is due and returns when it is due next.
func (c *Clock) tick(ctx context.Context, s jobs.Schedule) (time.Time, error) {
	now := time.Now()
	next := s.Timetable.Next(now)
	var stored int64
	err := c.DB.SQL().QueryRowContext(ctx, c.DB.Rebind(`SELECT next_at FROM jobs_schedule WHERE name = ?`), s.Name).Scan(&stored)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return next, c.introduce(ctx, s, next)
	case err != nil:
		return next, err
	}
	// A row from a slower timetable than today's must not hold this one back.
	due := sqldb.FromMicros(stored)
	if due.After(now) && !due.After(next) {
		return due, nil
	}
	return next, c.move(ctx, s, stored, next, !due.After(now))
}

func (c *Clock) introduce(ctx context.Context, s jobs.Schedule, next time.Time) error {
	return c.DB.InTx(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, c.DB.Rebind(
			`INSERT INTO jobs_schedule (name, next_at) VALUES (?, ?) ON CONFLICT (name) DO NOTHING`), s.Name, sqldb.Micros(next))
		return c.enqueue(ctx, tx, s, res, err, s.AtStart)
	})
}

func (c *Clock) move(ctx context.Context, s jobs.Schedule, from int64, next time.Time, due bool) error {
	return c.DB.InTx(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, c.DB.Rebind(
			`UPDATE jobs_schedule SET next_at = ? WHERE name = ? AND next_at = ?`), sqldb.Micros(next), s.Name, from)
		return c.enqueue(ctx, tx, s, res, err, due)
	})
}

// enqueue inserts the job if this replica changed the schedule's row.
func (c *Clock) enqueue(ctx context.Context, tx *sql.Tx, s jobs.Schedule, res sql.Result, err error, due bool) error {
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 || !due {
		return err
	}
	_, err = c.Queue.Insert(ctx, tx, s.Request)
	return err
}
