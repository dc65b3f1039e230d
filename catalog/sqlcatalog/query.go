// SPDX-License-Identifier: Apache-2.0

package sqlcatalog

import (
	"context"
	"fmt"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/sqlcatalog/catalogindex"
)

// Query returns one page. See [catalog.Reader].
func (s *Store) Query(ctx context.Context, q catalog.Query) (catalog.Page, error) {
	p, err := planOf(q)
	if err != nil {
		return catalog.Page{}, err
	}
	index, err := s.current(ctx)
	if err != nil {
		return catalog.Page{}, failed("query", err)
	}
	found, err := index.Query(ctx, p.query)
	if err != nil {
		return catalog.Page{}, failed("query", err)
	}
	page := p.links(&found)
	if page.Total = found.Total; q.SkipTotal {
		page.Total = -1
	}
	page.Items, err = s.items(ctx, found.Entities)
	return page, err
}

// Facets counts values by field. See [catalog.Reader].
func (s *Store) Facets(ctx context.Context, q catalog.FacetQuery) (map[string][]catalog.Bucket, error) {
	index, err := s.current(ctx)
	if err != nil {
		return nil, failed("facets", err)
	}
	out, err := index.Facets(ctx, q)
	return out, failed("facets", err)
}

// Matches implements [catalog.Matcher].
func (s *Store) Matches(ctx context.Context, filter catalog.Filter, refs []catalog.Ref) (served, matching []bool, err error) {
	index, err := s.current(ctx)
	if err != nil {
		return nil, nil, failed("matches", err)
	}
	texts := make([]string, len(refs))
	for i, ref := range refs {
		texts[i] = refText(ref)
	}
	served, matching, err = index.Matches(ctx, filter, texts)
	return served, matching, failed("matches", err)
}

// plan is a query that was checked.
type plan struct {
	selection
	query catalogindex.Query
}

func planOf(q catalog.Query) (*plan, error) {
	p := &plan{selection: selection{q.Filter, q.Text, q.Order}}
	p.query = catalogindex.Query{Limit: q.Limit, Offset: q.Offset}
	if q.Cursor != "" {
		s, at, err := decodeCursor(q.Cursor)
		if err != nil {
			return nil, err
		}
		p.selection, p.query.At, p.query.Offset = s, (*catalogindex.Position)(&at), 0
	}
	p.query.Filter, p.query.Text, p.query.Order, p.query.Within = p.filter, p.text, p.order, q.Within
	if p.query.Limit == 0 {
		p.query.Limit = catalog.DefaultLimit
	}
	switch {
	case p.query.Limit < 0 || p.query.Limit > catalog.MaxLimit:
		return nil, invalid(fmt.Sprintf("the limit must be from 1 to %d", catalog.MaxLimit))
	case p.query.Offset < 0:
		return nil, invalid("the offset must not be negative")
	}
	return p, nil
}

// links returns the page's cursors.
func (p *plan) links(found *catalogindex.Page) catalog.Page {
	at := p.query.At
	back := at != nil && at.Back
	var page catalog.Page
	if len(found.Entities) == 0 {
		if at != nil { // all has gone; lead back to where the reader came from
			turned := *at
			turned.Back, turned.With = !turned.Back, !turned.With
			text := encodeCursor(p.selection, position(turned))
			if turned.Back {
				page.Prev = text
			} else {
				page.Next = text
			}
		}
		return page
	}
	if back && found.More || !back && (at != nil || p.query.Offset > 0) {
		first := position(found.First)
		first.Back = true
		page.Prev = encodeCursor(p.selection, first)
	}
	if back || found.More {
		page.Next = encodeCursor(p.selection, position(found.Last))
	}
	return page
}

// items reads entities, in order. One that went in between is left out.
func (s *Store) items(ctx context.Context, entities []uint32) ([]catalog.Record, error) {
	if len(entities) == 0 {
		return nil, nil
	}
	ids := make([]int64, len(entities))
	for i, e := range entities {
		ids[i] = int64(e)
	}
	var found []*row
	err := s.read(ctx, "entities of a page", func(r reader) error {
		var err error
		found, err = r.rows(ctx, `e.id`+r.in(), list(r, ids))
		return err
	})
	byID := make(map[int64]*row, len(found))
	for _, f := range found {
		byID[f.id] = f
	}
	out := make([]catalog.Record, 0, len(ids))
	for _, id := range ids {
		if f := byID[id]; f != nil {
			out = append(out, f.record())
		}
	}
	return out, err
}

func invalid(message string) error {
	return &callboard.Error{Code: callboard.CodeInvalid, Message: message}
}
