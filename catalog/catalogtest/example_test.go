// SPDX-License-Identifier: Apache-2.0

package catalogtest_test

import (
	"context"
	"fmt"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogtest"
)

// A test fills a store in memory with built entities.
func ExampleNewStore() {
	ctx := context.Background()
	store := catalogtest.NewStore()
	_, err := store.Apply(ctx, catalog.Change{Sources: []catalog.SourceUpdate{{
		Key: catalog.SourceKey{Provider: "test", Location: "test:all"},
		Claims: []catalog.Claim{
			catalogtest.Group("web").Claim(),
			catalogtest.Component("shop").Title("The shop").Owner("group:default/web").Claim(),
		},
	}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	page, err := store.Query(ctx, catalog.Query{Text: &catalog.Text{Term: "the shop"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(page.Total, page.Items[0].Ref)
	// Output: 1 component:default/shop
}
