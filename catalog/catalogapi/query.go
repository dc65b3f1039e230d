// SPDX-License-Identifier: Apache-2.0

package catalogapi

import (
	"encoding/json"
	"net/http"

	"github.com/callboard/callboard/catalog"
)

// listing is one request for a page of entities.
type listing struct {
	query  catalog.Query
	fields projection
	// cursor goes on with an earlier listing, or begins one.
	cursor pageCursor
	// countOnly asks for the total alone: the wire format has a limit of 0.
	countOnly bool
}

// queryEntities serves GET /entities/by-query.
func (a *API) queryEntities(w http.ResponseWriter, r *http.Request) error {
	p, err := paramsOf(r)
	if err != nil {
		return err
	}
	l, err := listingOf(p)
	if err != nil {
		return err
	}
	return a.page(w, r, l)
}

// listingOf reads the parameters of a page.
func listingOf(p *params) (*listing, error) {
	var l listing
	var err error
	if l.fields, err = parseFields(p.values["fields"]); err != nil {
		return nil, err
	}
	limit, err := p.number("limit", defaultLimit)
	if err != nil {
		return nil, err
	}
	if err := l.size(limit); err != nil {
		return nil, err
	}
	if cursor := p.values.Get("cursor"); cursor != "" {
		return &l, l.resume(cursor)
	}
	if l.query.Filter, err = p.filter(); err != nil {
		return nil, err
	}
	if l.query.Order, err = p.orderFields(); err != nil {
		return nil, err
	}
	if l.query.Offset, err = p.number("offset", 0); err != nil {
		return nil, err
	}
	total, err := p.choice("totalItems", "include", "exclude")
	l.query.SkipTotal = total == "exclude"
	l.query.Text = p.text()
	return &l, err
}

// size sets the page size.
func (l *listing) size(limit int) error {
	limit, err := pageSize(limit)
	l.countOnly = limit == 0
	l.query.Limit = max(limit, 1)
	return err
}

// resume goes on where a cursor points. The number of entities was counted for
// the first page and is not counted again.
func (l *listing) resume(cursor string) error {
	if err := decodeCursor(cursor, &l.cursor); err != nil {
		return err
	}
	if l.cursor.Store == "" {
		return invalid("the cursor is not one of this listing; pass one on unchanged from an earlier answer")
	}
	l.query.Cursor = l.cursor.Store
	l.query.SkipTotal = true
	return nil
}

// entityQuery is the body of POST /entities/by-query.
type entityQuery struct {
	Cursor         *string         `json:"cursor"`
	Limit          *int            `json:"limit"`
	Offset         int             `json:"offset"`
	OrderBy        []orderBy       `json:"orderBy"`
	FullTextFilter textFilter      `json:"fullTextFilter"`
	Fields         []string        `json:"fields"`
	TotalItems     string          `json:"totalItems"`
	Query          json.RawMessage `json:"query"`
}

type orderBy struct {
	Field string `json:"field"`
	Order string `json:"order"`
}

type textFilter struct {
	Term   string   `json:"term"`
	Fields []string `json:"fields"`
}

// queryEntitiesPost serves POST /entities/by-query.
func (a *API) queryEntitiesPost(w http.ResponseWriter, r *http.Request) error {
	var in entityQuery
	if err := decodeOptional(r, &in); err != nil {
		return err
	}
	l, err := in.listing()
	if err != nil {
		return err
	}
	return a.page(w, r, l)
}

func (in *entityQuery) listing() (*listing, error) {
	l := listing{cursor: pageCursor{Query: &struct{}{}}}
	var err error
	if l.fields, err = parseFields(in.Fields); err != nil {
		return nil, err
	}
	limit := defaultLimit
	if in.Limit != nil {
		limit = *in.Limit
	}
	if err := l.size(limit); err != nil {
		return nil, err
	}
	if in.Cursor != nil {
		return &l, l.resume(*in.Cursor)
	}
	if in.TotalItems != "" {
		if _, err := oneOf("totalItems", in.TotalItems, "include", "exclude"); err != nil {
			return nil, err
		}
	}
	if in.Offset < 0 {
		return nil, invalid("offset %d: it must be 0 or more", in.Offset)
	}
	if l.query.Order, err = in.orders(); err != nil {
		return nil, err
	}
	var b budget
	l.query.Filter, err = parsePredicate(in.Query, &b)
	l.query.Text = textOf(in.FullTextFilter.Term, in.FullTextFilter.Fields)
	l.query.Offset = in.Offset
	l.query.SkipTotal = in.TotalItems == "exclude"
	return &l, err
}

func (in *entityQuery) orders() ([]catalog.Order, error) {
	if len(in.OrderBy) > maxOrder {
		return nil, invalid("orderBy: there are %d sort fields; at most %d are possible", len(in.OrderBy), maxOrder)
	}
	var out []catalog.Order
	for i, by := range in.OrderBy {
		o, err := orderOf(by.Field, by.Order)
		if err != nil {
			return nil, invalid(`orderBy[%d]: write it as {"field": "metadata.name", "order": "asc"}; the order is asc or desc`, i)
		}
		out = append(out, o)
	}
	return out, nil
}

// page answers a listing.
func (a *API) page(w http.ResponseWriter, r *http.Request, l *listing) error {
	p, err := a.store.Query(r.Context(), l.query)
	if err != nil {
		return err
	}
	if l.query.Cursor == "" {
		l.cursor.Total = max(p.Total, 0)
	}
	if l.countOnly {
		p.Items, p.Next, p.Prev = nil, "", ""
	}
	tail, err := json.Marshal(struct {
		TotalItems int      `json:"totalItems"`
		PageInfo   pageInfo `json:"pageInfo"`
	}{l.cursor.Total, l.cursor.pages(p)})
	if err != nil {
		return err
	}
	return list(`{"items":`, l.fields.items(p.Items), ","+string(tail[1:])).send(w, r)
}

// items returns the records' JSON within the projection.
func (p projection) items(records []catalog.Record) []json.RawMessage {
	out := make([]json.RawMessage, len(records))
	for i, r := range records {
		if r.Found() {
			out[i] = p.apply(r.JSON)
		}
	}
	return out
}
