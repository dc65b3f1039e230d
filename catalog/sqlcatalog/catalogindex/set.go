// SPDX-License-Identifier: Apache-2.0

package catalogindex

import (
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// fewMost is how many entities a slice holds before a bitmap is smaller.
const fewMost = 64

// set is a set of entities: few in a sorted slice, many in a bitmap.
type set struct {
	few  []uint32
	many *roaring.Bitmap
}

func (s *set) add(e uint32) {
	if s.many != nil {
		s.many.Add(e)
		return
	}
	i, found := slices.BinarySearch(s.few, e)
	if found {
		return
	}
	s.few = slices.Insert(s.few, i, e)
	if len(s.few) > fewMost {
		s.few, s.many = nil, roaring.BitmapOf(s.few...)
	}
}

func (s *set) remove(e uint32) {
	if s.many == nil {
		if i, found := slices.BinarySearch(s.few, e); found {
			s.few = slices.Delete(s.few, i, i+1)
		}
		return
	}
	s.many.Remove(e)
	if s.many.GetCardinality() < fewMost/2 { // not at once, or a set at the limit would change all the time
		s.few, s.many = s.many.ToArray(), nil
	}
}

func (s *set) len() int {
	if s.many != nil {
		return int(s.many.GetCardinality())
	}
	return len(s.few)
}

// union gathers entities of many terms.
type union struct {
	few  []uint32
	many []*roaring.Bitmap
}

// bitmap returns the union, which must not be modified.
func (u *union) bitmap() *roaring.Bitmap {
	slices.Sort(u.few) // a bitmap takes in what ascends many times faster
	switch {
	case len(u.many) == 1 && len(u.few) == 0:
		return u.many[0]
	case len(u.many) == 0:
		return roaring.BitmapOf(u.few...)
	case len(u.few) > 0:
		return roaring.FastOr(append(u.many, roaring.BitmapOf(u.few...))...)
	}
	return roaring.FastOr(u.many...)
}
