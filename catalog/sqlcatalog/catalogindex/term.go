// SPDX-License-Identifier: Apache-2.0

package catalogindex

import (
	"hash/maphash"
	"math/bits"
	"slices"
	"sort"
)

// term is one value of one field in one spelling. It lives for as long as an
// entity has it.
type term struct {
	field uint32
	off   uint32 // of the value in the field's text
	spelt uint32 // of the spelling in the field's spellings plus one; 0 if it is the value
	post  uint32 // the one entity that has it, or the number of a set
	meta  uint32 // the value's size, and flags
}

const (
	isNull   = 1 << iota // no value: the field is there, no more
	isMany               // post is the number of a set
	isDead               // no entity has it
	sizeUnit             // what one byte of the value adds to meta
)

func (t *term) is(flag uint32) bool { return t.meta&flag != 0 }
func (t *term) size() uint32        { return t.meta / sizeUnit }

// field is one field with its terms.
type field struct {
	name  string
	text  []byte   // the values of its terms, each followed by a zero byte
	spelt []byte   // spellings that are not the value, see appendSpelling
	terms []uint32 // in order of text
	waste int      // bytes of text that belong to no term
	order *order   // nil unless it was sorted by
	// borrows says that the values are references, whose text is that of the
	// field of references.
	borrows bool
}

// refs is the number of the field that holds the reference of each entity. It
// has no name, so that no filter finds it.
const refs = 0

// dict has the terms.
type dict struct {
	seed   maphash.Seed
	names  map[string]uint32 // fields by name
	fields []field
	terms  []term
	sets   []set
	slots  []uint32 // a hash table of terms by value: numbers plus one
	used   int
	dead   []uint32 // terms to bury, unless they come to life again

	noField, noTerm, noSet []uint32 // free numbers
}

func newDict() dict {
	return dict{
		seed:   maphash.MakeSeed(),
		names:  make(map[string]uint32),
		fields: []field{refs: {order: new(order)}},
		slots:  make([]uint32, 1024),
	}
}

// take returns a free number, or that of a new element of list.
func take[T any](free *[]uint32, list *[]T) uint32 {
	if n := len(*free); n > 0 {
		id := (*free)[n-1]
		*free = (*free)[:n-1]
		return id
	}
	var zero T
	*list = append(room(*list, 1), zero)
	return uint32(len(*list) - 1)
}

// fieldNamed returns the number of the field, which it makes if need be.
func (d *dict) fieldNamed(name string, borrows bool) uint32 {
	f, ok := d.names[name]
	if !ok {
		f = take(&d.noField, &d.fields)
		d.fields[f] = field{name: name, borrows: borrows}
		d.names[name] = f
	}
	return f
}

// text returns the value of a term.
func (d *dict) text(t *term) []byte {
	f := &d.fields[t.field]
	if f.borrows {
		f = &d.fields[refs]
	}
	return f.text[t.off : t.off+t.size()]
}

// spelling returns the spelling of a term.
func (d *dict) spelling(t *term) []byte {
	if t.spelt == 0 {
		return d.text(t)
	}
	return spelled(d.text(t), d.fields[t.field].spelt[t.spelt-1:])
}

// slot returns where in the hash table a value would stand if there were no others.
func (d *dict) slot(f uint32, value string) int {
	return d.slotOf(f, maphash.String(d.seed, value))
}

func (d *dict) slotOf(f uint32, hash uint64) int {
	at, _ := bits.Mul64((hash+uint64(f))*0x9E3779B97F4A7C15, uint64(len(d.slots)))
	return int(at)
}

// home returns the slot of a term's value.
func (d *dict) home(id uint32) int {
	t := &d.terms[id]
	return d.slotOf(t.field, maphash.Bytes(d.seed, d.text(t)))
}

// after returns the slot behind i.
func (d *dict) after(i int) int {
	if i++; i < len(d.slots) {
		return i
	}
	return 0
}

// named yields the terms of the field with the value, until yield returns false.
func (d *dict) named(f uint32, value string, yield func(id uint32, t *term) bool) {
	for i := d.slot(f, value); d.slots[i] != 0; i = d.after(i) {
		id := d.slots[i] - 1
		if t := &d.terms[id]; t.field == f && string(d.text(t)) == value && !yield(id, t) {
			return
		}
	}
}

// intern returns the term of the field, which it makes if need be. A new term
// is dead until an entity has it.
func (d *dict) intern(f uint32, value, spelling string, null bool) uint32 {
	if id, ok := d.find(f, value, spelling, null); ok {
		return id
	}
	owner := &d.fields[f]
	t := term{field: f, off: uint32(len(owner.text)), meta: uint32(len(value))*sizeUnit | isDead}
	owner.text = append(append(room(owner.text, len(value)+1), value...), 0)
	if spelling != value {
		t.spelt = uint32(len(owner.spelt)) + 1
		owner.spelt = appendSpelling(owner.spelt, value, spelling)
	}
	if null {
		t.meta |= isNull
	}
	return d.add(t)
}

// internRef is intern for a field of references; ref is a term of [refs].
func (d *dict) internRef(f, ref uint32) uint32 {
	t := d.terms[ref]
	value := string(d.text(&t))
	if id, ok := d.find(f, value, value, false); ok {
		return id
	}
	t.field, t.meta = f, t.size()*sizeUnit|isDead
	return d.add(t)
}

func (d *dict) find(f uint32, value, spelling string, null bool) (found uint32, ok bool) {
	d.named(f, value, func(id uint32, t *term) bool {
		if t.is(isNull) == null && string(d.spelling(t)) == spelling {
			found, ok = id, true
		}
		return !ok
	})
	return found, ok
}

func (d *dict) add(t term) uint32 {
	id := take(&d.noTerm, &d.terms)
	d.terms[id] = t
	f := &d.fields[t.field]
	f.terms = slices.Insert(f.terms, d.textAt(f, t.off), id)
	if f.order != nil && !t.is(isNull) {
		f.order.born = append(f.order.born, id)
	}
	d.dead = append(d.dead, id)
	d.used++
	if d.used*8 > len(d.slots)*7 {
		d.rehash(len(d.slots) + len(d.slots)/2)
		return id
	}
	d.enter(id)
	return id
}

// textAt returns the place of the first of the field's terms at or behind off.
func (d *dict) textAt(f *field, off uint32) int {
	n := len(f.terms)
	if n == 0 || d.terms[f.terms[n-1]].off < off {
		return n
	}
	return sort.Search(n, func(i int) bool { return d.terms[f.terms[i]].off >= off })
}

// enter puts a term into the hash table.
func (d *dict) enter(id uint32) {
	i := d.home(id)
	for d.slots[i] != 0 {
		i = d.after(i)
	}
	d.slots[i] = id + 1
}

func (d *dict) rehash(size int) {
	d.slots = make([]uint32, size)
	for i := range d.fields {
		for _, id := range d.fields[i].terms {
			d.enter(id)
		}
	}
}

// leave takes a term out of the hash table and closes the gap.
func (d *dict) leave(id uint32) {
	// behind is how far the term in slot i stands behind slot from, going round.
	behind := func(i, from int) int { return (i - from + len(d.slots)) % len(d.slots) }
	gap := d.home(id)
	for d.slots[gap] != id+1 {
		gap = d.after(gap)
	}
	for i := d.after(gap); d.slots[i] != 0; i = d.after(i) {
		if behind(i, d.home(d.slots[i]-1)) >= behind(i, gap) {
			d.slots[gap], gap = d.slots[i], i
		}
	}
	d.slots[gap] = 0
	d.used--
}

// post notes that the entity has the term.
func (d *dict) post(id, e uint32) {
	t := &d.terms[id]
	switch {
	case t.is(isDead):
		t.post = e
		t.meta &^= isDead
	case t.is(isMany):
		d.sets[t.post].add(e)
	case t.post != e:
		s := take(&d.noSet, &d.sets)
		d.sets[s].add(t.post)
		d.sets[s].add(e)
		t.post = s
		t.meta |= isMany
	}
}

// unpost is the reverse of post.
func (d *dict) unpost(id, e uint32) {
	t := &d.terms[id]
	if t.is(isMany) {
		s := &d.sets[t.post]
		if s.remove(e); s.len() > 1 {
			return
		}
		d.noSet = append(d.noSet, t.post)
		t.post, *s = s.few[0], set{}
		t.meta &^= isMany
		return
	}
	t.meta |= isDead
	d.dead = append(d.dead, id)
}

// gather adds the entities that have the term.
func (d *dict) gather(t *term, u *union) {
	switch {
	case !t.is(isMany):
		u.few = append(u.few, t.post)
	case d.sets[t.post].many != nil:
		u.many = append(u.many, d.sets[t.post].many)
	default:
		u.few = append(u.few, d.sets[t.post].few...)
	}
}

// bury removes the terms that are dead from where they stand.
func (d *dict) bury() {
	slices.Sort(d.dead)
	dead := slices.DeleteFunc(slices.Compact(d.dead), func(id uint32) bool { return !d.terms[id].is(isDead) })
	slices.SortFunc(dead, func(a, b uint32) int {
		return compareBy(d.terms[a].field, d.terms[b].field, d.terms[a].off, d.terms[b].off)
	})
	for part := range chunksBy(dead, func(id uint32) uint32 { return d.terms[id].field }) {
		d.buryIn(d.terms[part[0]].field, part)
	}
	d.noTerm = append(d.noTerm, dead...)
	d.dead = d.dead[:0]
}

// buryIn removes dead terms of one field, in order of text.
func (d *dict) buryIn(number uint32, dead []uint32) {
	f := &d.fields[number]
	if f.order != nil {
		f.order.remove(d, dead)
	}
	places := make([]int, len(dead))
	for i, id := range dead {
		d.leave(id)
		places[i] = d.textAt(f, d.terms[id].off)
		f.waste += int(d.terms[id].size()) + 1
	}
	f.terms = removeAt(f.terms, places)
	if f.waste > wasteMost && f.waste > len(f.text)/2 && !f.borrows {
		d.compact(f)
	}
	d.release(number)
}

// wasteMost is how many bytes of text may be wasted in any case.
const wasteMost = 4096

// release gives up a field that nothing has and nobody sorts by.
func (d *dict) release(number uint32) {
	f := &d.fields[number]
	if len(f.terms) == 0 && f.order == nil {
		delete(d.names, f.name)
		*f = field{}
		d.noField = append(d.noField, number)
	}
}

// compact writes the texts of a field anew, without what was left behind.
func (d *dict) compact(f *field) {
	text := make([]byte, 0, len(f.text)-f.waste)
	var spelt []byte
	for _, id := range f.terms {
		t := &d.terms[id]
		value, spelling := d.text(t), d.spelling(t)
		t.off = uint32(len(text))
		text = append(append(text, value...), 0)
		if t.spelt > 0 {
			t.spelt = uint32(len(spelt)) + 1
			spelt = appendSpelling(spelt, string(value), string(spelling))
		}
	}
	f.text, f.spelt, f.waste = text, spelt, 0
}
