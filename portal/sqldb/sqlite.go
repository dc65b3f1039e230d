// SPDX-License-Identifier: Apache-2.0

package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"github.com/callboard/callboard"
)

// busyTimeoutMS is how long a connection waits for a lock that another process
// holds.
const busyTimeoutMS = 5000

func (db *DB) openSQLite(ctx context.Context, t target) error {
	path, err := db.prepareFile(t)
	if err != nil {
		return err
	}
	db.path, db.name = path, "sqlite:"+path
	// The writer comes first: it turns the file to WAL, which the readers,
	// who may not write, then find.
	if db.writer, err = sql.Open("sqlite", sqliteDSN(path, t.query, db.writerSettings())); err != nil {
		return fmt.Errorf("sqldb: open %s: %w", path, err)
	}
	db.writer.SetMaxOpenConns(1)
	db.writer.SetConnMaxIdleTime(0)
	if err := db.writer.PingContext(ctx); err != nil {
		return cannotOpen(path, err)
	}
	if db.reader, err = sql.Open("sqlite", sqliteDSN(path, t.query, readerSettings())); err != nil {
		return fmt.Errorf("sqldb: open %s: %w", path, err)
	}
	conns := db.opts.MaxConns
	if conns <= 0 {
		conns = 8
	}
	db.reader.SetMaxOpenConns(conns)
	db.reader.SetMaxIdleConns(conns)
	db.reader.SetConnMaxIdleTime(5 * time.Minute)
	if err := db.Ping(ctx); err != nil {
		return cannotOpen(path, err)
	}
	return nil
}

// prepareFile makes the file, readable by its owner only since it will hold
// sessions, and returns its absolute path: a later change of the working
// directory must not lead a new connection to another file.
func (db *DB) prepareFile(t target) (string, error) {
	if t.path == "" {
		dir, err := os.MkdirTemp("", "callboard-db-*")
		if err != nil {
			return "", fmt.Errorf("sqldb: scratch directory: %w", err)
		}
		db.scratch = dir
		t.path = filepath.Join(dir, "scratch.db")
	}
	path, err := filepath.Abs(t.path)
	if err != nil {
		return "", fmt.Errorf("sqldb: %s: %w", t.path, err)
	}
	if t.query.Get("mode") == "ro" {
		return path, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", cannotOpen(path, err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDONLY, 0o600)
	if err != nil {
		return "", cannotOpen(path, err)
	}
	return path, f.Close()
}

func cannotOpen(path string, err error) error {
	message := "the database file " + path + " cannot be opened"
	if reason := reasonOf(err); reason != "" {
		message += ": " + reason
	}
	return &callboard.Error{Code: callboard.CodeUnavailable, Message: message, Err: err}
}

// writerSettings are the settings of the one connection that writes.
func (db *DB) writerSettings() []string {
	sync := "NORMAL"
	if db.opts.FullSync {
		sync = "FULL"
	}
	return []string{
		"_pragma=journal_mode(WAL)",
		"_pragma=synchronous(" + sync + ")",
		"_pragma=foreign_keys(1)",
		// Room for the pages that a large change touches: with less they are
		// written, read and written again before the commit.
		"_pragma=cache_size(-24000)",
		"_pragma=journal_size_limit(67108864)",
		// IMMEDIATE takes the write lock at BEGIN: a deferred transaction that
		// reads first and then writes may fail at once, whatever busy_timeout says.
		"_txlock=immediate",
	}
}

// readerSettings are the settings of the connections that only read.
func readerSettings() []string {
	return []string{
		"_pragma=query_only(1)",
		"_pragma=cache_size(-2000)",
		// Each connection has a mapping of its own, and the kernel counts every
		// one of them as the process's memory.
		"_pragma=mmap_size(16777216)",
	}
}

// sqliteDSN builds the connection string. Pragmas go into it because
// database/sql would apply a PRAGMA statement to one pooled connection only.
func sqliteDSN(path string, extra url.Values, settings []string) string {
	parts := []string{fmt.Sprintf("_pragma=busy_timeout(%d)", busyTimeoutMS)}
	parts = append(parts, settings...)
	parts = append(parts,
		"_pragma=temp_store(MEMORY)",
		"_time_format=sqlite",
	)
	if len(extra) > 0 {
		parts = append(parts, extra.Encode())
	}
	return "file:" + escapePath(path) + "?" + strings.Join(parts, "&")
}

// escapePath escapes what has a meaning in SQLite's file: URIs.
func escapePath(path string) string {
	path = filepath.ToSlash(path)
	if filepath.VolumeName(path) != "" {
		path = "/" + path // file:/C:/…
	}
	return strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
}
