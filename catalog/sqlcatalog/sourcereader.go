// SPDX-License-Identifier: Apache-2.0

package sqlcatalog

import (
	"context"
	"database/sql"
	"slices"

	"github.com/callboard/callboard/catalog"
)

// Sources returns the sources that match. See [catalog.SourceReader].
func (s *Store) Sources(ctx context.Context, q catalog.SourceQuery) ([]catalog.Source, error) {
	var w where
	w.text(`s.provider = ?`, q.Provider)
	w.text(`s.parent = ?`, q.Parent)
	w.text(`s.location = ?`, q.Location)
	if !q.DueBefore.IsZero() {
		w.add(`s.next_due > 0 AND s.next_due < ?`, micros(q.DueBefore))
	}
	if after := cleanKey(q.After); after != (catalog.SourceKey{}) {
		w.add(`(s.provider, s.parent, s.location) > (?, ?, ?)`, after.Provider, after.Parent, after.Location)
	}
	query := `SELECT s.provider, s.parent, s.location, s.hash, s.first_seen, s.checked, s.next_due,
			(SELECT COUNT(*) FROM catalog_claims c WHERE c.source_id = s.id),
			(SELECT COUNT(*) FROM catalog_problems p WHERE p.source_id = s.id)
		FROM catalog_sources s` + w.String() + `
		ORDER BY s.provider, s.parent, s.location`
	if q.Limit > 0 {
		query += ` LIMIT ?`
		w.args = append(w.args, q.Limit)
	}
	var out []catalog.Source
	err := s.read(ctx, "sources", func(r reader) error {
		out = nil
		return r.each(ctx, query, w.args, func(rows *sql.Rows) error {
			var x catalog.Source
			var first, checked, next int64
			err := rows.Scan(&x.Key.Provider, &x.Key.Parent, &x.Key.Location, &x.Hash, &first, &checked, &next, &x.Claims, &x.Problems)
			x.FirstSeen, x.Checked, x.Next = timeOf(first), timeOf(checked), timeOf(next)
			out = append(out, x)
			return err
		})
	})
	return out, err
}

const claimColumns = `e.ref, s.provider, s.parent, s.location, c.first_seen,
	(SELECT COUNT(*) FROM catalog_claims o WHERE o.entity_id = c.entity_id AND o.id < c.id)`

const claimTables = `
	FROM catalog_claims c
	JOIN catalog_entities e ON e.id = c.entity_id
	JOIN catalog_sources s ON s.id = c.source_id`

// claims returns the claims that the rest of the query selects.
func (r reader) claims(ctx context.Context, rest string, args ...any) ([]catalog.ClaimInfo, error) {
	out := []catalog.ClaimInfo{}
	err := r.each(ctx, `SELECT `+claimColumns+claimTables+rest, args, func(rows *sql.Rows) error {
		var c catalog.ClaimInfo
		var ref string
		var first, older int64
		err := rows.Scan(&ref, &c.Source.Provider, &c.Source.Parent, &c.Source.Location, &first, &older)
		c.Ref, c.FirstSeen, c.Winner = refOf(ref), timeOf(first), older == 0
		out = append(out, c)
		return err
	})
	return out, err
}

// Claims returns every claim on the reference. See [catalog.SourceReader].
func (s *Store) Claims(ctx context.Context, ref catalog.Ref) (out []catalog.ClaimInfo, err error) {
	err = s.read(ctx, "claims on "+ref.String(), func(r reader) error {
		out, err = r.claims(ctx, `
			WHERE e.ref = ?
			ORDER BY c.id`, refText(ref))
		return err
	})
	return out, err
}

// ClaimsOf returns the references that a source claims. See
// [catalog.SourceReader].
func (s *Store) ClaimsOf(ctx context.Context, key catalog.SourceKey) (out []catalog.ClaimInfo, err error) {
	k := cleanKey(key)
	err = s.read(ctx, "claims of "+key.Location, func(r reader) error {
		out, err = r.claims(ctx, `
			WHERE s.provider = ? AND s.parent = ? AND s.location = ?
			ORDER BY c.ordinal, c.id`, k.Provider, k.Parent, k.Location)
		return err
	})
	return out, err
}

// Conflicts returns references that several locations claim. See
// [catalog.SourceReader].
func (s *Store) Conflicts(ctx context.Context, after catalog.Ref, limit int) ([]catalog.Conflict, error) {
	from := ""
	if !after.IsZero() {
		from = refText(after)
	}
	var out []catalog.Conflict
	err := s.read(ctx, "conflicts", func(r reader) error {
		out = nil
		refs, err := r.contested(ctx, from, limitOf(limit))
		if err != nil || len(refs) == 0 {
			return err
		}
		claims, err := r.claims(ctx, `
			WHERE e.ref`+r.in()+`
			ORDER BY e.ref, c.id`, list(r, refs))
		for _, c := range claims {
			if n := len(out); n == 0 || out[n-1].Ref != c.Ref {
				out = append(out, catalog.Conflict{Ref: c.Ref})
			}
			last := &out[len(out)-1]
			last.Claims = append(last.Claims, c)
		}
		return err
	})
	return slices.Clip(out), err
}

// contested returns the references that more than one location claims. Two
// claims of one entity are rare, and the index on (entity_id, source_id) finds
// them without reading the claims themselves.
func (r reader) contested(ctx context.Context, after string, limit int64) ([]string, error) {
	query := `SELECT e.ref
		FROM (
			SELECT entity_id
			FROM catalog_claims
			GROUP BY entity_id
			HAVING COUNT(*) > 1
		) x
		JOIN catalog_entities e ON e.id = x.entity_id
		WHERE e.ref > ? AND (
			SELECT COUNT(DISTINCT s.location)
			FROM catalog_claims c
			JOIN catalog_sources s ON s.id = c.source_id
			WHERE c.entity_id = e.id
		) > 1
		ORDER BY e.ref
		LIMIT ?`
	var refs []string
	err := r.each(ctx, query, []any{after, limit}, func(rows *sql.Rows) error {
		var ref string
		err := rows.Scan(&ref)
		refs = append(refs, ref)
		return err
	})
	return refs, err
}
