// SPDX-License-Identifier: Apache-2.0

package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Dialect names the engine behind a [DB].
type Dialect string

// The two engines.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// Pick returns the text for this dialect: the one place where a query may
// differ between the engines.
func (d Dialect) Pick(sqlite, postgres string) string {
	if d == Postgres {
		return postgres
	}
	return sqlite
}

// Options are the settings of [Open]; the zero value and nil mean the defaults.
type Options struct {
	// Logger receives migrations and retries; default slog.Default.
	Logger *slog.Logger
	// FullSync makes SQLite wait for the disk at every commit, which keeps the
	// last commits through a power loss. By default what was committed survives
	// a killed process, and a power loss may undo the last moments.
	FullSync bool
	// MaxConns limits the connections to PostgreSQL (default 16, or
	// pool_max_conns in the URL), and those that read SQLite (default 8).
	MaxConns int
	// WriterWait is how long [DB.InTx] waits for SQLite's one writer before it
	// gives up with CodeUnavailable; default 30 s. It bounds the wait of a
	// transaction that was wrongly opened inside another.
	WriterWait time.Duration
	// ApplicationName is what PostgreSQL shows in pg_stat_activity, unless the
	// URL says application_name; default "callboard".
	ApplicationName string
}

func (o *Options) withDefaults() Options {
	var out Options
	if o != nil {
		out = *o
	}
	if out.Logger == nil {
		out.Logger = slog.Default()
	}
	if out.WriterWait <= 0 {
		out.WriterWait = 30 * time.Second
	}
	if out.ApplicationName == "" {
		out.ApplicationName = "callboard"
	}
	return out
}

// DB is an open database. It is safe for concurrent use; Close it once.
type DB struct {
	dialect Dialect
	name    string // what may be shown: never a password
	opts    Options
	reader  *sql.DB
	writer  *sql.DB       // the same as reader on PostgreSQL
	pool    *pgxpool.Pool // PostgreSQL only
	path    string        // SQLite only
	scratch string        // directory to remove on Close

	mu     sync.Mutex
	after  map[*sql.Tx][]func() // see OnCommit
	leases leases
}

// Open opens the database at url and checks that it answers. The url is a path,
// "sqlite:PATH", "file:PATH" or ":memory:" for SQLite, and "postgres://…" or
// "postgresql://…" for PostgreSQL. ":memory:" is a scratch file that Close
// removes: it behaves as any other SQLite database does.
//
// An url that cannot be understood gives CodeInvalid, a database that cannot be
// reached CodeUnavailable; no error ever contains the password.
func Open(ctx context.Context, url string, opts *Options) (*DB, error) {
	target, err := parseURL(url)
	if err != nil {
		return nil, err
	}
	db := &DB{opts: opts.withDefaults(), dialect: target.dialect, after: make(map[*sql.Tx][]func())}
	if target.dialect == Postgres {
		err = db.openPostgres(ctx, url)
	} else {
		err = db.openSQLite(ctx, target)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Dialect returns which engine this is.
func (db *DB) Dialect() Dialect { return db.dialect }

// SQL returns the pool for reading. On SQLite its connections refuse to write;
// write through [DB.InTx] or [DB.Exec].
func (db *DB) SQL() *sql.DB { return db.reader }

// Pool returns the pool beneath [DB.SQL] on PostgreSQL, for LISTEN and for
// libraries that need pgx itself; it is nil on SQLite. The DB closes it.
func (db *DB) Pool() *pgxpool.Pool { return db.pool }

// Path returns the path of the SQLite file, or "" on PostgreSQL.
func (db *DB) Path() string { return db.path }

// String returns the database's address without its password.
func (db *DB) String() string { return db.name }

// Ping checks that the database answers: the readiness check of a portal.
func (db *DB) Ping(ctx context.Context) error {
	var one int
	return Classify(db.reader.QueryRowContext(ctx, `SELECT 1`).Scan(&one))
}

// Close waits for running queries and closes every connection.
func (db *DB) Close() error {
	var errs []error
	if db.reader != nil {
		errs = append(errs, db.reader.Close())
	}
	if db.writer != nil && db.writer != db.reader {
		errs = append(errs, db.writer.Close())
	}
	if db.pool != nil {
		db.pool.Close()
	}
	if db.scratch != "" {
		errs = append(errs, os.RemoveAll(db.scratch))
	}
	return errors.Join(errs...)
}
