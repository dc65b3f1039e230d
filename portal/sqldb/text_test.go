// SPDX-License-Identifier: Apache-2.0

package sqldb_test

import (
	"strings"
	"testing"
	"time"

	"github.com/callboard/callboard/portal/sqldb"
)

func TestRebind(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"SELECT 1", "SELECT 1"},
		{"a = ? AND b = ?", "a = $1 AND b = $2"},
		{"a = '?' AND b = ?", "a = '?' AND b = $1"},
		{"a = 'it''s ?' AND b = ?", "a = 'it''s ?' AND b = $1"},
		{`"odd?" = ?`, `"odd?" = $1`},
		{"-- why?\n? /* ? */ ?", "-- why?\n$1 /* ? */ $2"},
		{"'open ?", "'open ?"},
		{"/* open ?", "/* open ?"},
		{"-- open ?", "-- open ?"},
		{"(" + sqldb.Placeholders(11) + ")", "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"},
	}
	for _, tt := range tests {
		if got := sqldb.Postgres.Rebind(tt.in); got != tt.want {
			t.Errorf("Rebind(%q) = %q, want %q", tt.in, got, tt.want)
		}
		if got := sqldb.SQLite.Rebind(tt.in); got != tt.in {
			t.Errorf("Rebind(%q) on SQLite = %q, want it unchanged", tt.in, got)
		}
	}
}

func FuzzRebind(f *testing.F) {
	for _, seed := range []string{"", "?", "'?'", "--?\n?", "/*?*/?", `"?"?`, "'", "/*", "--", "é?"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		got := sqldb.Postgres.Rebind(query)
		if !strings.Contains(query, "?") && got != query {
			t.Errorf("Rebind(%q) = %q, want it unchanged", query, got)
		}
		if len(got) < len(query) {
			t.Errorf("Rebind(%q) = %q, which is shorter", query, got)
		}
	})
}

func TestMicros(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 4, 3, 2, 1, 123456000, time.FixedZone("x", 3600))
	if got := sqldb.FromMicros(sqldb.Micros(at)); !got.Equal(at) || got.Location() != time.UTC {
		t.Errorf("FromMicros(Micros(%v)) = %v, want the same moment in UTC", at, got)
	}
	if got := sqldb.FromMicros(sqldb.Micros(time.Time{})); !got.IsZero() {
		t.Errorf("the zero time became %v", got)
	}
}

func TestSmallTexts(t *testing.T) {
	t.Parallel()
	if got := sqldb.Placeholders(0) + "|" + sqldb.Placeholders(1) + "|" + sqldb.Placeholders(3); got != "|?|?, ?, ?" {
		t.Errorf("Placeholders = %q", got)
	}
	if got, want := sqldb.EscapeLike(`50%_\`), `50\%\_\\`; got != want {
		t.Errorf("EscapeLike = %q, want %q", got, want)
	}
	if got := sqldb.Postgres.Pick("a", "b") + sqldb.SQLite.Pick("a", "b"); got != "ba" {
		t.Errorf("Pick = %q", got)
	}
}
