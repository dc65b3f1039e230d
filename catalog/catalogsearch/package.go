// SPDX-License-Identifier: Apache-2.0

package catalogsearch

import (
	"github.com/samber/do/v2"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/guardedcatalog"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/search"
)

// Package contributes the catalog to the search. It needs a [catalog.Unguarded],
// the guard of package guardedcatalog and the [*catalog.Kinds] from other
// packages, and links to the pages of package catalogweb.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		module.Contribute(i, func(i do.Injector) (search.Source, error) {
			store, err := do.Invoke[catalog.Unguarded](i)
			if err != nil {
				return nil, err
			}
			guard, err := do.Invoke[*guardedcatalog.Store](i)
			if err != nil {
				return nil, err
			}
			kinds, err := do.Invoke[*catalog.Kinds](i)
			if err != nil {
				return nil, err
			}
			urls, err := do.Invoke[module.URLs](i)
			if err != nil {
				return nil, err
			}
			return New(store.Store, guard, kinds, urls), nil
		})
	}
}
