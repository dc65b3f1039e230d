// SPDX-License-Identifier: Apache-2.0

package searchtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/search"
)

// TestIndex holds an index to its contract. open returns an empty one.
func TestIndex(t *testing.T, open func(tb testing.TB) search.Index) {
	t.Helper()
	for _, tt := range []struct {
		name string
		run  func(*testing.T, search.Index)
	}{
		{"Empty", testEmpty},
		{"Batches", testBatches},
		{"Conflict", testConflict},
		{"Concurrent", testConcurrent},
		{"Vocabulary", testVocabulary},
		{"Named", testNamed},
		{"Find", testFind},
		{"Filters", testFilters},
		{"Many", testMany},
		{"OddWords", testOddWords},
		{"Cancelled", testCancelled},
		{"Sync", testSync},
		{"Questions", testQuestions},
		{"Sight", testSight},
		{"Pages", testPages},
		{"Hostile", testHostile},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.run(t, open(t))
		})
	}
}

// entry makes an entry of a document, which the tests write well.
func entry(t *testing.T, d search.Document) search.Entry {
	t.Helper()
	e, err := search.NewEntry("test", complete(d))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// put applies documents, each its own parent, from one state to the next.
func put(t *testing.T, x search.Index, from, to string, docs ...search.Document) {
	t.Helper()
	b := search.Batch{Source: "test", From: from, To: to, Round: 1}
	for _, d := range docs {
		e := entry(t, d)
		b.Replace = append(b.Replace, search.Replacement{Parent: e.Parent, Entries: []search.Entry{e}})
	}
	if err := x.Apply(t.Context(), b); err != nil {
		t.Fatalf("Apply: %v", err)
	}
}

// ids asks and returns what was found, sorted.
func ids(t *testing.T, x search.Index, p search.Probe) string {
	t.Helper()
	if p.Limit == 0 {
		p.Limit = 100
	}
	hits, err := x.Find(t.Context(), p)
	if err != nil {
		t.Fatalf("Find(%+v): %v", p, err)
	}
	var list []string
	for _, h := range hits {
		list = append(list, h.ID)
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

func same[T any](t *testing.T, what string, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s mismatch (-want +got):\n%s", what, diff)
	}
}

func body(words ...string) search.Match {
	all := search.MatchAll{}
	for _, w := range words {
		all = append(all, search.MatchWord{Word: search.Stem(w)})
	}
	return all
}

func name(word string) search.Match { return search.MatchWord{Word: word, Name: true} }

func everything() search.Filter { return search.OfType("thing", "person") }

func testEmpty(t *testing.T, x search.Index) {
	states, err := x.State(t.Context())
	if err != nil || len(states) != 0 {
		t.Errorf("State = %v, %v", states, err)
	}
	same(t, "Find", "", ids(t, x, search.Probe{Match: body("a")}))
	same(t, "Named", "", named(t, x, "a", search.Whole))
	same(t, "Find", "", ids(t, x, search.Probe{Within: everything()}))
	docs, err := x.Documents(t.Context(), []int64{1, 2})
	if err != nil || len(docs) != 0 {
		t.Errorf("Documents = %v, %v", docs, err)
	}
	if words, err := x.Vocabulary(t.Context(), search.WordQuery{Prefix: "a", Limit: 5}); err != nil || len(words) != 0 {
		t.Errorf("Vocabulary = %v, %v", words, err)
	}
	if counts, err := x.Count(t.Context()); err != nil || len(counts) != 0 {
		t.Errorf("Count = %v, %v", counts, err)
	}
}

func testBatches(t *testing.T, x search.Index) {
	ctx := t.Context()
	put(t, x, "", "one", search.Document{ID: "a", Title: "Alpha", Text: "first", Names: []string{"al"}, Owner: "group:default/x", Icon: "box", Fields: map[string][]string{"kind": {"Thing"}}},
		search.Document{ID: "b", Title: "Beta", Text: "second"})
	hits, err := x.Named(ctx, "alpha", search.Whole, 5)
	if err != nil || len(hits) != 1 {
		t.Fatalf("Named = %v, %v", hits, err)
	}
	h := hits[0]
	same(t, "hit", search.Hit{Number: h.Number, Source: "test", ID: "a", Parent: "a", Type: "thing", Title: "Alpha", Names: []string{"al"}}, h)
	docs, err := x.Documents(ctx, []int64{h.Number})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "document", search.Document{
		ID: "a", Parent: "a", Type: "thing", Title: "Alpha", Names: []string{"al"}, Text: "first", Location: "/things/a", Owner: "group:default/x", Icon: "box", Fields: map[string][]string{"kind": {"Thing"}},
	}, docs[h.Number])
	put(t, x, "one", "two", search.Document{ID: "a", Title: "Gamma", Text: "third"})
	same(t, "after a change, by the old key", "", named(t, x, "alpha", search.Whole))
	same(t, "after a change, by the old text", "", ids(t, x, search.Probe{Match: body("first")}))
	same(t, "after a change, by the old name", "", ids(t, x, search.Probe{Match: name("alpha")}))
	same(t, "after a change, by the new text", "a", ids(t, x, search.Probe{Match: body("third")}))
	if again, err := x.Named(ctx, "gamma", search.Whole, 5); err != nil || len(again) != 1 || again[0].Number != h.Number {
		t.Errorf("a document that changed has another number: %v, %v", again, err)
	}
	two := []search.Entry{entry(t, search.Document{ID: "b1", Parent: "b", Title: "Beta one"}), entry(t, search.Document{ID: "b2", Parent: "b", Title: "Beta two"})}
	if err := x.Apply(ctx, search.Batch{Source: "test", From: "two", To: "three", Round: 2, Replace: []search.Replacement{{Parent: "b", Entries: two}}}); err != nil {
		t.Fatal(err)
	}
	same(t, "a parent's documents", "b1 b2", ids(t, x, search.Probe{Match: name("beta")}))
	if err := x.Apply(ctx, search.Batch{Source: "test", From: "three", To: "four", Round: 2, Sweep: true}); err != nil {
		t.Fatal(err)
	}
	same(t, "after sweeping", "b1 b2", ids(t, x, search.Probe{Within: everything()}))
	if err := x.Apply(ctx, search.Batch{Source: "test", From: "four", To: "five", Round: 2, Replace: []search.Replacement{{Parent: "b"}}}); err != nil {
		t.Fatal(err)
	}
	same(t, "without documents", "", ids(t, x, search.Probe{Within: everything()}))
	states, err := x.State(ctx)
	if err != nil || states["test"] != "five" {
		t.Errorf("State = %v, %v", states, err)
	}
}

func testConflict(t *testing.T, x search.Index) {
	put(t, x, "", "one", search.Document{ID: "a", Title: "Alpha"})
	err := x.Apply(t.Context(), search.Batch{Source: "test", From: "", To: "two", Replace: []search.Replacement{{Parent: "a"}}})
	if callboard.CodeOf(err) != callboard.CodeConflict {
		t.Errorf("Apply from a state that has passed = %v, want %s", err, callboard.CodeConflict)
	}
	same(t, "after a conflict", "a", named(t, x, "alpha", search.Whole))
}

func testConcurrent(t *testing.T, x search.Index) {
	var group sync.WaitGroup
	for w := range 4 {
		group.Go(func() {
			source := fmt.Sprintf("s%d", w)
			state := ""
			for n := range 10 {
				e, err := search.NewEntry(source, complete(search.Document{ID: fmt.Sprint(n), Title: fmt.Sprintf("common word number%d", n), Text: "shared text"}))
				if err != nil {
					t.Error(err)
					return
				}
				next := fmt.Sprint(n)
				if err := x.Apply(t.Context(), search.Batch{Source: source, From: state, To: next, Replace: []search.Replacement{{Parent: e.Parent, Entries: []search.Entry{e}}}}); err != nil {
					t.Errorf("Apply: %v", err)
					return
				}
				state = next
				if _, err := x.Find(t.Context(), search.Probe{Match: body("shared"), Limit: 10}); err != nil {
					t.Errorf("Find: %v", err)
				}
			}
		})
	}
	group.Wait()
	hits, err := x.Find(t.Context(), search.Probe{Match: body("shared"), Limit: 100})
	if err != nil || len(hits) != 40 {
		t.Errorf("Find = %d, %v; want 40", len(hits), err)
	}
}

func testVocabulary(t *testing.T, x search.Index) {
	put(t, x, "", "one", search.Document{ID: "a", Title: "checkout-service", Text: "takes payments"}, search.Document{ID: "b", Title: "Checker", Text: "checks"})
	for _, tt := range []struct {
		q    search.WordQuery
		want string
	}{
		{search.WordQuery{Words: []string{"checkout", "payments", "nothing"}}, "checkout payments"},
		{search.WordQuery{Prefix: "check"}, "checker checkout checkoutservice checks"},
		{search.WordQuery{Prefix: "check", Limit: 2}, "checker checkout"},
		{search.WordQuery{Within: "out"}, "checkout"},
		{search.WordQuery{Within: "check"}, "checker checkout"},
		{search.WordQuery{Within: "ment"}, ""},
		{search.WordQuery{Near: []string{"checke"}}, "checker"},
	} {
		if tt.q.Limit == 0 {
			tt.q.Limit = 10
		}
		words, err := x.Vocabulary(t.Context(), tt.q)
		slices.Sort(words)
		if got := strings.Join(words, " "); err != nil || got != tt.want {
			t.Errorf("Vocabulary(%+v) = %q, %v; want %q", tt.q, got, err, tt.want)
		}
	}
}

func testFind(t *testing.T, x search.Index) {
	put(t, x, "", "one",
		search.Document{ID: "a", Title: "order-events", Text: "Tells when an order is placed"},
		search.Document{ID: "b", Title: "events of an order", Text: "deployed twice"},
		search.Document{ID: "c", Title: "orders", Type: "person", Text: "deploys nothing"},
	)
	order, events := search.MatchWord{Word: "order"}, search.MatchWord{Word: "event"}
	for _, tt := range []struct {
		name string
		p    search.Probe
		want string
	}{
		{"all", search.Probe{Match: search.MatchAll{order, events}}, "a b"},
		{"any", search.Probe{Match: search.MatchAny{events, search.MatchWord{Word: "deploy"}}}, "a b c"},
		{"phrase", search.Probe{Match: search.MatchPhrase{"order", "event"}}, "a"},
		{"phrase and name", search.Probe{Match: search.MatchAll{search.MatchPhrase{"order", "event"}, name("order")}}, "a"},
		{"name or text", search.Probe{Match: search.MatchAny{name("orders"), search.MatchWord{Word: search.Stem("twice")}}}, "b c"},
		{"except", search.Probe{Match: search.Except{Match: order, Without: search.MatchWord{Word: "deploy"}}}, "a"},
		{"name except text", search.Probe{Match: search.Except{Match: search.MatchAll{name("order")}, Without: search.MatchAny{search.MatchWord{Word: "deploy"}}}}, "a"},
		{"within alone", search.Probe{Within: search.OfType("person")}, "c"},
		{"limit", search.Probe{Match: order, Limit: 2}, "a b"},
	} {
		if got := ids(t, x, tt.p); got != tt.want {
			t.Errorf("%s: found %q, want %q", tt.name, got, tt.want)
		}
	}
}

func testNamed(t *testing.T, x search.Index) {
	put(t, x, "", "one", search.Document{ID: "a", Title: "order-events"}, search.Document{ID: "b", Title: "Orders", Names: []string{"order_store"}}, search.Document{ID: "c", Title: "border"})
	same(t, "whole", "a", named(t, x, "orderevents", search.Whole))
	same(t, "another name", "b", named(t, x, "orderstore", search.Whole))
	same(t, "beginning", "a b", named(t, x, "order", search.Beginning))
	same(t, "no name", "", named(t, x, "events", search.Beginning))
	if hits, err := x.Named(t.Context(), "order", search.Beginning, 1); err != nil || len(hits) != 1 || hits[0].ID != "a" {
		t.Errorf("the first = %v, %v", hits, err)
	}
}

// named returns the IDs of what is called so, sorted.
func named(t *testing.T, x search.Index, key string, prefix search.Prefix) string {
	t.Helper()
	hits, err := x.Named(t.Context(), key, prefix, 10)
	if err != nil {
		t.Fatalf("Named(%q): %v", key, err)
	}
	var list []string
	for _, h := range hits {
		list = append(list, h.ID)
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

func testFilters(t *testing.T, x search.Index) {
	facts := func(pairs ...string) (list []search.Fact) {
		for _, p := range pairs {
			field, value, _ := strings.Cut(p, "=")
			list = append(list, search.Fact{Field: field, Value: value})
		}
		return list
	}
	long := strings.Repeat("long ", 60)
	put(t, x, "", "one",
		search.Document{ID: "a", Title: "A", Guards: facts("tag=blue", "tag", "note=it's \"a\" \\ b"), Fields: map[string][]string{"kind": {"One"}}},
		search.Document{ID: "b", Title: "B", Guards: facts("tag=blueish", "tag", "note="+long)},
		search.Document{ID: "c", Title: "C", Guards: facts("owner=group:default/x"), Fields: map[string][]string{"tag": {"blue"}}},
	)
	has := func(p string) search.Filter {
		f := facts(p)[0]
		return search.Has(f)
	}
	for _, tt := range []struct {
		name string
		f    search.Filter
		want string
	}{
		{"has", has("tag=blue"), "a"},
		{"has, without regard to case", has("TAG=Blue"), "a"},
		{"is there", has("tag"), "a b"},
		{"prefix", search.HasPrefix{Field: "tag", Value: "blue"}, "a b"},
		{"signs", has("note=it's \"a\" \\ b"), "a"},
		{"long", has("note=" + long), "b"},
		{"not", search.Not{Filter: has("tag")}, "c"},
		{"not not", search.Not{Filter: search.Not{Filter: has("tag")}}, "a b"},
		{"all", search.All{has("tag"), search.Not{Filter: has("tag=blue")}}, "b"},
		{"all of none", search.All{everything(), search.All{}}, "a b c"},
		{"any", search.Any{has("tag=blue"), has("owner=group:default/x")}, "a c"},
		{"any of none", search.Any{}, ""},
		{"not any of none", search.All{everything(), search.Not{Filter: search.Any{}}}, "a b c"},
		{"not all", search.Not{Filter: search.All{has("tag"), has("tag=blue")}}, "b c"},
		{"field", search.HasField("kind", "one"), "a"},
		{"a field is no guard", search.HasField("tag", "blue"), "c"},
		{"no type", search.OfType(), ""},
	} {
		if got := ids(t, x, search.Probe{Within: tt.f}); got != tt.want {
			t.Errorf("%s: found %q, want %q", tt.name, got, tt.want)
		}
	}
}

// testMany asks for words that most documents have, and for some that few have,
// when the engine knows how common they are.
func testMany(t *testing.T, x search.Index) {
	const many = 2500
	state := ""
	for from := 0; from < many; from += 500 {
		b := search.Batch{Source: "test", From: state, To: fmt.Sprint(from), Round: 1, Sweep: from+500 == many}
		for n := from; n < from+500; n++ {
			d := search.Document{ID: fmt.Sprintf("d%04d", n), Title: fmt.Sprintf("service %d", n), Text: "common words", Guards: []search.Fact{{Field: "tenth", Value: fmt.Sprint(n % 10)}}}
			if n%500 == 7 {
				d.Text = "a rare find"
			}
			e := entry(t, d)
			b.Replace = append(b.Replace, search.Replacement{Parent: e.Parent, Entries: []search.Entry{e}})
		}
		if err := x.Apply(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		state = b.To
	}
	count := func(p search.Probe) (n int, ids string) {
		t.Helper()
		hits, err := x.Find(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range hits {
			ids += h.ID + " "
		}
		return len(hits), ids
	}
	tenth := search.Has{Field: "tenth", Value: "7"}
	for _, tt := range []struct {
		name string
		p    search.Probe
		want int
	}{
		{"common", search.Probe{Match: body("common"), Limit: 100}, 100},
		{"common, all", search.Probe{Match: body("common"), Limit: 10 * many}, many - 5},
		{"common, in part", search.Probe{Match: body("common"), Within: tenth, Limit: many}, many/10 - 5},
		{"common, but a part", search.Probe{Match: body("common"), Within: search.Not{Filter: tenth}, Limit: 300}, 300},
		{"rare", search.Probe{Match: body("rare"), Limit: 100}, 5},
		{"rare, in part", search.Probe{Match: body("rare"), Within: search.Not{Filter: tenth}, Limit: 100}, 0},
		{"rare or common", search.Probe{Match: search.MatchAny{body("rare"), body("common")}, Limit: many}, many},
		{"everything", search.Probe{Within: everything(), Limit: 50}, 50},
	} {
		n, ids := count(tt.p)
		if _, again := count(tt.p); n != tt.want || again != ids {
			t.Errorf("%s: %d, want %d, and the same again", tt.name, n, tt.want)
		}
	}
}

func testOddWords(t *testing.T, x search.Index) {
	put(t, x, "", "one",
		search.Document{ID: "a", Title: "Größe Łódź naïve", Text: "日本語 テスト, \x00 and \xff broken"},
		search.Document{ID: "b", Title: "'quoted' \"twice\" \\ * ( ) & | ! : <->", Text: "NOT AND OR NEAR"},
		search.Document{ID: "c", Title: strings.Repeat("w", 5000), Text: strings.Repeat("many words here ", 10000)},
		search.Document{ID: "d", Title: "...", Text: "a name without a word"},
	)
	for _, tt := range []struct {
		p    search.Probe
		want string
	}{
		{search.Probe{Match: body("grosse")}, "a"},
		{search.Probe{Match: body("lodz", "naive")}, "a"},
		{search.Probe{Match: body("日本語")}, "a"},
		{search.Probe{Match: body("quoted")}, "b"},
		{search.Probe{Match: body("not", "and", "or", "near")}, "b"},
		{search.Probe{Match: body("many")}, "c"},
		{search.Probe{Match: body("without")}, "d"},
		{search.Probe{Match: search.MatchWord{Word: `' " \ x`}}, ""},
		{search.Probe{Within: everything()}, "a b c d"},
	} {
		if got := ids(t, x, tt.p); got != tt.want {
			t.Errorf("%+v: found %q, want %q", tt.p, got, tt.want)
		}
	}
}

func testCancelled(t *testing.T, x search.Index) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := x.Find(ctx, search.Probe{Match: body("a"), Limit: 1}); err == nil {
		t.Error("Find with a context that ended gives no error")
	}
	if err := x.Apply(ctx, search.Batch{Source: "test", To: "x"}); err == nil {
		t.Error("Apply with a context that ended gives no error")
	}
}
