// SPDX-License-Identifier: Apache-2.0

package sqlcatalog

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/callboard/callboard/portal/sqldb"
)

// reader runs queries in one transaction.
type reader struct {
	tx      *sql.Tx
	dialect sqldb.Dialect
	// watch is told of each query, for a test of their plans; nil tells nobody.
	watch func(query string, args []any)
}

// each runs the query and calls scan for each row.
func (r reader) each(ctx context.Context, query string, args []any, scan func(*sql.Rows) error) error {
	r.watched(query, args)
	rows, err := r.tx.QueryContext(ctx, r.dialect.Rebind(query), args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err has it
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (r reader) watched(query string, args []any) {
	if r.watch != nil {
		r.watch(query, args)
	}
}

// one runs a query that has exactly one row.
func (r reader) one(ctx context.Context, query string, args []any, dest ...any) error {
	r.watched(query, args)
	return r.tx.QueryRowContext(ctx, r.dialect.Rebind(query), args...).Scan(dest...)
}

// exec runs a statement.
func (r reader) exec(ctx context.Context, query string, args ...any) error {
	_, err := r.tx.ExecContext(ctx, r.dialect.Rebind(query), args...)
	return err
}

// in is the end of a condition, "column" + in, that takes one parameter made
// by [list], whatever the number of values.
func (r reader) in() string {
	return r.dialect.Pick(` IN (SELECT value FROM json_each(?))`, ` = ANY(?)`)
}

// list makes the parameter for [reader.in].
func list[T int64 | string](r reader, values []T) any {
	if r.dialect == sqldb.Postgres {
		return values
	}
	b, err := json.Marshal(values)
	if err != nil {
		panic(err) // numbers and strings always have a JSON form
	}
	return string(b)
}

// insert writes rows given one after the other in args, as into says, such as
// "catalog_names (id, name)", in as few statements as serve. Statements come in
// few sizes so that the engine's cache of prepared ones can hold them.
func (r reader) insert(ctx context.Context, into string, width int, args []any, tail string) error {
	for size := r.rowsAtOnce(width); len(args) > 0; size = max(1, size/4) {
		if len(args) < size*width {
			continue
		}
		whole := len(args) - len(args)%(size*width)
		if err := r.insertSized(ctx, insertText(r.dialect, into, width, size, tail), size*width, args[:whole]); err != nil {
			return err
		}
		args = args[whole:]
	}
	return nil
}

// insertSized runs one statement as often as its arguments go into args.
func (r reader) insertSized(ctx context.Context, query string, size int, args []any) error {
	stmt, err := r.tx.PrepareContext(ctx, query) //nolint:sqlclosecheck // it is closed, below
	if err != nil {
		return err
	}
	defer stmt.Close()
	for part := range slices.Chunk(args, size) {
		if _, err := stmt.ExecContext(ctx, part...); err != nil {
			return err
		}
	}
	return nil
}

// rowsAtOnce is the number of rows to write with one statement. The driver of
// SQLite needs time for each parameter that grows with their number, so some
// hundred are best; with PostgreSQL the way to the server counts.
func (r reader) rowsAtOnce(width int) int {
	if r.dialect == sqldb.Postgres {
		return 256
	}
	return max(1, 96/width)
}

func insertText(d sqldb.Dialect, into string, width, size int, tail string) string {
	row := "(" + strings.Repeat("?, ", width-1) + "?)"
	return d.Rebind(fmt.Sprintf("INSERT INTO %s VALUES %s%s %s", into, strings.Repeat(row+", ", size-1), row, tail))
}

// chunks calls fn for parts of values of at most size.
func chunks[T any](values []T, size int, fn func([]T) error) error {
	for len(values) > 0 {
		n := min(size, len(values))
		if err := fn(values[:n]); err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}
