// SPDX-License-Identifier: Apache-2.0

package home

import (
	"log/slog"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/ui"
)

var (
	_ module.Module    = (*Home)(nil)
	_ module.Navigator = (*Home)(nil)
)

// Package puts the page at / with every [module.HomeCard] that packages
// contribute.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		module.Contribute(i, func(i do.Injector) (module.Module, error) {
			u, err := do.Invoke[*ui.UI](i)
			if err != nil {
				return nil, err
			}
			cards, err := module.Collect[module.HomeCard](i)
			if err != nil {
				return nil, err
			}
			log, err := do.Invoke[*slog.Logger](i)
			if err != nil {
				return nil, err
			}
			leads, err := module.Collect[module.HomeLead](i)
			if err != nil {
				return nil, err
			}
			return New(u, cards, &Options{Leads: leads, Logger: log})
		})
	}
}
