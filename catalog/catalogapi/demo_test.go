// SPDX-License-Identifier: Apache-2.0

package catalogapi_test

import (
	"testing"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogtest"
)

const (
	rootFile   = "file:/srv/catalog/root.yaml"
	ordersFile = "url:https://git.example.com/orders/catalog-info.yaml"
	stockFile  = "url:https://git.example.com/stock/catalog-info.yaml"
)

func ref(tb testing.TB, s string) catalog.Ref {
	tb.Helper()
	r, err := catalog.ParseRef(s, catalog.Ref{})
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// owned is a claim with the two relations of an owner.
func owned(tb testing.TB, b *catalogtest.Builder, owner string) catalog.Claim {
	tb.Helper()
	self, by := b.Entity().Ref(), ref(tb, owner)
	return b.Owner(owner).Claim(
		catalog.Edge{Source: self, Type: "ownedBy", Target: by},
		catalog.Edge{Source: by, Type: "ownerOf", Target: self},
	)
}

// fill puts the demo entities into the store: a root that names a file, which
// declares most, and a second one that also claims one of them.
func fill(tb testing.TB, store catalog.Store) {
	tb.Helper()
	root := catalog.SourceUpdate{
		Key:    catalog.SourceKey{Provider: "files", Location: rootFile},
		Claims: []catalog.Claim{catalogtest.LocationOf("root", "url", ordersFile).Claim()},
	}
	orders := catalog.SourceUpdate{
		Key: catalog.SourceKey{Provider: "files", Parent: "location:default/root", Location: ordersFile},
		Claims: []catalog.Claim{
			catalogtest.Group("orders").Title("Orders").Claim(),
			catalogtest.Group("stock").Claim(),
			catalogtest.User("ines", "orders").Claim(),
			owned(tb, catalogtest.Component("orders-api").Title("Orders, returns and refunds").
				Tags("java", "rest").Set("type", "service").Set("lifecycle", "production").
				Annotate("example.com/repo", "orders").
				Annotate("backstage.io/managed-by-origin-location", ordersFile), "group:default/orders"),
			owned(tb, catalogtest.Component("orders-web").Title("Orders website").
				Tags("node").Set("type", "website").Set("lifecycle", "experimental"), "group:default/orders"),
			owned(tb, catalogtest.Component("Billing").Namespace("finance").
				Tags("java").Set("type", "service").Set("lifecycle", "production").
				Annotate("example.com/path", `C:\billing\src, main*`), "group:default/stock"),
			owned(tb, catalogtest.Component("stock").Title("Stock").
				Set("type", "service").Set("lifecycle", "deprecated"), "group:default/stock"),
		},
		Problems: []catalog.Problem{
			{Severity: catalog.SeverityError, Rule: "metadata-name", Message: "the name is empty", Remedy: "give it one",
				Location: ordersFile, Document: 8, Line: 71, Column: 9, Pointer: "/metadata/name", Owner: "group:default/orders"},
			{Severity: catalog.SeverityWarning, Rule: "owner-missing", Message: "the owner does not exist",
				Location: ordersFile, Document: 7, Entity: "component:default/stock", Owner: "group:default/stock"},
		},
	}
	second := catalog.SourceUpdate{
		Key:    catalog.SourceKey{Provider: "files", Location: stockFile},
		Claims: []catalog.Claim{catalogtest.Component("stock").Title("Another stock").Set("type", "library").Claim()},
	}
	apply(tb, store, root, orders, second)
}

func apply(tb testing.TB, store catalog.Store, sources ...catalog.SourceUpdate) {
	tb.Helper()
	cause := catalog.Cause{Reason: "scan", Time: start()}
	if _, err := store.Apply(tb.Context(), catalog.Change{Cause: cause, Sources: sources}); err != nil {
		tb.Fatalf("Apply: %v", err)
	}
}
