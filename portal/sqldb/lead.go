// SPDX-License-Identifier: Apache-2.0

package sqldb

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"time"
)

// leadEvery is how often those that wait ask for the lead, and how often the
// one that has it makes sure that it still does.
const leadEvery = 2 * time.Second

// Lead waits until nobody else on this database leads under that name, in this
// process or another, runs f, and returns what f returned. The context of f
// ends when the lead is lost, as when the connection to PostgreSQL breaks; then
// Lead waits again. It returns nil when ctx ends.
func (db *DB) Lead(ctx context.Context, name string, f func(ctx context.Context) error) error {
	defer db.wait(name)()
	for {
		unlock, lost, err := db.lead(ctx, name)
		if ctx.Err() != nil {
			return errors.Join(releaseOf(unlock))
		}
		if err == nil {
			over := db.led(name)
			err = leading(ctx, lost, f)
			over()
			err = errors.Join(err, releaseOf(unlock))
			if !errors.Is(err, errLeadLost) {
				return err
			}
		}
		db.opts.Logger.WarnContext(ctx, "sqldb: the lead is lost, or cannot be taken; trying again", "name", name, "error", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(leadEvery):
		}
	}
}

var errLeadLost = errors.New("sqldb: the lead is lost")

func releaseOf(unlock func() error) error {
	if unlock == nil {
		return nil
	}
	return unlock()
}

// leading runs f until it returns; its context ends when lost says so.
func leading(ctx context.Context, lost func(context.Context) error, f func(context.Context) error) error {
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make(chan struct{})
	defer func() { <-done }()
	go func() {
		defer close(done)
		for {
			select {
			case <-inner.Done():
				return
			case <-time.After(leadEvery):
			}
			if err := lost(inner); err != nil && inner.Err() == nil {
				cancel(errors.Join(errLeadLost, err))
				return
			}
		}
	}()
	err := f(inner)
	if cause := context.Cause(inner); errors.Is(cause, errLeadLost) {
		err = errors.Join(err, cause)
	}
	cancel(nil)
	return err
}

// lead waits for the lock; lost tells whether it still holds.
func (db *DB) lead(ctx context.Context, name string) (unlock func() error, lost func(context.Context) error, err error) {
	if db.dialect != Postgres {
		sum := sha256.Sum256([]byte(name)) // the name of a file, here
		unlock, err = db.Lock(ctx, "lead_"+hex.EncodeToString(sum[:8]))
		return unlock, func(context.Context) error { return nil }, err
	}
	for {
		conn, err := db.writer.Conn(ctx)
		if err != nil {
			return nil, nil, err
		}
		// Asking again and again keeps no connection while another leads.
		var got bool
		if err := conn.QueryRowContext(ctx, `SELECT pg_try_advisory_lock(`+lockKey+`)`, name).Scan(&got); err != nil {
			return nil, nil, errors.Join(err, conn.Close())
		}
		if got {
			return unlockPostgres(ctx, conn, name), conn.PingContext, nil
		}
		if err := conn.Close(); err != nil {
			return nil, nil, err
		}
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-time.After(leadEvery):
		}
	}
}

// lockKey is the number of the advisory lock of a name.
const lockKey = `hashtextextended('callboard:' || current_schema() || ':' || $1, 0)`

// unlockPostgres returns how to give the lock back, and its connection.
func unlockPostgres(ctx context.Context, conn *sql.Conn, name string) func() error {
	return func() error {
		// Not with ctx: a lock that is given back with a pooled connection
		// would be held for as long as that lives.
		_, err := conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock(`+lockKey+`)`, name)
		return errors.Join(err, conn.Close())
	}
}
