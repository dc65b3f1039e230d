// SPDX-License-Identifier: Apache-2.0

package catalogindex

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/callboard/callboard/catalog"
)

// Query is a [catalog.Query] whose cursor was read.
type Query struct {
	Filter catalog.Filter
	Text   *catalog.Text
	Within catalog.Filter
	Order  []catalog.Order
	// At is where the page begins, or ends; nil is the start.
	At *Position
	// Limit and Offset must not be negative.
	Limit, Offset int
}

// Position is a place between two entities in an order.
type Position struct {
	// Back looks for the entities before the place, not for those behind it.
	Back bool
	// Keys are the values of the sort fields at the place, nil where missing.
	Keys []*string
	Ref  string
	// With takes in the entity that stands at the place itself.
	With bool
}

// Page is an answer to a [Query].
type Page struct {
	// Entities are the numbers, in order.
	Entities []uint32
	// Total counts all matches.
	Total int
	// More says that there are more beyond the page, in the direction asked.
	More bool
	// First and Last are the places of the first and the last entity; they are
	// zero if there is none.
	First, Last Position
}

// maxOrder bounds the sort fields of a query.
const maxOrder = 16

// Query finds a page. An error has [callboard.CodeInvalid], or is that of ctx.
// Cost: the sets that the filter names, and one step for each match.
func (x *Index) Query(ctx context.Context, q Query) (page Page, err error) {
	if len(q.Order) > maxOrder {
		return Page{}, invalid(fmt.Sprintf("at most %d sort fields are possible", maxOrder))
	}
	if q.Within != nil && slices.ContainsFunc(q.Order, func(o catalog.Order) bool { return strings.HasPrefix(fold(o.Field), relationPrefix) }) {
		return Page{}, invalid("who sees a part of the catalog cannot sort by relations; sort by a field of the entities")
	}
	x.mu.RLock()
	if x.sorts(q.Order) {
		defer x.mu.RUnlock()
		return x.query(ctx, &q)
	}
	x.mu.RUnlock()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.sortBy(q.Order)
	return x.query(ctx, &q)
}

// Matches says of each reference, in full form and lower case, whether there is
// such an entity, and whether the filter holds for it. Errors are as those of
// [Index.Query]. Cost: the sets that the filter names, and a look-up for each.
func (x *Index) Matches(ctx context.Context, f catalog.Filter, list []string) (served, matching []bool, err error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	found, err := (&search{Index: x, ctx: ctx}).filter(f)
	if err != nil {
		return nil, nil, err
	}
	served, matching = make([]bool, len(list)), make([]bool, len(list))
	for i, ref := range list {
		x.named(refs, clean(ref), func(_ uint32, t *term) bool {
			served[i] = x.live.Contains(t.post)
			matching[i] = served[i] && found.Contains(t.post)
			return false
		})
	}
	return served, matching, nil
}

func (x *Index) query(ctx context.Context, q *Query) (Page, error) {
	s, err := x.look(ctx, q.Within)
	if err != nil {
		return Page{}, err
	}
	found, err := s.matching(q.Filter, q.Text)
	if err != nil {
		return Page{}, err
	}
	total := int(found.GetCardinality())
	start := min(q.Offset, total)
	end := start + min(q.Limit, total)
	p := &picker{columns: x.columns(q.Order), most: end + 1}
	if q.At != nil {
		p.at, p.back, p.with = x.place(p.columns, q.At), q.At.Back, q.At.With
	}
	if err := p.pick(ctx, found); err != nil {
		return Page{}, err
	}
	page := Page{Total: total, More: len(p.best) > end}
	page.Entities = p.best[min(start, len(p.best)):min(end, len(p.best))]
	if p.back {
		slices.Reverse(page.Entities)
	}
	if n := len(page.Entities); n > 0 {
		page.First, page.Last = x.positionOf(p.columns, page.Entities[0]), x.positionOf(p.columns, page.Entities[n-1])
	}
	return page, nil
}

// column is one field of an order; the last of an order is the reference.
type column struct {
	*order
	desc bool
}

// Keys are twice the rank, so that there is room for what stands between two.
const (
	keyTurn    = 2 * math.MaxUint32
	keyMissing = math.MaxUint64
)

func (c *column) turned(key uint64) uint64 {
	if c.desc {
		return keyTurn - key
	}
	return key
}

// key returns the number that the entity is sorted by.
func (c *column) key(e uint32) uint64 {
	rank := c.rankAt(e)
	if rank == 0 {
		return keyMissing
	}
	return c.turned(2 * uint64(rank))
}

func (x *Index) columns(list []catalog.Order) []column {
	columns := make([]column, 0, len(list)+1)
	for _, o := range list {
		c := column{order: new(order), desc: o.Desc}
		if number, ok := x.names[fold(o.Field)]; ok {
			c.order = x.fields[number].order
		}
		columns = append(columns, c)
	}
	return append(columns, column{order: x.fields[refs].order})
}

// place returns the keys of a position, of which no entity need have any.
func (x *Index) place(columns []column, p *Position) []uint64 {
	keys := make([]uint64, len(columns))
	for i := range columns {
		value := &p.Ref
		if i < len(columns)-1 {
			value = p.Keys[i]
		}
		keys[i] = keyMissing
		if value != nil {
			keys[i] = columns[i].turned(x.between(columns[i].order, []byte(clean(*value))))
		}
	}
	return keys
}

// between returns the key of a value, which the order may not have.
func (x *Index) between(o *order, value []byte) uint64 {
	i := o.search(&x.dict, value)
	if i == len(o.sorted) {
		return 2*math.MaxUint32 - 1
	}
	key := 2 * uint64(o.ranks[i])
	if string(x.text(&x.terms[o.sorted[i]])) != string(value) {
		key--
	}
	return key
}

func (x *Index) positionOf(columns []column, e uint32) Position {
	p := Position{Keys: make([]*string, len(columns)-1), Ref: string(x.text(&x.terms[x.entities[e].ref-1]))}
	for i := range p.Keys {
		if rank := columns[i].rankAt(e); rank != 0 {
			value := columns[i].value(&x.dict, rank)
			p.Keys[i] = &value
		}
	}
	return p
}

// picker picks the first entities of an order beyond a place.
type picker struct {
	columns    []column
	at         []uint64 // nil is the start
	back, with bool
	most       int
	best       []uint32
	worst      []uint64 // the keys of the last of those that are good enough
}

// against compares an entity with a place.
func (p *picker) against(e uint32, place []uint64) int {
	for i := range p.columns {
		if c := cmp.Compare(p.columns[i].key(e), place[i]); c != 0 {
			return p.directed(c)
		}
	}
	return 0
}

func (p *picker) compare(a, b uint32) int {
	for i := range p.columns {
		if c := cmp.Compare(p.columns[i].key(a), p.columns[i].key(b)); c != 0 {
			return p.directed(c)
		}
	}
	return 0
}

func (p *picker) directed(c int) int {
	if p.back {
		return -c
	}
	return c
}

// pick leaves in p.best what is asked for, in order.
func (p *picker) pick(ctx context.Context, found *roaring.Bitmap) error {
	p.most = max(0, min(p.most, int(found.GetCardinality())))
	room := 2*p.most + 256
	p.best = make([]uint32, 0, min(room, int(found.GetCardinality())))
	entities := found.ManyIterator()
	buffer := make([]uint32, 1024)
	for n := entities.NextMany(buffer); n > 0; n = entities.NextMany(buffer) {
		if err := ctx.Err(); err != nil {
			return err
		}
		for _, e := range buffer[:n] {
			if p.at != nil {
				if c := p.against(e, p.at); c < 0 || c == 0 && !p.with {
					continue
				}
			}
			if p.worst != nil && p.against(e, p.worst) > 0 {
				continue
			}
			p.best = append(p.best, e)
			if len(p.best) == room {
				p.cut()
			}
		}
	}
	p.cut()
	return nil
}

// cut keeps the best of those that were picked.
func (p *picker) cut() {
	slices.SortFunc(p.best, p.compare)
	p.best = p.best[:min(len(p.best), p.most)]
	if n := len(p.best); n == p.most && n > 0 {
		p.worst = make([]uint64, len(p.columns))
		for i := range p.columns {
			p.worst[i] = p.columns[i].key(p.best[n-1])
		}
	}
}
