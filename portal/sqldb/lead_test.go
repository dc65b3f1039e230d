// SPDX-License-Identifier: Apache-2.0

package sqldb_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

func TestLead(t *testing.T) {
	t.Parallel()
	sqldbtest.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		var inside, most atomic.Int32
		var wg sync.WaitGroup
		for range 3 {
			db := sqldbtest.OpenURL(t, url)
			wg.Go(func() {
				err := db.Lead(t.Context(), "catalog/provider/git hub", func(ctx context.Context) error {
					most.Store(max(most.Load(), inside.Add(1)))
					defer inside.Add(-1)
					checkLease(t, db, "catalog/provider/git hub")
					return errors.Join(db.Ping(ctx), errDone)
				})
				if !errors.Is(err, errDone) {
					t.Errorf("Lead = %v, want what f returned", err)
				}
			})
		}
		wg.Wait()
		if most.Load() != 1 {
			t.Errorf("%d led at once, want 1", most.Load())
		}
	})
}

// checkLease fails the test unless the database knows that this process leads.
func checkLease(t *testing.T, db *sqldb.DB, name string) {
	t.Helper()
	got, err := db.Leases(t.Context())
	if err != nil || len(got) != 1 || got[0].Name != name || got[0].Since.IsZero() || strings.Contains(got[0].Holder, "backend") != (db.Dialect() == sqldb.Postgres) {
		t.Errorf("Leases of the leader = %+v, %v", got, err)
	}
}

var errDone = errors.New("done")

func TestLeadEndsWithItsContext(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		err := db.Lead(ctx, "x", func(inner context.Context) error {
			cancel()
			<-inner.Done()
			return nil
		})
		if left, err := db.Leases(t.Context()); err != nil || len(left) != 0 {
			t.Errorf("Leases after the lead = %+v, %v", left, err)
		}
		if err != nil {
			t.Errorf("Lead whose context ended = %v, want nil", err)
		}
	})
}

// TestLeadIsLost breaks the leader's connection: it is told, and leads anew.
func TestLeadIsLost(t *testing.T) {
	t.Parallel()
	db := sqldbtest.OpenPostgres(t)
	terms := 0
	err := db.Lead(t.Context(), "x", func(ctx context.Context) error {
		if terms++; terms == 2 {
			return errDone
		}
		const kill = `SELECT pg_terminate_backend(l.pid) FROM pg_locks l
			WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted AND
				(l.classid::bigint << 32 | l.objid::bigint) = hashtextextended('callboard:' || current_schema() || ':x', 0)`
		if _, err := db.SQL().ExecContext(ctx, kill); err != nil {
			t.Errorf("break the connection: %v", err)
		}
		<-ctx.Done()
		return ctx.Err()
	})
	if !errors.Is(err, errDone) || terms != 2 {
		t.Errorf("Lead = %v after %d terms, want the second to end it", err, terms)
	}
}
