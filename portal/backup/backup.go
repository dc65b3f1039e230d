// SPDX-License-Identifier: Apache-2.0

// Package backup writes all tables of a portal's database into one file, as of
// one moment, while the portal runs, and reads them back. The file is the same
// for both engines, so a backup of SQLite restores into PostgreSQL and the
// other way round.
//
//	manifest, err := backup.Write(ctx, db, file, nil)
//	...
//	report, err := backup.Restore(ctx, db, file, size, nil)
//
// The file is a zip archive: manifest.json, a [Manifest], and for each table
// tables/NAME.jsonl, one JSON array for each row. Tables that record applied
// migrations are not in it: the manifest has their versions, and Restore wants
// a database of the same versions, which a portal of the same release makes.
package backup

import (
	"archive/zip"
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/sqldb"
)

// Format names the layout of the file. A program refuses formats that it does
// not know.
const Format = "callboard-backup/1"

const manifestName = "manifest.json"

// Manifest says what a backup holds.
type Manifest struct {
	// Format is [Format].
	Format string `json:"format"`
	// Created is when the backup was made.
	Created time.Time `json:"created"`
	// Dialect is the engine that it was made from.
	Dialect sqldb.Dialect `json:"dialect"`
	// Versions are the last applied migration of each module.
	Versions map[string]int64 `json:"versions"`
	// Tables are in the order in which they can be filled.
	Tables []Table `json:"tables"`
}

// Table is one table of a backup.
type Table struct {
	// Name is the table's.
	Name string `json:"name"`
	// Columns are in the order of the values of each row.
	Columns []string `json:"columns"`
	// Rows counts them.
	Rows int64 `json:"rows"`
}

// Rows returns the number of rows in all tables.
func (m Manifest) Rows() int64 {
	var n int64
	for _, t := range m.Tables {
		n += t.Rows
	}
	return n
}

// Options configures [Write]; the zero value and nil are the defaults.
type Options struct {
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Write writes a backup of db to w, as of the moment at which it begins.
func Write(ctx context.Context, db *sqldb.DB, w io.Writer, opts *Options) (Manifest, error) {
	now := time.Now
	if opts != nil && opts.Now != nil {
		now = opts.Now
	}
	m := Manifest{Format: Format, Created: now().UTC(), Dialect: db.Dialect()}
	var err error
	if m.Versions, err = db.Versions(ctx); err != nil {
		return m, fmt.Errorf("backup: %w", err)
	}
	archive := zip.NewWriter(w)
	begun := false
	err = db.ReadTx(ctx, func(tx *sql.Tx) error {
		if begun { // what was written cannot be taken back
			return &callboard.Error{Code: callboard.CodeUnavailable, Message: "the database gave the reading up; try again"}
		}
		begun = true
		tables, err := readSchema(ctx, db, tx)
		if err != nil {
			return err
		}
		for _, t := range tables {
			written, err := writeTable(ctx, tx, archive, t)
			if err != nil {
				return fmt.Errorf("table %s: %w", t.name, err)
			}
			m.Tables = append(m.Tables, written)
		}
		return nil
	})
	if err == nil {
		err = writeManifest(archive, m)
	}
	if err == nil {
		err = archive.Close()
	}
	if err != nil {
		return m, fmt.Errorf("backup: %w", err)
	}
	return m, nil
}

func writeManifest(archive *zip.Writer, m Manifest) error {
	w, err := archive.Create(manifestName)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(m)
}

func writeTable(ctx context.Context, tx *sql.Tx, archive *zip.Writer, t table) (Table, error) {
	out := Table{Name: t.name, Columns: t.columnNames()}
	entry, err := archive.Create("tables/" + t.name + ".jsonl")
	if err != nil {
		return out, err
	}
	rows, err := tx.QueryContext(ctx, t.selectAll())
	if err != nil {
		return out, err
	}
	defer rows.Close()
	w := bufio.NewWriter(entry)
	values := make([]any, len(t.columns))
	targets := make([]any, len(values))
	for n := range values {
		targets[n] = &values[n]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return out, err
		}
		line, err := encodeRow(values)
		if err != nil {
			return out, err
		}
		if _, err := w.Write(line); err != nil {
			return out, err
		}
		out.Rows++
	}
	if err := rows.Err(); err != nil {
		return out, err
	}
	return out, w.Flush()
}

// leftOut reports whether a table is no part of a backup: it records applied
// migrations, which the restoring program applies itself, which processes were
// alive, or who was signed in, which a restored portal must not believe, or it is
// of the search index, which is made anew from what it is about.
func leftOut(name string) bool {
	return strings.HasPrefix(name, "goose_") || strings.HasPrefix(name, "search_") ||
		slices.Contains([]string{"river_migration", "river_leader", "river_client", "river_client_queue", "jobs_worker",
			"auth_session", "auth_flow", "auth_logout", "auth_device"}, name)
}
