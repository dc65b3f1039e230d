// SPDX-License-Identifier: Apache-2.0

package decisionlog_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/permission"
	"github.com/callboard/callboard/portal/permission/decisionlog"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

// library is what a module about books declares.
func library(tb testing.TB) *permission.Set {
	tb.Helper()
	s, err := permission.NewSet(permission.Declaration{
		Permissions: []permission.Permission{
			{ID: "library.book.read", Title: "See books", Resource: "book"},
			{ID: "library.book.edit", Title: "Change books", Resource: "book"},
			{ID: "library.shelf.create", Title: "Put up shelves"},
		},
		Rules: []permission.RuleSpec{
			{Name: permission.RuleIsOwner, Resource: "book", Max: -1},
			{Name: permission.RuleMatchesRef, Resource: "book", Min: 1, Max: -1},
			{Name: "is-kind", Resource: "book", Min: 1, Max: -1},
		},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// inForce is the policy by which the tests' decisions are made.
const inForce = `
permission:
  roles:
    - {id: reader, allow: [{permissions: [library.book.read]}]}
    - {id: writer, allow: [{permissions: [library.book.edit], when: {any: [{rule: is-owner}, {rule: is-kind, values: [draft]}]}}]}
    - {id: builder, allow: [{permissions: [library.shelf.create]}]}
  bindings:
    - {roles: [reader], to: [local, signed-in]}
    - {roles: [writer], to: ["group:shop"]}
    - {roles: [builder], to: ["claim:floor=2"]}
`

var (
	ines  = callboard.Identity{Subject: "user:default/ines", Name: "Ines", Owns: []string{"user:default/ines", "group:default/shop"}, Claims: []string{"floor=2", "email=ines@example.com"}}
	kim   = callboard.Identity{Subject: "user:default/kim", Owns: []string{"user:default/kim"}}
	robot = callboard.Identity{Subject: "service:ci", Owns: []string{"service:ci"}, Limits: []callboard.Limit{{Permission: "library.book.*", Resource: "book:default/a*"}}}
	mute  = callboard.Identity{Subject: "service:mute", Limits: []callboard.Limit{}}
)

func roles(tb testing.TB, set *permission.Set, text string) *permission.Roles {
	tb.Helper()
	r, err := permission.ParseSettings("try.yaml", []byte(text), set)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func noon() *clock { return &clock{at: time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)} }

// watched returns a checker by the policy in force whose decisions are kept.
func watched(tb testing.TB, db *sqldb.DB, opts decisionlog.Options) (*permission.Checker, *decisionlog.Log) {
	tb.Helper()
	set := library(tb)
	c := permission.New(set, roles(tb, set, inForce))
	opts.Claims = c.ClaimNames()
	log, err := decisionlog.New(tb.Context(), db, &opts)
	if err != nil {
		tb.Fatal(err)
	}
	c.Watch(log.Note)
	return c, log
}

// decide asks for every permission on behalf of each.
func decide(tb testing.TB, c *permission.Checker, who ...callboard.Identity) {
	tb.Helper()
	for _, id := range who {
		ctx := callboard.WithIdentity(tb.Context(), id)
		for _, p := range c.Set().Permissions() {
			if _, err := c.Decide(ctx, p.ID); err != nil {
				tb.Fatal(err)
			}
		}
	}
}

func lastDay(tb testing.TB, log *decisionlog.Log) decisionlog.Day {
	tb.Helper()
	d, err := log.LastDay(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

// changes tries a policy and returns a line for each change.
func changes(tb testing.TB, d decisionlog.Day, c *permission.Checker, text string) []string {
	tb.Helper()
	t, err := d.Try(tb.Context(), c.WithRoles(roles(tb, c.Set(), text)))
	if err != nil {
		tb.Fatal(err)
	}
	lines := []string{}
	for _, change := range t.Changes {
		line := fmt.Sprintf("%s: %s to %s, %d by %d", change.Permission, change.Was, change.Is, change.Count, change.Callers)
		for _, e := range change.Examples {
			line += fmt.Sprintf("; %s [%s] [%s]", e.Who, e.Was, e.Is)
		}
		lines = append(lines, line)
	}
	return lines
}

func TestTry(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c, log := watched(t, db, decisionlog.Options{Now: noon().now})
		decide(t, c, ines, ines, kim, robot, mute, callboard.Identity{})
		if _, err := c.Decide(permission.WithLocal(t.Context()), "library.book.read"); err != nil {
			t.Fatal(err)
		}
		day := lastDay(t, log)
		if len(day.Decided) != 16 {
			t.Errorf("%d different decisions are kept, want 16", len(day.Decided))
		}
		for _, tt := range []struct {
			name, old, replaced string
			want                []string
		}{
			{"the policy in force", "", "", []string{}},
			{"the same in another order", "[{rule: is-owner}, {rule: is-kind, values: [draft]}]", "[{rule: is-kind, values: [draft]}, {rule: is-owner}, {rule: is-owner}, {any: []}, {all: [{any: []}, {rule: is-owner}]}]", []string{}},
			{"nobody reads", "to: [local, signed-in]", "to: [\"user:kim\"]", []string{
				"library.book.read: allow to deny, 3 by 2; user:default/ines [] []; local [] []",
			}},
			{"a claim less", "floor=2", "floor=3", []string{"library.shelf.create: allow to deny, 2 by 1; user:default/ines [] []"}},
			{"everybody writes", `to: ["group:shop"]`, `to: ["group:shop", signed-in]`, []string{
				"library.book.edit: deny to conditional, 1 by 1; user:default/kim [] [is-kind(draft) or is-owner(user:default/kim)]",
			}},
			{"guests read", "to: [local, signed-in]", "to: [everyone]", []string{"library.book.read: deny to allow, 1 by 1; guest [] []"}},
			{"another condition", "is-kind, values: [draft]", "is-kind, values: [sketch]", []string{
				"library.book.edit: conditional to conditional, 2 by 1; user:default/ines [is-kind(draft) or is-owner(user:default/ines, group:default/shop)] [is-kind(sketch) or is-owner(user:default/ines, group:default/shop)]",
			}},
		} {
			text := strings.Replace(inForce, tt.old, tt.replaced, 1)
			if diff := cmp.Diff(tt.want, changes(t, day, c, text)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.name, diff)
			}
		}
	})
}

// TestWhatIsKept: the claims that bindings speak of, and nothing of the others.
func TestWhatIsKept(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c, log := watched(t, db, decisionlog.Options{Now: noon().now})
		decide(t, c, ines)
		day := lastDay(t, log)
		for _, d := range day.Decided {
			want := callboard.Identity{Subject: ines.Subject, Owns: ines.Owns, Claims: []string{"floor=2"}}
			if diff := cmp.Diff(want, d.Identity); diff != "" {
				t.Errorf("of the caller is kept (-want +got):\n%s", diff)
			}
		}
		var stored string
		if err := db.SQL().QueryRowContext(t.Context(), `SELECT MAX(caller_json) FROM permission_decision`).Scan(&stored); err != nil || strings.Contains(stored, "example.com") {
			t.Errorf("the table has %s, %v", stored, err)
		}
		text := strings.Replace(inForce, "claim:floor=2", "claim:house=1", 1)
		trial, err := day.Try(t.Context(), c.WithRoles(roles(t, c.Set(), text)))
		if err != nil || !cmp.Equal(trial.Unknown, []string{"house"}) || len(trial.Cautions()) != 1 {
			t.Errorf("a policy with a claim that is not kept: %v, %v, %q", trial.Unknown, err, trial.Cautions())
		}
	})
}

func TestBounds(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		at := noon()
		c, log := watched(t, db, decisionlog.Options{Now: at.now, PerDay: 6})
		if day := lastDay(t, log); len(day.Decided) != 0 || day.Partial {
			t.Errorf("of nothing is kept %+v", day)
		}
		decide(t, c, ines)
		lastDay(t, log)
		at.add(time.Second)
		decide(t, c, kim)
		lastDay(t, log)
		at.add(time.Second)
		decide(t, c, robot)
		day := lastDay(t, log)
		if len(day.Decided) != 6 || !day.Partial {
			t.Errorf("of 9 decisions are kept %d, partial %t", len(day.Decided), day.Partial)
		}
		for _, d := range day.Decided {
			if d.Identity.Subject == ines.Subject {
				t.Error("the oldest is kept")
			}
		}
		decide(t, c, ines, kim, robot) // more than there is room for before they are written
		if day := lastDay(t, log); len(day.Decided) != 6 || !day.Partial {
			t.Errorf("%d are kept, partial %t", len(day.Decided), day.Partial)
		}
	})
}

func TestDays(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		at := noon()
		c, log := watched(t, db, decisionlog.Options{Now: at.now})
		decide(t, c, ines, kim)
		lastDay(t, log)
		at.add(13 * time.Hour) // the next day
		decide(t, c, ines)
		day := lastDay(t, log)
		counts := map[string]int64{}
		for _, d := range day.Decided {
			counts[d.Identity.Subject] += d.Count
		}
		if diff := cmp.Diff(map[string]int64{ines.Subject: 6, kim.Subject: 3}, counts); diff != "" {
			t.Errorf("after a night (-want +got):\n%s", diff)
		}
		at.add(12 * time.Hour) // 25 hours after the first
		if day := lastDay(t, log); len(day.Decided) != 3 {
			t.Errorf("after 25 hours there are %d decisions, want 3", len(day.Decided))
		}
		at.add(48 * time.Hour)
		lastDay(t, log)
		left := -1
		if err := db.SQL().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM permission_decision`).Scan(&left); err != nil || left != 0 {
			t.Errorf("after three days %d rows are left, %v", left, err)
		}
	})
}

// TestReplicas: two processes write the same decisions at once, and what is
// noted is written in the background and at the end.
func TestReplicas(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		var all sync.WaitGroup
		for range 2 {
			c, log := watched(t, db, decisionlog.Options{Now: noon().now, Every: time.Millisecond})
			if err := log.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			all.Go(func() {
				for range 20 {
					for _, p := range c.Set().Permissions() {
						_, _ = c.Decide(callboard.WithIdentity(t.Context(), ines), p.ID)
					}
				}
				if err := log.Close(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		_, log := watched(t, db, decisionlog.Options{Now: noon().now})
		for _, d := range lastDay(t, log).Decided {
			if d.Count != 40 {
				t.Errorf("%s was decided 40 times and counted %d times", d.Permission, d.Count)
			}
		}
	})
}

func TestFailures(t *testing.T) {
	t.Parallel()
	db := sqldbtest.Open(t)
	c, log := watched(t, db, decisionlog.Options{})
	decide(t, c, ines)
	day := lastDay(t, log)
	broken := permission.PolicyFunc(func(context.Context, permission.Question) (permission.Decision, error) {
		return permission.Allow(), errors.New("broken")
	})
	if _, err := day.Try(t.Context(), permission.New(c.Set(), broken)); err == nil {
		t.Error("a policy that fails is no error")
	}
	gone, err := permission.NewSet()
	if err != nil {
		t.Fatal(err)
	}
	if trial, err := day.Try(t.Context(), permission.New(gone)); err != nil || trial.Questions != 0 {
		t.Errorf("permissions that are gone: %+v, %v", trial, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := log.LastDay(ctx); err == nil {
		t.Error("a cancelled context is no error")
	}
}

func BenchmarkNote(b *testing.B) {
	c, _ := watched(b, sqldbtest.Open(b), decisionlog.Options{})
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
