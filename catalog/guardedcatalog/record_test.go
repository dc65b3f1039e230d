// SPDX-License-Identifier: Apache-2.0

package guardedcatalog_test

import (
	"context"
	"testing"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogtest"
	"github.com/callboard/callboard/catalog/guardedcatalog"
	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/permission"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

// willing is a service that does whatever it is told.
type willing struct{ catalog.Operator }

func (willing) AddLocation(_ context.Context, l catalog.Location) (catalog.Registration, error) {
	return catalog.Registration{Location: l}, nil
}
func (willing) RemoveLocation(context.Context, string) error   { return nil }
func (willing) Refresh(context.Context, catalog.Ref) error     { return nil }
func (willing) RefreshLocation(context.Context, string) error  { return nil }
func (willing) Release(context.Context, string) error          { return nil }
func (willing) Held(context.Context, string) ([]string, error) { return []string{"file:a.yaml"}, nil }

// TestRecorder: every change and every refusal is one entry, also when the
// caller has gone by the time that the change is made.
func TestRecorder(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		t.Parallel()
		if err := audit.Migrate(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		log := audit.New(db, nil)
		all, may := catalogtest.NewStore(), false
		shop, place := catalog.NewRef("component", "", "shop"), catalog.Location{ID: "1", Type: "url", Target: "https://x.example/a"}
		apply(t, all, catalogtest.Component("shop").Owner("web").Entity())
		if err := all.AddLocation(t.Context(), place); err != nil {
			t.Fatal(err)
		}
		guardedStore := guarded(t, all, permission.PolicyFunc(func(_ context.Context, q permission.Question) (permission.Decision, error) {
			if may || q.Permission.ID == catalog.MayReadEntity {
				return permission.Allow(), nil
			}
			return permission.Deny(), nil
		}))
		r := guardedcatalog.NewRecorder(log)
		store, o := r.Store(guardedStore), r.Operator(guardedcatalog.NewOperator(guardedStore, willing{}))
		ctx := callboard.WithIdentity(t.Context(), callboard.Identity{Subject: "user:default/bo"})
		const location, file = `{"id":"1","target":"https://x.example/a","type":"url"}`, `{"held":["file:a.yaml"]}`
		for _, tt := range []struct {
			do               func(context.Context) error
			action, resource string
			before, after    string
			entity           bool // is before or after
		}{
			{func(ctx context.Context) error { return second(o.AddLocation(ctx, place)) }, "catalog.location.register", "url:https://x.example/a", "", location, false},
			{func(ctx context.Context) error { return o.RemoveLocation(ctx, "1") }, "catalog.location.unregister", "url:https://x.example/a", location, "", false},
			{func(ctx context.Context) error { return o.Refresh(ctx, shop) }, "catalog.entity.refresh", "component:default/shop", "", "", false},
			{func(ctx context.Context) error { return o.RefreshLocation(ctx, "url:x") }, "catalog.location.refresh", "url:x", "", "", false},
			{func(ctx context.Context) error { return o.Release(ctx, "hr") }, "catalog.provider.release", "provider:hr", file, "", false},
			{func(ctx context.Context) error { return store.Remove(ctx, catalog.Cause{}, shop, catalog.Suppress) }, "catalog.entity.delete", "component:default/shop", "entity", "", true},
			{func(ctx context.Context) error { return store.Restore(ctx, catalog.Cause{}, shop) }, "catalog.entity.restore", "component:default/shop", "", "entity", true},
			{func(ctx context.Context) error { return store.RemoveLocation(ctx, "1") }, "catalog.location.unregister", "url:https://x.example/a", location, "", false},
			{func(ctx context.Context) error { return store.AddLocation(ctx, place) }, "catalog.location.register", "url:https://x.example/a", "", location, false},
		} {
			may = false
			if err := tt.do(ctx); callboard.CodeOf(err) != callboard.CodeForbidden {
				t.Errorf("%s without permission = %v", tt.action, err)
			}
			denied := newest(t, log)
			if denied.Action != tt.action || denied.Outcome != audit.Denied || denied.Before != nil || denied.After != nil || denied.Message == "" {
				t.Errorf("%s without permission is recorded as %+v", tt.action, denied)
			}
			may = true
			going, leave := context.WithCancel(ctx)
			err := tt.do(going)
			leave()
			if err != nil {
				t.Errorf("%s = %v", tt.action, err)
			}
			done := newest(t, log)
			if done.ID == denied.ID || done.Action != tt.action || done.Resource != tt.resource || done.Outcome != audit.Done || done.Actor != "user:default/bo" {
				t.Errorf("%s is recorded as %+v", tt.action, done)
			}
			if (done.Before != nil) != (tt.before != "") || (done.After != nil) != (tt.after != "") || !tt.entity && string(done.Before)+string(done.After) != tt.before+tt.after {
				t.Errorf("%s is recorded with %s and %s", tt.action, done.Before, done.After)
			}
		}
	})
}

// TestStrangersDoNotFillTheLog: refusals of callers who are not signed in are
// recorded up to a rate.
func TestStrangersDoNotFillTheLog(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		t.Parallel()
		if err := audit.Migrate(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		log, s := audit.New(db, nil), guarded(t, catalogtest.NewStore(), on(permission.Any{}))
		o := guardedcatalog.NewRecorder(log).Operator(guardedcatalog.NewOperator(s, willing{}))
		const tried = 400
		for range tried {
			if err := o.Release(t.Context(), "hr"); callboard.CodeOf(err) != callboard.CodeUnauthenticated {
				t.Fatalf("Release = %v", err)
			}
		}
		got, err := log.Entries(t.Context(), audit.Query{Limit: tried})
		if err != nil || len(got) < 60 || len(got) > tried*3/4 {
			t.Errorf("%d refusals made %d entries, %v", tried, len(got), err)
		}
	})
}

func newest(t *testing.T, log *audit.Log) audit.Entry {
	t.Helper()
	found, err := log.Entries(t.Context(), audit.Query{Limit: 1})
	if err != nil || len(found) == 0 {
		t.Fatalf("Entries = %v, %v", found, err)
	}
	return found[0]
}
