// SPDX-License-Identifier: Apache-2.0

package guardedcatalog

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/permission"
)

// Store is a catalog within the caller's permissions. It is safe for
// concurrent use. A caller who sees all pays for one decision; one who sees a
// part also for what the filter costs, and for one read of the entities that
// the relations of an answer lead to.
type Store struct {
	all   catalog.Store
	kinds *catalog.Kinds
	may   *permission.Checker
}

var (
	_ catalog.Store = (*Store)(nil)
	_ catalog.Judge = (*Store)(nil)
)

// New returns a store of what callers may see of another.
func New(all catalog.Unguarded, kinds *catalog.Kinds, may *permission.Checker) *Store {
	return &Store{all: all.Store, kinds: kinds, may: may}
}

// Records returns what the caller may see; the others are not found.
func (s *Store) Records(ctx context.Context, refs []catalog.Ref) ([]catalog.Record, error) {
	v, err := s.sight(ctx, catalog.MayReadEntity)
	if err != nil {
		return nil, err
	}
	records, err := s.all.Records(ctx, refs)
	if err != nil || v.all() {
		return records, err
	}
	return s.show(ctx, v, records)
}

// RecordByUID is not found for what the caller may not see.
func (s *Store) RecordByUID(ctx context.Context, uid string) (catalog.Record, error) {
	v, err := s.sight(ctx, catalog.MayReadEntity)
	if err != nil {
		return catalog.Record{}, err
	}
	rec, err := s.all.RecordByUID(ctx, uid)
	if err != nil || v.all() {
		return rec, err
	}
	shown, err := s.show(ctx, v, []catalog.Record{rec})
	if err != nil {
		return catalog.Record{}, err
	}
	if !shown[0].Found() {
		return catalog.Record{}, &callboard.Error{Code: callboard.CodeNotFound, Message: "no entity with uid " + uid}
	}
	return shown[0], nil
}

// Query asks within what the caller may see.
func (s *Store) Query(ctx context.Context, q catalog.Query) (catalog.Page, error) {
	v, err := s.sight(ctx, catalog.MayReadEntity)
	if err != nil {
		return catalog.Page{}, err
	}
	q.Within = v.and(sight{q.Within}).filter
	page, err := s.all.Query(ctx, q)
	if err != nil || v.all() {
		return page, err
	}
	page.Items, err = s.show(ctx, v, page.Items)
	page.Items = slices.DeleteFunc(page.Items, func(r catalog.Record) bool { return !r.Found() })
	return page, err
}

// Facets counts within what the caller may see.
func (s *Store) Facets(ctx context.Context, q catalog.FacetQuery) (map[string][]catalog.Bucket, error) {
	v, err := s.sight(ctx, catalog.MayReadEntity)
	if err != nil {
		return nil, err
	}
	q.Within = v.and(sight{q.Within}).filter
	return s.all.Facets(ctx, q)
}

// show returns the records with those that the caller may not see made zero,
// and without relations to what they may not see.
func (s *Store) show(ctx context.Context, v sight, records []catalog.Record) ([]catalog.Record, error) {
	asked := make([]catalog.Ref, 0, len(records))
	relations := make([][]catalog.Relation, len(records))
	for i, rec := range records {
		if !rec.Found() {
			continue
		}
		var err error
		if relations[i], err = relationsOf(rec); err != nil {
			return nil, err
		}
		asked = append(asked, rec.Ref)
		for _, r := range relations[i] {
			asked = append(asked, r.Target)
		}
	}
	covered, hidden, err := s.sort(ctx, v, unique(asked))
	if err != nil {
		return nil, err
	}
	out := make([]catalog.Record, len(records))
	for i, rec := range records {
		if !covered[rec.Ref] {
			continue
		}
		out[i] = rec
		if slices.ContainsFunc(relations[i], func(r catalog.Relation) bool { return hidden[r.Target] }) {
			if out[i].JSON, err = without(rec, hidden); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// relationsOf reads the relations of a record, and no more of it.
func relationsOf(rec catalog.Record) ([]catalog.Relation, error) {
	var e struct {
		Relations []catalog.Relation `json:"relations"`
	}
	err := json.Unmarshal(rec.JSON, &e)
	return e.Relations, err
}

// without returns the entity without relations to what is hidden.
func without(rec catalog.Record, hidden seen) (json.RawMessage, error) {
	e, err := rec.Entity()
	if err != nil {
		return nil, err
	}
	e.Relations = slices.DeleteFunc(e.Relations, func(r catalog.Relation) bool { return hidden[r.Target] })
	return json.Marshal(e)
}

// Apply is refused: providers and the service work on the store behind.
func (s *Store) Apply(context.Context, catalog.Change) (catalog.Applied, error) {
	return catalog.Applied{}, &callboard.Error{Code: callboard.CodeForbidden, Message: "entities come from sources; register a location"}
}

// Remove deletes what the caller may delete.
func (s *Store) Remove(ctx context.Context, cause catalog.Cause, ref catalog.Ref, mode catalog.RemoveMode) error {
	if err := s.require(ctx, catalog.MayDeleteEntity, ref); err != nil {
		return err
	}
	return s.all.Remove(ctx, cause, ref, mode)
}

// require returns nil if the caller may do that to the entity. One that they
// may not see is not found.
func (s *Store) require(ctx context.Context, id string, ref catalog.Ref) error {
	records, err := s.Records(ctx, []catalog.Ref{ref})
	if err != nil {
		return err
	}
	v, err := s.sight(ctx, id)
	if err != nil {
		return err
	}
	if !records[0].Found() {
		return &callboard.Error{Code: callboard.CodeNotFound, Message: "there is no entity " + ref.String()}
	}
	e, err := records[0].Entity()
	if err != nil {
		return err
	}
	if !v.covers(e) {
		return s.may.Refusal(ctx, id)
	}
	return nil
}

// May implements [catalog.Judge].
func (s *Store) May(ctx context.Context, id string, e *catalog.Entity) bool {
	v, err := s.sight(ctx, id)
	return err == nil && (e == nil || v.covers(e))
}

// holds reports whether a condition holds of an entity, whoever asks.
func (s *Store) holds(ctx context.Context, name string, c permission.Condition) (bool, error) {
	ref, err := catalog.ParseRef(name, catalog.Ref{})
	if err != nil {
		return false, err
	}
	filter, err := Filter(c)
	if err != nil {
		return false, err
	}
	records, err := s.all.Records(ctx, []catalog.Ref{ref})
	if err != nil {
		return false, err
	}
	if !records[0].Found() {
		return false, &callboard.Error{Code: callboard.CodeNotFound, Message: "there is no entity " + ref.String()}
	}
	e, err := records[0].Entity()
	if err != nil {
		return false, err
	}
	return catalog.Match(filter, catalog.FieldsOf(e)), nil
}

// Restore brings back what the caller may see among deleted entities.
func (s *Store) Restore(ctx context.Context, cause catalog.Cause, ref catalog.Ref) error {
	v, err := s.sight(ctx, catalog.MayRestoreEntity)
	if err != nil {
		return err
	}
	if !v.all() {
		last, err := s.all.Versions(ctx, ref, 0, 1)
		if err != nil {
			return err
		}
		ok := len(last) == 1 && last[0].Op == catalog.OpDelete
		if ok {
			ok, err = s.declared(v, last[0].Previous)
		}
		if err != nil {
			return err
		}
		if !ok {
			return &callboard.Error{Code: callboard.CodeNotFound, Message: "there is no deleted entity " + ref.String()}
		}
	}
	return s.all.Restore(ctx, cause, ref)
}

// Locations returns the registered locations.
func (s *Store) Locations(ctx context.Context) ([]catalog.Location, error) {
	if err := s.may.Require(ctx, catalog.MayReadLocation); err != nil {
		return nil, err
	}
	return s.all.Locations(ctx)
}

// AddLocation registers a location.
func (s *Store) AddLocation(ctx context.Context, l catalog.Location) error {
	if err := s.may.Require(ctx, catalog.MayCreateLocation); err != nil {
		return err
	}
	return s.all.AddLocation(ctx, l)
}

// RemoveLocation unregisters a location.
func (s *Store) RemoveLocation(ctx context.Context, id string) error {
	if err := s.may.Require(ctx, catalog.MayDeleteLocation); err != nil {
		return err
	}
	return s.all.RemoveLocation(ctx, id)
}
