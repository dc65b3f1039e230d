// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"log/slog"
	"slices"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/entitypage"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/search"
	"github.com/callboard/callboard/portal/ui"
)

var (
	_ module.Module    = (*Web)(nil)
	_ module.Navigator = (*Web)(nil)
)

// Package adds the catalog's pages to a portal, with every tab, card and
// action that was contributed. It needs a [catalog.Store], a
// [catalog.Operator], a [catalog.Judge] and the [*catalog.Kinds] from other
// packages.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		module.Provide(i, provide)
		claim(i, new(Web).ownTabs())
		claim(i, new(Web).ownCards())
		module.Contribute(i, func(i do.Injector) (module.Module, error) { return do.Invoke[*Web](i) })
		module.Contribute(i, func(i do.Injector) (module.HomeLead, error) {
			w, err := do.Invoke[*Web](i)
			if err != nil {
				return module.HomeLead{}, err
			}
			return w.HomeLead(), nil
		})
		module.Contribute(i, func(do.Injector) (search.Action, error) {
			return search.Action{
				ID: "catalog.register", Title: "Register a location", Text: "Add entities from a file or a repository.", Names: []string{"Add a component", "Import"},
				Icon: "plus", Route: "catalog.locations.register", Permission: catalog.MayCreateLocation,
			}, nil
		})
		for _, card := range homeCards() {
			module.Contribute(i, func(i do.Injector) (module.HomeCard, error) {
				w, err := do.Invoke[*Web](i)
				if err != nil {
					return module.HomeCard{}, err
				}
				return card(w), nil
			})
		}
	}
}

func provide(i do.Injector) (*Web, error) {
	opts, err := options(i)
	if err != nil {
		return nil, err
	}
	store, err := do.Invoke[catalog.Store](i)
	if err != nil {
		return nil, err
	}
	service, err := do.Invoke[catalog.Operator](i)
	if err != nil {
		return nil, err
	}
	u, err := do.Invoke[*ui.UI](i)
	if err != nil {
		return nil, err
	}
	return New(store, service, u, opts)
}

func options(i do.Injector) (o *Options, err error) {
	o = &Options{}
	if o.Tabs, err = slots(i, new(Web).ownTabs()); err != nil {
		return nil, err
	}
	if o.Cards, err = slots(i, new(Web).ownCards()); err != nil {
		return nil, err
	}
	if o.Actions, err = slots[entitypage.Action](i, nil); err != nil {
		return nil, err
	}
	more, err := module.Collect[entitypage.Slots](i)
	if err != nil {
		return nil, err
	}
	for _, s := range more {
		o.Tabs, o.Cards, o.Actions = append(o.Tabs, s.Tabs...), append(o.Cards, s.Cards...), append(o.Actions, s.Actions...)
	}
	if o.Judge, err = do.Invoke[catalog.Judge](i); err != nil {
		return nil, err
	}
	if o.Kinds, err = do.Invoke[*catalog.Kinds](i); err != nil {
		return nil, err
	}
	o.Logger, err = do.Invoke[*slog.Logger](i)
	return o, err
}

// claim contributes the built-in slots, so that another of the same ID is
// reported with both that want it.
func claim[T module.Keyed](i do.Injector, own []T) {
	for _, s := range own {
		module.Contribute(i, func(do.Injector) (T, error) { return s, nil })
	}
}

// slots returns what others contributed to a slot; the built-in ones [New] adds
// itself.
func slots[T module.Keyed](i do.Injector, own []T) ([]T, error) {
	all, err := module.Collect[T](i)
	return slices.DeleteFunc(all, func(s T) bool {
		return slices.ContainsFunc(own, func(o T) bool { return o.Key() == s.Key() })
	}), err
}

// Nav returns the entries of the navigation.
func (w *Web) Nav() []module.NavItem {
	return []module.NavItem{
		{ID: "catalog.list", Label: "Catalog", Icon: "grid", Route: "catalog.list", Order: 200},
		{ID: "catalog.apis", Label: "APIs", Icon: "api", Route: "catalog.apis", Order: 300},
		{ID: "catalog.teams", Label: "Teams", Icon: "users", Route: "catalog.teams", Section: module.SectionOrganisation, Order: 100},
		{ID: "catalog.explore", Label: "Explore", Icon: "graph", Route: "catalog.explore", Section: module.SectionOrganisation, Order: 200},
		{ID: "catalog.problems", Label: "Problems", Icon: "alert", Route: "catalog.problems", Section: module.SectionOrganisation, Order: 300},
		{ID: "catalog.locations", Label: "Locations", Icon: "database", Route: "catalog.locations", Section: module.SectionOrganisation, Order: 400},
	}
}
