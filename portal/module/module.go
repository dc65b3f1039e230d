// SPDX-License-Identifier: Apache-2.0

package module

import (
	"context"
	"time"

	"github.com/gorilla/mux"
)

// Module is a part of the portal with pages or an API of its own.
type Module interface {
	// ID is unique in the portal, lower case, such as "catalog" or "acme-oncall".
	ID() string
	// Prefixes are the paths that the module owns, such as "/catalog" and
	// "/api/catalog". The longest prefix that matches whole segments takes a
	// request. Two modules cannot own the same prefix.
	Prefixes() []string
	// Routes adds the module's routes, with full paths below its prefixes. Each
	// has methods and a name, and names begin with the ID and a dot:
	//
	//	r.Handle("/catalog", httpx.Handler(w.list)).Methods("GET").Name("catalog.list")
	//
	// A GET route answers HEAD as well. Routes is called once, when everything
	// is built, before anything is started.
	Routes(r *mux.Router)
}

// Navigator is a module with entries in the navigation.
type Navigator interface {
	// Nav returns the entries. It is called once, after the routes are known.
	Nav() []NavItem
}

// Searcher is a module that answers the search in the header of every page. Of
// several, the one with the lowest order does.
type Searcher interface {
	// Search returns the routes. It is called once, after they are known.
	Search() Search
}

// Search says who answers the search in the header.
type Search struct {
	// Route is the name of the route that the form leads to: GET with the
	// parameter q.
	Route string
	// Suggest is the name of the route that answers GET with q by a JSON array
	// of ui.Suggestion; empty suggests the navigation only.
	Suggest string
	// Hint stands in the empty field; empty is a general one.
	Hint string
	// Order decides between several; that of portal/search is 100.
	Order int
}

// The sections of the navigation that the portal knows. They come in this
// order, sections of other names after Organisation; Administration stands at
// the foot.
const (
	SectionMain           = ""
	SectionDeliver        = "Deliver"
	SectionOrganisation   = "Organisation"
	SectionAdministration = "Administration"
)

// NavItem is an entry of the navigation.
type NavItem struct {
	// ID is unique in the portal, as module.name.
	ID string
	// Label is what people read.
	Label string
	// Icon is the name of an icon of portal/ui; empty has none.
	Icon string
	// Route is the name of the route that the entry leads to; it must need no
	// variables. URL is used instead if Route is empty.
	Route string
	// URL is a path or an absolute address outside the portal.
	URL string
	// Section groups entries: one of the sections above, or a name of the
	// company's own.
	Section string
	// Order sorts entries in their section; the built-in ones use 100, 200, ….
	Order int
	// Permission, unless empty, is what the entry leads to needs: it is left out
	// for readers who do not have it.
	Permission string
	// Count returns a number to show at the entry, such as what waits for the
	// reader in ctx; nil and zero show none. It must be quick.
	Count func(ctx context.Context) int
}

// HealthChecker is a module, service or contribution that can say whether it
// works. It decides whether /readyz answers 200.
type HealthChecker interface {
	// HealthName is what /readyz calls the check, such as "database".
	HealthName() string
	// CheckHealth returns nil, or why it does not work. It keeps to ctx's
	// deadline, and is called from several goroutines.
	CheckHealth(ctx context.Context) error
}

// Starter is a module, service or contribution that does work of its own. The
// portal starts what a value was built from before the value itself.
type Starter interface {
	// Start begins the work and returns. ctx lives until every Close has
	// returned, so goroutines may keep it. An error stops the portal.
	Start(ctx context.Context) error
}

// Closer is a module, service or contribution that holds something until the
// portal stops. What was built later is closed earlier.
type Closer interface {
	// Close ends the work and returns when every goroutine has ended.
	Close() error
}

// ContextCloser is a [Closer] that can be told how long it may take.
type ContextCloser interface {
	// Close ends the work, at ctx's deadline at the latest.
	Close(ctx context.Context) error
}

// Stopper is what some call a [ContextCloser].
type Stopper interface {
	// Stop ends the work, at ctx's deadline at the latest.
	Stop(ctx context.Context) error
}

// Timeouter is a module whose requests need another deadline than the portal's.
type Timeouter interface {
	// RequestTimeout is how long a request of this module may take before it
	// begins to stream; negative means no deadline.
	RequestTimeout() time.Duration
}
