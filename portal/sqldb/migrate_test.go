// SPDX-License-Identifier: Apache-2.0

package sqldb_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

func TestMigrateTogether(t *testing.T) {
	t.Parallel()
	sqldbtest.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		var wg sync.WaitGroup
		for range 4 {
			db := sqldbtest.OpenURL(t, url)
			for range 2 {
				wg.Go(func() { migrate(t, db, 3) })
			}
		}
		wg.Wait()
		versions, err := sqldbtest.OpenURL(t, url).Versions(t.Context())
		if err != nil || versions["demo"] != 3 {
			t.Errorf("Versions = %v, %v; want demo at 3", versions, err)
		}
	})
}

func TestMigrateRefusesANewerDatabase(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		t.Parallel()
		migrate(t, db, 3)
		err := db.Migrate(t.Context(), "demo", migrations(2))
		if callboard.CodeOf(err) != callboard.CodeConflict || !strings.Contains(callboard.MessageOf(err), "version 3") {
			t.Errorf("Migrate of a newer database = %v, want CodeConflict that says so", err)
		}
	})
}

func TestMigrateBrokenFileChangesNothing(t *testing.T) {
	t.Parallel()
	broken := &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE demo_half (id BIGINT);\nCREATE NONSENSE;\n")}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		t.Parallel()
		err := db.Migrate(t.Context(), "demo", fstest.MapFS{
			"migrations/sqlite/0001_x.sql": broken, "migrations/postgres/0001_x.sql": broken,
		})
		if err == nil || !strings.Contains(err.Error(), "0001_x.sql") {
			t.Errorf("Migrate = %v, want an error that names the file", err)
		}
		tables, err := db.Tables(t.Context())
		if err != nil || strings.Contains(strings.Join(tables, " "), "demo_half") {
			t.Errorf("Tables = %v, %v; want nothing of the broken migration", tables, err)
		}
		if err := db.Migrate(t.Context(), "demo; DROP", migrations(1)); callboard.CodeOf(err) != callboard.CodeInvalid {
			t.Errorf("Migrate of an odd name = %v, want CodeInvalid", err)
		}
	})
}

func TestLockedExcludes(t *testing.T) {
	t.Parallel()
	sqldbtest.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		var inside, most atomic.Int32
		var wg sync.WaitGroup
		for range 4 {
			db := sqldbtest.OpenURL(t, url)
			wg.Go(func() {
				err := db.Locked(t.Context(), func(ctx context.Context) error {
					most.Store(max(most.Load(), inside.Add(1)))
					defer inside.Add(-1)
					return db.Ping(ctx)
				})
				if err != nil {
					t.Errorf("Locked: %v", err)
				}
			})
		}
		wg.Wait()
		if most.Load() != 1 {
			t.Errorf("%d were inside Locked at once, want 1", most.Load())
		}
	})
}

func TestLockedGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	sqldbtest.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		a, b := sqldbtest.OpenURL(t, url), sqldbtest.OpenURL(t, url)
		err := a.Locked(t.Context(), func(ctx context.Context) error {
			short, cancel := context.WithCancel(ctx)
			go cancel()
			return b.Locked(short, func(context.Context) error { return nil })
		})
		if callboard.CodeOf(err) != callboard.CodeTimeout {
			t.Errorf("Locked while another holds it = %v, want CodeTimeout", err)
		}
	})
}
