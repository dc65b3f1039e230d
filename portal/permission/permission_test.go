// SPDX-License-Identifier: Apache-2.0

package permission_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/permission"
)

// library is what a module about books declares.
func library() permission.Declaration {
	return permission.Declaration{
		Permissions: []permission.Permission{
			{ID: "library.book.read", Title: "See books", Resource: "book", Default: permission.GrantViewers},
			{ID: "library.book.edit", Title: "Change books", Resource: "book", Default: permission.GrantOwners},
			{ID: "library.shelf.create", Title: "Put up shelves", Default: permission.GrantMembers},
			{ID: "library.shelf.burn", Title: "Burn shelves"},
		},
		Rules: []permission.RuleSpec{
			{Name: permission.RuleIsOwner, Resource: "book", Max: -1},
			{Name: permission.RuleMatchesRef, Resource: "book", Min: 1, Max: -1},
			{Name: "is-kind", Resource: "book", Min: 1, Max: 2, Check: func(values []string) error {
				if values[0] == "stone" {
					return errors.New("books are not of stone")
				}
				return nil
			}},
		},
	}
}

func set(tb testing.TB) *permission.Set {
	tb.Helper()
	s, err := permission.NewSet(library())
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

var (
	ines  = callboard.Identity{Subject: "user:default/ines", Owns: []string{"user:default/ines", "group:default/shop"}}
	guest = callboard.Identity{}
	robot = callboard.Identity{Subject: "service:ci", Limits: []callboard.Limit{{Permission: "library.book.*", Resource: "book:default/a*"}, {Permission: "library.shelf.create"}}}
)

func checker(tb testing.TB, roles []permission.Role, bindings []permission.Binding) *permission.Checker {
	tb.Helper()
	s := set(tb)
	p, err := permission.NewRoles(s, roles, bindings)
	if err != nil {
		tb.Fatal(err)
	}
	return permission.New(s, p)
}

// as returns what the identity may do, for each permission.
func as(tb testing.TB, c *permission.Checker, id callboard.Identity, local bool) map[string]string {
	tb.Helper()
	ctx := callboard.WithIdentity(tb.Context(), id)
	if local {
		ctx = permission.WithLocal(ctx)
	}
	got := map[string]string{}
	for _, p := range c.Set().Permissions() {
		d, err := c.Decide(ctx, p.ID)
		if err != nil {
			tb.Fatal(err)
		}
		if got[p.ID] = string(d.Effect()); d.Effect() == permission.Conditional {
			got[p.ID] = d.Condition().String()
		}
	}
	return got
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	s := set(t)
	c := checker(t, permission.DefaultRoles(s), permission.DefaultBindings([]string{"group:admins"}))
	admin := callboard.Identity{Subject: "user:default/ada", Owns: []string{"user:default/ada", "group:default/admins"}}
	for _, tt := range []struct {
		name  string
		id    callboard.Identity
		local bool
		want  [4]string
	}{
		{"a guest from elsewhere", guest, false, [4]string{"deny", "deny", "deny", "deny"}},
		{"a guest at the machine", guest, true, [4]string{"allow", "deny", "deny", "deny"}},
		{"a person", ines, false, [4]string{"allow", "is-owner(user:default/ines, group:default/shop)", "allow", "deny"}},
		{"an administrator", admin, false, [4]string{"allow", "allow", "allow", "allow"}},
		{"a token", robot, false, [4]string{"matches-ref(book:default/a*)", "matches-ref(book:default/a*)", "allow", "deny"}},
		{"a token without scope", callboard.Identity{Subject: "service:x", Limits: []callboard.Limit{}}, true, [4]string{"deny", "deny", "deny", "deny"}},
	} {
		want := map[string]string{"library.book.read": tt.want[0], "library.book.edit": tt.want[1], "library.shelf.create": tt.want[2], "library.shelf.burn": tt.want[3]}
		if diff := cmp.Diff(want, as(t, c, tt.id, tt.local)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	kind := func(k string) permission.Condition {
		return permission.Rule{Name: "is-kind", Values: []string{k}}
	}
	roles := []permission.Role{
		{ID: "reader", Allow: []permission.Statement{{Permissions: []string{"*.read"}, On: kind("novel")}}},
		{ID: "critic", Allow: []permission.Statement{{Permissions: []string{"library.book.*"}, On: kind("essay")}},
			Deny: []permission.Statement{{Permissions: []string{"library.book.edit"}, On: permission.Not{Condition: permission.Rule{Name: permission.RuleIsOwner}}}}},
	}
	c := checker(t, roles, []permission.Binding{
		{Roles: []string{"reader"}, To: []string{"everyone"}},
		{Roles: []string{"critic"}, To: []string{"group:shop", "claim:dept=press"}},
	})
	for _, tt := range []struct {
		name       string
		id         callboard.Identity
		read, edit string
	}{
		{"everyone", guest, "is-kind(novel)", "deny"},
		{"by group", ines, "is-kind(novel) or is-kind(essay)", "is-kind(essay) and is-owner(user:default/ines, group:default/shop)"},
		{"by claim", callboard.Identity{Subject: "user:default/bo", Claims: []string{"dept=press"}}, "is-kind(novel) or is-kind(essay)", "deny"},
	} {
		got := as(t, c, tt.id, false)
		if got["library.book.read"] != tt.read || got["library.book.edit"] != tt.edit {
			t.Errorf("%s: read %s, edit %s; want %s, %s", tt.name, got["library.book.read"], got["library.book.edit"], tt.read, tt.edit)
		}
	}
	d, err := c.Answer(t.Context(), permission.Question{Identity: ines, Permission: c.Set().Permissions()[1]})
	if err != nil || len(d.Why) != 2 || d.Why[0].By != "role critic" || d.Why[0].Since != "user:default/ines is in group:default/shop" || d.Why[1].Effect != permission.Denied {
		t.Errorf("Why = %+v, %v", d.Why, err)
	}
}

func TestWrongRoles(t *testing.T) {
	t.Parallel()
	text := `
permission:
  roles:
    - id: reader
      allow:
        - permissions: [library.book.raed]
        - permissions: ["*"]
          when: {rule: is-kind, values: [novel]}
        - permissions: [library.book.read]
          when: {rule: is-kid, values: [novel]}
        - permissions: [library.book.read]
          when: {rule: is-kind, values: [stone]}
        - permissions: [library.book.read]
          when: {any: [{rule: is-kind, values: [a, b, c]}], rule: is-kind}
    - id: reader
      deny: [{permissions: [library.shelf.burn], when: {rule: is-owner}}]
  bindings:
    - {roles: [raeder], to: [everyone]}
    - {roles: [reader], to: [everybody, "claim:x", "group:shop"]}
`
	c, err := config.Load([]string{"portal.yaml"}, &config.Options{ReadFile: func(string) ([]byte, error) { return []byte(text), nil }})
	if err != nil {
		t.Fatal(err)
	}
	settings, err := config.Section(c, "permission", permission.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = settings.Policy(c, set(t))
	if err == nil {
		t.Fatal("wrong settings are taken")
	}
	for _, want := range []string{
		`portal.yaml:6:25`, `library.book.raed`, "about nothing in particular", `"is-kid"`, "books are not of stone", "is no condition",
		`names the role "reader" a second time`, `"raeder"`, `"everybody" names nobody`, "claim with a value",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("nothing says %q in\n%v", want, err)
		}
	}
}

// TestParseSettings reads a policy to try: from its text alone, by the same
// rules as the configuration.
func TestParseSettings(t *testing.T) {
	t.Parallel()
	s := set(t)
	good := `
server: {listen: "127.0.0.1:1"}
permission:
  admins: ["user:ada"]
  roles: [{id: reader, allow: [{permissions: [library.book.read]}]}]
  bindings: [{roles: [reader], to: ["claim:floor=2", "claim:floor=3", "claim:house=1", signed-in]}]
`
	roles, err := permission.ParseSettings("try.yaml", []byte(good), s, "user:eve")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"floor", "house"}, roles.ClaimNames()); diff != "" {
		t.Errorf("ClaimNames (-want +got):\n%s", diff)
	}
	c := checker(t, nil, nil)
	tried := c.WithRoles(roles)
	for _, id := range []callboard.Identity{{Subject: "user:default/ada"}, {Subject: "user:default/eve"}} {
		if got := as(t, tried, id, false)["library.shelf.burn"]; got != "allow" {
			t.Errorf("%s, an administrator of the text or of the portal: %s", id.Subject, got)
		}
	}
	if was, is := as(t, c, ines, false)["library.book.read"], as(t, tried, ines, false)["library.book.read"]; was != "deny" || is != "allow" {
		t.Errorf("a policy to try decides %s where %s was decided", is, was)
	}
	if defaults, err := permission.ParseSettings("try.yaml", []byte("permission: {}"), s); err != nil || as(t, c.WithRoles(defaults), ines, false)["library.shelf.create"] != "allow" {
		t.Errorf("nothing but the key: %v", err)
	}
	for text, want := range map[string]string{
		"":                      "permission is missing",
		"server: {}":            "permission is missing",
		"permission: [":         "try.yaml:2:1",
		"permission: 7":         "try.yaml:1:13",
		"permission: {rols: 7}": "try.yaml:1:14",
		"permission:\n  bindings: [{roles: [reader], to: [signed-in]}]":          `names the role "reader"`,
		"permission: {$include: other.yaml}":                                     "may not read files",
		"permission: {admins: [{$file: /etc/passwd}]}":                           "may not read files",
		"permission: {admins: [\"${HOME}\"]}":                                    "HOME",
		"permission: {roles: [{id: a, allow: [{permissions: [library.none]}]}]}": "try.yaml:1:53",
	} {
		if _, err := permission.ParseSettings("try.yaml", []byte(text), s); callboard.CodeOf(err) != callboard.CodeInvalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestChecker(t *testing.T) {
	t.Parallel()
	s := set(t)
	calls := 0
	counting := permission.PolicyFunc(func(context.Context, permission.Question) (permission.Decision, error) {
		calls++
		return permission.Allow(), nil
	})
	ctx := permission.WithMemo(callboard.WithIdentity(t.Context(), ines))
	c := permission.New(s, counting)
	for range 3 {
		if err := c.Require(ctx, "library.shelf.burn"); err != nil {
			t.Error(err)
		}
	}
	if calls != 1 {
		t.Errorf("the policy was asked %d times in one request", calls)
	}
	if _, err := c.Decide(ctx, "library.shelf.paint"); err == nil {
		t.Error("an unknown permission is no error")
	}
	broken := permission.PolicyFunc(func(context.Context, permission.Question) (permission.Decision, error) {
		return permission.Allow(), errors.New("broken")
	})
	denying := permission.PolicyFunc(func(context.Context, permission.Question) (permission.Decision, error) {
		return permission.Decision{}, nil
	})
	for name, tt := range map[string]struct {
		c    *permission.Checker
		id   callboard.Identity
		code callboard.Code
	}{
		"no policy":             {permission.New(s), ines, callboard.CodeForbidden},
		"a policy that fails":   {permission.New(s, counting, broken), ines, callboard.CodeInternal},
		"one that says no":      {permission.New(s, counting, denying), ines, callboard.CodeForbidden},
		"the other way round":   {permission.New(s, denying, counting), ines, callboard.CodeForbidden},
		"a guest is to sign in": {permission.New(s, denying), guest, callboard.CodeUnauthenticated},
	} {
		err := tt.c.Require(callboard.WithIdentity(t.Context(), tt.id), "library.shelf.burn")
		if callboard.CodeOf(err) != tt.code {
			t.Errorf("%s: %v, want %s", name, err, tt.code)
		}
	}
}

func TestMatchRef(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pattern, ref string
		want         bool
	}{
		{"component:default/*", "component:default/shop", true},
		{"Component:default/SHOP", "component:default/shop", true},
		{"component:default/*", "component:other/shop", false},
		{"*:default/a*b*c", "api:default/a-b-b-c", true},
		{"*a*a", "a", false},
		{"*", "", true},
		{"", "x", false},
	} {
		if got := permission.MatchRef(tt.pattern, tt.ref); got != tt.want {
			t.Errorf("MatchRef(%q, %q) = %v", tt.pattern, tt.ref, got)
		}
	}
}

func TestHolds(t *testing.T) {
	t.Parallel()
	yes := func(permission.Rule) (bool, error) { return true, nil }
	r := permission.Rule{Name: "x"}
	for _, tt := range []struct {
		c    permission.Condition
		want bool
	}{
		{permission.All{}, true}, {permission.Any{}, false}, {r, true}, {permission.Not{Condition: r}, false}, {nil, false},
		{permission.All{r, permission.Not{Condition: r}}, false}, {permission.Any{permission.Any{}, r}, true},
	} {
		if got, err := permission.Holds(tt.c, yes); got != tt.want || err != nil {
			t.Errorf("Holds(%v) = %v, %v", tt.c, got, err)
		}
	}
	fails := func(permission.Rule) (bool, error) { return true, errors.New("no") }
	for _, c := range []permission.Condition{r, permission.Not{Condition: r}, permission.All{r}, permission.Not{Condition: permission.All{r}}} {
		if got, err := permission.Holds(c, fails); err == nil || got {
			t.Errorf("Holds(%v) = %v, %v", c, got, err)
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	s := set(b)
	c := checker(b, permission.DefaultRoles(s), permission.DefaultBindings([]string{"group:admins"}))
	id := ines
	for range 10 {
		id.Owns = append(id.Owns, "group:default/another")
	}
	ctx := callboard.WithIdentity(b.Context(), id)
	b.ReportAllocs()
	for b.Loop() {
		if d, err := c.Decide(ctx, "library.book.edit"); err != nil || d.Effect() != permission.Conditional {
			b.Fatal(d, err)
		}
	}
}

func FuzzMatchRef(f *testing.F) {
	f.Add("component:default/*", "component:default/shop")
	f.Add("*a*b", "xaxb")
	f.Fuzz(func(t *testing.T, pattern, ref string) {
		if permission.MatchRef(pattern, ref) && !strings.Contains(pattern, "*") && !strings.EqualFold(strings.ToLower(pattern), strings.ToLower(ref)) {
			t.Errorf("%q matches %q", pattern, ref)
		}
		if !permission.MatchRef(pattern+"*", pattern) && !strings.Contains(pattern, "*") {
			t.Errorf("%q* does not match what it begins with", pattern)
		}
	})
}
