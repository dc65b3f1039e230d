// SPDX-License-Identifier: Apache-2.0

package catalogindex_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/sqlcatalog/catalogindex"
)

// chance makes random entities, changes and questions of a few words, so that
// they meet.
type chance struct{ *rand.Rand }

func (r chance) pick(of ...string) string { return of[r.IntN(len(of))] }

func (r chance) entity() catalogindex.Entity {
	n := r.IntN(120)
	return catalogindex.Entity{Number: uint32(n + 1), Ref: fmt.Sprintf("%s:default/e%d", [...]string{"component", "api", "group"}[n%3], n*7919%120)}
}

func (r chance) field() string {
	return r.pick("kind", "metadata.name", "metadata.title", "metadata.tags", "metadata.tags.a", "spec.type", "spec.owner", "none",
		"Relations.ownedBy", "relations.ownerof", "relations.DependsOn")
}

func (r chance) word() string {
	return r.pick("", "a", "A", "ab", "abc", "B", "bc", "Bca", "ca", "aab", "é", "É", "x y", "group:default", "e1", "zz", strings.Repeat("q", 300))
}

func (r chance) change() catalogindex.Change {
	c := catalogindex.Change{Entity: r.entity(), Served: r.IntN(4) > 0}
	if !c.Served {
		return c
	}
	seen := map[string]bool{}
	for range r.IntN(12) {
		key := r.field()
		if strings.HasPrefix(strings.ToLower(key), "relations.") {
			continue
		}
		f := catalog.Field{Key: strings.ToLower(key), Original: r.word()}
		f.Value = strings.ToLower(f.Original)
		if f.Null = r.IntN(6) == 0; f.Null {
			f.Value, f.Original = "", ""
		}
		if id := fmt.Sprint(f.Key, f.Value, f.Null); !seen[id] {
			seen[id] = true
			c.Fields = append(c.Fields, f)
		}
	}
	for range r.IntN(6) {
		e := catalogindex.Edge{Source: c.Entity, Type: r.pick("ownedBy", "OwnedBy", "dependsOn", "ownerOf"), Target: r.entity()}
		if r.IntN(3) == 0 {
			e.Source, e.Target = e.Target, e.Source
		}
		c.Edges = append(c.Edges, e)
	}
	return c
}

func (r chance) filter(depth int) catalog.Filter {
	n := 7
	if depth == 0 {
		n = 4
	}
	switch r.IntN(n) {
	case 0:
		f := catalog.In{Field: r.field()}
		for range r.IntN(4) {
			f.Values = append(f.Values, r.pick(r.word(), r.entity().Ref))
		}
		return f
	case 1:
		return catalog.Exists{Field: r.field()}
	case 2:
		return catalog.Prefix{Field: r.field(), Text: r.word()}
	case 3:
		return catalog.Contains{Field: r.field(), Text: r.word()}
	case 4:
		return catalog.Not{Filter: r.filter(depth - 1)}
	case 5:
		return catalog.All(r.filters(depth))
	}
	return catalog.Any(r.filters(depth))
}

func (r chance) filters(depth int) []catalog.Filter {
	list := make([]catalog.Filter, r.IntN(4))
	for i := range list {
		list[i] = r.filter(depth - 1)
	}
	return list
}

func (r chance) question() (catalog.Filter, *catalog.Text, []catalog.Order) {
	var filter catalog.Filter
	var text *catalog.Text
	if r.IntN(4) > 0 {
		filter = r.filter(2)
	}
	if r.IntN(4) == 0 {
		text = &catalog.Text{Term: r.word() + " " + r.word()}
		for range r.IntN(3) {
			text.Fields = append(text.Fields, r.field())
		}
	}
	order := make([]catalog.Order, r.IntN(4))
	for i := range order {
		order[i] = catalog.Order{Field: r.field(), Desc: r.IntN(2) == 0}
	}
	return filter, text, order
}

// TestIndexAgainstLooking changes an index at random and asks it at random, and
// expects what looking at every entity gives.
func TestIndexAgainstLooking(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := chance{rand.New(rand.NewPCG(seed, 1))}
			x, want := catalogindex.New(), newNaive()
			for round := range 100 {
				changes := make([]catalogindex.Change, r.IntN([...]int{3, 40}[r.IntN(2)]))
				for i := range changes {
					changes[i] = r.change()
				}
				x.Update(changes...)
				want.update(changes...)
				for range 6 {
					compareAnswers(t, r, x, want)
				}
				if round%5 == 0 {
					compareFields(t, x, want)
				}
				if t.Failed() {
					return
				}
			}
		})
	}
}

func compareAnswers(t *testing.T, r chance, x *catalogindex.Index, want *naive) {
	t.Helper()
	filter, text, order := r.question()
	all := numbers(want.find(filter, text, order))
	q := catalogindex.Query{Filter: filter, Text: text, Order: order, Limit: 1 + r.IntN(40)}
	if diff := cmp.Diff(all, walk(t, x, q, len(all))); diff != "" {
		t.Errorf("Query(%#v, %v) mismatch (-want +got):\n%s", q, text, diff)
	}
	q.Offset = r.IntN(60)
	page, err := x.Query(t.Context(), q)
	start := min(q.Offset, len(all))
	end := min(start+q.Limit, len(all))
	if err != nil || !slices.Equal(page.Entities, all[start:end]) || page.Total != len(all) || page.More != (end < len(all)) {
		t.Errorf("Query(%#v) = %+v, %v, want %v", q, page, err, all[start:end])
	}
	fq := catalog.FacetQuery{Filter: filter, Text: text, Fields: []string{r.field(), "metadata.title"}}
	facets, err := x.Facets(t.Context(), fq)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fq.Fields {
		if diff := cmp.Diff(want.facet(fq, f), facets[f]); diff != "" {
			t.Errorf("Facets(%#v, %s) mismatch (-want +got):\n%s", fq, f, diff)
		}
	}
}

// walk pages to the end and back and returns what it saw, which must be the same
// both ways.
func walk(t *testing.T, x *catalogindex.Index, q catalogindex.Query, most int) []uint32 {
	t.Helper()
	var all, back []uint32
	for {
		page, err := x.Query(t.Context(), q)
		if err != nil {
			t.Fatalf("Query: %v", err)
		}
		all = append(all, page.Entities...)
		if len(page.Entities) == 0 || len(all) > most {
			break
		}
		at := page.Last
		q.At = &at
		if !page.More {
			at.Back, at.With = true, true
			break
		}
	}
	for q.At != nil && len(back) <= most {
		page, err := x.Query(t.Context(), q)
		if err != nil {
			t.Fatalf("Query: %v", err)
		}
		back = append(slices.Clone(page.Entities), back...)
		at := page.First
		at.Back = true
		q.At = &at
		if !page.More {
			break
		}
	}
	if !slices.Equal(all, back) {
		t.Errorf("the way back of %+v: %v, the way there: %v", q, back, all)
	}
	return append([]uint32{}, all...)
}

func compareFields(t *testing.T, x *catalogindex.Index, want *naive) {
	t.Helper()
	for _, e := range want.served {
		all := []catalog.Field{}
		for _, fs := range e.fields {
			all = append(all, fs...)
		}
		less := func(a, b catalog.Field) bool { return fmt.Sprint(a) < fmt.Sprint(b) }
		if diff := cmp.Diff(all, x.Fields(e.Number), cmpopts.SortSlices(less), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("Fields(%s) mismatch (-want +got):\n%s", e.Ref, diff)
		}
	}
	if n := len(want.served); n != x.Len() {
		t.Errorf("Len() = %d, want %d", x.Len(), n)
	}
}

// TestPositionsBetween continues from places where no entity stands (any more).
func TestPositionsBetween(t *testing.T) {
	t.Parallel()
	r := chance{rand.New(rand.NewPCG(7, 7))}
	x, want := catalogindex.New(), newNaive()
	for range 400 {
		c := r.change()
		x.Update(c)
		want.update(c)
		_, _, order := r.question()
		// A place of an entity that was never there: its fields are the keys.
		made := r.change()
		other := newNaive()
		other.update(made)
		probe := other.served
		if len(probe) == 0 {
			continue
		}
		at := catalogindex.Position{Ref: made.Entity.Ref, Back: r.IntN(2) == 0, With: r.IntN(2) == 0}
		for _, o := range order {
			var key *string
			if v, ok := probe[0].least(o.Field); ok {
				key = &v
			}
			at.Keys = append(at.Keys, key)
		}
		var beyond []uint32
		for _, e := range want.find(nil, nil, order) {
			c := e.compare(probe[0], order)
			if at.Back && c < 0 || !at.Back && c > 0 || at.With && c == 0 {
				beyond = append(beyond, e.Number)
			}
		}
		page, err := x.Query(t.Context(), catalogindex.Query{Order: order, At: &at, Limit: 1000})
		if err != nil || !slices.Equal(page.Entities, beyond) {
			t.Fatalf("Query(order %v at %+v) = %v, %v, want %v", order, at, page.Entities, err, beyond)
		}
	}
}

// TestManyOrders sorts by more fields than orders are kept.
func TestManyOrders(t *testing.T) {
	t.Parallel()
	x, want := catalogindex.New(), newNaive()
	r := chance{rand.New(rand.NewPCG(3, 3))}
	for i := range 100 {
		c := catalogindex.Change{Entity: catalogindex.Entity{Number: uint32(i), Ref: fmt.Sprintf("api:default/%d", i)}, Served: true}
		for f := range 50 {
			c.Fields = append(c.Fields, catalog.Field{Key: fmt.Sprintf("f%d", f), Value: fmt.Sprint(r.IntN(20)), Original: "X"})
		}
		x.Update(c)
		want.update(c)
		var order []catalog.Order
		for range r.IntN(17) {
			order = append(order, catalog.Order{Field: fmt.Sprintf("f%d", r.IntN(52)), Desc: r.IntN(2) == 0})
		}
		page, err := x.Query(t.Context(), catalogindex.Query{Order: order, Limit: 1000})
		if all := numbers(want.find(nil, nil, order)); err != nil || !slices.Equal(page.Entities, all) {
			t.Fatalf("Query(%v) = %v, %v, want %v", order, page.Entities, err, all)
		}
	}
	if _, err := x.Query(t.Context(), catalogindex.Query{Order: make([]catalog.Order, 17)}); callboard.CodeOf(err) != callboard.CodeInvalid {
		t.Errorf("Query with 17 sort fields: %v, want CodeInvalid", err)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	x := catalogindex.New()
	wide := make(catalog.Any, 100_000)
	for i := range wide {
		wide[i] = catalog.Exists{Field: "kind"}
	}
	deep := catalog.Filter(catalog.Exists{Field: "kind"})
	for range 100_000 {
		deep = catalog.Not{Filter: deep}
	}
	scans := make(catalog.All, 2_000)
	for i := range scans {
		scans[i] = catalog.Contains{Field: "kind", Text: "x"}
	}
	words := strings.Repeat("word ", 5_000)
	for name, q := range map[string]catalogindex.Query{
		"wide": {Filter: wide}, "deep": {Filter: deep}, "scans": {Filter: scans}, "words": {Text: &catalog.Text{Term: words}},
	} {
		_, err := x.Query(t.Context(), q)
		_, ferr := x.Facets(t.Context(), catalog.FacetQuery{Filter: q.Filter, Text: q.Text})
		if callboard.CodeOf(err) != callboard.CodeInvalid || callboard.CodeOf(ferr) != callboard.CodeInvalid {
			t.Errorf("%s: Query: %v, Facets: %v, want CodeInvalid", name, err, ferr)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := x.Query(ctx, catalogindex.Query{Limit: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("Query when cancelled: %v", err)
	}
	if _, err := x.Facets(ctx, catalog.FacetQuery{Fields: []string{"kind"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("Facets when cancelled: %v", err)
	}
}

// TestReadersAndWriter asks while it changes: every answer is that of one moment,
// in which all entities have the same title.
func TestReadersAndWriter(t *testing.T) {
	t.Parallel()
	x := catalogindex.New()
	const n, rounds = 200, 150
	round := func(i int) []catalogindex.Change {
		changes := make([]catalogindex.Change, n)
		for e := range changes {
			title := fmt.Sprint("Round ", i)
			changes[e] = catalogindex.Change{Entity: catalogindex.Entity{Number: uint32(e), Ref: fmt.Sprintf("api:default/%d", e)}, Served: true,
				Fields: []catalog.Field{
					{Key: "metadata.title", Value: strings.ToLower(title), Original: title},
					{Key: "metadata.name", Value: fmt.Sprint(e*i%n, "-", e), Original: fmt.Sprint(e*i%n, "-", e)},
				}}
		}
		return changes
	}
	x.Update(round(0)...)
	var readers sync.WaitGroup
	done := make(chan struct{})
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				facets, err := x.Facets(t.Context(), catalog.FacetQuery{Fields: []string{"metadata.title"}})
				if b := facets["metadata.title"]; err != nil || len(b) != 1 || b[0].Count != n {
					t.Errorf("Facets = %v, %v, want one title of %d", b, err, n)
				}
				page, err := x.Query(t.Context(), catalogindex.Query{
					Order: []catalog.Order{{Field: "metadata.title"}, {Field: "metadata.name", Desc: true}}, Text: &catalog.Text{Term: "round"}, Limit: 50,
				})
				if err != nil || page.Total != n || len(page.Entities) != 50 {
					t.Errorf("Query = %d of %d, %v", len(page.Entities), page.Total, err)
				}
			}
		})
	}
	for i := range rounds {
		x.Update(round(i + 1)...)
	}
	close(done)
	readers.Wait()
}
