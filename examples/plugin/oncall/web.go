// SPDX-License-Identifier: Apache-2.0

package oncall

import (
	"context"
	"embed"
	"io/fs"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/ui"
)

//go:embed templates
var embedded embed.FS

// Web is the module's page, and what it draws on those of others. It is safe
// for concurrent use.
type Web struct {
	store  *Store
	people catalog.Reader
	may    Judge
	ui     *ui.UI
	pages  *ui.Templates
	opts   WebOptions
}

// A module is found to have more to offer by type assertion; these lines keep
// a method from losing its interface by a typing error.
var (
	_ module.Module    = (*Web)(nil)
	_ module.Navigator = (*Web)(nil)
)

// WebOptions is what [NewWeb] may be given.
type WebOptions struct {
	// Settings are the module's.
	Settings Settings
	// Refresher reads the roster when somebody asks; nil hides the button.
	Refresher *Refresher
	// Now tells the time; nil means time.Now.
	Now func() time.Time
}

// NewWeb parses the templates. People are found in the catalog, and may says
// what the reader may do.
func NewWeb(store *Store, people catalog.Reader, may Judge, u *ui.UI, opts *WebOptions) (*Web, error) {
	w := &Web{store: store, people: people, may: may, ui: u}
	if opts != nil {
		w.opts = *opts
	}
	if w.opts.Now == nil {
		w.opts.Now = time.Now
	}
	files, err := fs.Sub(embedded, "templates")
	if err != nil {
		return nil, err
	}
	w.pages, err = u.Templates(files)
	return w, err
}

// ID is unique in the portal.
func (w *Web) ID() string { return "oncall" }

// Prefixes are the paths that belong to the module.
func (w *Web) Prefixes() []string { return []string{"/oncall"} }

// Routes have methods and names, and the names begin with the ID. Handlers
// return their error; the portal makes a page or JSON of it.
func (w *Web) Routes(r *mux.Router) {
	r.Handle("/oncall", w.guarded(mayRead, w.page)).Methods(http.MethodGet).Name("oncall.rotas")
	r.Handle("/oncall/refresh", w.guarded(mayRefresh, w.refresh)).Methods(http.MethodPost).Name("oncall.refresh")
}

// guarded serves those who have the permission.
func (w *Web) guarded(permission string, serve httpx.Handler) http.Handler {
	return httpx.Handler(func(rw http.ResponseWriter, r *http.Request) error {
		if err := w.may.Require(r.Context(), permission); err != nil {
			return err
		}
		return serve(rw, r)
	})
}

// Nav puts the page into the navigation.
func (w *Web) Nav() []module.NavItem {
	return []module.NavItem{{ID: "oncall.rotas", Label: "On call", Icon: "clock", Route: "oncall.rotas", Section: "Organisation", Order: 150, Permission: mayRead}}
}

// rotasPage is what the template draws: the shell's part, and the page's own.
type rotasPage struct {
	ui.Page
	Table   ui.Table
	Empty   *ui.Empty
	Stale   *ui.Stale
	Problem *ui.Problem
}

// page serves GET /oncall.
func (w *Web) page(rw http.ResponseWriter, r *http.Request) error {
	rotas, err := w.store.Rotas(r.Context())
	if err != nil {
		return err
	}
	read, err := w.store.LastRead(r.Context())
	if err != nil {
		return err
	}
	page := rotasPage{Page: ui.Page{Title: "On call", Lead: "Who answers now, and who is next.", Active: "oncall.rotas"}}
	if w.opts.Settings.Roster != "" {
		if w.may.May(r.Context(), mayRefresh) {
			again, err := w.ui.URL("oncall.refresh")
			if err != nil {
				return err
			}
			page.Actions = []ui.Action{{Label: "Read roster again", Icon: "redo", Post: true, URL: again}}
		}
		page.Facts = []ui.Fact{{Label: "Read from", Value: w.opts.Settings.Roster, Mono: true}, {Label: "Last read", Time: read.At}}
	}
	switch {
	case read.Failure != "" && read.At.IsZero():
		page.Problem = &ui.Problem{Title: "The roster could not be read", Text: read.Failure, ID: httpx.RequestIDFrom(r.Context()), Retry: r.URL.Path}
	case read.Failure != "":
		page.Stale = &ui.Stale{Since: read.At, Text: read.Failure}
	}
	if len(rotas) == 0 && page.Problem == nil {
		page.Empty = w.nothing()
	}
	if page.Table, err = w.table(r.Context(), rotas); err != nil {
		return err
	}
	return w.pages.Page(rw, r, "rotas.html", page)
}

// nothing is why there are no rotas, and what to do.
func (w *Web) nothing() *ui.Empty {
	if w.opts.Settings.Roster == "" {
		return &ui.Empty{Icon: "clock", Title: "No roster yet", Text: "Say in the configuration, or in the environment, where it is.", Command: "CALLBOARD_ONCALL_ROSTER=roster.json"}
	}
	return &ui.Empty{Icon: "clock", Title: "No rotas", Text: "The roster names none."}
}

func (w *Web) table(ctx context.Context, rotas []Rota) (ui.Table, error) {
	now := w.opts.Now()
	people, err := w.linksTo(ctx, rotas...)
	if err != nil {
		return ui.Table{}, err
	}
	t := ui.Table{Caption: "Rotas", Columns: []ui.Column{{Title: "Rota"}, {Title: "On call"}, {Title: "Hands over"}, {Title: "Next"}}}
	for _, r := range rotas {
		turn := r.At(now)
		person, next := people[turn.Person], people[r.At(turn.To).Person]
		page, err := w.entityURL(rotaRef(r.Name))
		if err != nil {
			return t, err
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			{Text: r.Title, URL: page, Sub: r.Channel},
			{Text: person.Title, URL: person.URL},
			{Time: turn.To},
			{Text: next.Title, URL: next.URL},
		}})
	}
	return t, nil
}

// refresh serves POST /oncall/refresh. What was done is said on the page that
// the reader sees next.
func (w *Web) refresh(rw http.ResponseWriter, r *http.Request) error {
	if w.opts.Refresher == nil {
		return httpx.NotFound(rw, r)
	}
	notice := ui.Notice{Tone: ui.OK, Text: "The roster is being read again."}
	switch err := w.opts.Refresher.Ask(r.Context()); {
	case callboard.CodeOf(err) == callboard.CodeConflict:
		notice = ui.Notice{Tone: ui.Warn, Text: callboard.MessageOf(err)}
	case err != nil:
		return err
	}
	back, err := w.ui.URL("oncall.rotas")
	if err != nil {
		return err
	}
	w.ui.Flash(rw, r, notice)
	http.Redirect(rw, r, back, http.StatusSeeOther)
	return nil
}

// linksTo returns links to the people of the rotas, by user name. Who is not
// in the catalog is a name without a link.
func (w *Web) linksTo(ctx context.Context, rotas ...Rota) (map[string]ui.Link, error) {
	links := map[string]ui.Link{}
	var refs []catalog.Ref
	for _, r := range rotas {
		for _, p := range r.People {
			if _, known := links[p]; !known {
				links[p] = ui.Link{Title: p}
				refs = append(refs, catalog.NewRef("user", "", p))
			}
		}
	}
	records, err := w.people.Records(ctx, refs) // all in one question
	if err != nil {
		return nil, err
	}
	for _, rec := range records {
		if !rec.Found() {
			continue
		}
		e, err := rec.Entity()
		if err != nil {
			return nil, err
		}
		page, err := w.entityURL(rec.Ref)
		if err != nil {
			return nil, err
		}
		for name := range links {
			if catalog.NewRef("user", "", name) == rec.Ref {
				links[name] = ui.Link{Title: e.DisplayName(), URL: page}
			}
		}
	}
	return links, nil
}

// entityURL links to another module's page by the name of its route.
func (w *Web) entityURL(ref catalog.Ref) (string, error) {
	return w.ui.URL("catalog.entity", "namespace", ref.Namespace, "kind", ref.Kind, "name", ref.Name)
}
