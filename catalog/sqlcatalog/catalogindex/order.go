// SPDX-License-Identifier: Apache-2.0

package catalogindex

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"sort"
	"sync/atomic"

	"github.com/callboard/callboard/catalog"
)

// order is what sorting by a field needs. Ranks have gaps, so that a new term
// finds room between two others.
type order struct {
	sorted []uint32 // the field's terms by value
	ranks  []uint32 // of the terms in sorted, ascending; equal where the value is
	least  []uint32 // for each entity the least rank of its terms, or 0
	born   []uint32 // terms that are not in sorted yet
	used   atomic.Int64
}

// rankStep is how far ranks are apart at the end of an order, where there is
// room without end.
const rankStep = 1024

// search returns the place of the first term whose value is not less.
func (o *order) search(d *dict, value []byte) int {
	return sort.Search(len(o.sorted), func(i int) bool { return bytes.Compare(d.text(&d.terms[o.sorted[i]]), value) >= 0 })
}

// rankOf returns the rank of a term of the order.
func (o *order) rankOf(d *dict, id uint32) uint32 { return o.ranks[o.search(d, d.text(&d.terms[id]))] }

// remove takes out terms.
func (o *order) remove(d *dict, dead []uint32) {
	places := make([]int, 0, len(dead))
	for _, id := range dead {
		value := d.text(&d.terms[id])
		i := o.search(d, value)
		for i < len(o.sorted) && o.sorted[i] != id && bytes.Equal(d.text(&d.terms[o.sorted[i]]), value) {
			i++
		}
		if i < len(o.sorted) && o.sorted[i] == id {
			places = append(places, i)
		}
	}
	slices.Sort(places)
	o.sorted, o.ranks = removeAt(o.sorted, places), removeAt(o.ranks, places)
	o.born = slices.DeleteFunc(o.born, func(id uint32) bool { return d.terms[id].is(isDead) })
}

// settle puts in the terms that were born.
func (o *order) settle(d *dict) {
	if len(o.born) == 0 {
		return
	}
	slices.SortFunc(o.born, func(a, b uint32) int { return bytes.Compare(d.text(&d.terms[a]), d.text(&d.terms[b])) })
	places := make([]int, len(o.born))
	for i, id := range o.born {
		places[i] = o.search(d, d.text(&d.terms[id]))
	}
	o.sorted, o.ranks = insertAt(o.sorted, places, o.born), insertAt(o.ranks, places, o.born)
	o.born = nil
	for i := 0; i < len(places); {
		end := i + 1
		for end < len(places) && places[end] == places[i] {
			end++
		}
		if !o.label(d, places[i]+i, places[i]+end) {
			o.relabel(d)
			return
		}
		i = end
	}
}

// label gives ranks to the terms from from to to, which stand between terms that
// have one, or reports that there is not enough room.
func (o *order) label(d *dict, from, to int) bool {
	var low, high, step uint32 = 0, math.MaxUint32, math.MaxUint32
	if from > 0 {
		low = o.ranks[from-1]
	}
	if to < len(o.sorted) {
		high = o.ranks[to]
	} else if from > 0 {
		step = rankStep
	}
	step = min(step, (high-low)/uint32(to-from+1))
	if step == 0 {
		return false
	}
	for i := from; i < to; i++ {
		o.ranks[i] = low + step*uint32(i-from+1)
		if i > 0 && o.same(d, i-1, i) {
			o.ranks[i] = o.ranks[i-1]
		}
	}
	for i := to - 1; i >= from && to < len(o.sorted) && o.same(d, i, to); i-- {
		o.ranks[i] = high
	}
	return true
}

// same reports whether the terms at two places have the same value.
func (o *order) same(d *dict, i, j int) bool {
	a, b := &d.terms[o.sorted[i]], &d.terms[o.sorted[j]]
	return a.size() == b.size() && bytes.Equal(d.text(a), d.text(b))
}

// relabel gives ranks at equal distances to all terms, with room at the end.
func (o *order) relabel(d *dict) {
	step := math.MaxUint32 / 2 / uint32(len(o.sorted)+1)
	for i := range o.sorted {
		o.ranks[i] = step * uint32(i+1)
		if i > 0 && o.same(d, i-1, i) {
			o.ranks[i] = o.ranks[i-1]
		}
	}
	clear(o.least)
	var u union
	for i, id := range slices.Backward(o.sorted) {
		u.few, u.many = u.few[:0], u.many[:0]
		d.gather(&d.terms[id], &u)
		for _, e := range u.few {
			o.least[e] = o.ranks[i]
		}
		for _, b := range u.many {
			b.Iterate(func(e uint32) bool { o.least[e] = o.ranks[i]; return true })
		}
	}
}

// lessen notes that the entity has the term.
func (o *order) lessen(d *dict, e, id uint32) {
	rank := o.rankOf(d, id)
	if had := o.least[e]; had == 0 || rank < had {
		o.least[e] = rank
	}
}

// rankAt returns the least rank of an entity, or 0.
func (o *order) rankAt(e uint32) uint32 {
	if int(e) < len(o.least) {
		return o.least[e]
	}
	return 0
}

// value returns the value with the rank.
func (o *order) value(d *dict, rank uint32) string {
	i, _ := slices.BinarySearch(o.ranks, rank)
	return string(d.text(&d.terms[o.sorted[i]]))
}

// maxOrders is how many orders are kept, that of references aside: enough for
// any one query.
const maxOrders = 2 * maxOrder

// sorts reports whether there are orders for the fields, and notes their use.
func (x *Index) sorts(list []catalog.Order) bool {
	for _, o := range list {
		if number, ok := x.names[fold(o.Field)]; ok && !x.use(number) {
			return false
		}
	}
	return true
}

// use notes the use of an order, or reports that there is none.
func (x *Index) use(number uint32) bool {
	o := x.fields[number].order
	if o != nil {
		o.used.Store(x.uses.Add(1))
	}
	return o != nil
}

// sortBy makes the orders that are missing.
func (x *Index) sortBy(list []catalog.Order) {
	for _, o := range list {
		if number, ok := x.names[fold(o.Field)]; ok && !x.use(number) {
			x.forgetOrder()
			x.makeOrder(number)
			x.use(number)
		}
	}
}

// forgetOrder gives up the order that was used longest ago if there are too many.
func (x *Index) forgetOrder() {
	if len(x.orders) < maxOrders {
		return
	}
	oldest := slices.MinFunc(x.orders, func(a, b uint32) int {
		return cmp.Compare(x.fields[a].order.used.Load(), x.fields[b].order.used.Load())
	})
	x.fields[oldest].order = nil
	x.orders = slices.DeleteFunc(x.orders, func(f uint32) bool { return f == oldest })
	x.release(oldest)
}

// makeOrder sorts the terms of a field.
func (x *Index) makeOrder(number uint32) {
	f := &x.fields[number]
	o := &order{least: make([]uint32, len(x.entities))}
	for _, id := range f.terms {
		if !x.terms[id].is(isNull) {
			o.sorted = append(o.sorted, id)
		}
	}
	slices.SortFunc(o.sorted, func(a, b uint32) int { return bytes.Compare(x.text(&x.terms[a]), x.text(&x.terms[b])) })
	o.ranks = make([]uint32, len(o.sorted))
	o.relabel(&x.dict)
	f.order = o
	x.orders = append(x.orders, number)
}
