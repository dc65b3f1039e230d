// SPDX-License-Identifier: Apache-2.0

package sqlcatalog

import (
	"context"
	"database/sql"
)

// writer is one writing transaction.
type writer struct {
	reader
	ids   *ids
	known *nameCache         // names that other transactions committed
	names map[string]int64   // names met here
	refs  map[string]*entity // references met here, by full form
	fresh []*entity          // those of them that have no row yet
	told  told
}

func newWriter(s *Store, tx *sql.Tx) *writer {
	return &writer{
		reader: reader{tx: tx, dialect: s.db.Dialect()},
		ids:    new(ids),
		known:  s.cache,
		names:  make(map[string]int64),
		refs:   make(map[string]*entity),
	}
}

// ids hands out the numbers of new rows. Reading them takes the lock that keeps
// writers apart.
type ids struct {
	entity, source, claim, document, version, name, problem int64

	loaded [7]int64
}

func (n *ids) values() [7]int64 {
	return [7]int64{n.entity, n.source, n.claim, n.document, n.version, n.name, n.problem}
}

func (n *ids) load(ctx context.Context, r reader) error {
	query := `SELECT entity, source, claim, document, version, name, problem
		FROM catalog_ids
		WHERE one = 1 ` + r.dialect.Pick("", "FOR UPDATE")
	err := r.one(ctx, query, nil, &n.entity, &n.source, &n.claim, &n.document, &n.version, &n.name, &n.problem)
	n.loaded = n.values()
	return err
}

func (n *ids) save(ctx context.Context, r reader) error {
	v := n.values()
	if v == n.loaded {
		return nil
	}
	return r.exec(ctx, `UPDATE catalog_ids
		SET entity = ?, source = ?, claim = ?, document = ?, version = ?, name = ?, problem = ?
		WHERE one = 1`, v[0], v[1], v[2], v[3], v[4], v[5], v[6])
}

// take returns the number and steps it.
func take(n *int64) int64 {
	*n++
	return *n - 1
}
