// SPDX-License-Identifier: Apache-2.0

package catalogapi

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/callboard/callboard/catalog"
)

// defaultLimit is the page size of by-query when none is asked for.
const defaultLimit = 200

// maxOrder is the most sort fields that a request may name.
const maxOrder = 10

// params are the parameters of a request.
type params struct {
	values url.Values
	budget budget
}

// paramsOf reads the query string. Unlike [http.Request.URL.Query] it does not
// pass over what it cannot read.
func paramsOf(r *http.Request) (*params, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, invalid("the query string cannot be read: %v; percent-encode what has a meaning of its own", err)
	}
	return &params{values: values}, nil
}

// filter reads filter and match, both of which must hold.
func (p *params) filter() (catalog.Filter, error) {
	filter, err := parseFilters(p.values["filter"], &p.budget)
	if err != nil {
		return nil, err
	}
	match, err := parseMatches(p.values["match"], &p.budget)
	return and(filter, match), err
}

// text reads the free text search.
func (p *params) text() *catalog.Text {
	return textOf(p.values.Get("fullTextFilterTerm"), p.list("fullTextFilterFields"))
}

func textOf(term string, fields []string) *catalog.Text {
	if term = strings.TrimSpace(term); term == "" {
		return nil
	}
	return &catalog.Text{Term: term, Fields: fields}
}

// list reads a parameter that may be repeated or hold commas.
func (p *params) list(name string) []string {
	var out []string
	for _, v := range p.values[name] {
		for part := range strings.SplitSeq(v, ",") {
			if part = strings.TrimSpace(part); part != "" {
				out = append(out, part)
			}
		}
	}
	return out
}

// number reads a whole number that is not negative.
func (p *params) number(name string, otherwise int) (int, error) {
	s, ok := p.first(name)
	if !ok {
		return otherwise, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0, invalid("%s=%q: it must be a whole number of 0 or more", name, short(s))
	}
	return n, nil
}

func (p *params) first(name string) (string, bool) {
	if v := p.values[name]; len(v) > 0 {
		return v[0], true
	}
	return "", false
}

// pageSize checks a limit against [catalog.MaxLimit].
func pageSize(limit int) (int, error) {
	if limit < 0 || limit > catalog.MaxLimit {
		return 0, invalid("limit %d: a page has at most %d entities; ask for fewer and follow pageInfo.nextCursor", limit, catalog.MaxLimit)
	}
	return limit, nil
}

// choice reads a parameter that has fixed values; absent is "".
func (p *params) choice(name string, values ...string) (string, error) {
	s, ok := p.first(name)
	if !ok {
		return "", nil
	}
	return oneOf(name, s, values...)
}

func oneOf(name, s string, values ...string) (string, error) {
	if !slices.Contains(values, s) {
		return "", invalid("%s=%q: it must be one of %s", name, short(s), strings.Join(values, ", "))
	}
	return s, nil
}

// flag reads a parameter that is on or off, in the many spellings that the
// original takes.
func (p *params) flag(name string) (bool, error) {
	s, ok := p.first(name)
	if !ok {
		return false, nil
	}
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "1", "y", "yes", "on":
		return true, nil
	case "", "false", "0", "n", "no", "off":
		return false, nil
	}
	return false, invalid("%s=%q: it must be true or false", name, short(s))
}

// orderFields reads orderField=field,asc of by-query.
func (p *params) orderFields() ([]catalog.Order, error) {
	return orders(p.values["orderField"], func(s string) (field, direction string) {
		field, direction, found := strings.Cut(s, ",")
		if !found {
			direction = "asc"
		}
		return field, direction
	}, "orderField=%q: write it as field,asc or field,desc")
}

// order reads order=asc:field of the older listing.
func (p *params) order() ([]catalog.Order, error) {
	return orders(p.values["order"], func(s string) (field, direction string) {
		direction, field, _ = strings.Cut(s, ":")
		return field, direction
	}, "order=%q: write it as asc:field or desc:field")
}

func orders(values []string, split func(string) (field, direction string), hint string) ([]catalog.Order, error) {
	if len(values) > maxOrder {
		return nil, invalid("there are %d sort fields; at most %d are possible", len(values), maxOrder)
	}
	var out []catalog.Order
	for _, s := range values {
		field, direction := split(s)
		o, err := orderOf(field, direction)
		if err != nil {
			return nil, invalid(hint, short(s))
		}
		out = append(out, o)
	}
	return out, nil
}

func orderOf(field, direction string) (catalog.Order, error) {
	field = strings.TrimSpace(field)
	if field == "" || (direction != "asc" && direction != "desc") {
		return catalog.Order{}, invalid("a sort field needs a name, and asc or desc")
	}
	return catalog.Order{Field: field, Desc: direction == "desc"}, nil
}
