// SPDX-License-Identifier: Apache-2.0

package main

import (
	"embed"
	"io/fs"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/fscatalog"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/permission"
	"github.com/callboard/callboard/portal/standard"
)

//go:embed demo
var files embed.FS

// demo brings the demo company, unless the operator named a catalog to look at.
func demo(i do.Injector) {
	module.Provide(i, func(i do.Injector) (*fscatalog.Catalog, error) {
		paths, err := do.Invoke[standard.CatalogPaths](i)
		if err != nil || paths.Any() {
			return nil, err
		}
		root, err := fs.Sub(files, "demo")
		if err != nil {
			return nil, err
		}
		return fscatalog.New("demo", root, "all.yaml")
	})
	module.Contribute(i, func(i do.Injector) (catalog.Provider, error) { return company(i) })
	module.Contribute(i, func(i do.Injector) (catalog.LocationReader, error) { return company(i) })
	module.Contribute(i, func(i do.Injector) (permission.Admin, error) {
		_, err := company(i) // nothing is known of another company's groups
		return "group:default/delivery-platform", err
	})
	seeds(i)
}

func company(i do.Injector) (*fscatalog.Catalog, error) {
	c, err := do.Invoke[*fscatalog.Catalog](i)
	if err == nil && c == nil {
		err = module.ErrDisabled
	}
	return c, err
}
