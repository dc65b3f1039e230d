// SPDX-License-Identifier: Apache-2.0

// Package sqldbtest opens databases for tests: a SQLite file that is gone
// afterwards, and a schema of its own on the PostgreSQL server that the
// environment variable CALLBOARD_TEST_POSTGRES names.
//
//	func TestStore(t *testing.T) {
//		sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
//			…
//		})
//	}
package sqldbtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/callboard/callboard/portal/sqldb"
)

// EnvPostgres names the environment variable with the URL of a server on which
// tests may create schemas.
const EnvPostgres = "CALLBOARD_TEST_POSTGRES"

// Open opens an empty SQLite database that is closed and removed with the test.
func Open(tb testing.TB) *sqldb.DB {
	tb.Helper()
	return OpenURL(tb, SQLiteURL(tb))
}

// OpenPostgres opens an empty schema on PostgreSQL that is dropped with the
// test. Without [EnvPostgres] the test is skipped, or fails if CI is "true".
func OpenPostgres(tb testing.TB) *sqldb.DB {
	tb.Helper()
	return OpenURL(tb, PostgresURL(tb))
}

// OpenURL opens url, often a second time to stand for another replica or a
// restart, and closes it with the test.
func OpenURL(tb testing.TB, url string) *sqldb.DB {
	tb.Helper()
	db, err := sqldb.Open(context.WithoutCancel(tb.Context()), url, &sqldb.Options{MaxConns: 6})
	if err != nil {
		tb.Fatalf("sqldb.Open: %v", err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Errorf("DB.Close: %v", err)
		}
	})
	return db
}

// Each runs fn as a subtest on SQLite and as another on PostgreSQL, each with
// an empty database.
func Each(t *testing.T, fn func(t *testing.T, db *sqldb.DB)) {
	t.Helper()
	EachURL(t, func(t *testing.T, url string) { fn(t, OpenURL(t, url)) })
}

// EachURL is [Each] for tests that open the database themselves.
func EachURL(t *testing.T, fn func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, SQLiteURL(t)) })
	t.Run("postgres", func(t *testing.T) { fn(t, PostgresURL(t)) })
}

// EachB is [Each] for benchmarks.
func EachB(b *testing.B, fn func(b *testing.B, db *sqldb.DB)) {
	b.Helper()
	b.Run("sqlite", func(b *testing.B) { fn(b, Open(b)) })
	b.Run("postgres", func(b *testing.B) { fn(b, OpenPostgres(b)) })
}

// SQLiteURL returns the URL of a SQLite database that does not exist yet and is
// removed with the test.
func SQLiteURL(tb testing.TB) string {
	tb.Helper()
	return "sqlite:" + filepath.Join(tb.TempDir(), "test.db")
}

// PostgresURL creates a schema on the test server, to be dropped with the test,
// and returns the URL of a database that sees only this schema. See
// [OpenPostgres] for what happens without a server.
func PostgresURL(tb testing.TB) string {
	tb.Helper()
	server := os.Getenv(EnvPostgres)
	if server == "" && os.Getenv("CI") == "true" {
		tb.Fatalf("%s is not set, and CI is true: tests on PostgreSQL must run here", EnvPostgres)
	}
	if server == "" {
		tb.Skipf("%s is not set: it names the PostgreSQL server for tests, such as postgres://user:password@127.0.0.1:5432/name", EnvPostgres)
	}
	schema := "cbtest_" + strings.ToLower(rand.Text())
	execute(tb, server, `CREATE SCHEMA `+schema)
	tb.Cleanup(func() { execute(tb, server, `DROP SCHEMA `+schema+` CASCADE`) })
	return inSchema(tb, server, schema)
}

func execute(tb testing.TB, server, query string) {
	tb.Helper()
	ctx := context.WithoutCancel(tb.Context())
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		tb.Fatalf("connect to the server in %s: %v", EnvPostgres, err)
	}
	defer conn.Close(ctx) //nolint:errcheck // nothing was left open
	if _, err := conn.Exec(ctx, `SET client_min_messages = warning; `+query); err != nil {
		tb.Errorf("%s: %v", query, err)
	}
}

// inSchema points the URL at one schema. Tests do not survive a power loss, so
// a commit need not wait for the disk.
func inSchema(tb testing.TB, server, schema string) string {
	tb.Helper()
	u, err := url.Parse(server)
	if err != nil {
		tb.Fatalf("%s is not a URL", EnvPostgres)
	}
	q := u.Query()
	q.Set("search_path", schema)
	q.Set("synchronous_commit", "off")
	u.RawQuery = q.Encode()
	return u.String()
}

// Explain returns the engine's plan for a query with literal values, with
// scanning and sorting made expensive on PostgreSQL, so that a small table shows
// the plan of a large one.
func Explain(tb testing.TB, db *sqldb.DB, query string, args ...any) string {
	tb.Helper()
	ctx := tb.Context()
	var lines []string
	err := db.ReadTx(ctx, func(tx *sql.Tx) error {
		explain, columns := `EXPLAIN QUERY PLAN `, 4
		if db.Dialect() == sqldb.Postgres {
			explain, columns = `EXPLAIN `, 1
			if _, err := tx.ExecContext(ctx, `SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off`); err != nil {
				return err
			}
		}
		rows, err := tx.QueryContext(ctx, explain+db.Rebind(query), args...)
		if err != nil {
			return err
		}
		defer rows.Close() //nolint:errcheck // read to the end
		lines = lines[:0]
		for rows.Next() {
			var line string
			var skip any
			dest := []any{&skip, &skip, &skip, &line}[4-columns:]
			if err := rows.Scan(dest...); err != nil {
				return err
			}
			lines = append(lines, line)
		}
		return rows.Err()
	})
	if err != nil {
		tb.Fatalf("explain %s: %v", query, err)
	}
	return strings.Join(lines, "\n")
}
