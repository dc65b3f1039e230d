// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/ui"
)

// maxGroups is how many groups the tree is drawn from; beyond it the list of
// groups serves better.
const maxGroups = 2000

func (w *Web) teamRoutes(r *mux.Router) {
	r.Handle("/teams", httpx.Handler(w.teams)).Methods(http.MethodGet).Name("catalog.teams")
	r.Handle("/teams/people", httpx.Handler(w.people)).Methods(http.MethodGet).Name("catalog.people")
}

// teamsPage is the organisation as a tree.
type teamsPage struct {
	ui.Page
	Tree  []ui.TreeNode
	All   string // the list of groups, if the tree does not hold all
	Empty *ui.Empty
}

// teams serves GET /teams: the groups as a tree with how many people each has
// and how much it owns.
func (w *Web) teams(rw http.ResponseWriter, r *http.Request) error {
	p, err := w.store.Query(r.Context(), catalog.Query{
		Filter: catalog.In{Field: "kind", Values: []string{"group"}}, Order: []catalog.Order{{Field: "metadata.name"}}, Limit: maxGroups,
	})
	if err != nil {
		return err
	}
	groups, err := decodeAll(p.Items)
	if err != nil {
		return err
	}
	page := teamsPage{Page: w.teamsHead("Teams", count(p.Total, "group", "groups")+".", false), Tree: w.groupTree(groups)}
	if p.Total > len(groups) {
		page.All = withQuery(w.url("catalog.list"), url.Values{"kind": {"group"}})
	}
	if len(groups) == 0 {
		page.Empty = &ui.Empty{Icon: "group", Title: "No teams", Text: "A team is an entity of kind Group; spec.parent or spec.children make the tree, and spec.memberOf of a User joins it."}
	}
	return w.pages.Page(rw, r, "teams.html", page)
}

func (w *Web) teamsHead(title, lead string, people bool) ui.Page {
	return ui.Page{
		Title: title, Active: "catalog.teams", Lead: lead,
		Tabs: []ui.Tab{
			{Title: "Teams", URL: w.url("catalog.teams"), Current: !people},
			{Title: "People", URL: w.url("catalog.people"), Current: people},
		},
	}
}

// groupTree puts each group below its parent. A group whose parent is not
// there is a root; a circle of parents is broken where it was entered.
func (w *Web) groupTree(groups []*catalog.Entity) []ui.TreeNode {
	byRef := map[catalog.Ref]*catalog.Entity{}
	children := map[catalog.Ref][]catalog.Ref{}
	var roots []catalog.Ref
	for _, g := range groups {
		byRef[g.Ref()] = g
	}
	for _, g := range groups {
		parents := g.Targets("childOf")
		if len(parents) > 0 && byRef[parents[0]] != nil && parents[0] != g.Ref() {
			children[parents[0]] = append(children[parents[0]], g.Ref())
		} else {
			roots = append(roots, g.Ref())
		}
	}
	drawn := map[catalog.Ref]bool{}
	var node func(catalog.Ref, int) ui.TreeNode
	node = func(ref catalog.Ref, depth int) ui.TreeNode {
		drawn[ref] = true
		n := w.groupNode(byRef[ref])
		n.Open = depth < 3
		for _, child := range children[ref] {
			if !drawn[child] {
				n.Children = append(n.Children, node(child, depth+1))
			}
		}
		return n
	}
	var tree []ui.TreeNode
	for _, ref := range roots {
		tree = append(tree, node(ref, 0))
	}
	for _, g := range groups {
		if !drawn[g.Ref()] {
			tree = append(tree, node(g.Ref(), 0))
		}
	}
	return tree
}

func (w *Web) groupNode(g *catalog.Entity) ui.TreeNode {
	var notes []string
	if n := len(g.Targets("hasMember")); n > 0 {
		notes = append(notes, count(n, "person", "people"))
	}
	if n := len(g.Targets("ownerOf")); n > 0 {
		notes = append(notes, "owns "+count(n, "entity", "entities"))
	}
	return ui.TreeNode{Title: g.DisplayName(), URL: w.entityURL(g.Ref()), Icon: "group", Note: strings.Join(notes, ", ")}
}

// peoplePage lists the people.
type peoplePage struct {
	ui.Page
	Search     ui.SearchField
	Table      ui.Table
	Pagination ui.Pagination
}

// people serves GET /teams/people.
func (w *Web) people(rw http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	query := catalog.Query{
		Filter: catalog.In{Field: "kind", Values: []string{"user"}},
		Order:  []catalog.Order{{Field: "spec.profile.displayname"}, {Field: "metadata.name"}}, Limit: 50, Cursor: q.Get("cursor"),
	}
	text := strings.TrimSpace(q.Get("q"))
	if text != "" {
		query.Text = &catalog.Text{Term: text, Fields: []string{"metadata.name", "metadata.title", "metadata.description", "spec.profile.displayname", "spec.profile.email"}}
	}
	found, err := w.store.Query(r.Context(), query)
	if err != nil {
		return err
	}
	entities, err := decodeAll(found.Items)
	if err != nil {
		return err
	}
	table, err := w.peopleTable(r, entities)
	if err != nil {
		return err
	}
	if text != "" {
		table.Empty = &ui.Empty{Icon: "search", Title: "Nobody found", Text: "No person has this in name, description or e-mail address.", Action: &ui.Action{Label: "Show all", URL: w.url("catalog.people")}}
	}
	page := peoplePage{
		Page:   w.teamsHead("People", count(found.Total, "person", "people")+".", true),
		Search: ui.SearchField{Name: "q", Value: text, Label: "Find a person", Placeholder: "Find a person"},
		Table:  table, Pagination: w.cursorPages("catalog.people", q, found),
	}
	return w.pages.Page(rw, r, "people.html", page)
}

func (w *Web) peopleTable(r *http.Request, people []*catalog.Entity) (ui.Table, error) {
	t := ui.Table{
		Caption: "People", Columns: []ui.Column{{Title: "Name"}, {Title: "Teams"}, {Title: "E-mail"}},
		Empty: &ui.Empty{Icon: "user", Title: "Nobody", Text: "A person is an entity of kind User; spec.memberOf names the person's teams."},
	}
	var refs []catalog.Ref
	for _, e := range people {
		refs = append(refs, e.Targets("memberOf")...)
	}
	n, err := w.names(r.Context(), refs...)
	if err != nil {
		return t, err
	}
	for _, e := range people {
		var teams []ui.Link
		for _, ref := range e.Targets("memberOf") {
			teams = append(teams, w.link(n, ref))
		}
		html, err := w.pages.Fragment(r, "linklist.html", teams)
		if err != nil {
			return t, err
		}
		mail := ui.Cell{}
		if profile, ok := e.Spec["profile"].(map[string]any); ok {
			mail.Text, _ = profile["email"].(string)
			if mail.Text != "" {
				mail.URL = "mailto:" + mail.Text
			}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{nameCell(w, n, e), {HTML: html}, mail}})
	}
	return t, nil
}

// cursorPages leads through a list of a route by the store's cursors.
func (w *Web) cursorPages(route string, q url.Values, p catalog.Page) ui.Pagination {
	to := func(cursor string) string {
		if cursor == "" {
			return ""
		}
		next := url.Values{"cursor": {cursor}}
		if text := q.Get("q"); text != "" {
			next.Set("q", text)
		}
		return withQuery(w.url(route), next)
	}
	out := ui.Pagination{Prev: to(p.Prev), Next: to(p.Next)}
	if q.Get("cursor") == "" {
		out.From, out.To, out.Total = min(1, len(p.Items)), len(p.Items), p.Total
	}
	return out
}
