// SPDX-License-Identifier: Apache-2.0

package catalogapi

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/callboard/callboard/catalog"
)

// maxFacets is the most facets that one request may ask for.
const maxFacets = 100

// facets serves GET /entity-facets.
func (a *API) facets(w http.ResponseWriter, r *http.Request) error {
	p, err := paramsOf(r)
	if err != nil {
		return err
	}
	filter, err := p.filter()
	if err != nil {
		return err
	}
	return a.count(w, r, catalog.FacetQuery{Filter: filter, Text: p.text(), Fields: p.values["facet"]})
}

// facetsPost serves POST /entity-facets.
func (a *API) facetsPost(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Facets         []string        `json:"facets"`
		Query          json.RawMessage `json:"query"`
		FullTextFilter textFilter      `json:"fullTextFilter"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	var b budget
	filter, err := parsePredicate(in.Query, &b)
	if err != nil {
		return err
	}
	text := textOf(in.FullTextFilter.Term, in.FullTextFilter.Fields)
	return a.count(w, r, catalog.FacetQuery{Filter: filter, Text: text, Fields: in.Facets})
}

type bucket struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

// count answers a question for facets.
func (a *API) count(w http.ResponseWriter, r *http.Request, q catalog.FacetQuery) error {
	q.Fields = slices.DeleteFunc(slices.Clone(q.Fields), func(s string) bool { return s == "" })
	switch {
	case len(q.Fields) == 0:
		return invalid("Missing facet parameter; name the fields to count by, such as facet=kind")
	case len(q.Fields) > maxFacets:
		return invalid("there are %d facets; at most %d fit into a request", len(q.Fields), maxFacets)
	}
	counted, err := a.store.Facets(r.Context(), q)
	if err != nil {
		return err
	}
	facets := make(map[string][]bucket, len(q.Fields))
	for _, field := range q.Fields {
		facets[field] = make([]bucket, 0, len(counted[field]))
		for _, b := range counted[field] {
			facets[field] = append(facets[field], bucket(b))
		}
	}
	return sendJSON(w, r, struct {
		Facets map[string][]bucket `json:"facets"`
	}{facets})
}
