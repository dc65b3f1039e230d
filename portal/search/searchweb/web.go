// SPDX-License-Identifier: Apache-2.0

// Package searchweb is the search as people and clients see it: the page
// /search, what the palette suggests, an API of its own and the route of the
// field's clients below /api/search, and the command "search". Start from
// [Package].
package searchweb

import (
	"crypto/rand"
	"embed"
	"io/fs"
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/search"
	"github.com/callboard/callboard/portal/ui"
)

//go:embed templates
var embedded embed.FS

// Web is the module. It is safe for concurrent use.
type Web struct {
	search *search.Service
	ui     *ui.UI
	pages  *ui.Templates
	// tag stands around what was looked for, for the field's clients.
	tag string
}

var (
	_ module.Module   = (*Web)(nil)
	_ module.Searcher = (*Web)(nil)
)

// New returns the module, or an error that names the template at fault.
func New(s *search.Service, u *ui.UI) (*Web, error) {
	files, err := fs.Sub(embedded, "templates")
	if err != nil {
		return nil, err
	}
	pages, err := u.Templates(files)
	return &Web{search: s, ui: u, pages: pages, tag: strings.ToLower(rand.Text()[:12])}, err
}

// ID returns "search".
func (w *Web) ID() string { return "search" }

// Prefixes returns the paths of the page and of the API.
func (w *Web) Prefixes() []string { return []string{"/search", "/api/search"} }

// Search offers the page as the search of the header.
func (w *Web) Search() module.Search {
	return module.Search{Route: "search.page", Suggest: "search.suggest", Hint: "Search everything", Order: 100}
}

// Routes adds the page and the API.
func (w *Web) Routes(r *mux.Router) {
	for _, rt := range []struct {
		path, name string
		serve      httpx.Handler
	}{
		{"/search", "page", w.page},
		{"/search/suggest", "suggest", w.suggest},
		{"/api/search/query", "query", w.query},
		{"/api/search/documents", "documents", w.documents},
		{"/api/search/types", "types", w.types},
		{"/api/search/openapi.yaml", "openapi", w.openapi},
	} {
		r.Handle(rt.path, rt.serve).Methods(http.MethodGet).Name("search." + rt.name)
	}
}

// questionOf reads the question of a page or of our API: q, type, limit, cursor.
func questionOf(r *http.Request) search.Query {
	v := r.URL.Query()
	return search.Query{Text: v.Get("q"), Types: v["type"], Cursor: v.Get("cursor")}
}
