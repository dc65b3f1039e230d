// SPDX-License-Identifier: Apache-2.0

package sqlcatalog_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogtest"
	"github.com/callboard/callboard/catalog/sqlcatalog"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

// titles returns the titles of all components by name, as a query finds them.
func titles(ctx context.Context, s *sqlcatalog.Store) (map[string]int, error) {
	facets, err := s.Facets(ctx, catalog.FacetQuery{
		Filter: catalog.In{Field: "kind", Values: []string{"component"}}, Fields: []string{"metadata.title", "relations.ownedBy"},
	})
	out := map[string]int{}
	for _, buckets := range facets {
		for _, b := range buckets {
			out[b.Value] = b.Count
		}
	}
	return out, err
}

// TestTwoStores has two stores on one database change it in turn, as two
// processes do. Each answers with what the other one did at once.
func TestTwoStores(t *testing.T) {
	t.Parallel()
	sqldbtest.EachURL(t, func(t *testing.T, url string) {
		random := rand.New(rand.NewPCG(5, 6))
		stores := []*sqlcatalog.Store{newStore(t, sqldbtest.OpenURL(t, url)), newStore(t, sqldbtest.OpenURL(t, url))}
		for i := range 60 {
			// Sometimes several changes come from one store before the other is asked.
			s := stores[random.IntN(2)]
			if _, err := s.Apply(t.Context(), roundOf(i)); err != nil {
				t.Fatal(err)
			}
			if random.IntN(3) == 0 {
				ref := catalog.NewRef("component", "", fmt.Sprintf("c%d", random.IntN(200)))
				_ = s.Remove(t.Context(), catalog.Cause{}, ref, catalog.Suppress) //nolint:errcheck // there need not be one
				if random.IntN(2) == 0 {
					_ = stores[random.IntN(2)].Restore(t.Context(), catalog.Cause{}, ref) //nolint:errcheck // the same
				}
			}
			if random.IntN(3) == 0 {
				continue
			}
			mine, err := titles(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			for _, other := range append(stores, newStore(t, sqldbtest.OpenURL(t, url))) {
				theirs, err := titles(t.Context(), other)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(mine, theirs); diff != "" {
					t.Fatalf("after round %d the stores differ (-one +other):\n%s", i, diff)
				}
			}
		}
		for _, s := range stores {
			checkStore(t, s)
		}
	})
}

// TestQuestionsWhileOthersChange asks one store while two others change the
// database: a question that begins when a change was accepted has it.
func TestQuestionsWhileOthersChange(t *testing.T) {
	t.Parallel()
	sqldbtest.EachURL(t, func(t *testing.T, url string) {
		asked := newStore(t, sqldbtest.OpenURL(t, url))
		var writing sync.WaitGroup
		for w := range 2 {
			s := newStore(t, sqldbtest.OpenURL(t, url))
			name := fmt.Sprintf("w%d", w)
			writing.Go(func() {
				for i := range 25 {
					title := fmt.Sprintf("%s in round %d", name, i)
					c := catalog.Change{Sources: []catalog.SourceUpdate{{
						Key:    catalog.SourceKey{Provider: "test", Location: "file:/" + name},
						Claims: []catalog.Claim{catalogtest.Component(name).Title(title).Claim()},
					}}}
					if _, err := s.Apply(t.Context(), c); err != nil {
						t.Error(err)
						return
					}
					q := catalog.Query{Filter: catalog.In{Field: "metadata.title", Values: []string{title}}}
					for _, s := range []*sqlcatalog.Store{asked, s} {
						if p, err := s.Query(t.Context(), q); err != nil || len(p.Items) != 1 || p.Total != 1 {
							t.Errorf("Query for %q = %d of %d, %v, want one", title, len(p.Items), p.Total, err)
						}
					}
				}
			})
		}
		writing.Wait()
		checkStore(t, asked)
	})
}

// TestOlderDatabase puts the database back to its beginning under a store that
// has answered from it.
func TestOlderDatabase(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := newStore(t, db)
		for i := range 3 {
			if _, err := s.Apply(t.Context(), roundOf(i)); err != nil {
				t.Fatal(err)
			}
			if p, err := s.Query(t.Context(), catalog.Query{}); err != nil || p.Total == 0 {
				t.Fatalf("Query = %d, %v", p.Total, err)
			}
		}
		for _, query := range []string{
			`DELETE FROM catalog_claims`, `DELETE FROM catalog_sources`, `DELETE FROM catalog_versions`, `DELETE FROM catalog_relations`,
			`DELETE FROM catalog_documents`, `DELETE FROM catalog_entities`, `UPDATE catalog_ids SET version = 1`,
		} {
			if _, err := db.Exec(t.Context(), query); err != nil {
				t.Fatal(err)
			}
		}
		if p, err := s.Query(t.Context(), catalog.Query{}); err != nil || p.Total != 0 || len(p.Items) != 0 {
			t.Errorf("Query of the older database = %d of %d, %v, want none", len(p.Items), p.Total, err)
		}
		if _, err := s.Apply(t.Context(), roundOf(0)); err != nil {
			t.Fatal(err)
		}
		checkStore(t, s)
	})
}

// TestDamagedDocument: one document that cannot be read hides no other entity.
func TestDamagedDocument(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		if _, err := newStore(t, db).Apply(t.Context(), roundOf(0)); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(t.Context(), `UPDATE catalog_documents SET json = '{"kind":' WHERE id = (SELECT document_id FROM catalog_entities WHERE ref = 'component:default/c7')`); err != nil {
			t.Fatal(err)
		}
		got, err := titles(t.Context(), newStore(t, db))
		if want := 59; err != nil || got["round 0"] != want {
			t.Errorf("%d entities have their title, %v, want %d", got["round 0"], err, want)
		}
	})
}
