// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"net/http"
	"strings"

	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/ui"
)

// valueJSON is a setting for programs.
type valueJSON struct {
	Path  string `json:"path"`
	Value string `json:"value"`
	From  string `json:"from"`
}

// values are the settings whose path has the text in it.
func (a *Admin) values(text string) []valueJSON {
	all := []valueJSON{}
	for _, v := range a.p.Config.Explain() {
		if strings.Contains(strings.ToLower(v.Path), strings.ToLower(text)) {
			all = append(all, valueJSON{v.Path, v.Value, v.Origin.String()})
		}
	}
	return all
}

// configurationPage serves GET /admin/configuration.
func (a *Admin) configurationPage(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query().Get("q")
	page := tablePage{
		Page:   ui.Page{Title: "Configuration", Active: "admin.configuration", Lead: "Every setting in force, and where it comes from. Secrets are masked."},
		Search: &ui.SearchField{Name: "q", Value: q, Label: "Find a setting", Placeholder: "Find a setting"},
		Table: ui.Table{
			Caption: "Settings", Columns: []ui.Column{{Title: "Setting"}, {Title: "Value"}, {Title: "From"}},
			Empty: &ui.Empty{Icon: "filter", Title: "No such setting", Text: "No setting has that in its name.", Action: &ui.Action{Label: "Show all", URL: a.link("configuration")}},
		},
	}
	if q != "" {
		page.Reset = a.link("configuration")
	}
	for _, v := range a.values(q) {
		value := ui.Cell{Text: v.Value, Mono: true}
		if v.Value == "" {
			value = ui.Cell{Text: "empty", Quiet: true}
		}
		page.Table.Rows = append(page.Table.Rows, ui.Row{Cells: []ui.Cell{{Text: v.Path, Mono: true}, value, {Text: v.From, Quiet: v.From == "default"}}})
	}
	return a.pages.Page(w, r, "table.html", page)
}

// valueList serves GET /api/admin/configuration.
func (a *Admin) valueList(w http.ResponseWriter, r *http.Request) error {
	return httpx.WriteJSON(w, http.StatusOK, map[string]any{"values": a.values(r.URL.Query().Get("q"))})
}
