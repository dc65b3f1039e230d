// SPDX-License-Identifier: Apache-2.0

package catalogapi

import (
	"github.com/samber/do/v2"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/module"
)

var _ module.Module = (*API)(nil)

// Package adds the catalog's REST API to a portal. It needs a [catalog.Store]
// and a [catalog.Operator] from other packages.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		module.Provide(i, provide)
		module.Contribute(i, func(i do.Injector) (module.Module, error) {
			return do.Invoke[*API](i)
		})
	}
}

func provide(i do.Injector) (*API, error) {
	store, err := do.Invoke[catalog.Store](i)
	if err != nil {
		return nil, err
	}
	service, err := do.Invoke[catalog.Operator](i)
	if err != nil {
		return nil, err
	}
	return New(store, service, nil)
}
