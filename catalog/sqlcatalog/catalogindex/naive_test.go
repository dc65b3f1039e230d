// SPDX-License-Identifier: Apache-2.0

package catalogindex_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/sqlcatalog/catalogindex"
)

// naive answers as the index should, by looking at everything each time.
type naive struct {
	changes map[uint32]catalogindex.Change
	served  []*entity // in order of reference
}

func newNaive() *naive { return &naive{changes: map[uint32]catalogindex.Change{}} }

// entity is a served entity with all its fields.
type entity struct {
	catalogindex.Entity
	fields map[string][]catalog.Field
}

func (n *naive) update(changes ...catalogindex.Change) {
	for _, c := range changes {
		n.changes[c.Entity.Number] = c
	}
	n.served = n.entities()
}

func (n *naive) entities() []*entity {
	all := map[uint32]*entity{}
	for number, c := range n.changes {
		if !c.Served {
			continue
		}
		e := &entity{Entity: c.Entity, fields: map[string][]catalog.Field{}}
		for _, f := range c.Fields {
			e.fields[f.Key] = append(e.fields[f.Key], f)
		}
		all[number] = e
	}
	for _, c := range n.changes {
		for _, d := range c.Edges {
			e := all[d.Source.Number]
			if !c.Served || e == nil {
				continue
			}
			f := catalog.Field{Key: "relations." + strings.ToLower(d.Type), Value: d.Target.Ref, Original: d.Target.Ref}
			if !slices.Contains(e.fields[f.Key], f) {
				e.fields[f.Key] = append(e.fields[f.Key], f)
			}
		}
	}
	return slices.SortedFunc(maps.Values(all), func(a, b *entity) int { return strings.Compare(a.Ref, b.Ref) })
}

func (e *entity) has(field string, holds func(v string) bool) bool {
	return slices.ContainsFunc(e.fields[strings.ToLower(field)], func(f catalog.Field) bool { return !f.Null && holds(f.Value) })
}

func (e *entity) matches(f catalog.Filter) bool {
	switch f := f.(type) {
	case nil:
		return true
	case catalog.All:
		return !slices.ContainsFunc(f, func(p catalog.Filter) bool { return !e.matches(p) })
	case catalog.Any:
		return slices.ContainsFunc(f, e.matches)
	case catalog.Not:
		return !e.matches(f.Filter)
	case catalog.In:
		return e.has(f.Field, func(v string) bool {
			return slices.ContainsFunc(f.Values, func(w string) bool { return strings.ToLower(w) == v })
		})
	case catalog.Exists:
		return len(e.fields[strings.ToLower(f.Field)]) > 0
	case catalog.Prefix:
		return e.has(f.Field, func(v string) bool { return strings.HasPrefix(v, strings.ToLower(f.Text)) })
	case catalog.Contains:
		return e.has(f.Field, func(v string) bool { return strings.Contains(v, strings.ToLower(f.Text)) })
	}
	panic(fmt.Sprintf("%T", f))
}

func (e *entity) matchesText(t *catalog.Text) bool {
	if t == nil {
		return true
	}
	fields := t.Fields
	if len(fields) == 0 {
		fields = []string{"metadata.name", "metadata.title", "metadata.description", "metadata.tags", "kind", "spec.type", "spec.owner"}
	}
	for word := range strings.FieldsSeq(strings.ToLower(t.Term)) {
		if !slices.ContainsFunc(fields, func(f string) bool {
			return e.has(f, func(v string) bool { return strings.Contains(v, word) })
		}) {
			return false
		}
	}
	return true
}

// least returns the value that the entity is sorted by.
func (e *entity) least(field string) (least string, ok bool) {
	for _, f := range e.fields[strings.ToLower(field)] {
		if !f.Null && (!ok || f.Value < least) {
			least, ok = f.Value, true
		}
	}
	return least, ok
}

func (e *entity) compare(o *entity, order []catalog.Order) int {
	for _, by := range order {
		a, hasA := e.least(by.Field)
		b, hasB := o.least(by.Field)
		switch {
		case hasA != hasB && hasA:
			return -1
		case hasA != hasB:
			return 1
		case a != b && by.Desc:
			return strings.Compare(b, a)
		case a != b:
			return strings.Compare(a, b)
		}
	}
	return strings.Compare(e.Ref, o.Ref)
}

func (n *naive) find(filter catalog.Filter, text *catalog.Text, order []catalog.Order) []*entity {
	found := slices.DeleteFunc(slices.Clone(n.served), func(e *entity) bool { return !e.matches(filter) || !e.matchesText(text) })
	slices.SortFunc(found, func(a, b *entity) int { return a.compare(b, order) })
	return found
}

func (n *naive) facet(q catalog.FacetQuery, field string) []catalog.Bucket {
	buckets := map[string]catalog.Bucket{}
	for _, e := range n.find(q.Filter, q.Text, nil) {
		for _, f := range e.fields[strings.ToLower(field)] {
			if f.Null {
				continue
			}
			b := buckets[f.Value]
			b.Value = min(cmp.Or(b.Value, f.Original), f.Original)
			b.Count++
			buckets[f.Value] = b
		}
	}
	list := []catalog.Bucket{}
	for _, v := range slices.Sorted(maps.Keys(buckets)) {
		list = append(list, buckets[v])
	}
	return list
}

func numbers(list []*entity) []uint32 {
	out := []uint32{}
	for _, e := range list {
		out = append(out, e.Number)
	}
	return out
}
