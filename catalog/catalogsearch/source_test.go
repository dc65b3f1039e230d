// SPDX-License-Identifier: Apache-2.0

package catalogsearch_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogsearch"
	"github.com/callboard/callboard/catalog/catalogtest"
	"github.com/callboard/callboard/portal/search"
	"github.com/callboard/callboard/portal/search/searchtest"
)

// paths builds links as a portal does.
type paths struct{}

func (paths) URL(name string, pairs ...string) (string, error) {
	if !slices.Contains([]string{"catalog.entity", "catalog.entity.tab"}, name) {
		return "", errors.New("no route " + name)
	}
	var values []string
	for i := 1; i < len(pairs); i += 2 {
		values = append(values, pairs[i])
	}
	return "/catalog/" + strings.Join(values, "/"), nil
}

// guard lets a filter through.
type guard struct{ filter catalog.Filter }

func (g *guard) Sight(context.Context, string) (catalog.Filter, error) { return g.filter, nil }

func (g *guard) Sees(_ context.Context, refs []catalog.Ref) ([]bool, error) {
	ok := make([]bool, len(refs))
	for i, ref := range refs {
		ok[i] = ref.Name != "hidden"
	}
	return ok, nil
}

const ordersAPI = `openapi: 3.0.0
info: {title: Orders, version: "1"}
paths:
  /orders/{id}:
    get: {operationId: getOrder, summary: Read an order, description: With its lines, responses: {"200": {description: ok}}}
`

func source(t *testing.T, g *guard, claims ...catalog.Claim) (*catalogsearch.Source, *catalogtest.MemoryStore, *catalog.Kinds) {
	t.Helper()
	kinds, err := catalog.NewKinds()
	if err != nil {
		t.Fatal(err)
	}
	store := catalogtest.NewStore()
	put(t, store, "a", claims...)
	return catalogsearch.New(store, g, kinds, paths{}), store, kinds
}

// put has the place declare the claims.
func put(t *testing.T, store catalog.Store, place string, claims ...catalog.Claim) {
	t.Helper()
	key := catalog.SourceKey{Provider: "test", Location: "file:" + place}
	if _, err := store.Apply(t.Context(), catalog.Change{Sources: []catalog.SourceUpdate{{Key: key, Claims: claims}}}); err != nil {
		t.Fatal(err)
	}
}

// list returns all documents by ID, asked for in parts.
func list(t *testing.T, s *catalogsearch.Source) map[string]search.Document {
	t.Helper()
	all := map[string]search.Document{}
	for after, n := "", 0; ; n++ {
		l, err := s.List(t.Context(), after, 1)
		if err != nil || n > 100 {
			t.Fatalf("List(%q): %v", after, err)
		}
		for _, d := range l.Documents {
			all[d.ID] = d
		}
		if after = l.Next; after == "" {
			return all
		}
	}
}

func same[T any](t *testing.T, what string, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s mismatch (-want +got):\n%s", what, diff)
	}
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	ines := catalogtest.User("ines", "web").Set("profile", map[string]any{"displayName": "Ines Duarte", "email": "ines@acme.example"})
	s, _, _ := source(t, &guard{}, catalogtest.Component("shop").Title("Shop").Description("Sells things.").Tags("go").Set("system", "retail").Claim(),
		catalogtest.API("orders-api").Title("Orders API").Set("definition", ordersAPI).Claim(), catalogtest.API("broken").Set("definition", "{").Claim(), ines.Claim())
	docs := list(t, s)
	shop := docs["component:default/shop"]
	if !slices.ContainsFunc(shop.Guards, func(f search.Fact) bool { return f == search.Fact{Field: "metadata.tags", Value: "go"} }) {
		t.Errorf("the guards of shop lack its tag: %v", shop.Guards)
	}
	shop.Guards = nil
	slices.Sort(shop.Keywords)
	same(t, "a component", search.Document{
		ID: "component:default/shop", Type: "component", Title: "Shop", Names: []string{"shop"}, Hint: "service · team", Text: "Sells things.",
		Keywords: []string{"", "Component", "go", "retail", "service", "team"}, Location: "/catalog/default/component/shop", Owner: "group:default/team",
		Fields: map[string][]string{"kind": {"Component"}, "name": {"shop"}, "namespace": {"default"}, "type": {"service"}, "lifecycle": {"production"}, "owner": {"group:default/team"}, "tags": {"go"}},
	}, shop)
	op := docs["api:default/orders-api#getOrder"]
	same(t, "an operation's guards", docs["api:default/orders-api"].Guards, op.Guards)
	op.Guards = nil
	same(t, "an operation", search.Document{
		ID: "api:default/orders-api#getOrder", Parent: "api:default/orders-api", Type: "operation", Title: "GET /orders/{id}", Hint: "Read an order · Orders API",
		Names: []string{"getOrder", "/orders/{id}"}, Keywords: op.Keywords, Text: "Read an order. With its lines.",
		Location: "/catalog/default/api/orders-api/definition/getOrder", Owner: "group:default/team", Fields: map[string][]string{"api": {"api:default/orders-api"}, "verb": {"GET"}},
	}, op)
	if d := docs["user:default/ines"]; d.Title != "Ines Duarte" || !slices.Contains(d.Names, "ines") || !slices.Contains(d.Keywords, "ines@acme.example") {
		t.Errorf("a person = %+v", d)
	}
	same(t, "documents", 5, len(docs))
	types := map[string]bool{}
	for _, ty := range s.Types() {
		types[ty.ID] = true
	}
	for id, d := range docs {
		if !types[d.Type] {
			t.Errorf("%s has the type %s, which is not declared", id, d.Type)
		}
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	s, store, _ := source(t, &guard{}, catalogtest.Component("shop").Claim())
	at, err := s.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	next := func() (parents, docs []string) {
		t.Helper()
		ch, err := s.Changes(t.Context(), at, 10)
		if err != nil {
			t.Fatal(err)
		}
		at = ch.Next
		for _, d := range ch.Documents {
			docs = append(docs, d.ID)
		}
		return ch.Parents, docs
	}
	parents, _ := next()
	same(t, "nothing", 0, len(parents))
	put(t, store, "b", catalogtest.Component("basket").Claim())
	parents, docs := next()
	same(t, "a new one", []string{"component:default/basket"}, parents)
	same(t, "its documents", []string{"component:default/basket"}, docs)
	put(t, store, "b")
	parents, docs = next()
	same(t, "one that is gone", []string{"component:default/basket"}, parents)
	same(t, "without documents", 0, len(docs))
	if _, err := s.Changes(t.Context(), "nowhere", 10); err == nil {
		t.Error("a place that is none is taken")
	}
}

func TestVisible(t *testing.T) {
	t.Parallel()
	s, _, _ := source(t, &guard{})
	ok, err := s.Visible(t.Context(), []search.Hit{{Parent: "api:default/a", ID: "api:default/a#x"}, {Parent: "component:default/hidden"}, {Parent: "api:default/a"}})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "Visible", []bool{true, false, true}, ok)
}

// random returns a random filter, in part over fields that documents do not carry.
func random(rng *rand.Rand, depth int) catalog.Filter {
	pick := func(list ...string) string { return list[rng.IntN(len(list))] }
	if depth > 0 {
		var parts []catalog.Filter
		for range rng.IntN(4) {
			parts = append(parts, random(rng, depth-1))
		}
		switch rng.IntN(5) {
		case 0:
			return catalog.All(parts)
		case 1:
			return catalog.Any(parts)
		case 2:
			return catalog.Not{Filter: random(rng, depth-1)}
		}
	}
	field := pick("kind", "KIND", "spec.type", "metadata.name", "metadata.tags", "metadata.tags.go", "metadata.labels.tier", "metadata.annotations.example.com/x", "relations.ownedBy", "spec.profile.email", "metadata.description", "metadata.title")
	value := pick("Component", "service", "shop", "go", "1", "group:default/team", "", "sh", "x")
	switch rng.IntN(4) {
	case 0:
		return catalog.Exists{Field: field}
	case 1:
		return catalog.Prefix{Field: field, Text: value}
	case 2:
		return catalog.Contains{Field: field, Text: value}
	}
	return catalog.In{Field: field, Values: []string{value, pick("API", "Service", "SHOP", "yes")}}
}

// TestSightHidesNothing holds what is made of 10,000 random conditions against
// the conditions: whatever one of them shows, its translation must show.
func TestSightHidesNothing(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 6)) //nolint:gosec // the same each time
	claims := []catalog.Claim{
		catalogtest.Component("shop").Tags("go", "pci").Label("tier", "1").Annotate("example.com/x", "yes").Claim(catalog.Edge{
			Source: catalog.NewRef("component", "default", "shop"), Type: "ownedBy", Target: catalog.NewRef("group", "default", "team"),
		}),
		catalogtest.API("sh").Title("x").Description("go").Claim(), catalogtest.Group("team").Claim(),
		catalogtest.User("ines").Set("profile", map[string]any{"email": "x"}).Annotate("example.com/x", strings.Repeat("long", 100)).Claim(),
	}
	g := &guard{}
	s, store, _ := source(t, g, claims...)
	docs := list(t, s)
	narrowed := 0
	for range 10_000 {
		g.filter = random(rng, 4)
		sight, err := s.Sight(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for id, d := range docs {
			if d.Type == catalogsearch.TypeOperation {
				continue
			}
			ref, err := catalog.ParseRef(id, catalog.Ref{})
			if err != nil {
				t.Fatal(err)
			}
			records, err := store.Records(t.Context(), []catalog.Ref{ref})
			if err != nil {
				t.Fatal(err)
			}
			e, err := records[0].Entity()
			if err != nil {
				t.Fatal(err)
			}
			want, got := catalog.Match(g.filter, catalog.FieldsOf(e)), searchtest.Holds(sight, d.Guards)
			if want && !got {
				t.Fatalf("%#v shows %s, and %#v does not", g.filter, id, sight)
			}
			if !want && !got {
				narrowed++
			}
		}
	}
	if narrowed < 5000 {
		t.Errorf("the translations leave out %d documents only", narrowed)
	}
}
