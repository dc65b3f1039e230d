// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/ui"
)

// facetValues is how many values of a facet are shown at first.
const facetValues = 8

func (w *Web) listRoutes(r *mux.Router) {
	r.Handle("/catalog", httpx.Handler(w.list)).Methods(http.MethodGet).Name("catalog.list")
	r.Handle("/catalog/export.csv", httpx.Handler(w.exportCSV)).Methods(http.MethodGet).Name("catalog.export.csv")
	r.Handle("/catalog/export.json", httpx.Handler(w.exportJSON)).Methods(http.MethodGet).Name("catalog.export.json")
	r.Handle("/catalog/star", httpx.Handler(w.star)).Methods(http.MethodPost).Name("catalog.star")
}

// listPage is the catalog's list.
type listPage struct {
	ui.Page
	Facets     ui.Facets
	Table      ui.Table
	Pagination ui.Pagination
	Columns    columnsForm
}

// list serves GET /catalog.
func (w *Web) list(rw http.ResponseWriter, r *http.Request) error {
	ctx, s := r.Context(), readList(r)
	id := callboard.IdentityFrom(ctx)
	starred := w.starred(r)
	result, err := w.store.Query(ctx, catalog.Query{
		Filter: s.filter("", id, starred), Text: s.text(), Order: s.order(), Limit: s.Limit, Cursor: s.Cursor,
	})
	if err != nil {
		return err
	}
	entities, err := decodeAll(result.Items)
	if err != nil {
		return err
	}
	facets, err := w.facets(ctx, s, id, starred)
	if err != nil {
		return err
	}
	table, err := w.listTable(ctx, s, entities, starred)
	if err != nil {
		return err
	}
	page := listPage{
		Page: w.listHead(s, result.Total), Facets: facets, Table: table,
		Pagination: w.pagination(s, result), Columns: w.columnsForm(s),
	}
	return w.pages.Page(rw, r, "list.html", page)
}

func decodeAll(records []catalog.Record) ([]*catalog.Entity, error) {
	out := make([]*catalog.Entity, len(records))
	for i, rec := range records {
		e, err := rec.Entity()
		if err != nil {
			return nil, fmt.Errorf("catalogweb: decode %s: %w", rec.Ref, err)
		}
		out[i] = e
	}
	return out, nil
}

func (w *Web) listHead(s listState, total int) ui.Page {
	export := func(route, label string) ui.Action {
		return ui.Action{Label: label, Icon: "download", URL: withQuery(w.url(route), s.values()), Download: true}
	}
	return ui.Page{
		Title: "Catalog", Active: "catalog.list",
		Lead: fmt.Sprintf("%s match.", count(total, "entity", "entities")),
		Tabs: w.listTabs(s),
		Actions: []ui.Action{
			export("catalog.export.csv", "CSV"), export("catalog.export.json", "JSON"),
		},
	}
}

func (w *Web) listTabs(s listState) []ui.Tab {
	var tabs []ui.Tab
	for _, v := range []struct{ view, title string }{{viewAll, "All"}, {viewOwned, "Owned by me"}, {viewStarred, "Starred"}} {
		to := s
		to.View = v.view
		tabs = append(tabs, ui.Tab{Title: v.title, URL: withQuery(w.url("catalog.list"), to.values()), Current: s.View == v.view})
	}
	return tabs
}

// facets counts each facet under the conditions of all the others, so that a
// count says what choosing the value would show.
func (w *Web) facets(ctx context.Context, s listState, id callboard.Identity, starred []catalog.Ref) (ui.Facets, error) {
	f := ui.Facets{
		Action: w.url("catalog.list"), Keep: hidden(listState{View: s.View, Sort: s.Sort, Limit: s.Limit, Cols: s.Cols}.values()),
		Search: &ui.SearchField{Name: "q", Value: s.Text, Label: "Filter by text", Placeholder: "Filter by text"},
	}
	if s.filtered() {
		f.Reset = withQuery(f.Action, listState{View: s.View, Sort: s.Sort, Limit: s.Limit}.values())
	}
	counts := map[string][]catalog.Bucket{}
	var shared []string
	for _, field := range facetFields() {
		if len(s.Facets[field.Param]) == 0 {
			shared = append(shared, field.Field)
			continue
		}
		if err := w.countFacets(ctx, counts, s, s.filter(field.Param, id, starred), field.Field); err != nil {
			return f, err
		}
	}
	if err := w.countFacets(ctx, counts, s, s.filter("", id, starred), shared...); err != nil {
		return f, err
	}
	for _, field := range facetFields() {
		group, err := w.facet(ctx, s, field, counts[field.Field])
		if err != nil {
			return f, err
		}
		if len(group.Options) > 1 || len(s.Facets[field.Param]) > 0 {
			f.Groups = append(f.Groups, group)
		}
	}
	return f, nil
}

func (w *Web) countFacets(ctx context.Context, into map[string][]catalog.Bucket, s listState, filter catalog.Filter, fields ...string) error {
	if len(fields) == 0 {
		return nil
	}
	found, err := w.store.Facets(ctx, catalog.FacetQuery{Filter: filter, Text: s.text(), Fields: fields})
	if err != nil {
		return err
	}
	for field, buckets := range found {
		into[field] = buckets
	}
	return nil
}

// facet makes one group: the chosen values first, then the most frequent.
func (w *Web) facet(ctx context.Context, s listState, field facetField, buckets []catalog.Bucket) (ui.Facet, error) {
	chosen := s.Facets[field.Param]
	isChosen := func(v string) bool {
		return slices.ContainsFunc(chosen, func(c string) bool { return strings.EqualFold(c, v) })
	}
	buckets = slices.Clone(buckets)
	for _, v := range chosen {
		if !slices.ContainsFunc(buckets, func(b catalog.Bucket) bool { return strings.EqualFold(b.Value, v) }) {
			buckets = append(buckets, catalog.Bucket{Value: v})
		}
	}
	slices.SortStableFunc(buckets, func(a, b catalog.Bucket) int {
		if ca, cb := isChosen(a.Value), isChosen(b.Value); ca != cb {
			if ca {
				return -1
			}
			return 1
		}
		return cmp.Compare(b.Count, a.Count)
	})
	group := ui.Facet{Name: field.Param, Title: field.Title}
	if all := len(buckets); all > facetValues+1 && s.Expand != field.Param {
		buckets = buckets[:max(facetValues, len(chosen))]
		q := s.values()
		q.Set("expand", field.Param)
		group.More = ui.Link{Title: fmt.Sprintf("%d more", all-len(buckets)), URL: withQuery(w.url("catalog.list"), q)}
	}
	labels, err := w.facetLabels(ctx, field, buckets)
	if err != nil {
		return group, err
	}
	for i, b := range buckets {
		group.Options = append(group.Options, ui.FacetOption{Value: b.Value, Label: labels[i], Count: b.Count, Checked: isChosen(b.Value)})
	}
	return group, nil
}

func (w *Web) facetLabels(ctx context.Context, field facetField, buckets []catalog.Bucket) ([]string, error) {
	labels := make([]string, len(buckets))
	if field.Param == "kind" {
		for i, b := range buckets {
			labels[i] = w.kindTitle(b.Value)
		}
	}
	if !field.Refs {
		return labels, nil
	}
	refs := make([]catalog.Ref, len(buckets))
	for i, b := range buckets {
		refs[i], _ = catalog.ParseRef(b.Value, catalog.Ref{Kind: "group"}) // a typed-in value may be none: it is shown as it is
	}
	n, err := w.names(ctx, refs...)
	if err != nil {
		return nil, err
	}
	for i, r := range refs {
		if !r.IsZero() {
			labels[i] = n.title(r)
		}
	}
	return labels, nil
}

func (w *Web) pagination(s listState, p catalog.Page) ui.Pagination {
	to := func(cursor string) string {
		if cursor == "" {
			return ""
		}
		q := s.values()
		q.Set("cursor", cursor)
		return withQuery(w.url("catalog.list"), q)
	}
	out := ui.Pagination{Prev: to(p.Prev), Next: to(p.Next), Text: fmt.Sprintf("%d of %s", len(p.Items), count(p.Total, "entity", "entities"))}
	if s.Cursor == "" {
		out.Text, out.From, out.To, out.Total = "", min(1, len(p.Items)), len(p.Items), p.Total
	}
	return out
}

func withQuery(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

func count(n int, one, other string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, other)
}
