// SPDX-License-Identifier: Apache-2.0

package entitypage_test

import (
	"fmt"
	"html/template"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/entitypage"
	"github.com/callboard/callboard/portal/module"
)

// A package contributes a card that appears on websites only.
func ExampleCard() {
	acme := func(i do.Injector) {
		module.Contribute(i, func(do.Injector) (entitypage.Card, error) {
			return entitypage.Card{
				ID: "acme.visits", Title: "Visits", Order: 500,
				For: func(e *catalog.Entity) bool { return e.Type() == "website" },
				Render: func(r entitypage.Request) (template.HTML, error) {
					return template.HTML("<p>Many to " + template.HTMLEscapeString(r.Entity.DisplayName()) + ".</p>"), nil
				},
			}, nil
		})
	}

	i := module.NewInjector(nil) // the portal does this, and draws the card
	if err := module.Apply(i, acme); err != nil {
		fmt.Println(err)
		return
	}
	cards, err := module.Collect[entitypage.Card](i)
	if err != nil {
		fmt.Println(err)
		return
	}
	shop := &catalog.Entity{Kind: "Component", Metadata: catalog.Metadata{Name: "shop"}, Spec: map[string]any{"type": "website"}}
	fmt.Println(cards[0].For(shop))
	fmt.Println(cards[0].Render(entitypage.Request{Entity: shop}))
	// Output:
	// true
	// <p>Many to shop.</p> <nil>
}
