// SPDX-License-Identifier: Apache-2.0

package sqlcatalog_test

import (
	"context"
	"fmt"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogtest"
	"github.com/callboard/callboard/catalog/sqlcatalog"
	"github.com/callboard/callboard/portal/sqldb"
)

func ExampleNew() {
	ctx := context.Background()
	db, err := sqldb.Open(ctx, ":memory:", nil) // a file, or postgres://…
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	store, err := sqlcatalog.New(ctx, db, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	source := catalog.SourceUpdate{
		Key:    catalog.SourceKey{Provider: "example", Location: "example:all"},
		Claims: []catalog.Claim{catalogtest.Component("shop").Claim()},
	}
	for range 2 { // what is so already is not written again
		applied, err := store.Apply(ctx, catalog.Change{Sources: []catalog.SourceUpdate{source}})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(len(applied.Changes), "changed")
	}
	// Output:
	// 1 changed
	// 0 changed
}
