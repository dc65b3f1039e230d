// SPDX-License-Identifier: Apache-2.0

package sqlcatalog

import (
	"context"
	"database/sql"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/sqldb"
)

// Locations returns the registered locations. See [catalog.LocationStore].
func (s *Store) Locations(ctx context.Context) ([]catalog.Location, error) {
	var out []catalog.Location
	err := s.read(ctx, "locations", func(r reader) error {
		out = nil
		return r.each(ctx, `SELECT id, type, target
			FROM catalog_locations
			ORDER BY target, type`, nil, func(rows *sql.Rows) error {
			var l catalog.Location
			err := rows.Scan(&l.ID, &l.Type, &l.Target)
			out = append(out, l)
			return err
		})
	})
	return out, err
}

// AddLocation registers a location. See [catalog.LocationStore].
func (s *Store) AddLocation(ctx context.Context, l catalog.Location) error {
	_, err := s.db.Exec(ctx, `INSERT INTO catalog_locations (id, type, target)
		VALUES (?, ?, ?)`, clean(l.ID), clean(l.Type), clean(l.Target))
	if sqldb.IsUnique(err) {
		return &callboard.Error{Code: callboard.CodeConflict, Message: "the location " + l.Type + ":" + l.Target + " is registered already", Err: err}
	}
	return failed("add location", err)
}

// RemoveLocation unregisters a location. See [catalog.LocationStore].
func (s *Store) RemoveLocation(ctx context.Context, id string) error {
	res, err := s.db.Exec(ctx, `DELETE FROM catalog_locations
		WHERE id = ?`, clean(id))
	if err != nil {
		return failed("remove location", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return &callboard.Error{Code: callboard.CodeNotFound, Message: "there is no location " + id, Err: err}
	}
	return nil
}
