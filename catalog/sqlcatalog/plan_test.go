// SPDX-License-Identifier: Apache-2.0

package sqlcatalog_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogbench"
	"github.com/callboard/callboard/catalog/sqlcatalog"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

// question is one way to read, as pages and the API do.
type question struct {
	name string
	ask  func(ctx context.Context, s *sqlcatalog.Store) error
	// sorts says that the matches are few and put in order by the engine.
	sorts bool
	// counts says that all there are is counted, one by one.
	counts bool
}

// askPage asks for a page; what is on it comes from the index in memory.
func askPage(ctx context.Context, s *sqlcatalog.Store) error {
	_, err := s.Query(ctx, catalog.Query{})
	return err
}

func questions() []question {
	ref := catalog.NewRef("component", "", "none")
	key := catalog.SourceKey{Provider: "bench", Location: "bench:/team-0/repo-0/catalog-info.yaml"}
	return []question{
		{"a page", askPage, false, false},
		{"by uid", func(ctx context.Context, s *sqlcatalog.Store) error {
			if _, err := s.RecordByUID(ctx, "none"); err == nil {
				return context.Canceled
			}
			return nil
		}, false, false},
		{"versions", func(ctx context.Context, s *sqlcatalog.Store) error {
			_, err := s.Versions(ctx, ref, 9, 20)
			return err
		}, false, false},
		{"changes", func(ctx context.Context, s *sqlcatalog.Store) error { _, err := s.Changes(ctx, 3, 20); return err }, false, false},
		{"claims", func(ctx context.Context, s *sqlcatalog.Store) error { _, err := s.Claims(ctx, ref); return err }, true, false},
		{"claims of a source", func(ctx context.Context, s *sqlcatalog.Store) error { _, err := s.ClaimsOf(ctx, key); return err }, true, false},
		{"a source", func(ctx context.Context, s *sqlcatalog.Store) error {
			_, err := s.Sources(ctx, catalog.SourceQuery{Provider: key.Provider, Location: key.Location})
			return err
		}, true, false},
		{"sources, a page", func(ctx context.Context, s *sqlcatalog.Store) error {
			_, err := s.Sources(ctx, catalog.SourceQuery{Provider: key.Provider, After: key, Limit: 20})
			return err
		}, false, false},
		{"sources due", func(ctx context.Context, s *sqlcatalog.Store) error {
			_, err := s.Sources(ctx, catalog.SourceQuery{DueBefore: time.Unix(9, 0)})
			return err
		}, true, false},
		{"deleted", func(ctx context.Context, s *sqlcatalog.Store) error { _, err := s.Deleted(ctx, ref, 20); return err }, false, false},
		{"problems", func(ctx context.Context, s *sqlcatalog.Store) error {
			_, _, err := s.Problems(ctx, catalog.ProblemQuery{After: 3})
			return err
		}, false, true},
		{"problems of an entity", func(ctx context.Context, s *sqlcatalog.Store) error {
			_, _, err := s.Problems(ctx, catalog.ProblemQuery{Ref: ref})
			return err
		}, false, false},
		{"problems of an owner", func(ctx context.Context, s *sqlcatalog.Store) error {
			_, _, err := s.Problems(ctx, catalog.ProblemQuery{Owners: []string{"group:default/team-order-0"}})
			return err
		}, true, false},
	}
}

// TestQueriesUseAnIndex asks the engine for its plan of every query that a page
// or the API leads to: none reads a table from end to end, and those of lists
// that have one order find the rows in it.
func TestQueriesUseAnIndex(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		store := newStore(t, db)
		err := catalogbench.NewCompany(200).Changes(100, func(c catalog.Change) error {
			_, err := store.Apply(t.Context(), c)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		refs := store.List([]string{"component:default/a", "component:default/b"})
		checkPlan(t, question{name: "by reference"}, db.Dialect(), sqldbtest.Explain(t, db, store.LookupText(), refs, refs))
		if err := askPage(t.Context(), store); err != nil { // the index is built only once
			t.Fatal(err)
		}
		for _, q := range questions() {
			type asked struct {
				query string
				args  []any
			}
			var all []asked
			store.Watch(func(query string, args []any) { all = append(all, asked{query, args}) })
			if err := q.ask(t.Context(), store); err != nil {
				t.Fatalf("%s: %v", q.name, err)
			}
			store.Watch(nil)
			if len(all) == 0 {
				t.Errorf("%s: no query was seen", q.name)
			}
			for _, a := range all {
				checkPlan(t, q, db.Dialect(), sqldbtest.Explain(t, db, a.query, a.args...))
			}
		}
	})
}

// whole matches a line of a plan that reads a table of ours from end to end: on
// SQLite a scan that uses no index, of a table's alias, which is one letter.
func whole(d sqldb.Dialect) *regexp.Regexp {
	return regexp.MustCompile(d.Pick(`^SCAN ([a-w]|catalog_\w+)$`,
		`Seq Scan on catalog_(entities|documents|claims|relations|versions|problems|sources)`))
}

func checkPlan(t *testing.T, q question, dialect sqldb.Dialect, plan string) {
	t.Helper()
	for line := range strings.Lines(plan) {
		line = strings.TrimSpace(line)
		sorts := strings.Contains(line, "TEMP B-TREE FOR ORDER BY") || strings.HasPrefix(line, "Sort ") || strings.HasPrefix(line, "->  Sort ")
		if whole(dialect).MatchString(line) && !q.counts || sorts && !q.sorts {
			t.Errorf("%s: %q in the plan\n%s", q.name, line, plan)
		}
	}
}
