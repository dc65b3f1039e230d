// SPDX-License-Identifier: Apache-2.0

package sqlcatalog

import (
	"context"
	"database/sql"
	"sync"

	"github.com/callboard/callboard/portal/sqldb"
)

// lookup is the question asked most, for entities by reference, as one prepared
// statement: it sees one moment of the database without a transaction, which
// would be two more ways to PostgreSQL and back, and SQLite need not read the
// text again. On PostgreSQL the driver keeps statements itself, for as long as
// its connections, which are lent to database/sql for one query each; a statement
// of database/sql would be prepared and given up each time. The content and the relations are rows of their own, as a long
// document with many relations would come once for each.
type lookup struct {
	db *sqldb.DB

	mu   sync.Mutex
	stmt *sql.Stmt
}

// text returns the statement for references that stand in a condition, whose
// parameter is given twice.
func (l *lookup) text(in string) string {
	return l.db.Rebind(`SELECT e.id, e.ref, e.uid, d.etag, d.json, CAST(NULL AS TEXT) AS name
		FROM catalog_entities e
		JOIN catalog_documents d ON d.id = e.document_id
		WHERE e.state = 1 AND e.ref` + in + `
		UNION ALL
		SELECT DISTINCT r.source_id, t.ref, '', '', '', n.name
		FROM catalog_entities e
		JOIN catalog_relations r ON r.source_id = e.id
		JOIN catalog_names n ON n.id = r.name_id
		JOIN catalog_entities t ON t.id = r.target_id
		WHERE e.state = 1 AND e.ref` + in)
}

// query asks for the references. PostgreSQL plans anew each time for a list,
// whose length it does not know, which takes longer than to answer for one.
func (l *lookup) query(ctx context.Context, refs []string) (*sql.Rows, error) {
	r := reader{dialect: l.db.Dialect()}
	named := list(r, refs)
	switch {
	case r.dialect == sqldb.Postgres && len(refs) == 1:
		return l.db.SQL().QueryContext(ctx, l.text(` = ?`), refs[0], refs[0])
	case r.dialect == sqldb.Postgres:
		return l.db.SQL().QueryContext(ctx, l.text(r.in()), named, named)
	}
	stmt, err := l.prepared(ctx) //nolint:sqlclosecheck // kept for the life of the pool
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, named, named)
}

func (l *lookup) prepared(ctx context.Context) (*sql.Stmt, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stmt == nil {
		stmt, err := l.db.SQL().PrepareContext(ctx, l.text(reader{dialect: l.db.Dialect()}.in()))
		if err != nil {
			return nil, err
		}
		l.stmt = stmt
	}
	return l.stmt, nil
}

// rows returns the served entities among those named, with relations.
func (l *lookup) rows(ctx context.Context, refs []string) ([]*row, error) {
	found, err := l.query(ctx, refs)
	if err != nil {
		return nil, err
	}
	defer found.Close() //nolint:errcheck // Err has it
	var out []*row
	byID := make(map[int64]*row, len(refs))
	relations := make(map[int64][]edgeRow, len(refs))
	for found.Next() {
		f := new(row)
		var name *string
		if err := found.Scan(append(f.dest(), &name)...); err != nil {
			return nil, err
		}
		if name != nil {
			relations[f.id] = append(relations[f.id], edgeRow{source: f.id, name: *name, target: f.ref})
			continue
		}
		byID[f.id], out = f, append(out, f)
	}
	for id, edges := range relations {
		if f := byID[id]; f != nil {
			f.relations = edges
		}
	}
	return out, found.Err()
}
