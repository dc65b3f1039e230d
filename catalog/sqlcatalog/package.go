// SPDX-License-Identifier: Apache-2.0

package sqlcatalog

import (
	"context"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/sqldb"
)

// Package provides a [catalog.Unguarded] in the portal's database.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		module.Provide(i, func(i do.Injector) (catalog.Unguarded, error) {
			db, err := do.Invoke[*sqldb.DB](i)
			if err != nil {
				return catalog.Unguarded{}, err
			}
			s, err := New(context.Background(), db, nil)
			if err != nil {
				return catalog.Unguarded{}, err
			}
			s.begin(context.Background()) // so that the first reader need not wait for all of it
			return catalog.Unguarded{Store: s}, nil
		})
	}
}
