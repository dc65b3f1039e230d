// SPDX-License-Identifier: Apache-2.0

package catalogindex

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

// maxConditions bounds what a filter and a text may ask, where looking through
// all values of a field counts as [scanCost] conditions.
const (
	maxConditions = 10_000
	scanCost      = 10
)

// textFields are searched when a text names none.
func textFields() []string {
	return []string{"metadata.name", "metadata.title", "metadata.description", "metadata.tags", "kind", "spec.type", "spec.owner"}
}

// search finds the entities that conditions select. The bitmaps that it returns
// may be the index's own and must not be modified.
type search struct {
	*Index
	ctx  context.Context //nolint:containedctx // a search is one call
	cost int
	// sight is what the caller may see; nil is everything. Relations to other
	// entities are not there.
	sight *roaring.Bitmap
}

// look begins a search within what the caller may see.
func (x *Index) look(ctx context.Context, within catalog.Filter) (*search, error) {
	s := &search{Index: x, ctx: ctx}
	if within == nil {
		return s, nil
	}
	sight, err := s.filter(within)
	if err != nil {
		return nil, err
	}
	s.sight = roaring.And(sight, x.live)
	return s, nil
}

// hides reports whether a term is a relation to what the caller may not see.
func (s *search) hides(t *term) bool {
	f := &s.fields[t.field]
	if s.sight == nil || !f.borrows {
		return false
	}
	target := s.terms[s.fields[refs].terms[s.textAt(&s.fields[refs], t.off)]].post
	return s.live.Contains(target) && !s.sight.Contains(target)
}

// matching returns the served entities that the filter and the text select.
func (s *search) matching(f catalog.Filter, t *catalog.Text) (*roaring.Bitmap, error) {
	found, err := s.filter(f)
	if err != nil {
		return nil, err
	}
	words, err := s.words(t)
	if err != nil {
		return nil, err
	}
	parts := append(words, found)
	if f != nil || len(words) > 0 { // entities that are not served may have relations
		parts = append(parts, s.live)
	}
	if s.sight != nil {
		parts = append(parts, s.sight)
	}
	return intersection(parts), nil
}

// intersection returns what all sets have, of which there is one at least.
func intersection(parts []*roaring.Bitmap) *roaring.Bitmap {
	slices.SortFunc(parts, func(a, b *roaring.Bitmap) int { return cmp.Compare(a.GetCardinality(), b.GetCardinality()) })
	found := parts[0]
	for _, p := range parts[1:] {
		if p != found {
			found = roaring.And(found, p)
		}
	}
	return found
}

// spend counts conditions, and stops when the caller has gone.
func (s *search) spend(n int) error {
	if s.cost += n; s.cost > maxConditions {
		return invalid("the filter and the search have too many conditions; ask for less at once")
	}
	return s.ctx.Err()
}

func (s *search) filter(f catalog.Filter) (*roaring.Bitmap, error) {
	if err := s.spend(1); err != nil {
		return nil, err
	}
	switch f := f.(type) {
	case nil:
		return s.live, nil
	case catalog.All:
		parts, err := s.each(f)
		return intersection(append(parts, s.live)), err
	case catalog.Any:
		parts, err := s.each(f)
		return (&union{many: parts}).bitmap(), err
	case catalog.Not:
		part, err := s.filter(f.Filter)
		if err != nil {
			return nil, err
		}
		return roaring.AndNot(s.live, part), nil
	case catalog.In:
		return s.in(f), nil
	case catalog.Exists:
		return s.scan(f.Field, func(*term) bool { return true }), nil
	case catalog.Prefix:
		prefix := []byte(fold(f.Text))
		return s.scan(f.Field, func(t *term) bool { return !t.is(isNull) && bytes.HasPrefix(s.text(t), prefix) }), s.spend(scanCost)
	case catalog.Contains:
		return s.contains(f.Field, fold(f.Text)), s.spend(scanCost)
	}
	return nil, invalid(fmt.Sprintf("unknown kind of filter %T", f))
}

func (s *search) each(filters []catalog.Filter) ([]*roaring.Bitmap, error) {
	parts := make([]*roaring.Bitmap, 0, len(filters)+1)
	for _, f := range filters {
		part, err := s.filter(f)
		if err != nil {
			return []*roaring.Bitmap{s.live}, err
		}
		parts = append(parts, part)
	}
	return parts, nil
}

func (s *search) in(f catalog.In) *roaring.Bitmap {
	var u union
	if number, ok := s.names[fold(f.Field)]; ok {
		for _, v := range f.Values {
			s.named(number, fold(v), func(_ uint32, t *term) bool {
				if !t.is(isNull) && !s.hides(t) {
					s.gather(t, &u)
				}
				return true
			})
		}
	}
	return u.bitmap()
}

// scan looks at all terms of a field.
func (s *search) scan(name string, holds func(*term) bool) *roaring.Bitmap {
	var u union
	if number, ok := s.names[fold(name)]; ok {
		for _, id := range s.fields[number].terms {
			if t := &s.terms[id]; holds(t) && !s.hides(t) {
				s.gather(t, &u)
			}
		}
	}
	return u.bitmap()
}

// contains finds a text within the values of a field.
func (s *search) contains(name, part string) *roaring.Bitmap {
	number, ok := s.names[fold(name)]
	if !ok {
		return roaring.New()
	}
	f := &s.fields[number]
	if f.borrows || part == "" {
		return s.scan(name, func(t *term) bool { return !t.is(isNull) && bytes.Contains(s.text(t), []byte(part)) })
	}
	var u union
	s.within(f, []byte(part), &u)
	return u.bitmap()
}

// within searches all texts of a field as one.
func (s *search) within(f *field, part []byte, u *union) {
	at, next := uint32(0), 0 // where in the text, and the term to look at next
	for len(f.terms) > 0 {
		hit := bytes.Index(f.text[at:], part)
		if hit < 0 {
			return
		}
		at += uint32(hit)
		next = s.reach(f, next, at)
		t := &s.terms[f.terms[next]]
		end := t.off + t.size()
		switch {
		case at < t.off: // in what terms left behind that are gone
			at = t.off
		case at < end:
			s.gather(t, u)
			at = end
		case next+1 == len(f.terms):
			return
		default:
			at = s.terms[f.terms[next+1]].off
		}
	}
}

// reach returns the place of the last term at or before off, not before from.
func (s *search) reach(f *field, from int, off uint32) int {
	step := 1
	for from+step < len(f.terms) && s.terms[f.terms[from+step]].off <= off {
		from += step
		step *= 2
	}
	for ; step > 0; step /= 2 {
		if from+step < len(f.terms) && s.terms[f.terms[from+step]].off <= off {
			from += step
		}
	}
	return from
}

// words returns for each word of a text the entities that have it.
func (s *search) words(t *catalog.Text) ([]*roaring.Bitmap, error) {
	if t == nil {
		return nil, nil
	}
	fields := t.Fields
	if len(fields) == 0 {
		fields = textFields()
	}
	var found []*roaring.Bitmap
	for word := range strings.FieldsSeq(fold(t.Term)) {
		var u union
		for _, name := range fields {
			if err := s.spend(scanCost); err != nil {
				return nil, err
			}
			u.many = append(u.many, s.contains(name, word))
		}
		found = append(found, u.bitmap())
	}
	return found, nil
}

func invalid(message string) error {
	return &callboard.Error{Code: callboard.CodeInvalid, Message: message}
}
