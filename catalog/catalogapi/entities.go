// SPDX-License-Identifier: Apache-2.0

package catalogapi

import (
	"context"
	"iter"
	"math"
	"net/http"

	"github.com/callboard/callboard/catalog"
)

// entities serves GET /entities, the older listing: a plain array, of everything
// unless a limit is given.
func (a *API) entities(w http.ResponseWriter, r *http.Request) error {
	p, err := paramsOf(r)
	if err != nil {
		return err
	}
	var q catalog.Query
	if q.Filter, err = p.filter(); err != nil {
		return err
	}
	if q.Order, err = p.order(); err != nil {
		return err
	}
	fields, err := parseFields(p.values["fields"])
	if err != nil {
		return err
	}
	window, err := p.window()
	if err != nil {
		return err
	}
	return a.stream(w, r, stream{query: q, window: window, fields: fields})
}

// window reads limit, offset and after. No limit is all there are.
func (p *params) window() (legacyCursor, error) {
	w := legacyCursor{Limit: math.MaxInt}
	if p.values.Has("after") {
		err := decodeCursor(p.values.Get("after"), &w)
		if err == nil && (w.Limit <= 0 || w.Offset < 0) {
			err = invalid("after: it is not one that an earlier answer gave; take it from the Link header")
		}
		return w, err
	}
	var err error
	if w.Offset, err = p.number("offset", 0); err != nil {
		return w, err
	}
	if w.Limit, err = p.number("limit", math.MaxInt); err != nil {
		return w, err
	}
	if w.Limit == 0 {
		return w, invalid("limit=0: it must be greater than zero; leave it out to get everything")
	}
	return w, nil
}

// chunk is how many entities are read at once for a listing of any length.
const chunk = 1000

// stream is a listing of any length.
type stream struct {
	query  catalog.Query
	window legacyCursor
	fields projection
}

// stream sends the entities as they are read. What fits into one chunk gets an
// entity tag.
func (a *API) stream(w http.ResponseWriter, r *http.Request, s stream) error {
	next, stop := iter.Pull2(a.chunks(r.Context(), s))
	defer stop()
	page, err, ok := next()
	if err != nil {
		return err
	}
	s.link(w, r, page)
	if page.Next == "" || len(page.Items) >= s.window.Limit {
		return list("", s.fields.items(page.Items), "").send(w, r)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	for lead := "["; ok && r.Context().Err() == nil; page, err, ok = next() {
		if err != nil {
			return err
		}
		for _, item := range s.fields.items(page.Items) {
			body{[]byte(lead), item}.write(w)
			lead = ","
		}
	}
	body{[]byte("]")}.write(w)
	return r.Context().Err()
}

// chunks yields the entities of the window. There is always a first chunk, and
// the last may come with an error.
func (a *API) chunks(ctx context.Context, s stream) iter.Seq2[catalog.Page, error] {
	return func(yield func(catalog.Page, error) bool) {
		q := s.query
		q.Offset = s.window.Offset
		q.SkipTotal = s.window.Limit <= chunk || s.window.Limit == math.MaxInt
		for left := s.window.Limit; left > 0; {
			q.Limit = min(left, chunk)
			page, err := a.store.Query(ctx, q)
			if !yield(page, err) || err != nil || page.Next == "" {
				return
			}
			left -= q.Limit
			q = catalog.Query{Cursor: page.Next, SkipTotal: true}
		}
	}
}

// link points to where the listing goes on, if it does.
func (s *stream) link(w http.ResponseWriter, r *http.Request, first catalog.Page) {
	more := first.Next != ""
	if s.window.Limit > chunk {
		more = s.window.Limit < first.Total-s.window.Offset
	}
	if !more {
		return
	}
	values := r.URL.Query()
	values.Del("offset")
	values.Set("after", encodeCursor(legacyCursor{Limit: s.window.Limit, Offset: s.window.Offset + s.window.Limit}))
	w.Header().Set("Link", "<"+r.URL.Path+"?"+values.Encode()+`>; rel="next"`)
}
