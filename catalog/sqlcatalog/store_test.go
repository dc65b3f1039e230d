// SPDX-License-Identifier: Apache-2.0

package sqlcatalog_test

import (
	"testing"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogtest"
	"github.com/callboard/callboard/catalog/sqlcatalog"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

func newStore(tb testing.TB, db *sqldb.DB) *sqlcatalog.Store {
	tb.Helper()
	s, err := sqlcatalog.New(tb.Context(), db, nil)
	if err != nil {
		tb.Fatalf("sqlcatalog.New: %v", err)
	}
	return s
}

func TestStore(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		catalogtest.TestStore(t, func(tb testing.TB) catalog.Store { return newStore(tb, sqldbtest.Open(tb)) })
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		catalogtest.TestStore(t, func(tb testing.TB) catalog.Store { return newStore(tb, sqldbtest.OpenPostgres(tb)) })
	})
}
