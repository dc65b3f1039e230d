// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"embed"
	"io/fs"
	"net/http"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/ui"
)

//go:embed pages
var pages embed.FS

// welcome is the page at / of a portal in which no module owns it.
type welcome struct {
	name  string
	nav   *navigation
	pages *ui.Templates
}

var _ module.Module = (*welcome)(nil)

// newWelcome returns the page, drawn with u.
func newWelcome(u *ui.UI, name string, nav *navigation) (*welcome, error) {
	files, err := fs.Sub(pages, "pages")
	if err != nil {
		return nil, err
	}
	t, err := u.Templates(files)
	if err != nil {
		return nil, err
	}
	return &welcome{name: name, nav: nav, pages: t}, nil
}

// ID returns "portal".
func (w *welcome) ID() string { return "portal" }

// Prefixes returns the root.
func (w *welcome) Prefixes() []string { return []string{"/"} }

// Routes adds the page.
func (w *welcome) Routes(r *mux.Router) {
	r.Handle("/", httpx.Handler(w.page)).Methods(http.MethodGet).Name("portal.home")
}

// welcomePage is what pages/welcome.html is executed with.
type welcomePage struct {
	ui.Page
	Items []ui.Link
	Empty ui.Empty
}

// page serves GET /: what the modules offer.
func (w *welcome) page(rw http.ResponseWriter, r *http.Request) error {
	p := welcomePage{
		Page: ui.Page{Title: w.name},
		Empty: ui.Empty{
			Title: "This portal has no pages yet",
			Text:  "It was composed without a module that has any. Add one to its main function, such as standard.Package().",
		},
	}
	for _, section := range w.nav.sections(r) {
		for _, item := range section.Items {
			p.Items = append(p.Items, ui.Link{Title: item.Title, URL: item.URL})
		}
	}
	return w.pages.Page(rw, r, "welcome.html", p)
}
