// SPDX-License-Identifier: Apache-2.0

package catalogapi

import (
	"context"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/httpx"
)

// Prefix is the path under which the API is served.
const Prefix = "/api/catalog"

// Store is what the API needs of a [catalog.Store].
type Store interface {
	catalog.Reader
	catalog.SourceReader
	catalog.HistoryReader
	catalog.ProblemReader
	catalog.Remover
	// Locations returns all registered locations.
	Locations(ctx context.Context) ([]catalog.Location, error)
}

// Options is what an [API] may be given. The zero value is the default.
type Options struct {
	// Now tells the time; nil means [time.Now].
	Now func() time.Time
}

// API serves the catalog. It is safe for concurrent use and holds nothing that
// has to be closed.
type API struct {
	store   Store
	service catalog.Operator
	now     func() time.Time
	openapi description
}

// New returns an API over the store and the service that keeps it.
func New(store Store, service catalog.Operator, opts *Options) (*API, error) {
	if store == nil || service == nil {
		return nil, &callboard.Error{Code: callboard.CodeInternal, Message: "catalogapi: a store and a service are needed"}
	}
	if opts == nil {
		opts = &Options{}
	}
	a := &API{store: store, service: service, now: opts.Now}
	if a.now == nil {
		a.now = time.Now
	}
	a.openapi = newDescription()
	return a, nil
}

// ID returns the module's identifier.
func (a *API) ID() string { return "catalogapi" }

// Prefixes returns the paths that the module owns.
func (a *API) Prefixes() []string { return []string{Prefix} }

// Routes adds the API's routes, with full paths below [Prefix]. The most asked
// for come first, as the router tries them in order.
func (a *API) Routes(r *mux.Router) {
	const named = "/entities/by-name/{kind}/{namespace}/{name}"
	get := func(path, name string, h httpx.Handler) { a.handle(r, path, name, h, http.MethodGet, http.MethodHead) }
	post := func(path, name string, h httpx.Handler) { a.handle(r, path, name, h, http.MethodPost) }
	del := func(path, name string, h httpx.Handler) { a.handle(r, path, name, h, http.MethodDelete) }

	get(named, "entity", a.entityByName)
	get("/entities/by-query", "query", a.queryEntities)
	post("/entities/by-refs", "refs", a.entitiesByRefs)
	get("/entity-facets", "facets", a.facets)
	get("/entities", "entities", a.entities)
	post("/entities/by-query", "query-post", a.queryEntitiesPost)
	post("/entity-facets", "facets-post", a.facetsPost)
	get("/entities/by-uid/{uid}", "uid", a.entityByUID)
	del("/entities/by-uid/{uid}", "uid-delete", a.deleteByUID)
	del(named, "entity-delete", a.deleteByName)
	get(named+"/ancestry", "ancestry", a.ancestry)
	get(named+"/history", "history", a.history)
	post(named+"/restore", "restore", a.restore)
	post("/refresh", "refresh", a.refresh)

	get("/locations", "locations", a.locations)
	post("/locations", "locations-add", a.addLocation)
	post("/locations/by-query", "locations-query", a.queryLocations)
	get("/locations/by-entity/{kind}/{namespace}/{name}", "locations-entity", a.locationByEntity)
	get("/locations/{id}", "location", a.location)
	a.handle(r, "/locations/{id}", "location-update", a.updateLocation, http.MethodPut)
	del("/locations/{id}", "location-delete", a.deleteLocation)
	post("/analyze-location", "analyze", a.analyzeLocation)
	post("/validate-entity", "validate", a.validateEntity)

	get("/problems", "problems", a.problems)
	get("/conflicts", "conflicts", a.conflicts)
	get("/deleted", "deleted", a.deleted)
	get("/providers", "providers", a.providers)
	post("/providers/{name}/release", "release", a.release)
	get("/openapi.json", "openapi-json", a.openapi.json)
	get("/openapi.yaml", "openapi-yaml", a.openapi.yaml)
}

func (a *API) handle(r *mux.Router, path, name string, h httpx.Handler, methods ...string) {
	r.Handle(Prefix+path, h).Methods(methods...).Name(a.ID() + "." + name)
}

// cause says that the caller in ctx did it.
func (a *API) cause(ctx context.Context, reason string) catalog.Cause {
	return catalog.Cause{
		Actor:  callboard.IdentityFrom(ctx).Subject,
		Reason: reason,
		Time:   a.now().UTC(),
	}
}
