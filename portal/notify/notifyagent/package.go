// SPDX-License-Identifier: Apache-2.0

package notifyagent

import (
	"github.com/samber/do/v2"

	"github.com/callboard/callboard/portal/agent"
	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/notify"
)

// Package contributes notifications to the server of package agent. It needs
// notifyweb.Package, which declares the permissions.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		module.Contribute(i, func(i do.Injector) ([]agent.Tool, error) {
			s, err := do.Invoke[*notify.Service](i)
			if err != nil {
				return nil, err
			}
			log, err := do.Invoke[*audit.Log](i)
			if err != nil {
				return nil, err
			}
			return Tools(s, log)
		})
	}
}
