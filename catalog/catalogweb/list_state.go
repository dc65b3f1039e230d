// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

// facetField is one way to narrow the list: a URL parameter over a field.
type facetField struct {
	Param string
	Field string
	Title string
	// Refs says that the values are references, shown by their names.
	Refs bool
}

func facetFields() []facetField {
	return []facetField{
		{Param: "kind", Field: "kind", Title: "Kind"},
		{Param: "type", Field: "spec.type", Title: "Type"},
		{Param: "owner", Field: "relations.ownedBy", Title: "Owner", Refs: true},
		{Param: "lifecycle", Field: "spec.lifecycle", Title: "Lifecycle"},
		{Param: "tag", Field: "metadata.tags", Title: "Tag"},
		{Param: "namespace", Field: "metadata.namespace", Title: "Namespace"},
	}
}

// sortFields maps the sort parameter to fields.
func sortFields() map[string]string {
	return map[string]string{
		"name": "metadata.name", "kind": "kind", "type": "spec.type",
		"owner": "spec.owner", "system": "spec.system", "lifecycle": "spec.lifecycle",
	}
}

// The views of the list.
const (
	viewAll     = ""
	viewOwned   = "owned"
	viewStarred = "starred"
)

// pageSizes are the page sizes offered.
func pageSizes() []int { return []int{25, 50, 100} }

// listState is all that the URL of the list says; the URL is the state.
type listState struct {
	View   string
	Text   string
	Facets map[string][]string // by parameter
	Sort   string              // a key of sortFields, behind "-" if descending
	Limit  int
	Cursor string
	Cols   []string // columns chosen; empty is the default ones
	Expand string   // the facet that shows all its values
}

// readList reads the state; what makes no sense is left out, so that an old
// link still shows a list.
func readList(r *http.Request) listState {
	q := r.URL.Query()
	s := listState{
		View: q.Get("view"), Text: strings.TrimSpace(q.Get("q")), Sort: q.Get("sort"),
		Cursor: q.Get("cursor"), Facets: map[string][]string{}, Cols: q["col"], Expand: q.Get("expand"),
	}
	for _, f := range facetFields() {
		values := slices.DeleteFunc(slices.Clone(q[f.Param]), func(v string) bool { return v == "" })
		if len(values) > 0 {
			s.Facets[f.Param] = values
		}
	}
	if _, ok := sortFields()[strings.TrimPrefix(s.Sort, "-")]; !ok {
		s.Sort = ""
	}
	s.Limit, _ = strconv.Atoi(q.Get("limit"))
	if !slices.Contains(pageSizes(), s.Limit) {
		s.Limit = pageSizes()[0]
	}
	if s.View != viewOwned && s.View != viewStarred {
		s.View = viewAll
	}
	return s
}

// values returns the state as URL parameters, without the cursor: it belongs
// to one page of one list.
func (s listState) values() url.Values {
	q := url.Values{}
	set := func(key, value string) {
		if value != "" {
			q.Set(key, value)
		}
	}
	set("view", s.View)
	set("q", s.Text)
	set("sort", s.Sort)
	if s.Limit != 0 && s.Limit != pageSizes()[0] {
		q.Set("limit", strconv.Itoa(s.Limit))
	}
	for _, f := range facetFields() {
		for _, v := range s.Facets[f.Param] {
			q.Add(f.Param, v)
		}
	}
	for _, c := range s.Cols {
		q.Add("col", c)
	}
	return q
}

// filtered reports whether anything narrows the list.
func (s listState) filtered() bool { return s.Text != "" || len(s.Facets) > 0 }

// order returns the sort as the store takes it: by name if none is chosen.
func (s listState) order() []catalog.Order {
	key, desc := strings.CutPrefix(s.Sort, "-")
	if key == "" {
		key, desc = "name", false
	}
	order := []catalog.Order{{Field: sortFields()[key], Desc: desc}}
	if key != "name" {
		order = append(order, catalog.Order{Field: "metadata.name"})
	}
	return order
}

// filter returns the conditions of the view and of all facets but one, which
// is how a facet counts what choosing one more of its values would add.
func (s listState) filter(except string, id callboard.Identity, starred []catalog.Ref) catalog.Filter {
	var all catalog.All
	switch s.View {
	case viewOwned:
		all = append(all, catalog.In{Field: "relations.ownedBy", Values: id.Owns})
	case viewStarred:
		all = append(all, anyRef(starred))
	}
	for _, f := range facetFields() {
		if values := s.Facets[f.Param]; len(values) > 0 && f.Param != except {
			all = append(all, catalog.In{Field: f.Field, Values: values})
		}
	}
	return all
}

func (s listState) text() *catalog.Text {
	if s.Text == "" {
		return nil
	}
	return &catalog.Text{Term: s.Text}
}

// anyRef holds for the entities named.
func anyRef(refs []catalog.Ref) catalog.Filter {
	some := catalog.Any{}
	for _, r := range refs {
		some = append(some, catalog.All{
			catalog.In{Field: "kind", Values: []string{r.Kind}},
			catalog.In{Field: "metadata.namespace", Values: []string{r.Namespace}},
			catalog.In{Field: "metadata.name", Values: []string{r.Name}},
		})
	}
	return some
}
