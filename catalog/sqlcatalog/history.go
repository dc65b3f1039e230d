// SPDX-License-Identifier: Apache-2.0

package sqlcatalog

import (
	"context"
	"database/sql"
	"math"

	"github.com/callboard/callboard/catalog"
)

const selectVersions = `SELECT v.number, e.ref, v.op, v.provider, v.location, v.actor, v.reason, v.time, d.json, p.json
	FROM catalog_versions v
	JOIN catalog_entities e ON e.id = v.entity_id
	LEFT JOIN catalog_documents d ON d.id = v.document_id
	LEFT JOIN catalog_documents p ON p.id = v.previous_id`

// Versions returns the versions of one entity, or of all. See [catalog.HistoryReader].
func (s *Store) Versions(ctx context.Context, ref catalog.Ref, before int64, limit int) ([]catalog.Version, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	if ref.IsZero() {
		return s.versions(ctx, `
		WHERE v.number < ?
		ORDER BY v.number DESC
		LIMIT ?`, before, limitOf(limit))
	}
	return s.versions(ctx, `
		WHERE v.entity_id = (SELECT id FROM catalog_entities WHERE ref = ?) AND v.number < ?
		ORDER BY v.number DESC
		LIMIT ?`, refText(ref), before, limitOf(limit))
}

// Changes returns the versions behind a number. See [catalog.HistoryReader].
func (s *Store) Changes(ctx context.Context, after int64, limit int) ([]catalog.Version, error) {
	return s.versions(ctx, `
		WHERE v.number > ?
		ORDER BY v.number
		LIMIT ?`, after, limitOf(limit))
}

// limitOf is the parameter for LIMIT; 0 is no limit.
func limitOf(limit int) int64 {
	if limit <= 0 {
		return math.MaxInt64
	}
	return int64(limit)
}

func (s *Store) versions(ctx context.Context, rest string, args ...any) ([]catalog.Version, error) {
	var out []catalog.Version
	err := s.read(ctx, "versions", func(r reader) error {
		out = nil
		return r.each(ctx, selectVersions+rest, args, func(rows *sql.Rows) error {
			v, err := scanVersion(rows)
			out = append(out, v)
			return err
		})
	})
	return out, err
}

func scanVersion(rows *sql.Rows) (catalog.Version, error) {
	var v catalog.Version
	var ref string
	var at int64
	var now, before []byte
	err := rows.Scan(&v.Number, &ref, &v.Op, &v.Cause.Provider, &v.Cause.Location, &v.Cause.Actor, &v.Cause.Reason, &at, &now, &before)
	v.Ref, v.Cause.Time, v.JSON, v.Previous = refOf(ref), timeOf(at), now, before
	return v, err
}
