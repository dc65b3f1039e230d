// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/ui"
)

func (w *Web) apiRoutes(r *mux.Router) {
	r.Handle("/apis", httpx.Handler(w.apis)).Methods(http.MethodGet).Name("catalog.apis")
	r.Handle("/apis/{namespace}/{name}/definition", httpx.Handler(w.downloadDefinition)).Methods(http.MethodGet).Name("catalog.apis.definition")
}

// apisPage lists the APIs with who provides and who consumes them.
type apisPage struct {
	ui.Page
	Search     ui.SearchField
	Table      ui.Table
	Pagination ui.Pagination
}

// apis serves GET /apis.
func (w *Web) apis(rw http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	text := strings.TrimSpace(q.Get("q"))
	query := catalog.Query{
		Filter: catalog.In{Field: "kind", Values: []string{"api"}},
		Order:  []catalog.Order{{Field: "metadata.name"}}, Limit: 50, Cursor: q.Get("cursor"),
	}
	if text != "" {
		query.Text = &catalog.Text{Term: text}
	}
	found, err := w.store.Query(ctx, query)
	if err != nil {
		return err
	}
	entities, err := decodeAll(found.Items)
	if err != nil {
		return err
	}
	table, err := w.apiTable(r, entities)
	if err != nil {
		return err
	}
	if text != "" {
		table.Empty = &ui.Empty{Icon: "search", Title: "No such API", Text: "None has this in its name, title, description or tags.", Action: &ui.Action{Label: "Show all", URL: w.url("catalog.apis")}}
	}
	page := apisPage{
		Page:   ui.Page{Title: "APIs", Active: "catalog.apis", Lead: count(found.Total, "API", "APIs") + " with their definitions."},
		Search: ui.SearchField{Name: "q", Value: text, Label: "Find an API", Placeholder: "Find an API"}, Table: table,
		Pagination: w.cursorPages("catalog.apis", q, found),
	}
	return w.pages.Page(rw, r, "apis.html", page)
}

func (w *Web) apiTable(r *http.Request, entities []*catalog.Entity) (ui.Table, error) {
	t := ui.Table{
		Caption: "APIs",
		Columns: []ui.Column{{Title: "Name"}, {Title: "Type"}, {Title: "Owner"}, {Title: "Provided by"}, {Title: "Consumers", Num: true}, {Title: "Lifecycle"}},
		Empty:   &ui.Empty{Icon: "api", Title: "No API", Text: "An API is an entity of kind API with its definition in spec.definition; it may be read from a file beside it with $text."},
	}
	var refs []catalog.Ref
	for _, e := range entities {
		refs = append(append(refs, owners(e)...), e.Targets("apiProvidedBy")...)
	}
	n, err := w.names(r.Context(), refs...)
	if err != nil {
		return t, err
	}
	for _, e := range entities {
		chip := lifecycleChip(e.Lifecycle())
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			nameCell(w, n, e), {Text: e.Type()}, refCell(owners)(w, n, e),
			refCell(func(e *catalog.Entity) []catalog.Ref { return e.Targets("apiProvidedBy") })(w, n, e),
			{Text: count(len(e.Targets("apiConsumedBy")), "", "")}, {Chip: &chip},
		}})
	}
	return t, nil
}
