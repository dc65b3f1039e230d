// SPDX-License-Identifier: Apache-2.0

package backup_test

import (
	"archive/zip"
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/backup"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

// files are migrations of a module with every type that tables of ours use, a
// foreign key against the alphabet, and a table that one engine alone has.
func files(more string) fstest.MapFS {
	sqlite := `-- +goose Up
CREATE TABLE tea_zone (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
CREATE TABLE tea_cup (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	zone_id INTEGER NOT NULL REFERENCES tea_zone (id),
	"order" TEXT, warm REAL, data BLOB
) STRICT;
CREATE TABLE tea_only_here (x INTEGER) STRICT;
`
	postgres := `-- +goose Up
CREATE TABLE tea_zone (id BIGINT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE tea_cup (
	id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	zone_id BIGINT NOT NULL REFERENCES tea_zone (id),
	"order" TEXT, warm DOUBLE PRECISION, data BYTEA
);
CREATE TABLE tea_odd (
	tags TEXT[] NOT NULL, doc JSONB NOT NULL, at TIMESTAMPTZ NOT NULL, twice BIGINT GENERATED ALWAYS AS (2) STORED
);
`
	return fstest.MapFS{
		"migrations/sqlite/0001_init.sql":   {Data: []byte(sqlite + more)},
		"migrations/postgres/0001_init.sql": {Data: []byte(postgres + more)},
	}
}

func migrate(t *testing.T, db *sqldb.DB) {
	t.Helper()
	if err := db.Migrate(t.Context(), "tea", files("")); err != nil {
		t.Fatal(err)
	}
}

func exec(t *testing.T, db *sqldb.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.Exec(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

const cups = 1201 // more than fit into one statement

func fill(t *testing.T, db *sqldb.DB) {
	t.Helper()
	exec(t, db, `INSERT INTO tea_zone (id, name) VALUES (7, 'kitchen "north" — ☕')`)
	err := db.InTx(t.Context(), func(tx *sql.Tx) error {
		for n := range cups {
			_, err := tx.ExecContext(t.Context(), db.Rebind(`INSERT INTO tea_cup (zone_id, "order", warm, data) VALUES (?, ?, ?, ?)`),
				7, fmt.Sprintf("line\n%d", n), float64(n)/3, []byte{0, byte(n), 255})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	exec(t, db, `INSERT INTO tea_cup (zone_id, "order", warm, data) VALUES (7, NULL, NULL, NULL)`)
	exec(t, db, `INSERT INTO tea_cup (zone_id, warm) VALUES (7, ?)`, math.MaxFloat64)
	if db.Dialect() == sqldb.Postgres {
		exec(t, db, `INSERT INTO tea_odd (tags, doc, at) VALUES ('{a,"b c"}', '{"x": [1, null]}', '2026-01-02 03:04:05.678901+00')`)
	} else {
		exec(t, db, `INSERT INTO tea_only_here (x) VALUES (9007199254740993)`)
	}
}

func dump(t *testing.T, db *sqldb.DB) []string {
	t.Helper()
	rows, err := db.SQL().QueryContext(t.Context(), `SELECT id, zone_id, "order", warm, data FROM tea_cup ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var (
			id, zone int64
			order    sql.NullString
			warm     sql.NullFloat64
			data     []byte
		)
		if err := rows.Scan(&id, &zone, &order, &warm, &data); err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprint(id, zone, order, warm, string(data)))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func write(t *testing.T, db *sqldb.DB) ([]byte, backup.Manifest) {
	t.Helper()
	var b bytes.Buffer
	at := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	m, err := backup.Write(t.Context(), db, &b, &backup.Options{Now: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	if !m.Created.Equal(at) || m.Versions["tea"] != 1 {
		t.Errorf("manifest = %+v", m)
	}
	return b.Bytes(), m
}

func restore(ctx context.Context, db *sqldb.DB, data []byte) (backup.Report, error) {
	return backup.Restore(ctx, db, bytes.NewReader(data), int64(len(data)))
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	engines := map[string]func(testing.TB) *sqldb.DB{"sqlite": sqldbtest.Open, "postgres": sqldbtest.OpenPostgres}
	for from, openFrom := range engines {
		for to, openTo := range engines {
			t.Run(from+" to "+to, func(t *testing.T) {
				t.Parallel()
				source, target := openFrom(t), openTo(t)
				migrate(t, source)
				migrate(t, target)
				fill(t, source)
				exec(t, target, `INSERT INTO tea_zone (id, name) VALUES (1, 'gone afterwards')`)

				data, manifest := write(t, source)
				report, err := restore(t.Context(), target, data)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(dump(t, source), dump(t, target)); diff != "" {
					t.Errorf("rows mismatch (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(manifest, report.Manifest); diff != "" {
					t.Errorf("manifest mismatch (-written +read):\n%s", diff)
				}
				if wantLeft := from != to; (len(report.LeftOut) == 1) != wantLeft {
					t.Errorf("LeftOut = %v, want something: %t", report.LeftOut, wantLeft)
				}
				// Numbering goes on where it was.
				exec(t, target, `INSERT INTO tea_cup (zone_id) VALUES (7)`)
				again, _ := write(t, target)
				if from == to && from == "postgres" {
					checkOdd(t, target)
				}
				if len(again) == 0 {
					t.Error("the restored database cannot be backed up")
				}
			})
		}
	}
}

func checkOdd(t *testing.T, db *sqldb.DB) {
	t.Helper()
	var got string
	err := db.SQL().QueryRowContext(t.Context(), `SELECT tags[2] || (doc->'x'->>0) || extract(microseconds FROM at)::bigint FROM tea_odd`).Scan(&got)
	if err != nil || got != "b c15678901" {
		t.Errorf("odd types = %q, %v", got, err)
	}
}

func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	source := sqldbtest.Open(t)
	migrate(t, source)
	fill(t, source)
	good, _ := write(t, source)
	tests := []struct {
		name    string
		prepare func(t *testing.T, db *sqldb.DB)
		data    []byte
		code    callboard.Code
		text    string
	}{
		{"no zip", migrate, []byte("hello"), callboard.CodeInvalid, "not a backup"},
		{"cut off", migrate, good[:len(good)/2], callboard.CodeInvalid, "not a backup"},
		{"another zip", migrate, archive(t, map[string]string{"a": "b"}), callboard.CodeInvalid, "no manifest.json"},
		{"newer format", migrate, archive(t, map[string]string{"manifest.json": `{"format":"callboard-backup/9"}`}), callboard.CodeInvalid, `"callboard-backup/9"`},
		{"module missing", func(*testing.T, *sqldb.DB) {}, good, callboard.CodeConflict, `module "tea"`},
		{"other version", func(t *testing.T, db *sqldb.DB) {
			migrations := files("")
			migrations["migrations/sqlite/0002_more.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE tea_more (x INTEGER);")}
			if err := db.Migrate(t.Context(), "tea", migrations); err != nil {
				t.Fatal(err)
			}
		}, good, callboard.CodeConflict, "version 1 and this program's 2"},
		{"damaged row", migrate, archive(t, map[string]string{
			"manifest.json":         `{"format":"callboard-backup/1","versions":{"tea":1},"tables":[{"name":"tea_zone","columns":["id","name"],"rows":1}]}`,
			"tables/tea_zone.jsonl": `[1,"a",3]`,
		}), callboard.CodeInvalid, "damaged"},
		{"rows missing", migrate, archive(t, map[string]string{
			"manifest.json":         `{"format":"callboard-backup/1","versions":{"tea":1},"tables":[{"name":"tea_zone","columns":["id","name"],"rows":2}]}`,
			"tables/tea_zone.jsonl": `[1,"a"]`,
		}), callboard.CodeInvalid, "has 1 rows and should have 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			db := sqldbtest.Open(t)
			tt.prepare(t, db)
			if tt.name != "module missing" {
				exec(t, db, `INSERT INTO tea_zone (id, name) VALUES (1, 'stays')`)
			}
			_, err := restore(t.Context(), db, tt.data)
			if code := callboard.CodeOf(err); code != tt.code || !strings.Contains(fmt.Sprint(err), tt.text) {
				t.Fatalf("Restore = %q %v, want %q with %q", code, err, tt.code, tt.text)
			}
			if tt.name == "module missing" {
				return
			}
			var name string
			if err := db.SQL().QueryRowContext(t.Context(), `SELECT name FROM tea_zone`).Scan(&name); err != nil || name != "stays" {
				t.Errorf("after a refused restore the table has %q, %v", name, err)
			}
		})
	}
}

func archive(t *testing.T, entries map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range entries {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func FuzzRestore(f *testing.F) {
	f.Add([]byte(`[1,"a"]`))
	f.Add([]byte(`[9007199254740993,{"text":"/w=="}]`))
	f.Add([]byte(`[1.5,{"bytes":"AA=="}]`))
	f.Add([]byte(`[{"float":"NaN"},null]`))
	f.Add([]byte("[]\n[[]]"))
	db := sqldbtest.Open(f)
	if err := db.Migrate(f.Context(), "tea", files("")); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, rows []byte) {
		data := archive(t, map[string]string{
			"manifest.json":         `{"format":"callboard-backup/1","versions":{"tea":1},"tables":[{"name":"tea_zone","columns":["id","name"],"rows":1}]}`,
			"tables/tea_zone.jsonl": string(rows),
		})
		// Whatever the rows are, it is an error or it is restored.
		if _, err := restore(t.Context(), db, data); err == nil && !bytes.ContainsAny(rows, "[") {
			t.Errorf("rows %q were restored", rows)
		}
	})
}
