// SPDX-License-Identifier: Apache-2.0

package standard

import (
	"context"
	"log/slog"
	"net/url"

	"github.com/samber/do/v2"
	"github.com/spf13/pflag"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/filecatalog"
	"github.com/callboard/callboard/catalog/urlcatalog"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/fetch"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/sqldb"
)

// catalogService provides the catalog's service over whatever store, kinds,
// providers, processors and readers the other packages bring, and over the
// places that the operator names.
func catalogService(i do.Injector) {
	var named []string
	module.AddFlags(i, func(f *pflag.FlagSet) {
		f.StringArrayVar(&named, "catalog", nil, "read entities from `FILE|DIR|URL`; may be repeated")
	})
	module.Provide(i, catalogSettings)
	module.Provide(i, func(i do.Injector) (CatalogPaths, error) { return paths(i, named) })
	module.Provide(i, kinds)
	module.Provide(i, newService)
	module.Provide(i, files)
	module.Contribute(i, func(i do.Injector) (catalog.Provider, error) { return invokeFiles(i) })
	module.Contribute(i, func(i do.Injector) (catalog.LocationReader, error) { return invokeFiles(i) })
	module.Contribute(i, urls)
	module.Contribute(i, grant)
}

// kinds are the built-in kinds, those that packages contribute, and those of
// the configuration.
func kinds(i do.Injector) (*catalog.Kinds, error) {
	extra, err := module.Collect[catalog.Kind](i)
	if err != nil {
		return nil, err
	}
	settings, err := do.Invoke[CatalogSettings](i)
	if err != nil {
		return nil, err
	}
	c, err := do.Invoke[*config.Config](i)
	if err != nil {
		return nil, err
	}
	declared, err := settings.declaredKinds(c)
	if err != nil {
		return nil, err
	}
	return catalog.NewKinds(append(extra, declared...)...)
}

// files reads the files that the operator named; without any there is nothing.
func files(i do.Injector) (*filecatalog.Catalog, error) {
	named, err := do.Invoke[CatalogPaths](i)
	if err != nil || len(named.Files) == 0 {
		return nil, err
	}
	log, err := do.Invoke[*slog.Logger](i)
	if err != nil {
		return nil, err
	}
	return filecatalog.New(named.Files, &filecatalog.Options{Logger: log})
}

func invokeFiles(i do.Injector) (*filecatalog.Catalog, error) {
	c, err := do.Invoke[*filecatalog.Catalog](i)
	if err == nil && c == nil {
		err = module.ErrDisabled
	}
	return c, err
}

// urls reads the URLs that locations name, with the portal's own client.
func urls(i do.Injector) (catalog.LocationReader, error) {
	client, err := do.Invoke[*fetch.Client](i)
	if err != nil {
		return nil, err
	}
	return urlcatalog.New(urlcatalog.FromClient(client)), nil
}

// grant lets the client read from the hosts of the URLs that the operator
// named; a host with a private address too, since it was named on purpose.
func grant(i do.Injector) (fetch.Grant, error) {
	named, err := do.Invoke[CatalogPaths](i)
	if err != nil {
		return fetch.Grant{}, err
	}
	var g fetch.Grant
	allow := func(origin string) error {
		rule, err := fetch.ParseRule(origin)
		g.Allow = append(g.Allow, rule)
		return err
	}
	for _, target := range named.URLs {
		u, err := url.Parse(target)
		if err != nil {
			return g, err
		}
		if err := allow(u.Scheme + "://" + u.Host); err != nil {
			return g, err
		}
		if u.Host == "github.com" {
			if err := allow("https://raw.githubusercontent.com"); err != nil {
				return g, err
			}
		}
		g.AllowPrivate = append(g.AllowPrivate, u.Host)
	}
	return g, nil
}

func newService(i do.Injector) (*catalog.Service, error) {
	store, err := do.Invoke[catalog.Unguarded](i)
	if err != nil {
		return nil, err
	}
	opts := &catalog.ServiceOptions{}
	if opts.Kinds, err = do.Invoke[*catalog.Kinds](i); err != nil {
		return nil, err
	}
	if opts.Providers, err = module.Collect[catalog.Provider](i); err != nil {
		return nil, err
	}
	if opts.Processors, err = module.Collect[catalog.Processor](i); err != nil {
		return nil, err
	}
	if opts.Readers, err = module.Collect[catalog.LocationReader](i); err != nil {
		return nil, err
	}
	if opts.Logger, err = do.Invoke[*slog.Logger](i); err != nil {
		return nil, err
	}
	if err := operate(i, opts); err != nil {
		return nil, err
	}
	return catalog.NewService(store, opts)
}

// operate takes over what the operator decides.
func operate(i do.Injector, opts *catalog.ServiceOptions) error {
	settings, err := do.Invoke[CatalogSettings](i)
	if err != nil {
		return err
	}
	c, err := do.Invoke[*config.Config](i)
	if err != nil {
		return err
	}
	if err := settings.checkRules(c, opts.Kinds); err != nil {
		return err
	}
	named, err := do.Invoke[CatalogPaths](i)
	if err != nil {
		return err
	}
	for _, target := range named.URLs {
		opts.Locations = append(opts.Locations, catalog.Location{Type: "url", Target: target})
	}
	opts.Rules, opts.RefreshEvery = settings.rules(), settings.RefreshEvery
	opts.Guard = catalog.Guard{MaxDrop: settings.MaxDrop}
	db, err := do.Invoke[*sqldb.DB](i)
	if err != nil {
		return err
	}
	if db.Dialect() == sqldb.Postgres { // of many replicas, one runs a provider
		opts.Leader = db
	}
	return nil
}

var (
	_ interface {
		module.Starter
		Close(context.Context) error
	} = (*catalog.Service)(nil)
	_ catalog.Leader = (*sqldb.DB)(nil)
)
