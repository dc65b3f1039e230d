// SPDX-License-Identifier: Apache-2.0

package sqlcatalog

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

// row is an entity as it is read, before its relations are added.
type row struct {
	id             int64
	ref, uid, etag string
	text           []byte
	relations      []edgeRow
}

const rowColumns = `e.id, e.ref, e.uid, d.etag, d.json`

func (r *row) dest() []any { return []any{&r.id, &r.ref, &r.uid, &r.etag, &r.text} }

// Records returns the entities asked for, in the order asked. See [catalog.Reader].
func (s *Store) Records(ctx context.Context, refs []catalog.Ref) ([]catalog.Record, error) {
	out := make([]catalog.Record, len(refs))
	if len(refs) == 0 {
		return out, ctx.Err()
	}
	texts := make([]string, len(refs))
	for i, ref := range refs {
		texts[i] = refText(ref)
	}
	found, err := s.named.rows(ctx, texts)
	if err != nil {
		return nil, failed("records", err)
	}
	byRef := make(map[string]catalog.Record, len(found))
	for _, f := range found {
		byRef[f.ref] = f.record()
	}
	for i, text := range texts {
		out[i] = byRef[text]
	}
	return out, nil
}

// RecordByUID returns the entity with the identifier. See [catalog.Reader].
func (s *Store) RecordByUID(ctx context.Context, uid string) (catalog.Record, error) {
	var found []*row
	err := s.read(ctx, "record by uid", func(r reader) error {
		var err error
		found, err = r.rows(ctx, `e.uid = ?`, clean(uid))
		return err
	})
	if err != nil {
		return catalog.Record{}, err
	}
	if len(found) == 0 {
		return catalog.Record{}, &callboard.Error{Code: callboard.CodeNotFound, Message: "there is no entity with the uid " + uid}
	}
	return found[0].record(), nil
}

// rows returns the served entities that the condition selects, with relations.
func (r reader) rows(ctx context.Context, condition string, args ...any) ([]*row, error) {
	query := `SELECT ` + rowColumns + `
		FROM catalog_entities e
		JOIN catalog_documents d ON d.id = e.document_id
		WHERE e.state = 1 AND ` + condition
	var out []*row
	err := r.each(ctx, query, args, func(rows *sql.Rows) error {
		f := new(row)
		out = append(out, f)
		return rows.Scan(f.dest()...)
	})
	if err != nil {
		return nil, err
	}
	return out, r.relate(ctx, out)
}

// relate adds the relations to rows.
func (r reader) relate(ctx context.Context, rows []*row) error {
	if len(rows) == 0 {
		return nil
	}
	ids := make([]int64, len(rows))
	for i, f := range rows {
		ids[i] = f.id
	}
	relations, err := r.relationsOf(ctx, ids)
	for _, f := range rows {
		f.relations = relations[f.id]
	}
	return err
}

// record puts the relations into the stored JSON.
func (r *row) record() catalog.Record {
	slices.SortFunc(r.relations, func(a, b edgeRow) int {
		if c := strings.Compare(a.name, b.name); c != 0 {
			return c
		}
		return strings.Compare(a.target, b.target)
	})
	b := make([]byte, 0, len(r.text)+32+96*len(r.relations))
	b = append(b, r.text[:len(r.text)-1]...)
	b = append(b, `,"relations":[`...)
	for i, e := range r.relations {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"type":`...)
		b = appendText(b, e.name)
		b = append(b, `,"targetRef":`...)
		b = appendText(b, e.target)
		b = append(b, '}')
	}
	b = append(b, `]}`...)
	return catalog.Record{Ref: refOf(r.ref), UID: r.uid, ETag: r.etag, JSON: b}
}

// appendText appends s as a JSON text.
func appendText(b []byte, s string) []byte {
	plain := true
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			plain = false
			break
		}
	}
	if plain {
		b = append(b, '"')
		b = append(b, s...)
		return append(b, '"')
	}
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always has a JSON form
	}
	return append(b, text...)
}
