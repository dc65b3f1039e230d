// SPDX-License-Identifier: Apache-2.0

package backup

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/sqldb"
)

// Limits on what a file may hold, so that a broken one ends in an error.
const (
	maxManifestBytes = 16 << 20
	maxRowBytes      = 256 << 20
	maxParameters    = 8000 // of one statement; SQLite takes 32766, PostgreSQL 65535
	maxRowsAtOnce    = 500
)

// Report says what [Restore] did.
type Report struct {
	// Manifest is the backup's.
	Manifest Manifest
	// LeftOut are tables of the backup that this database does not have, as
	// the queue's own on another engine, with rows in them.
	LeftOut []Table
}

// ReadManifest reads what the backup in r, of size bytes, holds. A file that is
// none has [callboard.CodeInvalid].
func ReadManifest(r io.ReaderAt, size int64) (Manifest, error) {
	m, _, err := openArchive(r, size)
	return m, err
}

// Restore replaces the content of every table of db that the backup has with
// what the backup holds, all of it or, on an error, nothing. The tables must be
// there already, in the versions of the manifest; otherwise the error is
// [callboard.CodeConflict]. Nothing else may use the database meanwhile.
func Restore(ctx context.Context, db *sqldb.DB, r io.ReaderAt, size int64) (Report, error) {
	m, archive, err := openArchive(r, size)
	report := Report{Manifest: m}
	if err != nil {
		return report, err
	}
	have, err := db.Versions(ctx)
	if err != nil {
		return report, fmt.Errorf("backup: %w", err)
	}
	if err := compareVersions(m.Versions, have); err != nil {
		return report, err
	}
	err = db.InTx(ctx, func(tx *sql.Tx) error {
		report.LeftOut = nil
		return restoreAll(ctx, db, tx, archive, &report)
	})
	if err != nil {
		return report, fmt.Errorf("backup: restore: %w", err)
	}
	return report, nil
}

func openArchive(r io.ReaderAt, size int64) (Manifest, *zip.Reader, error) {
	var m Manifest
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return m, nil, invalid("the file is not a backup, or is damaged", err)
	}
	f, err := archive.Open(manifestName)
	if err != nil {
		return m, nil, invalid("the file is not a backup: it has no "+manifestName, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxManifestBytes))
	if err == nil {
		err = json.Unmarshal(data, &m)
	}
	if err != nil {
		return m, nil, invalid("the backup's "+manifestName+" cannot be read", err)
	}
	if m.Format != Format {
		return m, nil, invalid(fmt.Sprintf("the backup has the format %q and this program knows %q: "+
			"use the program that wrote it", m.Format, Format), nil)
	}
	return m, archive, nil
}

func invalid(message string, cause error) error {
	return &callboard.Error{Code: callboard.CodeInvalid, Message: message, Err: cause}
}

// compareVersions refuses a backup whose tables are of other versions.
func compareVersions(backup, database map[string]int64) error {
	for _, module := range slices.Sorted(maps.Keys(backup)) {
		got, ok := database[module]
		want := backup[module]
		switch {
		case ok && got == want:
			continue
		case !ok:
			return conflict("the backup has tables of the module %q, which this program does not have: add the module, "+
				"or use the program that wrote the backup", module)
		case want < got:
			return conflict("the backup's %s tables have version %d and this program's %d: restore it with the program "+
				"that wrote it, then start this one, which brings them up to date", module, want, got)
		default:
			return conflict("the backup's %s tables have version %d and this program's %d: use a program that is at "+
				"least as new as the one that wrote it", module, want, got)
		}
	}
	return nil
}

func conflict(format string, args ...any) error {
	return &callboard.Error{Code: callboard.CodeConflict, Message: fmt.Sprintf(format, args...)}
}

func restoreAll(ctx context.Context, db *sqldb.DB, tx *sql.Tx, archive *zip.Reader, report *Report) error {
	schema, err := readSchema(ctx, db, tx)
	if err != nil {
		return err
	}
	held := map[string]Table{}
	for _, t := range report.Manifest.Tables {
		held[t.Name] = t
		known := slices.ContainsFunc(schema, func(s table) bool { return s.name == t.Name })
		if !known && t.Rows > 0 {
			report.LeftOut = append(report.LeftOut, t)
		}
	}
	for _, t := range slices.Backward(schema) {
		if _, ok := held[t.name]; ok {
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+quote(t.name)); err != nil {
				return fmt.Errorf("empty table %s: %w", t.name, err)
			}
		}
	}
	if err := forgetSearch(ctx, db, tx); err != nil {
		return err
	}
	for _, t := range schema {
		from, ok := held[t.name]
		if !ok {
			continue
		}
		if err := restoreTable(ctx, tx, archive, t, from); err != nil {
			return fmt.Errorf("table %s: %w", t.name, err)
		}
	}
	return nil
}

// forgetSearch has the search index of the database, if there is one, made anew
// from what is restored.
func forgetSearch(ctx context.Context, db *sqldb.DB, tx *sql.Tx) error {
	const progress = "search_sources"
	tables, err := db.Tables(ctx)
	if err != nil || !slices.Contains(tables, progress) {
		return err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM `+progress)
	return err
}

func restoreTable(ctx context.Context, tx *sql.Tx, archive *zip.Reader, t table, from Table) error {
	columns, err := pick(t, from)
	if err != nil || len(columns) == 0 {
		return err
	}
	f, err := archive.Open("tables/" + t.name + ".jsonl")
	if err != nil {
		return invalid("the backup lacks the table's rows", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(make([]byte, 64<<10), maxRowBytes)
	in := &inserter{tx: tx, table: t, columns: columns}
	for lines.Scan() {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		values, err := decodeRow(lines.Bytes(), len(columns))
		if err != nil {
			return invalid("a row of the backup is damaged", err)
		}
		if err := in.add(ctx, values); err != nil {
			return err
		}
	}
	if err := errors.Join(lines.Err(), in.flush(ctx)); err != nil {
		return err
	}
	if in.rows != from.Rows {
		return invalid(fmt.Sprintf("the backup has %d rows and should have %d", in.rows, from.Rows), nil)
	}
	return in.setSequences(ctx)
}

// pick returns the table's columns in the order of the backup's.
func pick(t table, from Table) ([]column, error) {
	columns := make([]column, len(from.Columns))
	for n, name := range from.Columns {
		at := slices.IndexFunc(t.columns, func(c column) bool { return c.name == name })
		if at < 0 {
			return nil, conflict("the backup has the column %s, which the table does not have", name)
		}
		columns[n] = t.columns[at]
	}
	return columns, nil
}

// inserter inserts rows, many at once.
type inserter struct {
	tx      *sql.Tx
	table   table
	columns []column
	pending []any
	rows    int64
}

func (in *inserter) atOnce() int {
	return max(1, min(maxRowsAtOnce, maxParameters/len(in.columns)))
}

func (in *inserter) add(ctx context.Context, values []any) error {
	in.pending = append(in.pending, values...)
	in.rows++
	if len(in.pending) < in.atOnce()*len(in.columns) {
		return nil
	}
	return in.flush(ctx)
}

func (in *inserter) flush(ctx context.Context) error {
	if len(in.pending) == 0 {
		return nil
	}
	_, err := in.tx.ExecContext(ctx, in.table.insert(in.columns, len(in.pending)/len(in.columns)), in.pending...)
	in.pending = in.pending[:0]
	return err
}

// setSequences has the sequences of PostgreSQL go on behind the numbers that
// were inserted. SQLite does so by itself.
func (in *inserter) setSequences(ctx context.Context) error {
	for _, c := range in.columns {
		if !c.serial {
			continue
		}
		query := fmt.Sprintf(`SELECT setval(pg_get_serial_sequence($1, $2), GREATEST(MAX(%s), 1), MAX(%[1]s) IS NOT NULL) FROM %s`,
			quote(c.name), quote(in.table.name))
		if _, err := in.tx.ExecContext(ctx, query, quote(in.table.name), c.name); err != nil {
			return err
		}
	}
	return nil
}
