// SPDX-License-Identifier: Apache-2.0

// Command minimal serves a catalog inside a plain net/http service, without a
// portal: a store, a provider over a directory, and the REST API on a mux.
//
//	go run ./examples/minimal
//	curl http://127.0.0.1:7007/api/catalog/entities/by-name/component/default/orders
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os/signal"
	"syscall"
	"time"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogapi"
	"github.com/callboard/callboard/catalog/filecatalog"
	"github.com/callboard/callboard/catalog/sqlcatalog"
	"github.com/callboard/callboard/portal/sqldb"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:7007", "serve on `ADDRESS`")
	dir := flag.String("catalog", "examples/minimal/catalog", "read entities from `DIR`, and again when they change")
	database := flag.String("database", ":memory:", "keep the catalog at `URL`: a SQLite file or postgres://…")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *listen, *dir, *database); err != nil {
		log.Fatal(err)
	}
}

// run serves the catalog until ctx ends.
func run(ctx context.Context, listen, dir, database string) (err error) {
	db, err := sqldb.Open(ctx, database, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	store, err := sqlcatalog.New(ctx, db, nil)
	if err != nil {
		return err
	}
	files, err := filecatalog.New([]string{dir}, nil)
	if err != nil {
		return err
	}
	service, err := catalog.NewService(store, &catalog.ServiceOptions{
		Providers: []catalog.Provider{files},
		Readers:   []catalog.LocationReader{files}, // for Location entities in the files
	})
	if err != nil {
		return err
	}
	api, err := catalogapi.New(store, service, nil)
	if err != nil {
		return err
	}
	if err := service.Start(ctx); err != nil {
		return err
	}
	return errors.Join(serve(ctx, listen, handler(api)), service.Close(context.Background()))
}

// handler puts the API beside the service's own routes.
func handler(api *catalogapi.API) http.Handler {
	routes := mux.NewRouter()
	api.Routes(routes)
	top := http.NewServeMux()
	top.Handle(catalogapi.Prefix+"/", routes)
	top.Handle("GET /{$}", http.RedirectHandler(catalogapi.Prefix+"/entities/by-query", http.StatusFound))
	return top
}

// serve answers requests until ctx ends, and lets those under way finish.
func serve(ctx context.Context, listen string, h http.Handler) error {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	stopped := make(chan error, 1)
	context.AfterFunc(ctx, func() {
		limit, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		stopped <- server.Shutdown(limit)
	})
	fmt.Printf("the catalog is served at http://%s%s\n", ln.Addr(), catalogapi.Prefix)
	if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}
