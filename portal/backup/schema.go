// SPDX-License-Identifier: Apache-2.0

package backup

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/callboard/callboard/portal/sqldb"
)

// table is a table as a database has it.
type table struct {
	name    string
	columns []column
	needs   []string // tables that its foreign keys point to
	dialect sqldb.Dialect
}

// column is a column as a database has it.
type column struct {
	name string
	// kind is the engine's name of the type.
	kind string
	// serial says that a sequence numbers it.
	serial bool
}

func (t table) columnNames() []string {
	names := make([]string, len(t.columns))
	for n, c := range t.columns {
		names[n] = c.name
	}
	return names
}

// plain are the types of PostgreSQL that travel as they are; others travel as
// the text that the engine writes and reads.
var plain = []string{"bigint", "integer", "smallint", "boolean", "text", "bytea", "double precision"}

func (t table) selectAll() string {
	list := make([]string, len(t.columns))
	for n, c := range t.columns {
		list[n] = quote(c.name)
		if t.dialect == sqldb.Postgres && !slices.Contains(plain, c.kind) {
			list[n] += "::text"
		}
	}
	return "SELECT " + strings.Join(list, ", ") + " FROM " + quote(t.name)
}

// insert returns the statement that inserts n rows of the columns.
func (t table) insert(columns []column, n int) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = quote(c.name)
	}
	var b strings.Builder
	b.WriteString("INSERT INTO " + quote(t.name) + " (" + strings.Join(names, ", ") + ")")
	if t.dialect == sqldb.Postgres {
		b.WriteString(" OVERRIDING SYSTEM VALUE")
	}
	b.WriteString(" VALUES ")
	for row := range n {
		if row > 0 {
			b.WriteString(", ")
		}
		b.WriteString("(")
		for i, c := range columns {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(t.placeholder(c, row*len(columns)+i+1))
		}
		b.WriteString(")")
	}
	return b.String()
}

func (t table) placeholder(c column, n int) string {
	switch {
	case t.dialect == sqldb.SQLite:
		return "?"
	case slices.Contains(plain, c.kind):
		return fmt.Sprintf("$%d::%s", n, c.kind)
	default:
		return fmt.Sprintf("CAST($%d::text AS %s)", n, c.kind)
	}
}

// quote quotes a name that came out of the database's own catalogue.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// readSchema returns the tables that belong into a backup, those that others
// point to first.
func readSchema(ctx context.Context, db *sqldb.DB, tx *sql.Tx) ([]table, error) {
	names, err := db.Tables(ctx)
	if err != nil {
		return nil, err
	}
	var tables []table
	for _, name := range names {
		if leftOut(name) {
			continue
		}
		t := table{name: name, dialect: db.Dialect()}
		if t.columns, err = readColumns(ctx, db, tx, name); err != nil {
			return nil, err
		}
		if t.needs, err = readNeeds(ctx, db, tx, name); err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	return inOrder(tables), nil
}

func readColumns(ctx context.Context, db *sqldb.DB, tx *sql.Tx, table string) ([]column, error) {
	query := db.Dialect().Pick(
		`SELECT name, type, 0
		FROM pragma_table_xinfo(?)
		WHERE hidden = 0
		ORDER BY cid`,
		`SELECT a.attname, format_type(a.atttypid, a.atttypmod),
			CASE WHEN pg_get_serial_sequence(quote_ident(c.relname), a.attname) IS NULL THEN 0 ELSE 1 END
		FROM pg_attribute a
		JOIN pg_class c ON c.oid = a.attrelid
		JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = current_schema() AND c.relname = $1
			AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
		ORDER BY a.attnum`)
	rows, err := tx.QueryContext(ctx, query, table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var columns []column
	for rows.Next() {
		var c column
		if err := rows.Scan(&c.name, &c.kind, &c.serial); err != nil {
			return nil, err
		}
		columns = append(columns, c)
	}
	return columns, rows.Err()
}

// readNeeds returns the tables that the foreign keys of a table point to.
func readNeeds(ctx context.Context, db *sqldb.DB, tx *sql.Tx, table string) ([]string, error) {
	query := db.Dialect().Pick(
		`SELECT DISTINCT "table"
		FROM pragma_foreign_key_list(?)`,
		`SELECT DISTINCT target.relname
		FROM pg_constraint k
		JOIN pg_class c ON c.oid = k.conrelid
		JOIN pg_namespace n ON n.oid = c.relnamespace
		JOIN pg_class target ON target.oid = k.confrelid
		WHERE k.contype = 'f' AND n.nspname = current_schema() AND c.relname = $1`)
	rows, err := tx.QueryContext(ctx, query, table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var needs []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		if name != table {
			needs = append(needs, name)
		}
	}
	return needs, rows.Err()
}

// inOrder puts tables behind those that they need. Tables in a circle keep
// their place.
func inOrder(tables []table) []table {
	byName := map[string]table{}
	for _, t := range tables {
		byName[t.name] = t
	}
	var out []table
	seen := map[string]bool{}
	var visit func(t table)
	visit = func(t table) {
		if seen[t.name] {
			return
		}
		seen[t.name] = true
		for _, need := range t.needs {
			if other, ok := byName[need]; ok {
				visit(other)
			}
		}
		out = append(out, t)
	}
	for _, t := range tables {
		visit(t)
	}
	return out
}
