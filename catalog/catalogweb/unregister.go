// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"context"
	"net/http"
	"slices"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/ui"
)

const (
	// goingSources bounds how many sources below a location are looked at,
	// goingShown how many of their entities are listed.
	goingSources = 500
	goingShown   = 100
)

// unregisterPage asks whether a location may go, and says what goes with it.
type unregisterPage struct {
	ui.Page
	Table ui.Table
	More  int
	Form  ui.Form
}

// unregisterForm serves GET /locations/registered/{id}/remove.
func (w *Web) unregisterForm(rw http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	l, err := w.registered(ctx, mux.Vars(r)["id"])
	if err != nil {
		return err
	}
	claims, err := w.broughtBy(ctx, l)
	if err != nil {
		return err
	}
	back := ui.Link{Title: "Locations and providers", URL: w.url("catalog.locations")}
	page := unregisterPage{
		Page: ui.Page{
			Title: "Unregister a location", Active: "catalog.locations", Crumbs: []ui.Link{back},
			Lead: l.String() + " is no longer read. What nobody else declares goes away with it; it can be restored from its history.",
		},
		Form: ui.Form{Submit: "Unregister", Danger: true, Cancel: ui.Link{Title: "Keep it", URL: back.URL}},
		More: max(0, len(claims)-goingShown),
	}
	if page.Table, err = w.goingTable(ctx, claims[:min(len(claims), goingShown)]); err != nil {
		return err
	}
	return w.pages.Page(rw, r, "unregister.html", page)
}

// registered returns the location of that ID.
func (w *Web) registered(ctx context.Context, id string) (catalog.Location, error) {
	known, err := w.store.Locations(ctx)
	if err != nil {
		return catalog.Location{}, err
	}
	i := slices.IndexFunc(known, func(l catalog.Location) bool { return l.ID == id })
	if i < 0 {
		return catalog.Location{}, &callboard.Error{Code: callboard.CodeNotFound, Message: "no registered location has the ID " + id}
	}
	return known[i], nil
}

// broughtBy returns what came from a registered location and from the
// locations that it named, each reference once.
func (w *Web) broughtBy(ctx context.Context, l catalog.Location) ([]catalog.ClaimInfo, error) {
	queue, err := w.store.Sources(ctx, catalog.SourceQuery{Provider: catalog.RegisteredProvider, Location: l.String()})
	if err != nil {
		return nil, err
	}
	queue = slices.DeleteFunc(queue, func(s catalog.Source) bool { return s.Key.Parent != "" })
	var found []catalog.ClaimInfo
	seen := map[catalog.Ref]bool{}
	for i := 0; i < min(len(queue), goingSources); i++ {
		claims, err := w.store.ClaimsOf(ctx, queue[i].Key)
		if err != nil {
			return nil, err
		}
		for _, c := range claims {
			if seen[c.Ref] {
				continue
			}
			seen[c.Ref] = true
			found = append(found, c)
			if c.Ref.Kind != "location" {
				continue
			}
			below, err := w.store.Sources(ctx, catalog.SourceQuery{Parent: c.Ref.String(), Limit: goingSources})
			if err != nil {
				return nil, err
			}
			queue = append(queue, below...)
		}
	}
	return found, nil
}

// goingTable says of each reference whether it goes or another place keeps it.
func (w *Web) goingTable(ctx context.Context, claims []catalog.ClaimInfo) (ui.Table, error) {
	t := ui.Table{
		Caption: "What it brought", Columns: []ui.Column{{Title: "Entity"}, {Title: "Kind"}, {Title: "What happens"}},
		Empty: &ui.Empty{Icon: "file", Title: "It brought nothing", Text: "No entity goes away with it."},
	}
	refs := make([]catalog.Ref, len(claims))
	for i, c := range claims {
		refs[i] = c.Ref
	}
	n, err := w.names(ctx, refs...)
	if err != nil {
		return t, err
	}
	for _, c := range claims {
		all, err := w.store.Claims(ctx, c.Ref)
		if err != nil {
			return t, err
		}
		fate := ui.Cell{Chip: &ui.Chip{Tone: ui.Bad, Text: "goes away"}}
		if i := slices.IndexFunc(all, func(o catalog.ClaimInfo) bool { return o.Source.Location != c.Source.Location }); i >= 0 {
			fate = ui.Cell{Chip: &ui.Chip{Tone: ui.OK, Text: "stays"}, Sub: "declared by " + all[i].Source.Location + " too"}
		}
		l := w.link(n, c.Ref)
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: l.Title, URL: l.URL, Sub: c.Ref.String()}, {Text: w.kindTitle(c.Ref.Kind)}, fate}})
	}
	return t, nil
}

// unregister serves POST /locations/registered/{id}/remove.
func (w *Web) unregister(rw http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), mux.Vars(r)["id"]
	l, err := w.registered(ctx, id)
	if err != nil {
		return err
	}
	if err := w.service.RemoveLocation(ctx, id); err != nil {
		return err
	}
	w.ui.Flash(rw, r, ui.Notice{Tone: ui.OK, Text: "Unregistered " + l.String() + "."})
	http.Redirect(rw, r, w.url("catalog.locations"), http.StatusSeeOther)
	return nil
}
