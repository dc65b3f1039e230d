// SPDX-License-Identifier: Apache-2.0

package cedarpolicy_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cedar-policy/cedar-go"
	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/permission"
	"github.com/callboard/callboard/portal/permission/cedarpolicy"
)

// set has permissions as the catalog's, and rules as it has.
func set(tb testing.TB) *permission.Set {
	tb.Helper()
	const about = "catalog-entity"
	d := permission.Declaration{Permissions: []permission.Permission{
		{ID: "catalog.entity.read", Resource: about}, {ID: "catalog.entity.delete", Resource: about}, {ID: "catalog.location.create"},
		{ID: "secret.key.read", Resource: "secret"},
	}}
	for _, name := range []string{"is-owner", "is-kind", "is-type", "in-namespace", "has-tag", "has-label", "has-annotation", "matches-ref"} {
		d.Rules = append(d.Rules, permission.RuleSpec{Name: name, Resource: about, Min: 1, Max: -1})
	}
	s, err := permission.NewSet(d)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

var (
	ines  = callboard.Identity{Subject: "user:default/ines", Owns: []string{"user:default/ines", "group:default/shop"}, Claims: []string{"floor=2"}}
	kim   = callboard.Identity{Subject: "user:default/kim", Owns: []string{"user:default/kim", "group:default/web"}}
	robot = callboard.Identity{Subject: "service:ci", Owns: []string{"service:ci"}}
	guest = callboard.Identity{}
)

func decide(tb testing.TB, p permission.Policy, s *permission.Set, id callboard.Identity, perm string) permission.Condition {
	tb.Helper()
	about, ok := s.Permission(perm)
	if !ok {
		tb.Fatal(perm)
	}
	d, err := p.Decide(tb.Context(), permission.Question{Identity: id, Permission: about})
	if err != nil {
		tb.Fatal(err)
	}
	return d.Condition()
}

// TestEqualsRoles holds the adapter to what roles say of the same.
func TestEqualsRoles(t *testing.T) {
	t.Parallel()
	s := set(t)
	for _, tt := range []struct {
		name, cedar string
		roles       []permission.Role
		to          []string
	}{
		{"nothing", ``, nil, nil},
		{
			"everything", `permit(principal, action, resource);`,
			[]permission.Role{{ID: "a", Allow: []permission.Statement{{Permissions: []string{"*"}}}}},
			[]string{"everyone"},
		},
		{
			"what they own", `permit(principal is User, action in Action::"catalog.entity", resource) when { principal in resource.owners };`,
			[]permission.Role{{ID: "a", Allow: []permission.Statement{{Permissions: []string{"catalog.entity.*"}, On: permission.Rule{Name: "is-owner"}}}}},
			[]string{"user:*"},
		},
		{
			"a group, but", `permit(principal in Group::"default/shop", action == Action::"catalog.entity.read", resource) unless { resource.kind == "secret" };`,
			[]permission.Role{{
				ID: "a", Allow: []permission.Statement{{Permissions: []string{"catalog.entity.read"}}},
				Deny: []permission.Statement{{Permissions: []string{"catalog.entity.read"}, On: permission.Rule{Name: "is-kind", Values: []string{"secret"}}}},
			}},
			[]string{"group:shop"},
		},
		{
			"a claim", `permit(principal, action, resource) when { principal.claims.contains("floor=2") };`,
			[]permission.Role{{ID: "a", Allow: []permission.Statement{{Permissions: []string{"*"}}}}},
			[]string{"claim:floor=2"},
		},
		{
			"forbidden labels", `permit(principal == Service::"ci", action == Action::"catalog.entity.delete", resource);
				forbid(principal, action, resource is CatalogEntity) when { resource.labels["level"] == "high" };`,
			[]permission.Role{{
				ID: "a", Allow: []permission.Statement{{Permissions: []string{"catalog.entity.delete"}}},
				Deny: []permission.Statement{{Permissions: []string{"catalog.entity.*"}, On: permission.Rule{Name: "has-label", Values: []string{"level", "high"}}}},
			}},
			[]string{"service:ci"},
		},
	} {
		p, err := cedarpolicy.New("x.cedar", []byte(tt.cedar), s)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		roles, err := permission.NewRoles(s, tt.roles, []permission.Binding{{Roles: rolesOf(tt.roles), To: tt.to}})
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []callboard.Identity{ines, kim, robot, guest} {
			for _, perm := range s.Permissions() {
				want, got := decide(t, roles, s, id, perm.ID), decide(t, p, s, id, perm.ID)
				if want.String() != got.String() {
					t.Errorf("%s: %s of %q: %s, roles say %s", tt.name, perm.ID, id.Subject, got, want)
				}
			}
		}
	}
}

func rolesOf(list []permission.Role) []string {
	var ids []string
	for _, r := range list {
		ids = append(ids, r.ID)
	}
	return ids
}

// thing is a resource, as conditions see it and as Cedar does.
type thing struct {
	ref, kind, namespace string
	tags, owners         []string
	labels               map[string]string
}

func (x thing) holds(r permission.Rule) (bool, error) {
	has := func(list ...string) (bool, error) {
		return slices.ContainsFunc(r.Values, func(v string) bool { return slices.Contains(list, v) }), nil
	}
	switch r.Name {
	case "is-kind":
		return has(x.kind)
	case "in-namespace":
		return has(x.namespace)
	case "matches-ref":
		return has(x.ref)
	case "has-tag":
		return has(x.tags...)
	case "is-owner":
		return has(x.owners...)
	case "has-label":
		v, ok := x.labels[r.Values[0]]
		return ok && (len(r.Values) == 1 || slices.Contains(r.Values[1:], v)), nil
	}
	return false, fmt.Errorf("no rule %s", r.Name)
}

func (x thing) entity() cedar.Entity {
	texts := func(list []string, f func(string) cedar.Value) cedar.Set {
		var values []cedar.Value
		for _, v := range list {
			values = append(values, f(v))
		}
		return cedar.NewSet(values...)
	}
	labels := cedar.RecordMap{}
	for k, v := range x.labels {
		labels[cedar.String(k)] = cedar.String(v)
	}
	return cedar.Entity{UID: cedar.NewEntityUID("CatalogEntity", cedar.String(x.ref)), Attributes: cedar.NewRecord(cedar.RecordMap{
		"kind": cedar.String(x.kind), "namespace": cedar.String(x.namespace), "labels": cedar.NewRecord(labels),
		"tags":   texts(x.tags, func(s string) cedar.Value { return cedar.String(s) }),
		"owners": texts(x.owners, func(s string) cedar.Value { return uid(s) }),
	})}
}

func uid(ref string) cedar.EntityUID {
	kind, name, _ := strings.Cut(ref, ":")
	return cedar.NewEntityUID(cedar.EntityType(strings.ToUpper(kind[:1])+kind[1:]), cedar.String(name))
}

func randomThing(r *rand.Rand) thing {
	some := func(list ...string) (out []string) {
		for _, v := range list {
			if r.IntN(2) == 0 {
				out = append(out, v)
			}
		}
		return out
	}
	x := thing{
		ref: []string{"api:default/a", "component:default/b"}[r.IntN(2)], kind: []string{"api", "component"}[r.IntN(2)], namespace: []string{"default", "old"}[r.IntN(2)],
		tags: some("go", "java"), owners: some("user:default/ines", "group:default/shop", "group:default/web"), labels: map[string]string{},
	}
	for _, k := range some("level", "tier") {
		x.labels[k] = []string{"high", "low"}[r.IntN(2)]
	}
	return x
}

// atoms are what random policies are made of.
var atoms = []string{
	`principal in resource.owners`, `resource.kind == "api"`, `"api" != resource.kind`, `["default", "x"].contains(resource.namespace)`,
	`resource.tags.contains("go")`, `resource.tags.containsAny(["go", "java"])`, `resource.tags.containsAll(["go", "java"])`, `resource.tags.containsAll([])`,
	`resource.labels has level`, `resource.labels["level"] == "high"`, `resource.labels.tier != "low"`, `["high"].contains(resource.labels["tier"])`,
	`resource.owners.contains(Group::"default/web")`, `resource == CatalogEntity::"api:default/a"`, `resource is CatalogEntity`, `resource is Secret`,
	`principal is User`, `principal in Group::"default/shop"`, `principal.claims.contains("floor=2")`, `principal.nothing == 1`, `context.local`,
	`resource.tags.containsAny("go")`, `resource.tags.contains(["go"])`, `resource.tags.containsAll(["go", 7])`, `resource.tags.containsAny([7, "go"])`,
	`resource.owners.contains("group:default/web")`, `resource.owners.contains(group::"default/web")`, `[User::"x", "api"].contains(resource.kind)`, `"api".contains(resource.kind)`,
	`resource.kind == 7`, `resource.kind == principal.nothing`, `true`, `resource has labels`, `action in Action::"catalog"`,
}

func randomExpr(r *rand.Rand, depth int) string {
	if depth == 0 || r.IntN(4) == 0 {
		return "(" + atoms[r.IntN(len(atoms))] + ")"
	}
	switch r.IntN(3) {
	case 0:
		return "!" + randomExpr(r, depth-1)
	case 1:
		return "(" + randomExpr(r, depth-1) + " && " + randomExpr(r, depth-1) + ")"
	}
	return "(" + randomExpr(r, depth-1) + " || " + randomExpr(r, depth-1) + ")"
}

// TestEqualsCedar holds conditions to what Cedar's own authorizer says of each
// resource, errors among it, by 2,000 random policies.
func TestEqualsCedar(t *testing.T) {
	t.Parallel()
	s := set(t)
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		text := fmt.Sprintf("permit(principal, action, resource) when { %s };\npermit(principal, action, resource) unless { %s };\nforbid(principal, action, resource) when { %s } unless { %s };",
			randomExpr(r, 3), randomExpr(r, 2), randomExpr(r, 3), randomExpr(r, 2))
		p, err := cedarpolicy.New("x.cedar", []byte(text), s)
		if err != nil {
			t.Fatalf("%v of\n%s", err, text)
		}
		for _, id := range []callboard.Identity{ines, kim, robot} {
			on, x := decide(t, p, s, id, "catalog.entity.read"), randomThing(r)
			got, err := permission.Holds(on, x.holds)
			if err != nil {
				t.Fatal(err)
			}
			if want := authorized(t, text, id, x); got != want {
				t.Fatalf("%s of %+v is %t, Cedar says %t, by %s of\n%s", id.Subject, x, got, want, on, text)
			}
		}
	}
}

// authorized asks Cedar itself.
func authorized(t *testing.T, text string, id callboard.Identity, x thing) bool {
	t.Helper()
	policies, err := cedar.NewPolicySetFromBytes("x.cedar", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var claims []cedar.Value
	for _, c := range id.Claims {
		claims = append(claims, cedar.String(c))
	}
	var parents []cedar.EntityUID
	for _, g := range id.Owns[1:] {
		parents = append(parents, uid(g))
	}
	action := cedar.NewEntityUID("Action", "catalog.entity.read")
	entities := cedar.EntityMap{
		uid(id.Subject): {UID: uid(id.Subject), Parents: cedar.NewEntityUIDSet(parents...), Attributes: cedar.NewRecord(cedar.RecordMap{"claims": cedar.NewSet(claims...)})},
		x.entity().UID:  x.entity(),
		action:          {UID: action, Parents: cedar.NewEntityUIDSet(cedar.NewEntityUID("Action", "catalog"), cedar.NewEntityUID("Action", "catalog.entity"))},
	}
	decision, _ := cedar.Authorize(policies, entities, cedar.Request{
		Principal: uid(id.Subject), Action: action, Resource: x.entity().UID, Context: cedar.NewRecord(cedar.RecordMap{"local": cedar.False}),
	})
	return decision == cedar.Allow
}

func TestRefused(t *testing.T) {
	t.Parallel()
	s := set(t)
	for text, want := range map[string]string{
		"permit(": "x.cedar",
		"\n  permit(principal, action, resource) when { resource.kind like \"a*\" };":                                  "x.cedar:2:3: the policy says of the resource what no condition can say",
		`permit(principal, action, resource) when { resource.size < 7 };`:                                              "no condition can say",
		`permit(principal, action, resource) when { resource.colour == "red" };`:                                       "compares what no condition can",
		`permit(principal, action, resource) when { resource.kind == resource.type };`:                                 "with itself",
		`permit(principal, action, resource) when { resource.kind has x };`:                                            "has an attribute",
		`permit(principal, action, resource in System::"a");`:                                                          "in another",
		`permit(principal, action == Action::"catalog.entity.paint", resource);`:                                       "is no permission here",
		`permit(principal, action in Action::"catalog.ent", resource);`:                                                "neither a permission here",
		`permit(principal, action == Act::"catalog.entity.read", resource);`:                                           "is no permission here",
		`permit(principal, action == Action::"catalog.location.create", resource) when { resource.kind == "a" };`:      "does not know the rule is-kind",
		`permit(principal, action, resource == CatalogEntity::"api:*");`:                                               "has a * in its name",
		"permit(principal, action, resource) when { " + strings.Repeat(`resource.labels.a == "b" || `, 17) + "true };": "joins 18 expressions",
	} {
		_, err := cedarpolicy.New("x.cedar", []byte(text), s)
		if callboard.CodeOf(err) != callboard.CodeInvalid || !strings.Contains(callboard.MessageOf(err), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestWhy(t *testing.T) {
	t.Parallel()
	s := set(t)
	p, err := cedarpolicy.New("x.cedar", []byte(`@id("owners") permit(principal, action, resource) when { principal in resource.owners };
		forbid(principal, action, resource) when { resource.kind == "secret" };`), s)
	if err != nil {
		t.Fatal(err)
	}
	about, _ := s.Permission("catalog.entity.read")
	d, err := p.Decide(t.Context(), permission.Question{Identity: kim, Permission: about})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range d.Why {
		got = append(got, fmt.Sprintf("%s by %s: %s, %s", r.Effect, r.By, r.Since, r.On))
	}
	if diff := cmp.Diff([]string{
		"allow by Cedar policy owners: it applies to User default/kim, is-owner(user:default/kim, group:default/web)",
		"deny by Cedar policy 2: it applies to User default/kim, is-kind(secret)",
	}, got); diff != "" {
		t.Errorf("Why (-want +got):\n%s", diff)
	}
}

// FuzzNew: no text makes it panic, and what is taken decides.
func FuzzNew(f *testing.F) {
	for _, a := range atoms {
		f.Add("permit(principal, action, resource) when { " + a + " };")
	}
	f.Add(`forbid(principal is User in Group::"a", action in [Action::"catalog", Action::"secret"], resource is CatalogEntity);`)
	f.Add(`permit(principal, action, resource) when { if resource.kind == "a" then true else ip("1.2.3.4").isLoopback() };`)
	s := set(f)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := cedarpolicy.New("x.cedar", []byte(text), s)
		if err != nil {
			if callboard.CodeOf(err) != callboard.CodeInvalid {
				t.Errorf("%v has another code", err)
			}
			return
		}
		for _, perm := range s.Permissions() {
			_ = decide(t, p, s, ines, perm.ID).String()
		}
	})
}

func BenchmarkDecide(b *testing.B) {
	s := set(b)
	p, err := cedarpolicy.New("x.cedar", []byte(`permit(principal, action in Action::"catalog.entity", resource) when { principal in resource.owners };
		forbid(principal, action, resource) when { resource.labels["level"] == "high" };`), s)
	if err != nil {
		b.Fatal(err)
	}
	about, _ := s.Permission("catalog.entity.read")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Decide(b.Context(), permission.Question{Identity: ines, Permission: about}); err != nil {
			b.Fatal(err)
		}
	}
}
