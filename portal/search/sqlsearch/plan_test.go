// SPDX-License-Identifier: Apache-2.0

package sqlsearch

import (
	"strings"
	"testing"

	"github.com/callboard/callboard/portal/search"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

// TestPlans holds every question to an index.
func TestPlans(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		if err := Migrate(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		literal := func(query string, args []any) string {
			for _, a := range args {
				text := "1"
				if s, ok := a.(string); ok {
					text = "'" + strings.ReplaceAll(s, "'", "''") + "'"
				}
				query = strings.Replace(query, "?", text, 1)
			}
			return query
		}
		for name, q := range map[string]search.WordQuery{
			"words": {Words: []string{"a", "b"}}, "prefix": {Prefix: "a"}, "within": {Within: "abc"}, "near": {Near: []string{"a", "b"}},
		} {
			query, args := wordQuery(q)
			plan := sqldbtest.Explain(t, db, literal(query, append(args, 5)))
			if !strings.Contains(plan, db.Dialect().Pick("SEARCH", "search_")) || strings.Contains(plan, db.Dialect().Pick("SCAN", "Seq Scan")) {
				t.Errorf("%s:\n%s", name, plan)
			}
		}
		for _, query := range []string{
			`SELECT d.id FROM search_keys k JOIN search_documents d ON d.id = k.document_id WHERE k.key >= 'a' AND k.key < 'b' ORDER BY k.key, k.document_id LIMIT 5`,
			`SELECT id, text FROM search_documents WHERE id IN (1, 2)`,
			`SELECT id, doc, hash FROM search_documents WHERE source = 'a' AND parent IN ('a', 'b')`,
			`SELECT id, doc, hash FROM search_documents WHERE source = 'a' AND doc IN ('a', 'b')`,
			`SELECT document_id FROM search_keys WHERE document_id IN (1, 2)`,
		} {
			plan := sqldbtest.Explain(t, db, query)
			if strings.Contains(plan, "Seq Scan") || db.Dialect() == sqldb.SQLite && strings.Contains(plan, "SCAN") {
				t.Errorf("%s:\n%s", query, plan)
			}
		}
	})
}

// FuzzWords asks an index on SQLite for whatever there is: nothing that is asked
// for breaks out of its quotes.
func FuzzWords(f *testing.F) {
	for _, w := range []string{`"`, `'`, `a" OR facts : "secret`, "a*", "\\", "(", "^a", "a b", ""} {
		f.Add(w, true)
	}
	db := sqldbtest.Open(f)
	if err := Migrate(f.Context(), db); err != nil {
		f.Fatal(err)
	}
	x := New(db)
	e, err := search.NewEntry("test", search.Document{ID: "a", Type: "t", Title: "A", Location: "/a", Guards: []search.Fact{{Field: "secret"}}})
	if err != nil {
		f.Fatal(err)
	}
	if err := x.Apply(f.Context(), search.Batch{Source: "test", To: "1", Replace: []search.Replacement{{Parent: "a", Entries: []search.Entry{e}}}}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string, name bool) {
		if strings.TrimSpace(strings.Map(func(r rune) rune {
			if strings.ContainsRune("aA\x00", r) {
				return -1
			}
			return r
		}, text)) == "" {
			t.Skip("the title, or nothing")
		}
		for _, m := range []search.Match{search.MatchWord{Word: "zz" + text, Name: name}, search.MatchPhrase{"zz" + text, text}} {
			hits, err := x.Find(t.Context(), search.Probe{Match: m, Within: search.Has{Field: text, Value: text}, Limit: 5})
			if err != nil {
				t.Errorf("Find(%q): %v", text, err)
			}
			if len(hits) > 0 {
				t.Errorf("Find(%q) finds something", text)
			}
		}
	})
}
