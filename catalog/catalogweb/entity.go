// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"fmt"
	"html/template"
	"net/http"
	"slices"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/entitypage"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/ui"
)

func (w *Web) entityRoutes(r *mux.Router) {
	const path = "/catalog/{namespace}/{kind}/{name}"
	r.Handle(path, httpx.Handler(w.entity)).Methods(http.MethodGet).Name("catalog.entity")
	r.Handle(path+"/refresh", httpx.Handler(w.refresh)).Methods(http.MethodPost).Name("catalog.entity.refresh")
	r.Handle(path+"/restore", httpx.Handler(w.restore)).Methods(http.MethodPost).Name("catalog.entity.restore")
	r.Handle(path+"/delete", httpx.Handler(w.remove)).Methods(http.MethodPost).Name("catalog.entity.delete")
	r.Handle(path+"/{tab}", httpx.Handler(w.entity)).Methods(http.MethodGet).Name("catalog.entity.tab")
	r.Handle(path+"/{tab}/{rest:.+}", httpx.Handler(w.entity)).Methods(http.MethodGet).Name("catalog.entity.page")
}

// entityPage is an entity: its cards, or one of its tabs.
type entityPage struct {
	ui.Page
	Cards []ui.Card
	// Tab is what the open tab drew; Problem stands in its place.
	Tab     template.HTML
	Problem *ui.Problem
}

// refOf reads the reference from the route.
func refOf(r *http.Request) catalog.Ref {
	v := mux.Vars(r)
	return catalog.NewRef(v["kind"], v["namespace"], v["name"])
}

// entity serves GET /catalog/{namespace}/{kind}/{name}, a tab of it, and the
// pages below a tab, which the tab draws by the request's path.
func (w *Web) entity(rw http.ResponseWriter, r *http.Request) error {
	ref := refOf(r)
	records, err := w.store.Records(r.Context(), []catalog.Ref{ref})
	if err != nil {
		return err
	}
	if !records[0].Found() {
		return w.entityGone(rw, r, ref)
	}
	e, err := records[0].Entity()
	if err != nil {
		return fmt.Errorf("catalogweb: decode %s: %w", ref, err)
	}
	req := entitypage.Request{HTTP: r, Entity: e, Record: records[0]}
	page := entityPage{}
	tab := mux.Vars(r)["tab"]
	if page.Page, err = w.entityHead(req, tab); err != nil {
		return err
	}
	if tab == "" {
		page.Cards = w.cards(req)
		return w.pages.Page(rw, r, "entity.html", page)
	}
	if err := w.openTab(req, tab, &page); err != nil {
		return err
	}
	return w.pages.Page(rw, r, "entity.html", page)
}

// openTab draws the tab with the ID, or says that the entity has none.
func (w *Web) openTab(req entitypage.Request, id string, page *entityPage) error {
	for _, t := range w.opts.Tabs {
		if t.ID != id || !w.matches(t.ID, t.For, req.Entity) {
			continue
		}
		html, err := w.draw(t.Render, req)
		switch {
		case callboard.CodeOf(err) == callboard.CodeNotFound:
			return err
		case err != nil:
			page.Problem = w.slotProblem(req, t.ID, err)
		}
		page.Tab = html
		page.Title = t.Title + " · " + page.Title
		return nil
	}
	return &callboard.Error{Code: callboard.CodeNotFound, Message: fmt.Sprintf("%s has no tab %q", req.Entity.Ref(), id)}
}

// entityHead is what all tabs share.
func (w *Web) entityHead(req entitypage.Request, tab string) (ui.Page, error) {
	e := req.Entity
	n, err := w.names(req.HTTP.Context(), append(owners(e), systems(e)...)...)
	if err != nil {
		return ui.Page{}, err
	}
	page := ui.Page{
		Title: e.DisplayName(), Heading: e.DisplayName(), Description: e.Metadata.Description,
		Lead: e.Metadata.Description, Active: "catalog.list",
		Crumbs:  w.entityCrumbs(n, e),
		Chips:   []ui.Chip{{Text: w.kindLabel(e)}},
		Actions: w.entityActions(req),
		Tabs:    w.entityTabs(req, tab),
	}
	if e.Lifecycle() != "" {
		page.Chips = append(page.Chips, lifecycleChip(e.Lifecycle()))
	}
	for _, f := range []struct {
		label string
		refs  []catalog.Ref
	}{{"Owner", owners(e)}, {"Part of", systems(e)}} {
		for _, ref := range f.refs {
			l := w.link(n, ref)
			page.Facts = append(page.Facts, ui.Fact{Label: f.label, Value: l.Title, URL: l.URL})
		}
	}
	if page.Notices, err = w.stale(req); err != nil {
		return ui.Page{}, err
	}
	if e.DisplayName() != e.Metadata.Name {
		page.Facts = append(page.Facts, ui.Fact{Label: "Name", Value: e.Metadata.Name, Mono: true})
	}
	return page, nil
}

// stale says that the entity is as it was last read, where its source cannot
// be read any more.
func (w *Web) stale(req entitypage.Request) ([]ui.Notice, error) {
	ctx := req.HTTP.Context()
	claims, err := w.store.Claims(ctx, req.Entity.Ref())
	if err != nil || len(claims) == 0 {
		return nil, err
	}
	source := claims[0].Source
	problems, _, err := w.problemsToTell(ctx, catalog.ProblemQuery{Provider: source.Provider, Location: source.Location, Limit: 10})
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(problems, func(p catalog.Problem) bool { return p.Rule == "source-unreadable" })
	if i < 0 {
		return nil, nil
	}
	return []ui.Notice{{
		Tone: ui.Warn, Title: "This may be out of date",
		Text: fmt.Sprintf("Its source cannot be read since %s; this is as it was last read. %s: %s.",
			problems[i].FirstSeen.UTC().Format("2 Jan 2006 15:04 UTC"), source.Location, problems[i].Message),
		Link: ui.Link{Title: "Problems", URL: w.url("catalog.problems")},
	}}, nil
}

// kindLabel is the kind with its type: "Component, service".
func (w *Web) kindLabel(e *catalog.Entity) string {
	label := w.kindTitle(e.Kind)
	if e.Type() != "" {
		label += ", " + e.Type()
	}
	return label
}

func (w *Web) entityCrumbs(n names, e *catalog.Entity) []ui.Link {
	crumbs := []ui.Link{{Title: "Catalog", URL: w.url("catalog.list")}}
	for _, ref := range systems(e)[:min(1, len(systems(e)))] {
		crumbs = append(crumbs, w.link(n, ref))
	}
	return append(crumbs, ui.Link{Title: e.DisplayName()})
}

func (w *Web) entityTabs(req entitypage.Request, open string) []ui.Tab {
	ref := req.Entity.Ref()
	tabs := []ui.Tab{{Title: "Overview", URL: w.entityURL(ref), Current: open == ""}}
	for _, t := range w.opts.Tabs {
		if w.matches(t.ID, t.For, req.Entity) {
			tabs = append(tabs, ui.Tab{Title: t.Title, URL: w.tabURL(ref, t.ID), Current: open == t.ID})
		}
	}
	return tabs
}

func (w *Web) entityActions(req entitypage.Request) []ui.Action {
	ref := req.Entity.Ref()
	actions := append([]ui.Action{w.starAction(req.HTTP, ref)}, w.allowed(req.HTTP, catalog.MayRefreshEntity, req.Entity,
		ui.Action{Label: "Refresh", Icon: "redo", Post: true, URL: w.formURL("refresh", ref)})...)
	for _, a := range w.opts.Actions {
		if !w.matches(a.ID, a.For, req.Entity) {
			continue
		}
		if button := w.button(a, req); button.URL != "" {
			actions = append(actions, button)
		}
	}
	return append(actions, w.allowed(req.HTTP, catalog.MayDeleteEntity, req.Entity, ui.Action{
		Label: "Delete", Icon: "trash", IconOnly: true, Danger: true, Post: true, URL: w.formURL("delete", ref),
		Confirm: "Delete " + req.Entity.DisplayName() + "? It can be restored.",
	})...)
}

// formURL is where a form that acts on the entity is sent.
func (w *Web) formURL(action string, ref catalog.Ref) string {
	return w.url("catalog.entity."+action, "namespace", ref.Namespace, "kind", ref.Kind, "name", ref.Name)
}

// button asks a module for its button; one that panics has none.
func (w *Web) button(a entitypage.Action, req entitypage.Request) (button ui.Action) {
	defer func() {
		if r := recover(); r != nil {
			w.opts.Logger.Error("catalogweb: an action panicked", "action", a.ID, "panic", r)
			button = ui.Action{}
		}
	}()
	switch {
	case a.Button != nil:
		return a.Button(req)
	case a.URL != nil:
		return ui.Action{Label: a.Label, Icon: a.Icon, URL: a.URL(req), Post: a.Post}
	}
	return ui.Action{}
}

// refresh serves POST …/refresh: it reads the entity's source again and says
// what came of it.
func (w *Web) refresh(rw http.ResponseWriter, r *http.Request) error {
	ref := refOf(r)
	notice := ui.Notice{Tone: ui.OK, Text: "Read again from its source."}
	if err := w.service.Refresh(r.Context(), ref); err != nil {
		if callboard.CodeOf(err) == callboard.CodeInternal || callboard.Refused(err) {
			return err
		}
		notice = ui.Notice{Tone: ui.Warn, Title: "Not refreshed", Text: callboard.MessageOf(err)}
	}
	w.ui.Flash(rw, r, notice)
	http.Redirect(rw, r, w.entityURL(ref), http.StatusSeeOther)
	return nil
}
