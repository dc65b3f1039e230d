// SPDX-License-Identifier: Apache-2.0

package sqldb_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

func migrations(n int) fs.FS {
	files := fstest.MapFS{}
	for i := 1; i <= n; i++ {
		body := fmt.Sprintf("-- +goose Up\nCREATE TABLE demo_t%d (id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE);\n", i)
		for _, dialect := range []string{"sqlite", "postgres"} {
			files[fmt.Sprintf("migrations/%s/%04d_t.sql", dialect, i)] = &fstest.MapFile{Data: []byte(body)}
		}
	}
	return files
}

func migrate(tb testing.TB, db *sqldb.DB, n int) {
	tb.Helper()
	if err := db.Migrate(tb.Context(), "demo", migrations(n)); err != nil {
		tb.Fatalf("Migrate: %v", err)
	}
}

func insert(ctx context.Context, db *sqldb.DB, tx *sql.Tx, id int, name string) error {
	_, err := tx.ExecContext(ctx, db.Rebind(`INSERT INTO demo_t1 (id, name) VALUES (?, ?)`), id, name)
	return err
}

func count(tb testing.TB, db *sqldb.DB) (n int) {
	tb.Helper()
	if err := db.SQL().QueryRowContext(tb.Context(), `SELECT COUNT(*) FROM demo_t1`).Scan(&n); err != nil {
		tb.Fatalf("count: %v", err)
	}
	return n
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("this is no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, url string
		code      callboard.Code
		says      string
	}{
		{"empty", "", callboard.CodeInvalid, "empty"},
		{"unknown scheme", "mysql://u:hunter2@db/x", callboard.CodeInvalid, "mysql"},
		{"no file", "sqlite:", callboard.CodeInvalid, "no file"},
		{"bad postgres URL", "postgres://u:hunter2@db:notaport/x", callboard.CodeInvalid, "cannot be read"},
		{"control character", "postgres://u:hunter2@db\x7f/x", callboard.CodeInvalid, "cannot be read"},
		{"bad escape", "postgres://u:hunter2%zz@db/x", callboard.CodeInvalid, "cannot be read"},
		{"nobody listens", "postgres://u:hunter2@127.0.0.1:1/x", callboard.CodeUnavailable, "cannot be reached"},
		{"a directory", dir, callboard.CodeUnavailable, dir},
		{"not a database", garbage, callboard.CodeUnavailable, "not a SQLite database"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := sqldb.Open(t.Context(), tt.url, nil)
			if callboard.CodeOf(err) != tt.code {
				t.Errorf("Open(%q) = %v, code %q; want %q", tt.url, err, callboard.CodeOf(err), tt.code)
			}
			if got := callboard.MessageOf(err); !strings.Contains(got, tt.says) {
				t.Errorf("Open(%q) says %q; want it to say %q", tt.url, got, tt.says)
			}
			if strings.Contains(fmt.Sprintf("%v %+v", err, err), "hunter2") {
				t.Errorf("Open(%q) shows the password: %v", tt.url, err)
			}
		})
	}
}

func TestOpenSQLiteForms(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, url := range []string{
		filepath.Join(dir, "plain.db"),
		"sqlite:" + filepath.Join(dir, "scheme.db"),
		"sqlite://" + filepath.Join(dir, "slashes.db"),
		"file:" + filepath.Join(dir, "file.db") + "?_pragma=cache_size(-100)",
		filepath.Join(dir, "odd name %41 #1 ?x=y.db"),
		filepath.Join(dir, "new", "folder", "x.db"),
		":memory:",
	} {
		db, err := sqldb.Open(t.Context(), url, nil)
		if err != nil {
			t.Errorf("Open(%q): %v", url, err)
			continue
		}
		migrate(t, db, 1)
		info, err := os.Stat(db.Path())
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("Open(%q): file %s: %v, mode %v; want one that only its owner reads", url, db.Path(), err, info.Mode())
		}
		if err := db.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "odd name %41 #1 ?x=y.db")); err != nil {
		t.Errorf("the odd name was not kept: %v", err)
	}
}

func TestScratchIsRemoved(t *testing.T) {
	t.Parallel()
	db, err := sqldb.Open(t.Context(), ":memory:", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(db.Path()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("scratch file after Close: %v; want it gone", err)
	}
}

func TestPragmas(t *testing.T) {
	t.Parallel()
	full, err := sqldb.Open(t.Context(), sqldbtest.SQLiteURL(t), &sqldb.Options{FullSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	for name, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000"} {
		err := full.InTx(t.Context(), func(tx *sql.Tx) error {
			var got string
			if err := tx.QueryRowContext(t.Context(), `PRAGMA `+name).Scan(&got); err != nil {
				return err
			}
			if got != want {
				t.Errorf("PRAGMA %s = %s, want %s", name, got, want)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestReadingPoolRefusesToWrite(t *testing.T) {
	t.Parallel()
	db := sqldbtest.Open(t)
	migrate(t, db, 1)
	_, err := db.SQL().ExecContext(t.Context(), `INSERT INTO demo_t1 (id, name) VALUES (1, 'x')`)
	if got := callboard.CodeOf(sqldb.Classify(err)); got != callboard.CodeUnavailable {
		t.Errorf("write through SQL(): %v, code %q; want it refused", err, got)
	}
}

func TestInTx(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		t.Parallel()
		migrate(t, db, 1)
		ctx := t.Context()
		if err := db.InTx(ctx, func(tx *sql.Tx) error { return insert(ctx, db, tx, 1, "a") }); err != nil {
			t.Fatalf("InTx: %v", err)
		}
		boom := errors.New("boom")
		err := db.InTx(ctx, func(tx *sql.Tx) error { return errors.Join(insert(ctx, db, tx, 2, "b"), boom) })
		if !errors.Is(err, boom) {
			t.Errorf("InTx = %v, want the function's error", err)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("InTx swallowed a panic")
				}
			}()
			_ = db.InTx(ctx, func(tx *sql.Tx) error { _ = insert(ctx, db, tx, 3, "c"); panic("odd") })
		}()
		err = db.InTx(ctx, func(tx *sql.Tx) error { return insert(ctx, db, tx, 4, "a") })
		if callboard.CodeOf(err) != callboard.CodeConflict || !sqldb.IsUnique(err) {
			t.Errorf("InTx with a taken name = %v, want CodeConflict and IsUnique", err)
		}
		cancelled, cancel := context.WithCancel(ctx)
		cancel()
		err = db.InTx(cancelled, func(tx *sql.Tx) error { return insert(ctx, db, tx, 5, "e") })
		if callboard.CodeOf(err) != callboard.CodeTimeout {
			t.Errorf("InTx with an ended context = %v, want CodeTimeout", err)
		}
		if got := count(t, db); got != 1 {
			t.Errorf("%d rows, want the 1 that was committed", got)
		}
	})
}

func TestConcurrentWriters(t *testing.T) {
	t.Parallel()
	sqldbtest.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		// Two handles: goroutines of one process, and another process.
		dbs := []*sqldb.DB{sqldbtest.OpenURL(t, url), sqldbtest.OpenURL(t, url)}
		migrate(t, dbs[0], 1)
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				db := dbs[i%2]
				err := db.InSerialTx(t.Context(), func(tx *sql.Tx) error {
					var next int
					if err := tx.QueryRowContext(t.Context(), `SELECT COALESCE(MAX(id), 0) + 1 FROM demo_t1`).Scan(&next); err != nil {
						return err
					}
					return insert(t.Context(), db, tx, next, fmt.Sprint(next))
				})
				if err != nil && !sqldb.IsUnique(err) && callboard.CodeOf(err) != callboard.CodeUnavailable {
					t.Errorf("InSerialTx: %v", err)
				}
			})
		}
		wg.Wait()
		if got := count(t, dbs[0]); dbs[0].Dialect() == sqldb.SQLite && got != 40 || got == 0 {
			t.Errorf("%d rows, want 40", got)
		}
	})
}

func TestDeadlockIsRetried(t *testing.T) {
	t.Parallel()
	db := sqldbtest.OpenPostgres(t)
	migrate(t, db, 1)
	ctx := t.Context()
	for i, name := range []string{"", "a", "b"} {
		if i > 0 {
			if _, err := db.Exec(ctx, `INSERT INTO demo_t1 (id, name) VALUES (?, ?)`, i, name); err != nil {
				t.Fatal(err)
			}
		}
	}
	const touch = `UPDATE demo_t1 SET name = name || 'x' WHERE id = ?`
	var both, wg sync.WaitGroup
	both.Add(2)
	for _, order := range [][2]int{{1, 2}, {2, 1}} {
		var once sync.Once
		wg.Go(func() {
			err := db.InTx(ctx, func(tx *sql.Tx) error {
				if _, err := tx.ExecContext(ctx, db.Rebind(touch), order[0]); err != nil {
					return err
				}
				once.Do(func() { both.Done(); both.Wait() })
				_, err := tx.ExecContext(ctx, db.Rebind(touch), order[1])
				return err
			})
			if err != nil {
				t.Errorf("InTx in a deadlock = %v, want it run again", err)
			}
		})
	}
	wg.Wait()
	var name string
	if err := db.SQL().QueryRowContext(ctx, `SELECT name FROM demo_t1 WHERE id = 1`).Scan(&name); err != nil || name != "axx" {
		t.Errorf("name = %q, %v; want each transaction's effect once", name, err)
	}
}

func TestNestedTransactionIsBounded(t *testing.T) {
	t.Parallel()
	db, err := sqldb.Open(t.Context(), sqldbtest.SQLiteURL(t), &sqldb.Options{WriterWait: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.InTx(t.Context(), func(*sql.Tx) error {
		return db.InTx(t.Context(), func(*sql.Tx) error { return nil })
	})
	if callboard.CodeOf(err) != callboard.CodeUnavailable || !strings.Contains(err.Error(), "inside another") {
		t.Errorf("nested InTx = %v, want a refusal that says why", err)
	}
}

func TestReadTx(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		t.Parallel()
		migrate(t, db, 1)
		ctx := t.Context()
		err := db.ReadTx(ctx, func(tx *sql.Tx) error {
			before, after := 0, 0
			if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM demo_t1`).Scan(&before); err != nil {
				return err
			}
			if _, err := db.Exec(ctx, `INSERT INTO demo_t1 (id, name) VALUES (?, ?)`, 1, "a"); err != nil {
				return err
			}
			if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM demo_t1`).Scan(&after); err != nil {
				return err
			}
			if before != 0 || after != 0 {
				t.Errorf("counts in one ReadTx = %d and %d, want 0 and 0", before, after)
			}
			return nil
		})
		if err != nil {
			t.Errorf("ReadTx: %v", err)
		}
		err = db.ReadTx(ctx, func(tx *sql.Tx) error { return insert(ctx, db, tx, 2, "b") })
		if callboard.CodeOf(err) != callboard.CodeUnavailable {
			t.Errorf("write in ReadTx = %v, want it refused", err)
		}
	})
}

func TestOnCommit(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		t.Parallel()
		ctx, called := t.Context(), 0
		hook := func(tx *sql.Tx) {
			if !db.OnCommit(tx, func() { called++ }) {
				t.Error("OnCommit in InTx = false")
			}
		}
		_ = db.InTx(ctx, func(tx *sql.Tx) error { hook(tx); return errors.New("no") })
		if called != 0 {
			t.Errorf("called %d times after a rollback", called)
		}
		if err := db.InTx(ctx, func(tx *sql.Tx) error { hook(tx); hook(tx); return nil }); err != nil || called != 2 {
			t.Errorf("called %d times after a commit (%v), want 2", called, err)
		}
		tx, err := db.SQL().BeginTx(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		if db.OnCommit(tx, func() {}) {
			t.Error("OnCommit of somebody else's transaction = true")
		}
	})
}

func TestDiskFull(t *testing.T) {
	t.Parallel()
	url := sqldbtest.SQLiteURL(t)
	db := sqldbtest.OpenURL(t, strings.Replace(url, "sqlite:", "file:", 1)+"?_pragma=max_page_count(20)")
	migrate(t, db, 1)
	_, err := db.Exec(t.Context(), `INSERT INTO demo_t1 (id, name) VALUES (1, ?)`, strings.Repeat("x", 1<<20))
	if callboard.CodeOf(err) != callboard.CodeUnavailable || !strings.Contains(callboard.MessageOf(err), "disk is full") {
		t.Errorf("Exec on a full disk = %v, want CodeUnavailable and why", err)
	}
	if got := count(t, db); got != 0 {
		t.Errorf("%d rows after the failure, want 0", got)
	}
}

func TestReadOnlyFile(t *testing.T) {
	t.Parallel()
	url := sqldbtest.SQLiteURL(t)
	migrate(t, sqldbtest.OpenURL(t, url), 1)
	db := sqldbtest.OpenURL(t, strings.Replace(url, "sqlite:", "file:", 1)+"?mode=ro")
	_, err := db.Exec(t.Context(), `INSERT INTO demo_t1 (id, name) VALUES (1, 'a')`)
	if callboard.CodeOf(err) != callboard.CodeUnavailable || !strings.Contains(callboard.MessageOf(err), "read-only") {
		t.Errorf("Exec on a read-only file = %v, want CodeUnavailable and why", err)
	}
}

func TestInspect(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		t.Parallel()
		migrate(t, db, 2)
		tables, err := db.Tables(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"demo_t1", "demo_t2", "goose_demo"}, tables); diff != "" {
			t.Errorf("Tables mismatch (-want +got):\n%s", diff)
		}
		versions, err := db.Versions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]int64{"demo": 2}, versions); diff != "" {
			t.Errorf("Versions mismatch (-want +got):\n%s", diff)
		}
	})
}
