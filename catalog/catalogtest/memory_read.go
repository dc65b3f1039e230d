// SPDX-License-Identifier: Apache-2.0

package catalogtest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

// cursor is where a page ended, and the query that it belongs to.
type cursor struct {
	query catalog.Query
	edge  sortKey
	back  bool
}

// sortKey is an entity's place in an order.
type sortKey struct {
	values []string // one for each sort field
	has    []bool
	ref    catalog.Ref
}

// Records implements [catalog.Reader].
func (s *MemoryStore) Records(ctx context.Context, refs []catalog.Ref) ([]catalog.Record, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	found := make([]catalog.Record, len(refs))
	index := s.relationIndex()
	for i, ref := range refs {
		if e := s.entities[ref]; e != nil && e.live {
			found[i] = s.recordOf(ref, index).Record
		}
	}
	return found, nil
}

// RecordByUID implements [catalog.Reader].
func (s *MemoryStore) RecordByUID(ctx context.Context, uid string) (catalog.Record, error) {
	if err := ctx.Err(); err != nil {
		return catalog.Record{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for ref, e := range s.entities {
		if e.live && e.uid == uid {
			return s.recordOf(ref, s.relationIndex()).Record, nil
		}
	}
	return catalog.Record{}, fail(callboard.CodeNotFound, "no entity has the uid %q", uid)
}

// full is a record with its entity and fields.
type full struct {
	catalog.Record
	fields map[string][]catalog.Field
}

// relationIndex returns the relations of every entity: the edges that live
// winners declare, by where they start.
func (s *MemoryStore) relationIndex() map[catalog.Ref][]catalog.Relation {
	index := map[catalog.Ref][]catalog.Relation{}
	for _, e := range s.entities {
		if !e.live {
			continue
		}
		for _, edge := range e.relations {
			index[edge.Source] = append(index[edge.Source], catalog.Relation{Type: edge.Type, Target: edge.Target})
		}
	}
	for ref, rs := range index {
		slices.SortFunc(rs, func(a, b catalog.Relation) int {
			return cmp.Or(cmp.Compare(a.Type, b.Type), a.Target.Compare(b.Target))
		})
		index[ref] = slices.Compact(rs)
	}
	return index
}

func (s *MemoryStore) recordOf(ref catalog.Ref, index map[catalog.Ref][]catalog.Relation) full {
	e := s.entities[ref]
	c := e.content.Clone()
	c.Metadata.UID, c.Metadata.ETag = e.uid, e.etag
	c.Relations = index[ref]
	if c.Relations == nil {
		c.Relations = []catalog.Relation{}
	}
	b, err := json.Marshal(c)
	if err != nil {
		panic(fmt.Sprintf("catalogtest: %s was rendered before: %v", ref, err))
	}
	f := full{catalog.Record{Ref: ref, UID: e.uid, ETag: e.etag, JSON: b}, map[string][]catalog.Field{}}
	for _, x := range catalog.Flatten(c) {
		f.fields[x.Key] = append(f.fields[x.Key], x)
	}
	return f
}

// matching returns what the filter and text select, in order of reference.
func (s *MemoryStore) matching(filter catalog.Filter, text *catalog.Text, within catalog.Filter) []full {
	index := s.relationIndex()
	seen := map[string]bool{}
	all := []full{}
	for _, ref := range s.live() {
		f := s.recordOf(ref, index)
		if seen[ref.String()] = matches(within, f); seen[ref.String()] {
			all = append(all, f)
		}
	}
	found := []full{}
	for _, f := range all {
		for key, fields := range f.fields {
			if strings.HasPrefix(key, "relations.") {
				f.fields[key] = slices.DeleteFunc(fields, func(x catalog.Field) bool {
					shown, served := seen[x.Value]
					return served && !shown
				})
			}
		}
		if matches(filter, f) && matchesText(text, f) {
			found = append(found, f)
		}
	}
	return found
}

// Query implements [catalog.Reader].
func (s *MemoryStore) Query(ctx context.Context, q catalog.Query) (catalog.Page, error) {
	if err := ctx.Err(); err != nil {
		return catalog.Page{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var at *cursor
	if q.Cursor != "" {
		c, ok := s.cursors[q.Cursor]
		if !ok {
			return catalog.Page{}, fail(callboard.CodeInvalid, "the cursor %q was not made here", q.Cursor)
		}
		at = &c
		q.Filter, q.Text, q.Order, q.Offset = c.query.Filter, c.query.Text, c.query.Order, 0
		q.Limit = cmp.Or(q.Limit, c.query.Limit)
	}
	limit, err := pageSize(q)
	if err != nil {
		return catalog.Page{}, err
	}
	if q.Within != nil && slices.ContainsFunc(q.Order, func(o catalog.Order) bool { return strings.HasPrefix(strings.ToLower(o.Field), "relations.") }) {
		return catalog.Page{}, fail(callboard.CodeInvalid, "with Within there is no order by relations")
	}
	q.Limit = limit
	found := s.matching(q.Filter, q.Text, q.Within)
	slices.SortStableFunc(found, func(a, b full) int {
		return compareKeys(q.Order, keyOf(q.Order, a), keyOf(q.Order, b))
	})
	return s.page(q, found, at), nil
}

func pageSize(q catalog.Query) (int, error) {
	if q.Limit < 0 || q.Limit > catalog.MaxLimit || q.Offset < 0 {
		return 0, fail(callboard.CodeInvalid, "limit must be 1 to %d and offset at least 0", catalog.MaxLimit)
	}
	return cmp.Or(q.Limit, catalog.DefaultLimit), nil
}

// page cuts one page out of all that was found.
func (s *MemoryStore) page(q catalog.Query, found []full, at *cursor) catalog.Page {
	start := min(q.Offset, len(found))
	end := min(start+q.Limit, len(found))
	if at != nil {
		behind := func(f full) bool { return compareKeys(q.Order, keyOf(q.Order, f), at.edge) > 0 }
		before := func(f full) bool { return compareKeys(q.Order, keyOf(q.Order, f), at.edge) < 0 }
		if at.back {
			end = len(found)
			for end > 0 && !before(found[end-1]) {
				end--
			}
			start = max(0, end-q.Limit)
		} else {
			start = 0
			for start < len(found) && !behind(found[start]) {
				start++
			}
			end = min(start+q.Limit, len(found))
		}
	}
	p := catalog.Page{Total: len(found), Items: []catalog.Record{}}
	if q.SkipTotal {
		p.Total = -1
	}
	for _, f := range found[start:end] {
		p.Items = append(p.Items, f.Record)
	}
	if end < len(found) && end > start {
		p.Next = s.keep(cursor{q, keyOf(q.Order, found[end-1]), false})
	}
	if start > 0 && start < len(found) {
		p.Prev = s.keep(cursor{q, keyOf(q.Order, found[start]), true})
	}
	return p
}

func (s *MemoryStore) keep(c cursor) string {
	token := fmt.Sprintf("memory-%d", s.next())
	s.cursors[token] = c
	return token
}

func keyOf(order []catalog.Order, f full) sortKey {
	k := sortKey{values: make([]string, len(order)), has: make([]bool, len(order)), ref: f.Ref}
	for i, o := range order {
		for _, x := range f.fields[strings.ToLower(o.Field)] {
			if !x.Null && (!k.has[i] || x.Value < k.values[i]) {
				k.values[i], k.has[i] = x.Value, true
			}
		}
	}
	return k
}

func compareKeys(order []catalog.Order, a, b sortKey) int {
	for i, o := range order {
		switch {
		case a.has[i] != b.has[i]:
			if a.has[i] {
				return -1
			}
			return 1
		case a.values[i] != b.values[i]:
			c := cmp.Compare(a.values[i], b.values[i])
			if o.Desc {
				return -c
			}
			return c
		}
	}
	return a.ref.Compare(b.ref)
}

// Facets implements [catalog.Reader].
func (s *MemoryStore) Facets(ctx context.Context, q catalog.FacetQuery) (map[string][]catalog.Bucket, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	found := s.matching(q.Filter, q.Text, q.Within)
	facets := map[string][]catalog.Bucket{}
	for _, field := range q.Fields {
		facets[field] = buckets(found, strings.ToLower(field))
	}
	return facets, nil
}

func buckets(found []full, key string) []catalog.Bucket {
	counts := map[string]*catalog.Bucket{}
	order := []string{}
	for _, f := range found {
		for _, x := range f.fields[key] {
			if x.Null {
				continue
			}
			if counts[x.Value] == nil {
				counts[x.Value] = &catalog.Bucket{Value: x.Original}
				order = append(order, x.Value)
			}
			counts[x.Value].Count++
			counts[x.Value].Value = min(counts[x.Value].Value, x.Original)
		}
	}
	slices.Sort(order)
	list := make([]catalog.Bucket, len(order))
	for i, v := range order {
		list[i] = *counts[v]
	}
	return list
}
