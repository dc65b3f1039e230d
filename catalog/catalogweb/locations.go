// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"net/http"
	"net/url"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/ui"
)

const (
	// sourcesShown is how many sources a page lists.
	sourcesShown = 50
	// maxLocationForm is the most bytes that a form about a location has.
	maxLocationForm = 16 << 10
)

func (w *Web) locationRoutes(r *mux.Router) {
	r.Handle("/locations", httpx.Handler(w.locations)).Methods(http.MethodGet).Name("catalog.locations")
	r.Handle("/locations/refresh", httpx.Handler(w.refreshLocation)).Methods(http.MethodPost).Name("catalog.locations.refresh")
	r.Handle("/locations/register", httpx.Handler(w.registerForm)).Methods(http.MethodGet).Name("catalog.locations.register")
	r.Handle("/locations/register", httpx.Handler(w.register)).Methods(http.MethodPost).Name("catalog.locations.add")
	r.Handle("/locations/registered/{id}/remove", httpx.Handler(w.unregisterForm)).Methods(http.MethodGet).Name("catalog.locations.remove")
	r.Handle("/locations/registered/{id}/remove", httpx.Handler(w.unregister)).Methods(http.MethodPost).Name("catalog.locations.unregister")
	r.Handle("/locations/providers/{provider}/release", httpx.Handler(w.releaseForm)).Methods(http.MethodGet).Name("catalog.providers.release")
	r.Handle("/locations/providers/{provider}/release", httpx.Handler(w.release)).Methods(http.MethodPost).Name("catalog.providers.drop")
}

// locationsPage says where entities come from and how each place is doing.
type locationsPage struct {
	ui.Page
	Providers  []providerRow
	Registered []registeredRow
	Sources    []sourceRow
	Provider   string // the provider whose sources are shown; empty is all
	Reset      string
	First      string // the first page, from a later one
	Pagination ui.Pagination
}

// registeredRow is a registered location with what can be done about it.
type registeredRow struct {
	catalog.Location
	Actions []ui.Action
}

// sourceRow is one place that entities come from.
type sourceRow struct {
	catalog.Source
	ParentURL string
	Actions   []ui.Action
	Problems  ui.Link
}

// locations serves GET /locations.
func (w *Web) locations(rw http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	registered, err := w.store.Locations(ctx)
	if err != nil {
		return err
	}
	query := catalog.SourceQuery{Provider: q.Get("provider"), Limit: sourcesShown + 1}
	if q.Get("location") != "" {
		query.After = catalog.SourceKey{Provider: q.Get("after"), Parent: q.Get("parent"), Location: q.Get("location")}
	}
	sources, err := w.store.Sources(ctx, query)
	if err != nil {
		return err
	}
	page := locationsPage{
		Page: ui.Page{
			Title: "Locations and providers", Active: "catalog.locations",
			Lead:    "Where entities come from, when each place was last read, and what came of it.",
			Actions: w.allowed(r, catalog.MayCreateLocation, nil, ui.Action{Label: "Register a location", Icon: "plus", Primary: true, URL: w.url("catalog.locations.register")}),
		},
		Provider: query.Provider, Reset: w.url("catalog.locations"),
	}
	if len(sources) > sourcesShown {
		sources = sources[:sourcesShown]
		last := sources[sourcesShown-1].Key
		page.Pagination.Next = withQuery(w.url("catalog.locations"), sourcesAfter(query.Provider, last))
	}
	if query.After != (catalog.SourceKey{}) {
		page.First = withQuery(w.url("catalog.locations"), sourcesAfter(query.Provider, catalog.SourceKey{}))
	}
	for _, s := range w.service.Status(r.Context()) {
		page.Providers = append(page.Providers, w.providerRow(r, s))
	}
	for _, l := range registered {
		page.Registered = append(page.Registered, registeredRow{Location: l, Actions: append(
			w.refreshActions(r, l.String()),
			w.allowed(r, catalog.MayDeleteLocation, nil, ui.Action{Label: "Unregister", Icon: "trash", IconOnly: true, URL: w.url("catalog.locations.remove", "id", l.ID)})...,
		)})
	}
	for _, s := range sources {
		page.Sources = append(page.Sources, w.sourceRow(r, s))
	}
	return w.pages.Page(rw, r, "locations.html", page)
}

func sourcesAfter(provider string, after catalog.SourceKey) url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"provider": provider, "after": after.Provider, "parent": after.Parent, "location": after.Location} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

func (w *Web) refreshActions(r *http.Request, location string) []ui.Action {
	return w.allowed(r, catalog.MayRefreshLocation, nil, ui.Action{
		Label: "Read again", Icon: "redo", IconOnly: true, Post: true, URL: w.url("catalog.locations.refresh"),
		Fields: []ui.Hidden{{Name: "location", Value: location}, {Name: "next", Value: r.URL.RequestURI()}},
	})
}

func (w *Web) sourceRow(r *http.Request, s catalog.Source) sourceRow {
	row := sourceRow{Source: s, Actions: w.refreshActions(r, s.Key.Location)}
	if parent, err := catalog.ParseRef(s.Key.Parent, catalog.Ref{}); err == nil {
		row.ParentURL = w.entityURL(parent)
	}
	if s.Problems > 0 {
		row.Problems = ui.Link{Title: count(s.Problems, "problem", "problems"), URL: w.problemsAt(s.Key.Location)}
	}
	return row
}

// problemsAt leads to the problems of a location.
func (w *Web) problemsAt(location string) string {
	return withQuery(w.url("catalog.problems"), url.Values{"location": {location}})
}

// refreshLocation serves POST /locations/refresh.
func (w *Web) refreshLocation(rw http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(rw, r.Body, maxLocationForm)
	location := r.PostFormValue("location")
	notice := ui.Notice{Tone: ui.OK, Text: "Read " + location + " again."}
	if err := w.service.RefreshLocation(r.Context(), location); err != nil {
		if callboard.CodeOf(err) == callboard.CodeInternal || callboard.Refused(err) {
			return err
		}
		notice = ui.Notice{Tone: ui.Warn, Title: "Not read again", Text: callboard.MessageOf(err)}
	}
	w.ui.Flash(rw, r, notice)
	http.Redirect(rw, r, ui.LocalPath(r.PostFormValue("next")), http.StatusSeeOther)
	return nil
}
