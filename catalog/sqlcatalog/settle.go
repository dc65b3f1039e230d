// SPDX-License-Identifier: Apache-2.0

package sqlcatalog

import (
	"cmp"
	"context"
	"database/sql"

	"github.com/callboard/callboard/catalog"
)

// candidate is a claim that an entity may be served from.
type candidate struct {
	claim, document    int64
	hash               string
	provider, location string
}

// settle works out what the claims now mean for the entities that they are
// about, and writes that with its versions.
func (a *applying) settle(ctx context.Context) ([]catalog.EntityChange, error) {
	var changes []catalog.EntityChange
	err := chunks(a.touched, chunkEntities, func(part []*entity) error {
		b, err := a.decide(ctx, part)
		if err != nil {
			return err
		}
		changes = append(changes, b.changes...)
		return b.write(ctx, part)
	})
	if err != nil {
		return nil, err
	}
	if err := a.saveFresh(ctx); err != nil {
		return nil, err
	}
	return changes, a.sweep(ctx)
}

// decisions is what a part of the touched entities become.
type decisions struct {
	*applying
	changes  []catalog.EntityChange
	versions []any
	served   []served
	stored   map[int64][]link // edges of documents that did not come with the change
}

// served is an entity with the documents that it was served from and is now; 0
// is none.
type served struct {
	entity        *entity
	before, after int64
}

func (a *applying) decide(ctx context.Context, part []*entity) (*decisions, error) {
	winners, err := a.winners(ctx, part)
	if err != nil {
		return nil, err
	}
	d := &decisions{applying: a}
	for _, e := range part {
		e.touched = false
		w := winners[e.id]
		if e.suppressed {
			w = nil
		}
		if w != nil {
			d.serve(e, w)
		} else if _, ok := d.ended[e.claim]; ok { // else it was restored without a claim
			d.withdraw(e)
		}
	}
	return d, nil
}

// withdraw stops serving e.
func (d *decisions) withdraw(e *entity) {
	if e.state != stateLive {
		return
	}
	e.state = stateDeleted
	d.served = append(d.served, served{e, e.document, 0})
	d.version(e, catalog.OpDelete, 0, e.document, candidate{provider: e.source.Provider, location: e.source.Location})
}

// serve makes e what the claim says.
func (d *decisions) serve(e *entity, c *candidate) {
	op := catalog.OpUpdate
	switch {
	case e.state == stateDeleted:
		op = catalog.OpRestore
	case e.state == stateAbsent:
		op = catalog.OpCreate
	case e.hash == c.hash:
		op = ""
	}
	e.claim = c.claim
	if op == "" { // the same content: the row that a version remembers stays
		return
	}
	previous := e.document
	change := served{entity: e, after: c.document}
	if e.state == stateLive {
		change.before = previous
	}
	d.served = append(d.served, change)
	e.state, e.document, e.hash = stateLive, c.document, c.hash
	d.version(e, op, c.document, previous, *c)
}

// version notes a version of e, and what it came from unless the cause says.
func (d *decisions) version(e *entity, op catalog.Op, document, previous int64, from candidate) {
	e.version = take(&d.ids.version)
	d.versions = append(d.versions, e.version, e.id, string(op),
		cmp.Or(d.cause.Provider, from.provider), cmp.Or(d.cause.Location, from.location),
		d.cause.Actor, d.cause.Reason, micros(d.cause.Time), document, previous)
	d.changes = append(d.changes, catalog.EntityChange{Ref: refOf(e.ref), Op: op, Version: e.version})
}

func (d *decisions) write(ctx context.Context, part []*entity) error {
	if err := d.save(ctx, part); err != nil {
		return err
	}
	if err := d.writeVersions(ctx, d.versions); err != nil {
		return err
	}
	if err := d.relate(ctx); err != nil {
		return err
	}
	d.tell()
	return nil
}

func (w *writer) writeVersions(ctx context.Context, rows []any) error {
	return w.insert(ctx, `catalog_versions (number, entity_id, op, provider, location, actor, reason, time, document_id, previous_id)`, 10, rows, "")
}

// winners returns the oldest claim on each entity.
func (w *writer) winners(ctx context.Context, part []*entity) (map[int64]*candidate, error) {
	winners := make(map[int64]*candidate, len(part))
	ids := make([]int64, 0, len(part))
	for _, e := range part {
		if e.first != nil {
			winners[e.id] = e.first
		} else {
			ids = append(ids, e.id)
		}
	}
	if len(ids) == 0 {
		return winners, nil
	}
	query := `SELECT c.entity_id, c.id, c.document_id, c.hash, s.provider, s.location
		FROM catalog_claims c
		JOIN catalog_sources s ON s.id = c.source_id
		WHERE c.entity_id` + w.in()
	err := w.each(ctx, query, []any{list(w.reader, ids)}, func(rows *sql.Rows) error {
		var id int64
		c := new(candidate)
		if err := rows.Scan(&id, &c.claim, &c.document, &c.hash, &c.provider, &c.location); err != nil {
			return err
		}
		if best := winners[id]; best == nil || c.claim < best.claim {
			winners[id] = c
		}
		return nil
	})
	return winners, err
}

// sweep removes the stale documents.
func (a *applying) sweep(ctx context.Context) error {
	if len(a.stale) == 0 {
		return nil
	}
	return a.exec(ctx, `DELETE FROM catalog_documents
		WHERE id`+a.in(), list(a.reader, a.stale))
}
