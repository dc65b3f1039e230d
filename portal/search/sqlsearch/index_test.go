// SPDX-License-Identifier: Apache-2.0

package sqlsearch_test

import (
	"testing"

	"github.com/callboard/callboard/portal/search"
	"github.com/callboard/callboard/portal/search/searchtest"
	"github.com/callboard/callboard/portal/search/sqlsearch"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

// on returns an empty index in a database.
func on(tb testing.TB, db *sqldb.DB) search.Index {
	tb.Helper()
	if err := sqlsearch.Migrate(tb.Context(), db); err != nil {
		tb.Fatal(err)
	}
	return sqlsearch.New(db)
}

func TestIndex(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		searchtest.TestIndex(t, func(tb testing.TB) search.Index { return on(tb, sqldbtest.Open(tb)) })
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		searchtest.TestIndex(t, func(tb testing.TB) search.Index { return on(tb, sqldbtest.OpenPostgres(tb)) })
	})
}
