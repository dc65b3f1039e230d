// SPDX-License-Identifier: Apache-2.0

package stylepage

import (
	"github.com/samber/do/v2"

	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/ui"
)

// Package contributes the style guide to a portal.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		module.Contribute(i, func(i do.Injector) (module.Module, error) {
			u, err := do.Invoke[*ui.UI](i)
			if err != nil {
				return nil, err
			}
			return New(u, nil)
		})
	}
}
