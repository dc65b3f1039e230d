// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/ui"
)

const (
	// suggested is how many entities are suggested, suggestedFrom from how
	// many that match they are chosen.
	suggested     = 8
	suggestedFrom = 50
)

func (w *Web) suggestRoutes(r *mux.Router) {
	r.Handle("/catalog/suggest", httpx.Handler(w.suggest)).Methods(http.MethodGet).Name("catalog.suggest")
}

// suggest serves GET /catalog/suggest?q=…: entities to fill a field with, by name,
// those first whose name begins with the text. It is not the portal's search.
func (w *Web) suggest(rw http.ResponseWriter, r *http.Request) error {
	found := []ui.Suggestion{}
	term := strings.TrimSpace(r.URL.Query().Get("q"))
	if term == "" {
		return httpx.WriteJSON(rw, http.StatusOK, found)
	}
	page, err := w.store.Query(r.Context(), catalog.Query{
		Text:  &catalog.Text{Term: term, Fields: []string{"metadata.name", "metadata.title", "spec.profile.displayname"}},
		Order: []catalog.Order{{Field: "metadata.name"}}, Limit: suggestedFrom, SkipTotal: true,
	})
	if err != nil {
		return err
	}
	entities, err := decodeAll(page.Items)
	if err != nil {
		return err
	}
	slices.SortStableFunc(entities, func(a, b *catalog.Entity) int {
		return cmp.Compare(b2i(!begins(a, term)), b2i(!begins(b, term)))
	})
	for _, e := range entities[:min(len(entities), suggested)] {
		found = append(found, ui.Suggestion{
			Title: e.DisplayName(), Text: w.kindLabel(e), URL: w.entityURL(e.Ref()), Icon: ui.IconName(w.kindIcon(e.Kind)),
		})
	}
	return httpx.WriteJSON(rw, http.StatusOK, found)
}

func begins(e *catalog.Entity, term string) bool {
	term = strings.ToLower(term)
	return strings.HasPrefix(strings.ToLower(e.Metadata.Name), term) || strings.HasPrefix(strings.ToLower(e.DisplayName()), term)
}
