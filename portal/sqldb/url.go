// SPDX-License-Identifier: Apache-2.0

package sqldb

import (
	"net/url"
	"strings"

	"github.com/callboard/callboard"
)

// target is what a database URL names.
type target struct {
	dialect Dialect
	path    string     // SQLite: a file path; empty means a scratch file
	query   url.Values // SQLite: settings that the URL brings itself
}

// parseURL reads a database URL without touching anything. Its errors never
// quote the URL, which may hold a password.
func parseURL(raw string) (target, error) {
	scheme, rest, ok := strings.Cut(raw, ":")
	switch {
	case raw == "":
		return target{}, invalid("the database URL is empty: give a file path or postgres://…")
	case raw == ":memory:" || raw == "sqlite::memory:" || raw == "file::memory:":
		return target{dialect: SQLite}, nil
	case !ok || len(scheme) == 1: // a plain path, perhaps with a drive letter
		return target{dialect: SQLite, path: raw}, nil
	case scheme == "postgres" || scheme == "postgresql":
		return target{dialect: Postgres}, nil
	case scheme == "sqlite" || scheme == "file":
		return parseFile(rest)
	case strings.HasPrefix(rest, "//"):
		return target{}, invalid("the database URL's scheme " + scheme + " is not known: use postgres://… or a file path")
	default:
		return target{dialect: SQLite, path: raw}, nil
	}
}

func parseFile(rest string) (target, error) {
	rest = strings.TrimPrefix(rest, "//")
	path, rawQuery, _ := strings.Cut(rest, "?")
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return target{}, invalid("the database URL's query cannot be read")
	}
	if path == "" {
		return target{}, invalid("the database URL names no file")
	}
	return target{dialect: SQLite, path: path, query: query}, nil
}

func invalid(message string) error {
	return &callboard.Error{Code: callboard.CodeInvalid, Message: message}
}
