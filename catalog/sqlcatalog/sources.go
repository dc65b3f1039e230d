// SPDX-License-Identifier: Apache-2.0

package sqlcatalog

import (
	"context"
	"database/sql"

	"github.com/callboard/callboard/catalog"
)

// source is a row of catalog_sources. Its number is 0 if there is no such
// source and none is to be.
type source struct {
	id            int64
	key           catalog.SourceKey
	hash          string
	firstSeen     int64
	checked, next int64
	isNew         bool
}

func cleanKey(k catalog.SourceKey) catalog.SourceKey {
	return catalog.SourceKey{Provider: clean(k.Provider), Parent: clean(k.Parent), Location: clean(k.Location)}
}

// sources reads and writes the rows of the sources, which it returns in the
// order of updates.
func (a *applying) sources(ctx context.Context, updates []catalog.SourceUpdate) ([]*source, error) {
	stored, err := a.storedSources(ctx, updates)
	if err != nil {
		return nil, err
	}
	out := make([]*source, len(updates))
	var args []any
	var gone []int64
	for i, u := range updates {
		key := cleanKey(u.Key)
		s := stored[key]
		switch {
		case u.Remove && s == nil:
			s = new(source)
		case u.Remove:
			gone = append(gone, s.id)
		default:
			if s == nil {
				s = &source{id: take(&a.ids.source), key: key, firstSeen: micros(a.cause.Time), isNew: true}
			}
			now := source{id: s.id, key: key, hash: clean(u.Hash), firstSeen: s.firstSeen,
				checked: micros(u.Checked), next: micros(u.Next), isNew: s.isNew}
			if s.isNew || now != *s {
				*s = now
				args = append(args, s.id, key.Provider, key.Parent, key.Location, s.hash, s.firstSeen, s.checked, s.next)
			}
		}
		out[i] = s
	}
	err = a.insert(ctx, `catalog_sources (id, provider, parent, location, hash, first_seen, checked, next_due)`, 8, args,
		`ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, checked = excluded.checked, next_due = excluded.next_due`)
	if err != nil || len(gone) == 0 {
		return out, err
	}
	return out, a.exec(ctx, `DELETE FROM catalog_sources
		WHERE id`+a.in(), list(a.reader, gone))
}

func (a *applying) storedSources(ctx context.Context, updates []catalog.SourceUpdate) (map[catalog.SourceKey]*source, error) {
	locations := make([]string, len(updates))
	for i, u := range updates {
		locations[i] = clean(u.Key.Location)
	}
	stored := make(map[catalog.SourceKey]*source)
	query := `SELECT id, provider, parent, location, hash, first_seen, checked, next_due
		FROM catalog_sources
		WHERE location` + a.in()
	err := a.each(ctx, query, []any{list(a.reader, locations)}, func(rows *sql.Rows) error {
		s := new(source)
		err := rows.Scan(&s.id, &s.key.Provider, &s.key.Parent, &s.key.Location, &s.hash, &s.firstSeen, &s.checked, &s.next)
		stored[s.key] = s
		return err
	})
	return stored, err
}
