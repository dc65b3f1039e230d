// SPDX-License-Identifier: Apache-2.0

package catalog_test

import (
	"context"
	"fmt"
	"log"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogtest"
)

// team is a provider of one entity.
type team struct{ delivered chan struct{} }

func (team) Name() string { return "team" }

func (t team) Run(ctx context.Context, sink catalog.Sink) error {
	defer close(t.delivered)
	return sink.Update(ctx, []catalog.Item{{
		Location: "team:web",
		Entities: []*catalog.Entity{catalogtest.Group("web").Title("Web team").Entity()},
	}}, nil)
}

func ExampleService() {
	ctx := context.Background()
	store := catalogtest.NewStore() // sqlcatalog in earnest
	provider := team{make(chan struct{})}
	service, err := catalog.NewService(store, &catalog.ServiceOptions{
		Providers: []catalog.Provider{provider},
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := service.Start(ctx); err != nil {
		log.Fatal(err)
	}
	<-provider.delivered
	page, err := store.Query(ctx, catalog.Query{Filter: catalog.In{Field: "kind", Values: []string{"group"}}})
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range page.Items {
		fmt.Println(r.Ref)
	}
	if err := service.Close(ctx); err != nil {
		log.Fatal(err)
	}
	// Output: group:default/web
}

func ExampleService_Validate() {
	service, err := catalog.NewService(catalogtest.NewStore(), nil)
	if err != nil {
		log.Fatal(err)
	}
	v, err := service.Validate(context.Background(), catalog.Item{
		Location: "file:catalog-info.yaml",
		Content: []byte(`apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: shop
spec:
  type: website
  lifecycle: production
`),
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range v.Problems {
		fmt.Printf("%s:%d:%d %s\n", p.Location, p.Line, p.Column, p.Pointer)
	}
	// Output: file:catalog-info.yaml:5:1 /spec/owner
}
