// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/ui"
)

// Contribution is something that a package added to an extension point.
type Contribution struct {
	// Point is the extension point, such as "catalog.Provider".
	Point string `json:"point"`
	// Key is what it is called there; empty if it has no name.
	Key string `json:"key,omitempty"`
	// Module is the ID, if it is a module.
	Module string `json:"module,omitempty"`
	// Origin is the package that brought it.
	Origin module.Origin `json:"origin"`
}

// moduleJSON is a module for programs.
type moduleJSON struct {
	ID       string   `json:"id"`
	Package  string   `json:"package"`
	Prefixes []string `json:"prefixes"`
	Routes   int      `json:"routes"`
	// Navigation are the labels of its entries.
	Navigation []string `json:"navigation"`
	// Contributes is what its package adds to extension points, the module left
	// out.
	Contributes []Contribution `json:"contributes"`
}

// modules describes every module, by ID.
func (a *Admin) modules() []moduleJSON {
	contributions, routes := a.p.Contributions(), map[string]int{}
	for _, r := range a.p.Portal.Routes() {
		routes[r.Module]++
	}
	var all []moduleJSON
	for _, m := range a.p.Portal.Modules() {
		one := moduleJSON{ID: m.ID(), Prefixes: m.Prefixes(), Routes: routes[m.ID()], Navigation: []string{}, Contributes: []Contribution{}}
		for _, c := range contributions {
			if c.Module == one.ID {
				one.Package = c.Origin.Package
			}
		}
		for _, c := range contributions {
			if c.Module == "" && c.Origin.Package == one.Package {
				one.Contributes = append(one.Contributes, c)
			}
		}
		if nav, ok := m.(module.Navigator); ok {
			for _, item := range nav.Nav() {
				one.Navigation = append(one.Navigation, item.Label)
			}
		}
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b moduleJSON) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// byPoint returns the contributions sorted by extension point and key.
func (a *Admin) byPoint() []Contribution {
	all := slices.Clone(a.p.Contributions())
	slices.SortStableFunc(all, func(a, b Contribution) int {
		return cmp.Or(cmp.Compare(a.Point, b.Point), cmp.Compare(a.Key, b.Key))
	})
	return all
}

// modulesPage is what the portal is made of.
type modulesPage struct {
	ui.Page
	Modules, Contributions ui.Table
}

// modulesPage serves GET /admin/modules.
func (a *Admin) modulesPage(w http.ResponseWriter, r *http.Request) error {
	page := modulesPage{
		Page: ui.Page{Title: "Modules", Active: "admin.modules", Lead: "What this portal is made of, and which package brought it."},
		Modules: ui.Table{Caption: "Modules", Columns: []ui.Column{
			{Title: "Module"}, {Title: "Paths"}, {Title: "Routes", Num: true}, {Title: "Navigation"}, {Title: "Contributes"},
		}},
		Contributions: ui.Table{Caption: "Contributions by extension point", Columns: []ui.Column{{Title: "Extension point"}, {Title: "Contribution"}, {Title: "Package"}}},
	}
	for _, m := range a.modules() {
		points := make([]string, len(m.Contributes))
		for n, c := range m.Contributes {
			points[n] = c.Point
		}
		page.Modules.Rows = append(page.Modules.Rows, ui.Row{Cells: []ui.Cell{
			{Text: m.ID, Sub: m.Package}, {Text: strings.Join(m.Prefixes, " "), Mono: true},
			{Text: strconv.Itoa(m.Routes), URL: withQuery(a.link("routes"), nil, paramModule, m.ID)},
			{Text: cmp.Or(strings.Join(m.Navigation, ", "), "none")}, {Text: cmp.Or(tally(points), "nothing")},
		}})
	}
	for _, c := range a.byPoint() {
		page.Contributions.Rows = append(page.Contributions.Rows, ui.Row{Cells: []ui.Cell{
			{Text: c.Point, Mono: true}, {Text: cmp.Or(c.Key, "without a name"), Quiet: c.Key == ""},
			{Text: c.Origin.Package, Sub: c.Origin.File + ":" + strconv.Itoa(c.Origin.Line)},
		}})
	}
	return a.pages.Page(w, r, "modules.html", page)
}

// tally writes words with how often each comes, in order of first appearance.
func tally(words []string) string {
	var order []string
	n := map[string]int{}
	for _, word := range words {
		if n[word]++; n[word] == 1 {
			order = append(order, word)
		}
	}
	for i, word := range order {
		if n[word] > 1 {
			order[i] = strconv.Itoa(n[word]) + " × " + word
		}
	}
	return strings.Join(order, ", ")
}

// moduleList serves GET /api/admin/modules.
func (a *Admin) moduleList(w http.ResponseWriter, _ *http.Request) error {
	return httpx.WriteJSON(w, http.StatusOK, map[string]any{"modules": a.modules(), "contributions": a.byPoint()})
}

// paramModule selects the routes of one module.
const paramModule = "module"

// tablePage is a page of one table.
type tablePage struct {
	ui.Page
	Search *ui.SearchField
	Reset  string
	Table  ui.Table
}

// routesPage serves GET /admin/routes.
func (a *Admin) routesPage(w http.ResponseWriter, r *http.Request) error {
	only := r.URL.Query().Get(paramModule)
	page := tablePage{
		Page: ui.Page{Title: "Routes", Active: "admin.routes", Lead: "What the portal answers to. A route that names no permission checks by itself what a caller may see or do."},
		Table: ui.Table{
			Caption: "Routes", Columns: []ui.Column{{Title: "Path"}, {Title: "Methods"}, {Title: "Name"}, {Title: "Module"}, {Title: "Permission"}},
			Empty: &ui.Empty{Icon: "filter", Title: "No such module", Text: "The portal has no module of that name.", Action: &ui.Action{Label: "Show all", URL: a.link("routes")}},
		},
	}
	if only != "" {
		page.Reset = a.link("routes")
	}
	for _, route := range a.p.Portal.Routes() {
		if only != "" && route.Module != only {
			continue
		}
		page.Table.Rows = append(page.Table.Rows, ui.Row{Cells: []ui.Cell{
			{Text: route.Path, Mono: true}, {Text: strings.Join(route.Methods, " ")}, {Text: route.Name, Mono: true},
			{Text: route.Module, URL: withQuery(a.link("routes"), nil, paramModule, route.Module)},
			{Text: cmp.Or(route.Permission, "not said"), Mono: route.Permission != "", Quiet: route.Permission == ""},
		}})
	}
	return a.pages.Page(w, r, "table.html", page)
}

// routeJSON is a route for programs.
type routeJSON struct {
	Methods    []string `json:"methods"`
	Path       string   `json:"path"`
	Name       string   `json:"name"`
	Module     string   `json:"module"`
	Permission string   `json:"permission,omitempty"`
}

// routeList serves GET /api/admin/routes.
func (a *Admin) routeList(w http.ResponseWriter, _ *http.Request) error {
	all := []routeJSON{}
	for _, r := range a.p.Portal.Routes() {
		all = append(all, routeJSON(r))
	}
	return httpx.WriteJSON(w, http.StatusOK, map[string]any{"routes": all})
}
