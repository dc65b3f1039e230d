// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/gorilla/mux"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogweb/apidoc"
	"github.com/callboard/callboard/catalog/entitypage"
	"github.com/callboard/callboard/portal/slot"
	"github.com/callboard/callboard/portal/ui"
)

//go:embed templates
var embedded embed.FS

// Options is what [New] may be given; the zero value has the built-in slots only.
type Options struct {
	// Tabs, Cards and Actions are drawn on entity pages beside the built-in ones.
	Tabs    []entitypage.Tab
	Cards   []entitypage.Card
	Actions []entitypage.Action
	// Kinds describe how to call and draw the kinds; nil means the built-in ones.
	Kinds *catalog.Kinds
	// Judge says which buttons a reader is shown; nil shows all.
	Judge catalog.Judge
	// Files replaces the embedded templates, for work on them.
	Files fs.FS
	// SlotTimeout is how long one tab or card may take; 0 means [slot.Timeout].
	SlotTimeout time.Duration
	// Now tells the time; nil means time.Now.
	Now func() time.Time
	// Logger takes what slots fail with; nil discards.
	Logger *slog.Logger
}

// Web is the pages. It is safe for concurrent use.
type Web struct {
	store     catalog.Store
	service   catalog.Operator
	ui        *ui.UI
	pages     *ui.Templates
	kinds     *catalog.Kinds
	relations relationNames
	docs      *lru.Cache[string, apidoc.Doc]
	opts      Options
}

// New returns the pages over the store, or an error that names the template at
// fault or two slots with one ID.
func New(store catalog.Store, service catalog.Operator, u *ui.UI, opts *Options) (*Web, error) {
	w := &Web{store: store, service: service, ui: u}
	if opts != nil {
		w.opts = *opts
	}
	if err := w.setDefaults(); err != nil {
		return nil, err
	}
	pages, err := u.Templates(w.opts.Files)
	if err != nil {
		return nil, err
	}
	w.pages = pages
	if w.docs, err = lru.New[string, apidoc.Doc](docsKept); err != nil {
		return nil, err
	}
	w.relations = newRelationNames(w.kinds)
	return w, w.addOwnSlots()
}

func (w *Web) setDefaults() error {
	o := &w.opts
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.SlotTimeout == 0 {
		o.SlotTimeout = slot.Timeout
	}
	if o.Files == nil {
		files, err := fs.Sub(embedded, "templates")
		if err != nil {
			return err
		}
		o.Files = files
	}
	w.kinds = o.Kinds
	if w.kinds == nil {
		kinds, err := catalog.NewKinds()
		if err != nil {
			return err
		}
		w.kinds = kinds
	}
	return nil
}

// may reports whether to offer the reader what needs the permission.
func (w *Web) may(r *http.Request, permission string, e *catalog.Entity) bool {
	return w.opts.Judge == nil || w.opts.Judge.May(r.Context(), permission, e)
}

// allowed returns the actions, or none if the reader may not take them.
func (w *Web) allowed(r *http.Request, permission string, e *catalog.Entity, actions ...ui.Action) []ui.Action {
	if !w.may(r, permission, e) {
		return nil
	}
	return actions
}

// ID returns "catalog".
func (w *Web) ID() string { return "catalog" }

// Prefixes returns the paths of the pages.
func (w *Web) Prefixes() []string {
	return []string{"/catalog", "/explore", "/teams", "/apis", "/problems", "/locations"}
}

// Routes adds the pages.
func (w *Web) Routes(r *mux.Router) {
	w.listRoutes(r)
	w.suggestRoutes(r)
	w.entityRoutes(r)
	w.exploreRoutes(r)
	w.teamRoutes(r)
	w.apiRoutes(r)
	w.problemRoutes(r)
	w.locationRoutes(r)
}
