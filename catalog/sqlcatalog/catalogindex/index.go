// SPDX-License-Identifier: Apache-2.0

package catalogindex

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/callboard/callboard/catalog"
)

// Index is the index. Make one with [New]. It is safe for concurrent use: an
// update is seen whole or not at all.
type Index struct {
	mu sync.RWMutex
	dict
	entities []entry // by number
	live     *roaring.Bitmap
	orders   []uint32 // fields that were sorted by
	met      []uint32 // entities whose reference has no rank yet
	uses     atomic.Int64
}

// entry is what the index knows of an entity.
type entry struct {
	ref   uint32   // the term of its reference plus one
	n     uint32   // how many terms own begins with
	own   []uint32 // the terms of its document, and the relations that it declares, in pairs; both ascend
	edges []uint32 // the terms of the relations that start here, once for each that declares one
}

func (e *entry) terms() []uint32 { return e.own[:e.n] }

func (e *entry) declared() []declared {
	list := make([]declared, 0, (len(e.own)-int(e.n))/2)
	for pair := range slices.Chunk(e.own[e.n:], 2) {
		list = append(list, declared{pair[0], pair[1]})
	}
	return list
}

// set gives an entity its terms and the relations that it declares.
func (e *entry) set(terms []uint32, edges []declared) {
	e.n = uint32(len(terms))
	e.own = append(make([]uint32, 0, len(terms)+2*len(edges)), terms...)
	for _, d := range edges {
		e.own = append(e.own, d.source, d.term)
	}
}

// declared is a relation by the entity that it starts at and its term.
type declared struct{ source, term uint32 }

func (a declared) compare(b declared) int { return compareBy(a.source, b.source, a.term, b.term) }

// Entity names an entity: both parts are always the same together.
type Entity struct {
	// Number should be small: memory is needed for all numbers up to the greatest.
	Number uint32
	// Ref is the full form of the reference, in lower case.
	Ref string
}

// Change is what an entity has become.
type Change struct {
	Entity Entity
	// Served says that there is such an entity; else the rest has no meaning.
	Served bool
	// Fields are those of its document, as [catalog.Flatten] makes them, without
	// relations.
	Fields []catalog.Field
	// Edges are the relations that it declares, each once.
	Edges []Edge
}

// Edge is a relation between entities, which need not be served.
type Edge struct {
	Source Entity
	Type   string
	Target Entity
}

// New returns an index of no entities.
func New() *Index {
	return &Index{dict: newDict(), live: roaring.New()}
}

// Len returns the number of entities that are served.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return int(x.live.GetCardinality())
}

// Numbers returns how many numbers of entities there are, from 0 on.
func (x *Index) Numbers() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.entities)
}

// Update takes in changes, all of them at once for whoever asks. A change that
// was taken in before does nothing.
func (x *Index) Update(changes ...Change) {
	if len(changes) == 0 {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	var touched []uint32
	for i := range changes {
		touched = append(touched, changes[i].Entity.Number)
		touched = x.update(&changes[i], touched)
	}
	x.bury()
	byRef := x.fields[refs].order
	byRef.settle(&x.dict)
	for _, e := range x.met {
		byRef.lessen(&x.dict, e, x.entities[e].ref-1)
	}
	x.met = x.met[:0]
	for _, f := range x.orders {
		x.fields[f].order.settle(&x.dict)
	}
	x.reorder(touched)
}

// update takes in one change and adds the other entities that it touches.
func (x *Index) update(c *Change, touched []uint32) []uint32 {
	e := c.Entity.Number
	x.know(c.Entity)
	var terms []uint32
	var edges []declared
	if c.Served {
		x.live.Add(e)
		terms, edges = x.termsOf(c.Fields), x.declaredBy(c.Edges)
	} else {
		x.live.Remove(e)
	}
	old := x.entities[e]
	x.entities[e].set(terms, edges)
	differ(old.terms(), terms, compareTerms, func(id uint32) { x.unpost(id, e) }, func(id uint32) { x.post(id, e) })
	differ(old.declared(), edges, declared.compare, func(d declared) {
		x.unrelate(d)
		touched = append(touched, d.source)
	}, func(d declared) {
		x.entities[d.source].edges = append(x.entities[d.source].edges, d.term)
		x.post(d.term, d.source)
		touched = append(touched, d.source)
	})
	return touched
}

// unrelate takes away a relation that one entity declared.
func (x *Index) unrelate(d declared) {
	edges := &x.entities[d.source].edges
	i := slices.Index(*edges, d.term)
	*edges = slices.Delete(*edges, i, i+1)
	if !slices.Contains(*edges, d.term) {
		x.unpost(d.term, d.source)
	}
}

// know makes room for the entity, and returns the term of its reference.
func (x *Index) know(e Entity) uint32 {
	o := x.fields[refs].order
	if n := int(e.Number) + 1; n > len(x.entities) {
		more := n - len(x.entities)
		x.entities = append(room(x.entities, more), make([]entry, more)...)
		o.least = append(o.least, make([]uint32, n-len(o.least))...)
		for _, f := range x.orders {
			g := x.fields[f].order
			g.least = append(g.least, make([]uint32, n-len(g.least))...)
		}
	}
	known := &x.entities[e.Number]
	if known.ref == 0 {
		ref := clean(e.Ref)
		id := x.intern(refs, ref, ref, false)
		x.post(id, e.Number)
		known.ref = id + 1
		x.met = append(x.met, e.Number)
	}
	return known.ref - 1
}

// termsOf returns the terms of fields, ascending.
func (x *Index) termsOf(fields []catalog.Field) []uint32 {
	terms := make([]uint32, len(fields))
	for i := range fields {
		f := &fields[i]
		number := x.fieldNamed(clean(f.Key), false)
		if f.Null {
			terms[i] = x.intern(number, "", "", true)
		} else {
			terms[i] = x.intern(number, clean(f.Value), clean(f.Original), false)
		}
	}
	slices.Sort(terms)
	return slices.Compact(terms)
}

func (x *Index) declaredBy(edges []Edge) []declared {
	list := make([]declared, len(edges))
	for i, e := range edges {
		x.know(e.Source)
		target := x.know(e.Target)
		list[i] = declared{e.Source.Number, x.internRef(x.fieldNamed(relationPrefix+fold(e.Type), true), target)}
	}
	slices.SortFunc(list, declared.compare)
	return slices.Compact(list)
}

// relationPrefix begins the names of fields that are relations.
const relationPrefix = "relations."

// reorder finds the least terms of entities whose terms changed.
func (x *Index) reorder(touched []uint32) {
	if len(x.orders) == 0 {
		return
	}
	slices.Sort(touched)
	for _, e := range slices.Compact(touched) {
		for _, f := range x.orders {
			x.fields[f].order.least[e] = 0
		}
		for _, list := range [...][]uint32{x.entities[e].terms(), x.entities[e].edges} {
			for _, id := range list {
				t := &x.terms[id]
				if o := x.fields[t.field].order; o != nil && !t.is(isNull) {
					o.lessen(&x.dict, e, id)
				}
			}
		}
	}
}

// Fields returns the fields that the entity is found by, relations included, in
// order; nothing if it is not served.
func (x *Index) Fields(number uint32) []catalog.Field {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if !x.live.Contains(number) {
		return nil
	}
	e := x.entities[number]
	terms := slices.Concat(e.terms(), e.edges)
	slices.Sort(terms)
	out := make([]catalog.Field, 0, len(terms))
	for _, id := range slices.Compact(terms) {
		t := &x.terms[id]
		out = append(out, catalog.Field{
			Key: x.fields[t.field].name, Value: string(x.text(t)), Original: string(x.spelling(t)), Null: t.is(isNull),
		})
	}
	slices.SortFunc(out, func(a, b catalog.Field) int { return strings.Compare(a.Key+"\x00"+a.Value, b.Key+"\x00"+b.Value) })
	return out
}

func compareTerms(a, b uint32) int { return compareBy(a, b, 0, 0) }

// differ calls gone for what is only in the first of two ascending lists, and
// added for what is only in the second.
func differ[T any](before, after []T, compare func(a, b T) int, gone, added func(T)) {
	for len(before) > 0 || len(after) > 0 {
		var order int
		switch {
		case len(before) == 0:
			order = 1
		case len(after) == 0:
			order = -1
		default:
			order = compare(before[0], after[0])
		}
		if order < 0 {
			gone(before[0])
		}
		if order > 0 {
			added(after[0])
		}
		if order <= 0 {
			before = before[1:]
		}
		if order >= 0 {
			after = after[1:]
		}
	}
}

// clean makes s a text without zero bytes and invalid UTF-8.
func clean(s string) string {
	if strings.IndexByte(s, 0) < 0 && utf8.ValidString(s) {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// fold is the form in which names and values are compared.
func fold(s string) string { return strings.ToLower(clean(s)) }
