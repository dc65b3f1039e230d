// SPDX-License-Identifier: Apache-2.0

package sqldb

import (
	"strconv"
	"strings"
	"time"
)

// Rebind turns the placeholders "?" of a query into "$1", "$2", … on
// PostgreSQL, and returns it unchanged on SQLite. Text in quotes and comments
// stays as it is.
func (db *DB) Rebind(query string) string { return db.dialect.Rebind(query) }

// Rebind is [DB.Rebind] for code that has only the dialect.
func (d Dialect) Rebind(query string) string {
	if d != Postgres || strings.IndexByte(query, '?') < 0 {
		return query
	}
	var b strings.Builder
	b.Grow(len(query) + 16)
	for i, n := 0, 1; i < len(query); {
		if query[i] == '?' {
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
			n++
			i++
			continue
		}
		end := i + literalLen(query[i:])
		b.WriteString(query[i:end])
		i = end
	}
	return b.String()
}

// literalLen returns how many bytes at the start of s belong together: a quoted
// text, a comment, or one byte of anything else.
func literalLen(s string) int {
	switch {
	case s[0] == '\'' || s[0] == '"':
		return closing(s, 1, s[:1])
	case strings.HasPrefix(s, "--"):
		return closing(s, 2, "\n")
	case strings.HasPrefix(s, "/*"):
		return closing(s, 2, "*/")
	default:
		return 1
	}
}

func closing(s string, from int, end string) int {
	if i := strings.Index(s[from:], end); i >= 0 {
		return from + i + len(end)
	}
	return len(s)
}

// Placeholders returns n placeholders for an IN list or a row of VALUES:
// "?, ?, ?". SQLite allows 32,766 of them in a query, PostgreSQL 65,535.
func Placeholders(n int) string {
	if n <= 0 {
		return ""
	}
	return strings.Repeat("?, ", n-1) + "?"
}

// EscapeLike escapes what has a meaning in a LIKE pattern; the query says
// ESCAPE '\'.
func EscapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

// Micros is how a time is stored on both engines: microseconds since 1970 in
// UTC, in a BIGINT, which sorts and compares as the time does. The zero time is
// 0.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// FromMicros is the time in UTC that [Micros] stored.
func FromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
