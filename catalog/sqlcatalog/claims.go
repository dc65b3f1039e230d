// SPDX-License-Identifier: Apache-2.0

package sqlcatalog

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"

	"github.com/callboard/callboard/catalog"
)

// claim is a row of catalog_claims.
type claim struct {
	id, source, ordinal int64
	hash                string
	document            int64
	firstSeen           int64
	entity              *entity
	key                 catalog.SourceKey // of a new claim
}

// storedClaims returns what each source claims so far, by source and reference.
func (a *applying) storedClaims(ctx context.Context, sources []*source) (map[int64]map[string]*claim, error) {
	ids, again := a.known(sources)
	if again { // their entities must have rows to be found by
		if err := a.saveFresh(ctx); err != nil {
			return nil, err
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	stored := make(map[int64]map[string]*claim, len(ids))
	query := `SELECT c.id, c.source_id, c.ordinal, c.hash, c.document_id, c.first_seen, ` + entityColumns + `
		FROM catalog_claims c
		JOIN catalog_entities e ON e.id = c.entity_id
		WHERE c.source_id` + a.in()
	err := a.each(ctx, query, []any{list(a.reader, ids)}, func(rows *sql.Rows) error {
		c, e := new(claim), new(entity)
		dest := append([]any{&c.id, &c.source, &c.ordinal, &c.hash, &c.document, &c.firstSeen}, scanEntity(e)...)
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		c.entity = a.adopt(e)
		if stored[c.source] == nil {
			stored[c.source] = make(map[string]*claim)
		}
		stored[c.source][e.ref] = c
		return nil
	})
	return stored, err
}

// known returns the sources that have rows to compare with, and whether some of
// them occurred in the change before.
func (a *applying) known(sources []*source) (ids []int64, again bool) {
	for _, s := range sources {
		if s.id != 0 && !s.isNew {
			ids = append(ids, s.id)
		}
		again = again || a.seen[s.id]
	}
	for _, s := range sources {
		a.seen[s.id] = s.id != 0
	}
	return ids, again
}

// declared is what a part of a change declares, compared with what is stored.
type declared struct {
	*applying
	mentioned []string // references to resolve
	types     []string // of relations, to intern
	fresh     []*claim
	freshRefs []string
	changed   []*claim
	documents []*content
	moved     []*claim // only their ordinal changed
	gone      []int64
}

// compare sorts the claims of one source into new, changed, moved and gone.
func (d *declared) compare(u *catalog.SourceUpdate, s *source, stored map[string]*claim) error {
	if u.Remove {
		d.drop(stored, s.key)
		return nil
	}
	for i := range u.Claims {
		in := &u.Claims[i]
		ref := refText(in.Ref)
		c := stored[ref]
		delete(stored, ref)
		if in.Keep && c == nil {
			continue
		}
		if err := d.claim(in, ref, c, &place{s, int64(i)}); err != nil {
			return err
		}
	}
	if !u.KeepMissing {
		d.drop(stored, s.key)
		return nil
	}
	for i, c := range inOrder(stored) {
		d.move(c, int64(len(u.Claims)+i)) // behind those that were read
	}
	return nil
}

// inOrder returns claims in document order.
func inOrder(claims map[string]*claim) []*claim {
	return slices.SortedFunc(maps.Values(claims), func(a, b *claim) int {
		return cmp.Or(cmp.Compare(a.ordinal, b.ordinal), cmp.Compare(a.id, b.id))
	})
}

// place is where in a source a claim stands.
type place struct {
	*source
	ordinal int64
}

// claim compares one declaration with the stored claim, which may be nil.
func (d *declared) claim(in *catalog.Claim, ref string, c *claim, at *place) error {
	if in.Keep {
		d.move(c, at.ordinal)
		return nil
	}
	doc, err := encode(in, ref)
	if err != nil {
		return err
	}
	if c != nil && c.hash == doc.hash {
		d.move(c, at.ordinal)
		return nil
	}
	came := &content{document: doc, id: take(&d.ids.document), entity: in.Entity}
	d.documents = append(d.documents, came)
	if c == nil {
		c = &claim{id: take(&d.ids.claim), source: at.id, key: at.key, firstSeen: micros(d.cause.Time)}
		d.fresh, d.freshRefs = append(d.fresh, c), append(d.freshRefs, ref)
		d.mentioned = append(d.mentioned, ref)
	} else {
		d.changed = append(d.changed, c)
		d.leave(c)
		d.touch(c.entity, at.key)
	}
	c.ordinal, c.hash, c.document = at.ordinal, doc.hash, came.id
	for _, e := range doc.edges {
		d.mentioned = append(d.mentioned, e.source, e.target)
		d.types = append(d.types, e.name)
	}
	return nil
}

// leave notes that the claim has its document no longer. The one that the entity
// is served from, or was last, is remembered by a version.
func (d *declared) leave(c *claim) {
	c.entity.first = nil
	if c.document != c.entity.document {
		d.stale = append(d.stale, c.document)
		delete(d.contents, c.document)
	}
}

func (d *declared) move(c *claim, ordinal int64) {
	if c.ordinal != ordinal {
		c.ordinal = ordinal
		d.moved = append(d.moved, c)
	}
}

// drop takes claims away.
func (d *declared) drop(claims map[string]*claim, from catalog.SourceKey) {
	for _, c := range inOrder(claims) {
		d.gone = append(d.gone, c.id)
		d.ended[c.id] = struct{}{}
		d.leave(c)
		d.touch(c.entity, from)
	}
}

// write brings catalog_claims and catalog_documents to what was declared.
func (d *declared) write(ctx context.Context) error {
	if err := d.resolve(ctx, d.mentioned); err != nil {
		return err
	}
	if err := d.internNames(ctx, d.types); err != nil {
		return err
	}
	if err := d.writeDocuments(ctx); err != nil {
		return err
	}
	for i, c := range d.fresh {
		c.entity = d.refs[d.freshRefs[i]]
		d.touch(c.entity, c.key)
		if c.entity.fresh && c.entity.first == nil {
			c.entity.first = &candidate{claim: c.id, document: c.document, hash: c.hash, provider: c.key.Provider, location: c.key.Location}
		}
	}
	return d.writeClaims(ctx)
}

func (d *declared) writeDocuments(ctx context.Context) error {
	args := make([]any, 0, 4*len(d.documents))
	for _, c := range d.documents {
		c.edges = make([]link, len(c.document.edges))
		for i, e := range c.document.edges {
			c.edges[i] = link{d.refs[e.source].id, d.names[e.name], d.refs[e.target].id}
		}
		d.contents[c.id] = c
		args = append(args, c.id, c.etag, c.json, linksText(c.edges))
	}
	err := d.insert(ctx, `catalog_documents (id, etag, json, edges)`, 4, args, "")
	for _, c := range d.documents {
		c.json = "" // a large change would hold all of them to its end
	}
	return err
}

func (d *declared) writeClaims(ctx context.Context) error {
	var args []any
	for _, claims := range [...][]*claim{d.fresh, d.changed, d.moved} {
		for _, c := range claims {
			args = append(args, c.id, c.source, c.entity.id, c.ordinal, c.hash, c.document, c.firstSeen)
		}
	}
	err := d.insert(ctx, `catalog_claims (id, source_id, entity_id, ordinal, hash, document_id, first_seen)`, 7, args,
		`ON CONFLICT (id) DO UPDATE SET ordinal = excluded.ordinal, hash = excluded.hash, document_id = excluded.document_id`)
	if err != nil || len(d.gone) == 0 {
		return err
	}
	return d.exec(ctx, `DELETE FROM catalog_claims
		WHERE id`+d.in(), list(d.reader, d.gone))
}
