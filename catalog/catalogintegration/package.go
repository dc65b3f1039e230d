// SPDX-License-Identifier: Apache-2.0

package catalogintegration

import (
	"github.com/samber/do/v2"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/entitypage"
	"github.com/callboard/callboard/catalog/guardedcatalog"
	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/integration"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/permission"
	"github.com/callboard/callboard/portal/ui"
)

// Package shows the integrations of [integration.Package] on the entity page.
// It needs a [catalog.Store] and a [catalog.Judge] from other packages. Who owns
// an entity may run actions on it, unless roles say otherwise.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		module.Contribute(i, func(do.Injector) (permission.Declaration, error) {
			return permission.Declaration{Permissions: []permission.Permission{
				{ID: integration.RunAction, Title: "Run actions of integrations", Resource: guardedcatalog.Resource, Default: permission.GrantOwners},
			}}, nil
		})
		module.Provide(i, provide)
		module.Contribute(i, func(i do.Injector) (module.Module, error) { return do.Invoke[*Web](i) })
		module.Contribute(i, func(i do.Injector) (entitypage.Slots, error) {
			w, err := do.Invoke[*Web](i)
			if err != nil {
				return entitypage.Slots{}, err
			}
			return w.slots(), nil
		})
	}
}

func provide(i do.Injector) (*Web, error) {
	p, err := invokeParts(i)
	if err != nil {
		return nil, err
	}
	return New(p)
}

func invokeParts(i do.Injector) (p Parts, err error) {
	if p.UI, err = do.Invoke[*ui.UI](i); err != nil {
		return p, err
	}
	if p.Engine, err = do.Invoke[*integration.Engine](i); err != nil {
		return p, err
	}
	if p.Catalog, err = do.Invoke[catalog.Store](i); err != nil {
		return p, err
	}
	if p.Judge, err = do.Invoke[catalog.Judge](i); err != nil {
		return p, err
	}
	if p.Refuse, err = do.Invoke[*permission.Checker](i); err != nil {
		return p, err
	}
	p.Log, err = do.Invoke[*audit.Log](i)
	return p, err
}
