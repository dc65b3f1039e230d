// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/ui"
)

// heldShown is how many of the sources that would go away are listed.
const heldShown = 100

// providerRow is a provider with its state as a chip.
type providerRow struct {
	catalog.ProviderStatus
	Chip    ui.Chip
	Sources string
	Release *ui.Action
}

func (w *Web) providerRow(r *http.Request, s catalog.ProviderStatus) providerRow {
	tones := map[catalog.ProviderState]ui.Tone{
		catalog.ProviderRunning: ui.OK, catalog.ProviderWaiting: ui.OK, catalog.ProviderFailed: ui.Bad, catalog.ProviderHeld: ui.Warn,
	}
	row := providerRow{
		ProviderStatus: s, Chip: ui.Chip{Tone: tones[s.State], Text: string(s.State)},
		Sources: withQuery(w.url("catalog.locations"), url.Values{"provider": {s.Name}}),
	}
	if s.State == catalog.ProviderHeld && w.may(r, catalog.MayReleaseProvider, nil) {
		row.Release = &ui.Action{Label: "See what would go", URL: w.url("catalog.providers.release", "provider", s.Name)}
	}
	return row
}

// releasePage asks whether a held provider may drop what it no longer has.
type releasePage struct {
	ui.Page
	Sources []catalog.Source
	More    int
	Form    ui.Form
	Empty   *ui.Empty
}

// releaseForm serves GET /locations/providers/{provider}/release: what would
// be removed, and the question.
func (w *Web) releaseForm(rw http.ResponseWriter, r *http.Request) error {
	provider := mux.Vars(r)["provider"]
	held, err := w.service.Held(r.Context(), provider)
	if err != nil {
		return err
	}
	back := ui.Link{Title: "Locations and providers", URL: w.url("catalog.locations")}
	page := releasePage{Page: ui.Page{Title: provider + " is held back", Active: "catalog.locations", Crumbs: []ui.Link{back}}}
	if len(held) == 0 {
		page.Title = provider + " is not held back"
		page.Empty = &ui.Empty{Icon: "check", Title: "Nothing is held back", Text: "The provider delivered what it had before, or another replica runs it.", Action: &ui.Action{Label: back.Title, URL: back.URL}}
		return w.pages.Page(rw, r, "release.html", page)
	}
	entities, err := w.heldSources(r.Context(), &page, provider, held)
	if err != nil {
		return err
	}
	page.Lead = "It delivered so little that it looks like a mistake, so nothing was removed. What it left out is still served: " +
		count(len(held), "source", "sources") + " with " + count(entities, "entity", "entities") + "."
	page.Form = ui.Form{Submit: "Remove them", Danger: true, Cancel: ui.Link{Title: "Keep them", URL: back.URL}}
	return w.pages.Page(rw, r, "release.html", page)
}

// heldSources puts the sources that would go onto the page and counts what
// they declare. It reads the provider's sources, as each full delivery does.
func (w *Web) heldSources(ctx context.Context, page *releasePage, provider string, held []string) (entities int, err error) {
	sources, err := w.store.Sources(ctx, catalog.SourceQuery{Provider: provider})
	if err != nil {
		return 0, err
	}
	for _, s := range sources {
		if _, gone := slices.BinarySearch(held, s.Key.Location); !gone || s.Key.Parent != "" {
			continue
		}
		entities += s.Claims
		if len(page.Sources) < heldShown {
			page.Sources = append(page.Sources, s)
		} else {
			page.More++
		}
	}
	return entities, nil
}

// release serves POST /locations/providers/{provider}/release.
func (w *Web) release(rw http.ResponseWriter, r *http.Request) error {
	provider := mux.Vars(r)["provider"]
	if err := w.service.Release(r.Context(), provider); err != nil {
		return err
	}
	w.ui.Flash(rw, r, ui.Notice{Tone: ui.OK, Text: "What " + provider + " no longer delivers was removed."})
	http.Redirect(rw, r, w.url("catalog.locations"), http.StatusSeeOther)
	return nil
}
