// SPDX-License-Identifier: Apache-2.0

package catalogbench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogapi"
	"github.com/callboard/callboard/catalog/catalogweb"
	"github.com/callboard/callboard/catalog/sqlcatalog"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/ui"
)

// Site is a catalog in service: a store, the service that feeds it, the API and
// the pages, put together as a portal does it, without a network.
type Site struct {
	Store   catalog.Store
	Service *catalog.Service
	Handler http.Handler

	company *Company
	db      *sqldb.DB
	feed    *feed
}

// OpenSite opens the catalog of the company in the database at url, as in
// [sqldb.Open], and starts it; [Site.Load] fills it.
func OpenSite(ctx context.Context, url string, company *Company) (_ *Site, err error) {
	db, err := sqldb.Open(ctx, url, nil)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	store, err := sqlcatalog.New(ctx, db, nil)
	if err != nil {
		return nil, err
	}
	s := &Site{Store: store, company: company, db: db, feed: newFeed(company)}
	s.Service, err = catalog.NewService(store, &catalog.ServiceOptions{
		Providers: []catalog.Provider{s.feed}, Readers: []catalog.LocationReader{s.feed}, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, err
	}
	if err := s.mount(); err != nil {
		return nil, err
	}
	return s, s.Service.Start(ctx)
}

// mount makes the handler: the API and the pages on one router.
func (s *Site) mount() error {
	router := mux.NewRouter()
	u, err := ui.New(&ui.Options{URL: func(name string, pairs ...string) (string, error) {
		route := router.Get(name)
		if route == nil {
			return "/" + name, nil // a page of another module
		}
		to, err := route.URLPath(pairs...)
		if err != nil {
			return "", err
		}
		return to.String(), nil
	}})
	if err != nil {
		return err
	}
	api, err := catalogapi.New(s.Store, s.Service, nil)
	if err != nil {
		return err
	}
	web, err := catalogweb.New(s.Store, s.Service, u, nil)
	if err != nil {
		return err
	}
	api.Routes(router)
	web.Routes(router)
	s.Handler = router
	return nil
}

// Get answers a request for the path and returns the body.
func (s *Site) Get(ctx context.Context, path string) ([]byte, error) {
	rec := httptest.NewRecorder()
	s.Handler.ServeHTTP(rec, httptest.NewRequestWithContext(ctx, http.MethodGet, path, http.NoBody))
	if rec.Code != http.StatusOK {
		return nil, fmt.Errorf("catalogbench: GET %s: status %d: %.200s", path, rec.Code, rec.Body)
	}
	return rec.Body.Bytes(), nil
}

// Close stops the service and closes the database.
func (s *Site) Close() error {
	return errors.Join(s.Service.Close(context.Background()), s.db.Close())
}
