// SPDX-License-Identifier: Apache-2.0

package catalogapi_test

import (
	"testing"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogtest"
	"github.com/callboard/callboard/catalog/sqlcatalog"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

func TestInMemory(t *testing.T) {
	t.Parallel()
	behaviour(t, func(testing.TB) catalog.Store { return catalogtest.NewStore() })
}

func TestOnSQLite(t *testing.T) {
	t.Parallel()
	behaviour(t, func(tb testing.TB) catalog.Store { return openSQL(tb, sqldbtest.Open(tb)) })
}

func TestOnPostgres(t *testing.T) {
	t.Parallel()
	behaviour(t, func(tb testing.TB) catalog.Store { return openSQL(tb, sqldbtest.OpenPostgres(tb)) })
}

func openSQL(tb testing.TB, db *sqldb.DB) catalog.Store {
	tb.Helper()
	store, err := sqlcatalog.New(tb.Context(), db, nil)
	if err != nil {
		tb.Fatalf("sqlcatalog.New: %v", err)
	}
	return store
}

// behaviour runs every test of what the API does over stores of one make. Those
// that only read share a store.
func behaviour(t *testing.T, open func(testing.TB) catalog.Store) {
	t.Helper()
	shared := demoOn(t, open(t))
	for name, test := range map[string]func(*testing.T, *server){
		"filter":    testFilter,
		"predicate": testPredicate,
		"order":     testOrder,
		"paging":    testPaging,
		"legacy":    testLegacyPaging,
		"fields":    testFields,
		"by-refs":   testByRefs,
		"facets":    testFacets,
		"entity":    testEntity,
		"ancestry":  testAncestry,
		"problems":  testProblemsAndConflicts,
		"wide":      testWide,
	} {
		t.Run(name, func(t *testing.T) {
			test(t, shared.in(t))
		})
	}
	for name, test := range map[string]func(*testing.T, *server){
		"conditional": testConditional,
		"delete":      testDeleteAndRestore,
		"history":     testHistory,
		"locations":   testLocations,
		"dry run":     testDryRun,
		"by-query":    testLocationQuery,
		"ingest":      testIngest,
	} {
		t.Run(name, func(t *testing.T) {
			test(t, demoOn(t, open(t)))
		})
	}
}
