// SPDX-License-Identifier: Apache-2.0

package guardedcatalog

import (
	"context"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/permission"
)

// sight is what a caller may do to entities; a nil filter is to all of them.
type sight struct{ filter catalog.Filter }

// sight returns what the caller has the permission for, or the refusal of one
// who has it for nothing.
func (s *Store) sight(ctx context.Context, id string) (sight, error) {
	d, err := s.may.Decide(ctx, id)
	if err != nil {
		return sight{}, err
	}
	switch d.Effect() {
	case permission.Denied:
		return sight{}, s.may.Refusal(ctx, id)
	case permission.Allowed:
		return sight{}, nil
	}
	filter, err := Filter(d.Condition())
	return sight{filter}, err
}

// Sight returns what of the entities that are served the caller may do the
// permission to, nil for all of them, or the refusal of one who may for none.
func (s *Store) Sight(ctx context.Context, id string) (catalog.Filter, error) {
	v, err := s.sight(ctx, id)
	return v.filter, err
}

// Sees says of each reference whether there is such an entity and the caller may
// see it. It reads no entity where the store is a [catalog.Matcher].
func (s *Store) Sees(ctx context.Context, refs []catalog.Ref) ([]bool, error) {
	v, err := s.sight(ctx, catalog.MayReadEntity)
	if err != nil {
		return nil, err
	}
	if v.all() {
		v = sight{catalog.All{}}
	}
	_, matching, err := s.matches(ctx, v, refs)
	return matching, err
}

func (v sight) all() bool { return v.filter == nil }

// and is what both allow.
func (v sight) and(o sight) sight {
	switch {
	case v.all():
		return o
	case o.all():
		return v
	}
	return sight{catalog.All{v.filter, o.filter}}
}

func (v sight) covers(e *catalog.Entity) bool {
	return v.all() || catalog.Match(v.filter, catalog.FieldsOf(e))
}

// declared reports whether the sight covers an entity that is not served as it
// stands: of its relations only those are known that it declares itself.
func (s *Store) declared(v sight, content []byte) (bool, error) {
	if v.all() || content == nil {
		return true, nil
	}
	e, err := catalog.Record{JSON: content}.Entity()
	if err != nil {
		return false, err
	}
	e.Relations = nil
	edges, _ := s.kinds.Relations(e)
	for _, edge := range edges {
		if edge.Source == e.Ref() {
			e.Relations = append(e.Relations, catalog.Relation{Type: edge.Type, Target: edge.Target})
		}
	}
	return v.covers(e), nil
}

// seen is a set of references that a caller may see; nil is all of them.
type seen map[catalog.Ref]bool

func (s seen) has(ref catalog.Ref) bool { return s == nil || s[ref] }

// seen returns which of the references are served and covered.
func (s *Store) seen(ctx context.Context, v sight, refs []catalog.Ref) (seen, error) {
	if v.all() {
		return nil, nil
	}
	covered, _, err := s.sort(ctx, v, refs)
	return covered, err
}

// sort tells the references that are served and covered from those that are
// served and hidden.
func (s *Store) sort(ctx context.Context, v sight, refs []catalog.Ref) (covered, hidden seen, err error) {
	served, matching, err := s.matches(ctx, v, refs)
	if err != nil {
		return nil, nil, err
	}
	covered, hidden = seen{}, seen{}
	for i, ref := range refs {
		switch {
		case matching[i]:
			covered[ref] = true
		case served[i]:
			hidden[ref] = true
		}
	}
	return covered, hidden, nil
}

// matches asks the store, or looks at each entity if it cannot tell.
func (s *Store) matches(ctx context.Context, v sight, refs []catalog.Ref) (served, matching []bool, err error) {
	if m, ok := s.all.(catalog.Matcher); ok {
		return m.Matches(ctx, v.filter, refs)
	}
	records, err := s.all.Records(ctx, refs)
	if err != nil {
		return nil, nil, err
	}
	served, matching = make([]bool, len(refs)), make([]bool, len(refs))
	for i, rec := range records {
		if served[i] = rec.Found(); !served[i] {
			continue
		}
		e, err := rec.Entity()
		if err != nil {
			return nil, nil, err
		}
		matching[i] = v.covers(e)
	}
	return served, matching, nil
}
