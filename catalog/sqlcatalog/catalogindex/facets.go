// SPDX-License-Identifier: Apache-2.0

package catalogindex

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/callboard/callboard/catalog"
)

// Facets counts values by field, as [catalog.Reader] says. Errors are as those
// of [Index.Query]. Cost: the terms of the fields.
func (x *Index) Facets(ctx context.Context, q catalog.FacetQuery) (map[string][]catalog.Bucket, error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	s, err := x.look(ctx, q.Within)
	if err != nil {
		return nil, err
	}
	found, err := s.matching(q.Filter, q.Text)
	if err != nil {
		return nil, err
	}
	out := make(map[string][]catalog.Bucket, len(q.Fields))
	for _, name := range q.Fields {
		if out[name], err = s.facet(name, found); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// counted is a term and how many of the entities have it.
type counted struct {
	*term
	n int
}

func (s *search) facet(name string, found *roaring.Bitmap) ([]catalog.Bucket, error) {
	number, ok := s.names[fold(name)]
	if !ok {
		return []catalog.Bucket{}, s.ctx.Err()
	}
	f := &s.fields[number]
	var all []counted
	for i, id := range f.terms {
		if i%1024 == 0 && s.ctx.Err() != nil {
			return nil, s.ctx.Err()
		}
		t := &s.terms[id]
		if n := s.countIn(t, found); n > 0 && !t.is(isNull) && !s.hides(t) {
			all = append(all, counted{t, n})
		}
	}
	slices.SortFunc(all, func(a, b counted) int {
		return cmp.Or(bytes.Compare(s.text(a.term), s.text(b.term)), bytes.Compare(s.spelling(a.term), s.spelling(b.term)))
	})
	buckets := make([]catalog.Bucket, 0, len(all))
	for i, c := range all {
		if i > 0 && bytes.Equal(s.text(all[i-1].term), s.text(c.term)) {
			buckets[len(buckets)-1].Count += c.n
			continue
		}
		buckets = append(buckets, catalog.Bucket{Value: string(s.spelling(c.term)), Count: c.n})
	}
	return buckets, nil
}

// countIn counts the entities among those found that have the term.
func (x *Index) countIn(t *term, found *roaring.Bitmap) int {
	few := []uint32{t.post}
	if t.is(isMany) {
		s := &x.sets[t.post]
		if s.many != nil {
			return int(s.many.AndCardinality(found))
		}
		few = s.few
	}
	n := 0
	for _, e := range few {
		if found.Contains(e) {
			n++
		}
	}
	return n
}
