// SPDX-License-Identifier: Apache-2.0

package sqlcatalog

import (
	"context"
	"database/sql"

	"github.com/callboard/callboard/catalog"
)

// The states of an entity.
const (
	stateAbsent  = 0 // only referred to
	stateLive    = 1
	stateDeleted = 2
)

// entity is a row of catalog_entities while a change works on it.
type entity struct {
	id         int64
	ref        string
	state      int64
	suppressed bool
	document   int64
	claim      int64
	hash       string
	version    int64

	fresh   bool // has no row yet
	touched bool // its claims changed
	source  catalog.SourceKey
	// first is the oldest claim, if the reference came with this transaction; nil
	// if it must be looked for.
	first *candidate
}

// entityColumns are what [scanEntity] reads.
const entityColumns = `e.id, e.ref, e.state, e.suppressed, e.document_id, e.claim_id, e.hash, e.version`

func scanEntity(e *entity) []any {
	return []any{&e.id, &e.ref, &e.state, (*flag)(&e.suppressed), &e.document, &e.claim, &e.hash, &e.version}
}

// flag scans an integer as a bool.
type flag bool

// Scan implements [sql.Scanner].
func (f *flag) Scan(v any) error {
	n, _ := v.(int64)
	*f = n != 0
	return nil
}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// adopt keeps e as the one value for its reference.
func (w *writer) adopt(e *entity) *entity {
	if known := w.refs[e.ref]; known != nil {
		return known
	}
	w.refs[e.ref] = e
	return e
}

// resolve makes w.refs know each reference: as it is stored, or fresh.
func (w *writer) resolve(ctx context.Context, refs []string) error {
	unknown := make([]string, 0, len(refs))
	asked := make(map[string]struct{}, len(refs))
	for _, ref := range refs {
		if _, twice := asked[ref]; w.refs[ref] == nil && !twice {
			asked[ref] = struct{}{}
			unknown = append(unknown, ref)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	query := `SELECT ` + entityColumns + `
		FROM catalog_entities e
		WHERE e.ref` + w.in()
	err := w.each(ctx, query, []any{list(w.reader, unknown)}, func(rows *sql.Rows) error {
		e := new(entity)
		if err := rows.Scan(scanEntity(e)...); err != nil {
			return err
		}
		w.adopt(e)
		return nil
	})
	if err != nil {
		return err
	}
	for _, ref := range unknown {
		if w.refs[ref] == nil {
			e := &entity{id: take(&w.ids.entity), ref: ref, fresh: true}
			w.refs[ref] = e
			w.fresh = append(w.fresh, e)
		}
	}
	return nil
}

// save writes the rows of entities, new or not.
func (w *writer) save(ctx context.Context, entities []*entity) error {
	args := make([]any, 0, 9*len(entities))
	for _, e := range entities {
		args = append(args, e.id, e.ref, uidOf(e.ref), e.state, number(e.suppressed), e.document, e.claim, e.hash, e.version)
		e.fresh = false
	}
	return w.insert(ctx, `catalog_entities (id, ref, uid, state, suppressed, document_id, claim_id, hash, version)`, 9, args,
		`ON CONFLICT (id) DO UPDATE SET state = excluded.state, suppressed = excluded.suppressed, document_id = excluded.document_id,
			claim_id = excluded.claim_id, hash = excluded.hash, version = excluded.version`)
}

// saveFresh writes the references that are new and were not saved since.
func (w *writer) saveFresh(ctx context.Context) error {
	var left []*entity
	for _, e := range w.fresh {
		if e.fresh {
			left = append(left, e)
		}
	}
	w.fresh = nil
	return w.save(ctx, left)
}
