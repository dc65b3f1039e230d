// SPDX-License-Identifier: Apache-2.0

package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/callboard/callboard"
)

// Retries of a transaction: full jitter over a doubling delay, capped.
const (
	maxTries     = 10
	firstBackoff = 5 * time.Millisecond
	maxBackoff   = 500 * time.Millisecond
)

// InTx runs fn in a transaction and commits when it returns nil; an error or a
// panic rolls back. On SQLite it begins IMMEDIATE on the one writer, on
// PostgreSQL at READ COMMITTED.
//
// When the engine gives the transaction up for another one (SQLITE_BUSY,
// serialization failure, deadlock), InTx waits a little and runs fn again, so
// fn must have no effect outside tx and must return the engine's errors,
// wrapped or not.
//
// Do not call InTx inside fn: on SQLite the inner one would wait for the writer
// that the outer holds, until ctx ends or Options.WriterWait has passed; on
// PostgreSQL it would be a transaction of its own. Pass tx on instead.
func (db *DB) InTx(ctx context.Context, fn func(tx *sql.Tx) error) error {
	return db.retry(ctx, func() error { return db.runTx(ctx, nil, fn) })
}

// InSerialTx is [DB.InTx] at SERIALIZABLE on PostgreSQL, which gives fn the same
// isolation that SQLite always gives: as if nobody else wrote. Use it where a
// decision rests on rows that were read and not locked.
func (db *DB) InSerialTx(ctx context.Context, fn func(tx *sql.Tx) error) error {
	opts := &sql.TxOptions{Isolation: sql.LevelSerializable}
	if db.dialect == SQLite {
		opts = nil
	}
	return db.retry(ctx, func() error { return db.runTx(ctx, opts, fn) })
}

// ReadTx runs fn in a transaction that sees one moment of the database and
// cannot write. It never waits for writers.
func (db *DB) ReadTx(ctx context.Context, fn func(tx *sql.Tx) error) error {
	opts := &sql.TxOptions{ReadOnly: true}
	if db.dialect == Postgres {
		opts.Isolation = sql.LevelRepeatableRead
	}
	return db.retry(ctx, func() error {
		tx, err := db.reader.BeginTx(ctx, opts)
		if err != nil {
			return err
		}
		defer tx.Rollback() //nolint:errcheck // nothing to lose
		return fn(tx)
	})
}

// Exec runs one writing statement in a transaction of its own. The query is
// rebound; see [DB.Rebind].
func (db *DB) Exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	var res sql.Result
	err := db.retry(ctx, func() error {
		conn, err := db.writeConn(ctx)
		if err != nil {
			return err
		}
		defer conn.Close() //nolint:errcheck // goes back to the pool
		res, err = conn.ExecContext(ctx, db.Rebind(query), args...)
		return err
	})
	return res, err
}

// OnCommit has fn called after tx, which must be one that [DB.InTx] gave out,
// is committed; it is forgotten when tx is rolled back. It reports false when
// tx is not such a transaction, and then fn will never be called. fn must not
// block.
func (db *DB) OnCommit(tx *sql.Tx, fn func()) bool {
	db.mu.Lock()
	defer db.mu.Unlock()
	fns, ok := db.after[tx]
	if ok {
		db.after[tx] = append(fns, fn)
	}
	return ok
}

func (db *DB) runTx(ctx context.Context, opts *sql.TxOptions, fn func(tx *sql.Tx) error) error {
	conn, err := db.writeConn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // goes back to the pool
	tx, err := conn.BeginTx(ctx, opts)
	if err != nil {
		return err
	}
	db.track(tx)
	defer db.untrack(tx)
	defer tx.Rollback() //nolint:errcheck // a no-op after Commit
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	for _, fn := range db.untrack(tx) {
		fn()
	}
	return nil
}

// writeConn waits for a connection that may write, for as long as
// Options.WriterWait at most.
func (db *DB) writeConn(ctx context.Context) (*sql.Conn, error) {
	wait, cancel := context.WithTimeout(ctx, db.opts.WriterWait)
	defer cancel()
	conn, err := db.writer.Conn(wait)
	if err != nil && wait.Err() != nil && ctx.Err() == nil {
		return nil, &callboard.Error{
			Code:    callboard.CodeUnavailable,
			Message: "the database was busy writing for too long",
			Err:     errors.New("sqldb: no connection for writing within " + db.opts.WriterWait.String() + "; is a transaction opened inside another?"),
		}
	}
	return conn, err
}

func (db *DB) track(tx *sql.Tx) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.after[tx] = nil
}

func (db *DB) untrack(tx *sql.Tx) []func() {
	db.mu.Lock()
	defer db.mu.Unlock()
	fns := db.after[tx]
	delete(db.after, tx)
	return fns
}

// retry runs try until it succeeds, fails for good, or ctx ends.
func (db *DB) retry(ctx context.Context, try func() error) error {
	for n := 1; ; n++ {
		err := try()
		if err == nil || n == maxTries || !isRetryable(err) {
			return Classify(err)
		}
		db.opts.Logger.DebugContext(ctx, "sqldb: transaction is run again", "try", n, "err", err)
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(backoff(n)):
		}
	}
}

func backoff(n int) time.Duration {
	limit := min(firstBackoff<<n, maxBackoff)
	return time.Duration(rand.Int64N(int64(limit))) + time.Millisecond //nolint:gosec // jitter
}
