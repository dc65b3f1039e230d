// SPDX-License-Identifier: Apache-2.0

package guardedcatalog_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogtest"
	"github.com/callboard/callboard/catalog/guardedcatalog"
	"github.com/callboard/callboard/catalog/sqlcatalog"
	"github.com/callboard/callboard/portal/permission"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

// stores runs a test on the store in memory and on both engines.
func stores(t *testing.T, fn func(t *testing.T, all catalog.Store)) {
	t.Parallel()
	t.Run("memory", func(t *testing.T) { t.Parallel(); fn(t, catalogtest.NewStore()) })
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		t.Parallel()
		s, err := sqlcatalog.New(t.Context(), db, nil)
		if err != nil {
			t.Fatal(err)
		}
		fn(t, s)
	})
}

// guarded returns what callers whom the policy gives d may see.
func guarded(tb testing.TB, all catalog.Store, policy permission.Policy) *guardedcatalog.Store {
	tb.Helper()
	set, err := permission.NewSet(guardedcatalog.Declaration())
	if err != nil {
		tb.Fatal(err)
	}
	kinds, err := catalog.NewKinds()
	if err != nil {
		tb.Fatal(err)
	}
	return guardedcatalog.New(catalog.Unguarded{Store: all}, kinds, permission.New(set, policy))
}

func on(c permission.Condition) permission.Policy {
	return permission.PolicyFunc(func(context.Context, permission.Question) (permission.Decision, error) {
		return permission.AllowIf(c), nil
	})
}

// apply takes in entities, each from a file of its own, with the relations that
// their kinds declare.
func apply(tb testing.TB, all catalog.Store, entities ...*catalog.Entity) {
	tb.Helper()
	kinds, err := catalog.NewKinds()
	if err != nil {
		tb.Fatal(err)
	}
	change := catalog.Change{Cause: catalog.Cause{Reason: "scan", Time: time.Unix(1, 0)}}
	for _, e := range entities {
		edges, _ := kinds.Relations(e)
		change.Sources = append(change.Sources, catalog.SourceUpdate{
			Key:    catalog.SourceKey{Provider: "test", Location: "file:/" + e.Ref().String()},
			Claims: []catalog.Claim{{Ref: e.Ref(), Entity: e, Relations: edges}},
			Problems: []catalog.Problem{{
				Severity: catalog.SeverityWarning, Rule: "odd", Message: "something about " + e.Metadata.Title, Entity: e.Ref().String(), Owner: "group:default/web",
			}},
		})
	}
	if _, err := all.Apply(tb.Context(), change); err != nil {
		tb.Fatal(err)
	}
}

// company is a random catalog.
func company(rng *rand.Rand, n int) []*catalog.Entity {
	pick := func(list ...string) string { return list[rng.IntN(len(list))] }
	entities := []*catalog.Entity{catalogtest.Group("web").Entity(), catalogtest.Group("ops").Entity(), catalogtest.User("bo", "web").Entity()}
	for i := range n {
		b := catalogtest.New(pick("Component", "API", "Resource"), fmt.Sprintf("%s%d", pick("shop", "till", "cart"), i)).
			Namespace(pick("default", "pay")).Set("type", pick("service", "library", "openapi")).Owner(pick("web", "ops", "user:bo")).
			Set("lifecycle", "production").Set("definition", "x").Tags(pick("go", "java"), pick("web", "old"))
		if rng.IntN(3) == 0 {
			b.Label("tier", pick("1", "2"))
		}
		if rng.IntN(3) == 0 {
			b.Annotate("example.com/secret", pick("yes", "no"))
		}
		entities = append(entities, b.Entity())
	}
	return entities
}

// condition returns a random condition of some depth.
func condition(rng *rand.Rand, depth int) permission.Condition {
	pick := func(list ...string) []string {
		return list[:1+rng.IntN(len(list))]
	}
	parts := func() []permission.Condition {
		list := make([]permission.Condition, rng.IntN(4))
		for i := range list {
			list[i] = condition(rng, depth-1)
		}
		return list
	}
	if depth > 0 {
		switch rng.IntN(5) {
		case 0:
			return permission.All(parts())
		case 1:
			return permission.Any(parts())
		case 2:
			return permission.Not{Condition: condition(rng, depth-1)}
		}
	}
	rules := []permission.Rule{
		{Name: "is-owner", Values: pick("group:default/web", "user:default/bo")},
		{Name: "is-kind", Values: pick("API", "group")},
		{Name: "is-type", Values: pick("library", "Service")},
		{Name: "in-namespace", Values: pick("pay")},
		{Name: "has-tag", Values: pick("old", "GO")},
		{Name: "has-label", Values: pick("tier", "1")},
		{Name: "has-annotation", Values: pick("example.com/secret", "yes")},
		{Name: "field-equals", Values: append([]string{"spec.lifecycle"}, pick("production", "none")...)},
		{Name: "has-field", Values: []string{"spec.profile"}},
		{Name: "matches-ref", Values: pick("component:pay/shop*", "api:*/c*", "user:bo")},
	}
	return rules[rng.IntN(len(rules))]
}

// holds is the judge: each rule as one would say it, on the entity itself.
func holds(r permission.Rule, e *catalog.Entity) bool {
	fold := strings.EqualFold
	one := func(v string, of ...string) bool {
		return slices.ContainsFunc(of, func(w string) bool { return fold(v, w) })
	}
	switch r.Name {
	case "is-owner":
		owners := []string{e.Ref().String()}
		for _, rel := range e.Relations {
			if rel.Type == "ownedBy" {
				owners = append(owners, rel.Target.String())
			}
		}
		return slices.ContainsFunc(owners, func(o string) bool { return one(o, r.Values...) })
	case "is-kind":
		return one(e.Kind, r.Values...)
	case "is-type":
		return one(e.Type(), r.Values...)
	case "in-namespace":
		return one(e.Metadata.Namespace, r.Values...)
	case "has-tag":
		return slices.ContainsFunc(e.Metadata.Tags, func(t string) bool { return one(t, r.Values...) })
	case "has-label", "has-annotation":
		of := e.Metadata.Labels
		if r.Name == "has-annotation" {
			of = e.Metadata.Annotations
		}
		v, ok := of[r.Values[0]]
		return ok && (len(r.Values) == 1 || one(v, r.Values[1:]...))
	case "field-equals":
		v, _ := e.Spec["lifecycle"].(string)
		return one(v, r.Values[1:]...)
	case "has-field":
		return e.Spec["profile"] != nil
	case "matches-ref":
		return slices.ContainsFunc(r.Values, func(p string) bool {
			if p == "user:bo" {
				p = "user:default/bo"
			}
			return permission.MatchRef(p, e.Ref().String())
		})
	}
	panic(r.Name)
}

// TestFilter holds what the catalog makes of 10,000 random policies against the
// judge, over random catalogs.
func TestFilter(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	kinds, err := catalog.NewKinds()
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		entities := company(rng, 20)
		fields := make([]catalog.Fields, len(entities))
		for i, e := range entities {
			edges, _ := kinds.Relations(e)
			for _, edge := range edges {
				if edge.Source == e.Ref() {
					e.Relations = append(e.Relations, catalog.Relation{Type: edge.Type, Target: edge.Target})
				}
			}
			fields[i] = catalog.FieldsOf(e)
		}
		for range 100 {
			c := condition(rng, 5)
			filter, err := guardedcatalog.Filter(c)
			if err != nil {
				t.Fatal(err)
			}
			for i, e := range entities {
				want, err := permission.Holds(c, func(r permission.Rule) (bool, error) { return holds(r, e), nil })
				if got := catalog.Match(filter, fields[i]); got != want || err != nil {
					t.Fatalf("%s on %s: %v, want %v, %v", c, e.Ref(), got, want, err)
				}
			}
		}
	}
}

// TestPolicies holds lists, counts, facets and single entities of each store
// against the judge, over random policies.
func TestPolicies(t *testing.T) {
	policies := map[string]int{"memory": 50, "sqlite": 200, "postgres": 100}
	stores(t, func(t *testing.T, all catalog.Store) {
		rng := rand.New(rand.NewPCG(1, 2))
		entities := company(rng, 40)
		apply(t, all, entities...)
		refs := make([]catalog.Ref, len(entities))
		for i, e := range entities {
			refs[i] = e.Ref()
		}
		served, err := all.Records(t.Context(), refs)
		if err != nil {
			t.Fatal(err)
		}
		full := make([]*catalog.Entity, len(served))
		for i, rec := range served {
			if full[i], err = rec.Entity(); err != nil {
				t.Fatal(err)
			}
		}
		for range policies[t.Name()[strings.LastIndex(t.Name(), "/")+1:]] {
			c := condition(rng, 4)
			want := map[string]bool{}
			for _, e := range full {
				ok, err := permission.Holds(c, func(r permission.Rule) (bool, error) { return holds(r, e), nil })
				if err != nil {
					t.Fatal(err)
				}
				if ok {
					want[e.Ref().String()] = true
				}
			}
			check(t, guarded(t, all, on(c)), c, refs, want)
		}
	})
}

func check(t *testing.T, s *guardedcatalog.Store, c permission.Condition, refs []catalog.Ref, want map[string]bool) {
	t.Helper()
	ctx := t.Context()
	if permission.AllowIf(c).Effect() == permission.Denied {
		if _, err := s.Query(ctx, catalog.Query{}); callboard.CodeOf(err) != callboard.CodeUnauthenticated {
			t.Fatalf("%s: %v, want a refusal", c, err)
		}
		return
	}
	page, err := s.Query(ctx, catalog.Query{Limit: 100, Order: []catalog.Order{{Field: "spec.type"}}})
	if err != nil {
		t.Fatalf("%s: %v", c, err)
	}
	got := map[string]bool{}
	for _, rec := range page.Items {
		got[rec.Ref.String()] = true
	}
	if diff := cmp.Diff(want, got); diff != "" || page.Total != len(want) {
		t.Fatalf("%s: %d in all (-want +got):\n%s", c, page.Total, diff)
	}
	records, err := s.Records(ctx, refs)
	if err != nil {
		t.Fatal(err)
	}
	for i, rec := range records {
		if rec.Found() != want[refs[i].String()] {
			t.Fatalf("%s: %s alone: %v", c, refs[i], rec.Found())
		}
	}
	facets, err := s.Facets(ctx, catalog.FacetQuery{Fields: []string{"metadata.namespace"}})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, b := range facets["metadata.namespace"] {
		n += b.Count
	}
	if n != len(want) {
		t.Fatalf("%s: facets count %d of %d", c, n, len(want))
	}
}

const secret = "xylophone"

// TestNothingLeaks asks everything that a store can be asked, as somebody who
// may not see one entity, and looks for its words.
func TestNothingLeaks(t *testing.T) {
	stores(t, func(t *testing.T, all catalog.Store) {
		hidden := catalogtest.Component(secret).Title(secret).Label("visibility", "secret").Owner("web").Set("dependsOn", []any{"component:open"}).Entity()
		open := catalogtest.Component("open").Owner("web").Entity()
		goner := catalogtest.Component(secret+"-gone").Title(secret).Label("visibility", "secret").Owner("web").Entity()
		apply(t, all, hidden, open, goner, catalogtest.Group("web").Entity())
		if _, err := all.Apply(t.Context(), catalog.Change{Sources: []catalog.SourceUpdate{{
			Key: catalog.SourceKey{Provider: "test", Location: "file:/" + goner.Ref().String()}, Remove: true,
		}}}); err != nil {
			t.Fatal(err)
		}
		public := hidden.Clone() // it was open once, under the same word
		public.Metadata.Labels = nil
		apply(t, all, public)
		apply(t, all, hidden)

		s := guarded(t, all, on(permission.Not{Condition: permission.Rule{Name: "has-label", Values: []string{"visibility", "secret"}}}))
		answers := everything(t, s, []catalog.Ref{hidden.Ref(), goner.Ref(), open.Ref(), catalog.NewRef("group", "", "web")})
		for what, answer := range answers {
			if text, err := json.Marshal(answer); err != nil || strings.Contains(string(text), secret) {
				t.Errorf("%s: %v\n%s", what, err, text)
			}
		}
		// The same questions of somebody who sees all show that they could tell.
		told := 0
		for _, answer := range everything(t, guarded(t, all, on(permission.All{})), []catalog.Ref{hidden.Ref(), goner.Ref(), open.Ref(), catalog.NewRef("group", "", "web")}) {
			if text, err := json.Marshal(answer); err == nil && strings.Contains(string(text), secret) {
				told++
			}
		}
		if told < len(answers)-2 {
			t.Errorf("only %d of %d answers could leak: the test asks the wrong things", told, len(answers))
		}
		if err := s.Remove(t.Context(), catalog.Cause{}, hidden.Ref(), catalog.Suppress); callboard.CodeOf(err) != callboard.CodeNotFound {
			t.Errorf("Remove = %v", err)
		}
		if err := s.Restore(t.Context(), catalog.Cause{}, goner.Ref()); callboard.CodeOf(err) != callboard.CodeNotFound {
			t.Errorf("Restore = %v", err)
		}
	})
}

// everything asks each reading method of a store.
func everything(t *testing.T, s *guardedcatalog.Store, refs []catalog.Ref) map[string]any {
	t.Helper()
	out := map[string]any{}
	ctx := t.Context()
	add := func(what string, results ...any) {
		if err, _ := results[len(results)-1].(error); err != nil && callboard.CodeOf(err) != callboard.CodeNotFound {
			t.Fatalf("%s: %v", what, err)
		}
		out[what] = results[0]
	}
	r1, err := s.Records(ctx, refs)
	add("records", r1, err)
	uids := []catalog.Record{}
	for _, kind := range []string{"component"} {
		page, err := s.Query(ctx, catalog.Query{Filter: catalog.In{Field: "kind", Values: []string{kind}}})
		add("list", page, err)
		for _, rec := range page.Items {
			one, err := s.RecordByUID(ctx, rec.UID)
			add("uid", one, err)
			uids = append(uids, one)
		}
	}
	add("uids", uids, nil)
	page, err := s.Query(ctx, catalog.Query{Text: &catalog.Text{Term: secret}})
	add("text", page, err)
	facets, err := s.Facets(ctx, catalog.FacetQuery{Fields: []string{"metadata.name", "metadata.title"}})
	add("facets", facets, err)
	sources, err := s.Sources(ctx, catalog.SourceQuery{})
	add("sources", sources, err)
	versions, err := s.Versions(ctx, catalog.Ref{}, 0, 100)
	add("versions", versions, err)
	of, err := s.Versions(ctx, refs[0], 0, 100)
	add("versions of it", of, err)
	changes, err := s.Changes(ctx, 0, 100)
	add("changes", changes, err)
	claims, err := s.Claims(ctx, refs[0])
	add("claims", claims, err)
	claimsOf, err := s.ClaimsOf(ctx, catalog.SourceKey{Provider: "test", Location: "file:/" + refs[0].String()})
	add("claims of its source", claimsOf, err)
	deleted, err := s.Deleted(ctx, catalog.Ref{}, 100)
	add("deleted", deleted, err)
	problems, _, err := s.Problems(ctx, catalog.ProblemQuery{Limit: 100})
	add("problems", problems, err)
	x, err := catalog.Explain(ctx, s, refs[0])
	if reflect.DeepEqual(x, catalog.Explanation{}) || callboard.CodeOf(err) == callboard.CodeNotFound {
		x, err = catalog.Explanation{}, nil
	}
	add("explanation", x, err)
	return out
}

func TestOperator(t *testing.T) {
	t.Parallel()
	all := catalogtest.NewStore()
	apply(t, all, catalogtest.Component("shop").Owner("web").Entity(), catalogtest.Group("web").Entity())
	service, err := catalog.NewService(all, nil)
	if err != nil {
		t.Fatal(err)
	}
	set, err := permission.NewSet(guardedcatalog.Declaration())
	if err != nil {
		t.Fatal(err)
	}
	roles, err := permission.NewRoles(set, permission.DefaultRoles(set), permission.DefaultBindings(nil))
	if err != nil {
		t.Fatal(err)
	}
	kinds, err := catalog.NewKinds()
	if err != nil {
		t.Fatal(err)
	}
	store := guardedcatalog.New(catalog.Unguarded{Store: all}, kinds, permission.New(set, roles))
	o := guardedcatalog.NewOperator(store, service)
	guest := permission.WithLocal(t.Context())
	bo := callboard.WithIdentity(t.Context(), callboard.Identity{Subject: "user:default/bo", Owns: []string{"user:default/bo"}})
	web := callboard.WithIdentity(t.Context(), callboard.Identity{Subject: "user:default/wu", Owns: []string{"user:default/wu", "group:default/web"}})
	shop := catalog.NewRef("component", "", "shop")
	for _, tt := range []struct {
		what string
		err  error
		want callboard.Code
	}{
		{"a guest registers", second(o.AddLocation(guest, catalog.Location{Type: "url", Target: "https://x.example/a"})), callboard.CodeUnauthenticated},
		{"a guest tries", second(o.TryLocation(guest, catalog.Location{Type: "url", Target: "https://x.example/a"})), callboard.CodeUnauthenticated},
		{"a guest refreshes", o.Refresh(guest, shop), callboard.CodeUnauthenticated},
		{"a guest explains", second(o.Explain(guest, shop)), ""},
		{"a guest from elsewhere explains", second(o.Explain(t.Context(), shop)), callboard.CodeUnauthenticated},
		{"a guest validates", second(o.Validate(guest, catalog.Item{Location: "url:x"})), callboard.CodeUnauthenticated},
		{"a member unregisters", o.RemoveLocation(bo, "x"), callboard.CodeForbidden},
		{"a member releases", o.Release(bo, "x"), callboard.CodeForbidden},
		{"a member looks at what is held", second(o.Held(bo, "x")), callboard.CodeForbidden},
		{"a member deletes what is another's", store.Remove(bo, catalog.Cause{}, shop, catalog.Suppress), callboard.CodeForbidden},
		{"a member refreshes what is not there", o.Refresh(bo, catalog.NewRef("component", "", "none")), callboard.CodeNotFound},
		{"anybody applies", second(store.Apply(web, catalog.Change{})), callboard.CodeForbidden},
		{"an owner deletes", store.Remove(web, catalog.Cause{}, shop, catalog.Suppress), ""},
		{"an owner restores", store.Restore(web, catalog.Cause{}, shop), ""},
	} {
		if got := callboard.CodeOf(tt.err); got != tt.want {
			t.Errorf("%s: %q, want %q: %v", tt.what, got, tt.want, tt.err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestRules(t *testing.T) {
	t.Parallel()
	for _, r := range []permission.Rule{{Name: "is-purple"}, {Name: "is-kind"}, {Name: "has-field", Values: []string{"a", "b"}}} {
		if _, err := guardedcatalog.Filter(permission.Not{Condition: r}); err == nil {
			t.Errorf("%s is taken", r)
		}
		s := guarded(t, catalogtest.NewStore(), on(permission.Not{Condition: r}))
		if _, err := s.Query(t.Context(), catalog.Query{}); err == nil {
			t.Errorf("%s: a policy that cannot be read answers", r)
		}
	}
	for _, r := range guardedcatalog.Declaration().Rules {
		if r.Name == permission.RuleMatchesRef && (r.Check([]string{"a:b/*c"}) == nil || r.Check([]string{"shop"}) == nil || r.Check([]string{"*", "api:x"}) != nil) {
			t.Error("patterns of references are not checked")
		}
	}
}
