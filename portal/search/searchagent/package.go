// SPDX-License-Identifier: Apache-2.0

package searchagent

import (
	"github.com/samber/do/v2"

	"github.com/callboard/callboard/portal/agent"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/search"
)

// Package contributes the search to the server of package agent.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		module.Contribute(i, func(i do.Injector) (agent.Tool, error) {
			s, err := do.Invoke[*search.Service](i)
			if err != nil {
				return agent.Tool{}, err
			}
			return Tool(s)
		})
	}
}
