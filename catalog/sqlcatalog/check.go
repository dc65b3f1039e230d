// SPDX-License-Identifier: Apache-2.0

package sqlcatalog

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/callboard/callboard/catalog/sqlcatalog/catalogindex"
)

// invariants are queries that find what must never be.
func invariants() []struct{ what, query string } {
	return []struct{ what, query string }{
		{"is served though nothing claims it and nobody restored it", `SELECT e.ref FROM catalog_entities e
			JOIN catalog_versions v ON v.number = e.version
			WHERE e.state = 1 AND v.op <> 'restore' AND NOT EXISTS (SELECT 1 FROM catalog_claims c WHERE c.entity_id = e.id)`},
		{"is claimed, not suppressed, and not served", `SELECT e.ref FROM catalog_entities e
			WHERE e.state <> 1 AND e.suppressed = 0 AND EXISTS (SELECT 1 FROM catalog_claims c WHERE c.entity_id = e.id)`},
		{"is not served from its oldest claim", `SELECT e.ref FROM catalog_entities e
			JOIN catalog_claims c ON c.id = (SELECT MIN(o.id) FROM catalog_claims o WHERE o.entity_id = e.id)
			WHERE e.state = 1 AND (e.claim_id <> c.id OR e.hash <> c.hash)`},
		{"has no content", `SELECT e.ref FROM catalog_entities e
			WHERE e.state > 0 AND NOT EXISTS (SELECT 1 FROM catalog_documents d WHERE d.id = e.document_id)`},
		{"differs from its last version", `SELECT e.ref FROM catalog_entities e
			LEFT JOIN catalog_versions v ON v.number = e.version AND v.entity_id = e.id
			WHERE e.state > 0 AND (v.number IS NULL OR (e.state = 2) <> (v.op = 'delete') OR e.state = 1 AND v.document_id <> e.document_id
				OR e.state = 2 AND v.previous_id <> e.document_id)`},
		{"is a version without its content", `SELECT CAST(v.number AS TEXT) FROM catalog_versions v
			WHERE (v.op = 'delete') <> (v.document_id = 0)
				OR v.document_id <> 0 AND NOT EXISTS (SELECT 1 FROM catalog_documents d WHERE d.id = v.document_id)
				OR v.previous_id <> 0 AND NOT EXISTS (SELECT 1 FROM catalog_documents d WHERE d.id = v.previous_id)`},
		{"is a claim without source, entity or content", `SELECT CAST(c.id AS TEXT) FROM catalog_claims c
			WHERE NOT EXISTS (SELECT 1 FROM catalog_sources s WHERE s.id = c.source_id)
				OR NOT EXISTS (SELECT 1 FROM catalog_entities e WHERE e.id = c.entity_id)
				OR NOT EXISTS (SELECT 1 FROM catalog_documents d WHERE d.id = c.document_id)`},
		{"is a document that nothing needs", `SELECT CAST(d.id AS TEXT) FROM catalog_documents d
			WHERE d.id NOT IN (SELECT document_id FROM catalog_claims) AND d.id NOT IN (SELECT document_id FROM catalog_versions)`},
		{"declares an edge whose end has no row", `SELECT DISTINCT CAST(r.entity_id AS TEXT) FROM catalog_relations r
			WHERE NOT EXISTS (SELECT 1 FROM catalog_entities e WHERE e.id = r.target_id)
				OR NOT EXISTS (SELECT 1 FROM catalog_entities e WHERE e.id = r.source_id)`},
		{"is a problem without a source", `SELECT CAST(p.id AS TEXT) FROM catalog_problems p
			WHERE NOT EXISTS (SELECT 1 FROM catalog_sources s WHERE s.id = p.source_id)`},
	}
}

// Check reads the whole catalog and returns what is wrong with it, as text for
// a person: nothing, unless there is a fault in the program or the database.
func (s *Store) Check(ctx context.Context) ([]string, error) {
	var found []string
	err := s.read(ctx, "check", func(r reader) error {
		found = nil
		for _, v := range invariants() {
			err := r.each(ctx, v.query+` LIMIT 20`, nil, func(rows *sql.Rows) error {
				var which string
				err := rows.Scan(&which)
				found = append(found, fmt.Sprintf("%s %s", which, v.what))
				return err
			})
			if err != nil {
				return err
			}
		}
		wrong, err := r.checkRelations(ctx)
		found = append(found, wrong...)
		return err
	})
	if err != nil {
		return nil, err
	}
	wrong, err := s.checkIndex(ctx)
	return append(found, wrong...), err
}

// checkRelations compares the relations that are stored with the edges of the
// documents that are served.
func (r reader) checkRelations(ctx context.Context) ([]string, error) {
	want := make(map[relation]bool)
	err := r.each(ctx, `SELECT e.id, d.edges
		FROM catalog_entities e
		JOIN catalog_documents d ON d.id = e.document_id
		WHERE e.state = 1`, nil, func(rows *sql.Rows) error {
		var id int64
		var text string
		if err := rows.Scan(&id, &text); err != nil {
			return err
		}
		links, err := linksOf(text)
		for _, l := range links {
			want[relation{l, id}] = true
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var found []string
	err = r.each(ctx, `SELECT source_id, name_id, target_id, entity_id FROM catalog_relations`, nil, func(rows *sql.Rows) error {
		var x relation
		err := rows.Scan(&x.source, &x.name, &x.target, &x.entity)
		if !want[x] {
			found = append(found, fmt.Sprintf("the relation %v is served and nothing declares it", x))
		}
		delete(want, x)
		return err
	})
	for x := range want {
		found = append(found, fmt.Sprintf("the relation %v is declared and not served", x))
	}
	return found, err
}

// checkIndex compares the index in memory, which changes kept up to date, with
// one that is built anew.
func (s *Store) checkIndex(ctx context.Context) ([]string, error) {
	have, err := s.current(ctx)
	if err != nil {
		return nil, err
	}
	want := &build{Index: catalogindex.New()}
	if err := s.read(ctx, "check the index", func(r reader) error { return r.fill(ctx, want) }); err != nil {
		return nil, err
	}
	var found []string
	if a, b := have.Len(), want.Len(); a != b {
		found = append(found, fmt.Sprintf("%d entities are found, %d are served", a, b))
	}
	for n := range uint32(want.Numbers()) {
		if a, b := have.Fields(n), want.Fields(n); !slices.Equal(a, b) {
			found = append(found, fmt.Sprintf("entity %d is found by %v and has %v", n, a, b))
		}
	}
	return found, nil
}
