// SPDX-License-Identifier: Apache-2.0

package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/callboard/callboard"
)

// Classify gives a database error the [callboard.Code] it deserves and leaves
// any other error as it is; the cause stays in the chain. A full disk, a
// read-only, damaged, overloaded or unreachable database is CodeUnavailable, a
// unique violation CodeConflict, a cancelled query CodeTimeout, a text with NUL
// on PostgreSQL CodeInvalid, a value beyond the engine's limits CodeTooLarge.
// [DB.InTx], [DB.ReadTx] and [DB.Exec] classify what they return; use it on errors of
// [DB.SQL].
func Classify(err error) error {
	var known *callboard.Error
	if err == nil || errors.As(err, &known) || errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err // CodeOf knows them
	}
	if IsUnique(err) {
		return &callboard.Error{Code: callboard.CodeConflict, Message: "this already exists", Err: err}
	}
	switch pgCode(err) {
	case "22021", "22P05": // character_not_in_repertoire, untranslatable_character
		return &callboard.Error{Code: callboard.CodeInvalid, Message: "a text has a character that cannot be stored", Err: err}
	}
	if sqliteCode(err)&0xff == sqlite3.SQLITE_TOOBIG || pgCode(err) == "54000" {
		return &callboard.Error{Code: callboard.CodeTooLarge, Message: "this is too large for the database", Err: err}
	}
	if isInterrupt(err) {
		return &callboard.Error{Code: callboard.CodeTimeout, Message: "the database query was stopped", Err: err}
	}
	if reason := reasonOf(err); reason != "" {
		return &callboard.Error{Code: callboard.CodeUnavailable, Message: reason, Err: err}
	}
	return err
}

// IsUnique reports whether err is the violation of a unique or primary key.
func IsUnique(err error) bool {
	switch sqliteCode(err) {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
		return true
	}
	return pgCode(err) == "23505"
}

// IsForeignKey reports whether err is the violation of a foreign key.
func IsForeignKey(err error) bool {
	return sqliteCode(err) == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY || pgCode(err) == "23503"
}

// isRetryable reports whether the transaction that ended with err changed
// nothing and may succeed when it is run again.
func isRetryable(err error) bool {
	switch sqliteCode(err) & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return true
	}
	switch pgCode(err) {
	case "40001", "40P01": // serialization_failure, deadlock_detected
		return true
	}
	return false
}

func isInterrupt(err error) bool {
	return sqliteCode(err) == sqlite3.SQLITE_INTERRUPT || pgCode(err) == "57014"
}

func sqliteCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

func pgCode(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// reasonOf says in a person's words why the database does not serve, or "".
func reasonOf(err error) string {
	if reason := sqliteReason(sqliteCode(err) & 0xff); reason != "" {
		return reason
	}
	if reason := postgresReason(pgCode(err)); reason != "" {
		return reason
	}
	var connect *pgconn.ConnectError
	var network *net.OpError
	if errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, net.ErrClosed) {
		return "the database cannot be reached"
	}
	return ""
}

func sqliteReason(primary int) string {
	switch primary {
	case sqlite3.SQLITE_FULL:
		return "the database's disk is full"
	case sqlite3.SQLITE_READONLY:
		return "the database is read-only"
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return "the database is locked by another process"
	case sqlite3.SQLITE_IOERR:
		return "the database's disk reports an error"
	case sqlite3.SQLITE_CORRUPT:
		return "the database file is damaged"
	case sqlite3.SQLITE_NOTADB:
		return "the file is not a SQLite database"
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH:
		return "the database file cannot be opened"
	}
	return ""
}

func postgresReason(code string) string {
	switch code {
	case "53100":
		return "the database's disk is full"
	case "25006":
		return "the database is read-only"
	case "53300":
		return "the database has no connection left"
	case "40001", "40P01", "55P03":
		return "the database is too busy; try again"
	case "57P01", "57P02", "57P03":
		return "the database is shutting down or starting"
	case "28000", "28P01", "3D000", "42501":
		return "the database refuses this user or name"
	}
	switch {
	case len(code) == 5 && code[:2] == "08":
		return "the database cannot be reached"
	case len(code) == 5 && (code[:2] == "53" || code[:2] == "58"):
		return "the database server is out of resources"
	}
	return ""
}
