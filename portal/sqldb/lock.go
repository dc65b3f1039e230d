// SPDX-License-Identifier: Apache-2.0

package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Locked runs fn while no other process that shares this database runs Locked:
// the lock under which tables are migrated. It does not nest. See [DB.Lock].
func (db *DB) Locked(ctx context.Context, fn func(ctx context.Context) error) error {
	unlock, err := db.Lock(ctx, "migrate")
	if err != nil {
		return err
	}
	return errors.Join(fn(ctx), unlock())
}

// Lock waits until nobody else holds the lock called name on this database, in
// this process or another, and takes it. It ends with unlock or with the process
// that holds it, however that dies. The name is of letters, digits and "_".
//
// On PostgreSQL it is an advisory lock of the current schema, which occupies one
// connection. On SQLite it is the lock of a small file beside the database,
// taken through SQLite itself, so that it works on every system that SQLite does.
func (db *DB) Lock(ctx context.Context, name string) (unlock func() error, err error) {
	if !moduleName.MatchString(name) {
		return nil, invalid(fmt.Sprintf("%q cannot name a lock", name))
	}
	if db.dialect == Postgres {
		unlock, err = db.lockPostgres(ctx, name)
	} else {
		unlock, err = db.lockSQLite(ctx, name)
	}
	if ctx.Err() != nil && err != nil { // a driver may say that its connection is bad
		err = errors.Join(ctx.Err(), err)
	}
	if err != nil {
		return nil, Classify(fmt.Errorf("sqldb: lock %s of %s: %w", name, db.name, err))
	}
	return unlock, nil
}

func (db *DB) lockPostgres(ctx context.Context, name string) (func() error, error) {
	conn, err := db.writer.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock(`+lockKey+`)`, name); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return unlockPostgres(ctx, conn, name), nil
}

func (db *DB) lockSQLite(ctx context.Context, name string) (func() error, error) {
	file, err := sql.Open("sqlite", "file:"+escapePath(db.path+"-"+name+".lock")+"?_txlock=exclusive&_pragma=busy_timeout(0)")
	if err != nil {
		return nil, err
	}
	file.SetMaxOpenConns(1)
	for wait := 2 * time.Millisecond; ; wait = min(wait*3/2, 250*time.Millisecond) {
		tx, err := file.BeginTx(context.WithoutCancel(ctx), nil)
		if err == nil {
			return func() error { return errors.Join(tx.Rollback(), file.Close()) }, nil
		}
		if !isRetryable(err) {
			return nil, errors.Join(err, file.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), file.Close())
		case <-time.After(wait):
		}
	}
}
