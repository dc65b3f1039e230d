// SPDX-License-Identifier: Apache-2.0

package notifyweb

import (
	"github.com/samber/do/v2"
	"github.com/spf13/cobra"

	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/notify"
	"github.com/callboard/callboard/portal/permission"
	"github.com/callboard/callboard/portal/ui"
)

// Package adds the pages, the API and the command to a portal that has
// notify.Package, auth.Package and permissions.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		module.Contribute(i, func(do.Injector) (permission.Declaration, error) { return Declaration(), nil })
		module.Contribute(i, func(do.Injector) (notify.Topic, error) { return Topic(), nil })
		module.Contribute(i, func(do.Injector) (module.SettingsPage, error) { return Settings(), nil })
		module.Contribute(i, func(i do.Injector) (module.Module, error) {
			p, err := invokeParts(i)
			if err != nil {
				return nil, err
			}
			return New(p)
		})
		module.AddCommand(i, func(i do.Injector) *cobra.Command {
			return command(func() (*notify.Service, *audit.Log, error) {
				s, err := do.Invoke[*notify.Service](i)
				if err != nil {
					return nil, nil, err
				}
				log, err := do.Invoke[*audit.Log](i)
				return s, log, err
			})
		})
	}
}

func invokeParts(i do.Injector) (p Parts, err error) {
	if p.Service, err = do.Invoke[*notify.Service](i); err != nil {
		return p, err
	}
	if p.UI, err = do.Invoke[*ui.UI](i); err != nil {
		return p, err
	}
	if p.May, err = do.Invoke[*permission.Checker](i); err != nil {
		return p, err
	}
	if p.Log, err = do.Invoke[*audit.Log](i); err != nil {
		return p, err
	}
	p.Pages, err = module.Collect[module.SettingsPage](i)
	return p, err
}
