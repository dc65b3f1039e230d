// SPDX-License-Identifier: Apache-2.0

package catalogagent

import (
	"github.com/samber/do/v2"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/agent"
	"github.com/callboard/callboard/portal/module"
)

// Package contributes the catalog to the server of package agent. It needs the
// store, the operator and the judge of package guardedcatalog.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		module.Contribute(i, func(i do.Injector) ([]agent.Tool, error) {
			p, err := invokeParts(i)
			if err != nil {
				return nil, err
			}
			return Tools(p)
		})
		module.Contribute(i, func(i do.Injector) (agent.Resource, error) {
			p, err := invokeParts(i)
			return Resource(p), err
		})
		for _, p := range Prompts() {
			module.Contribute(i, func(do.Injector) (agent.Prompt, error) { return p, nil })
		}
	}
}

func invokeParts(i do.Injector) (p Parts, err error) {
	if p.Store, err = do.Invoke[catalog.Store](i); err != nil {
		return p, err
	}
	if p.Operator, err = do.Invoke[catalog.Operator](i); err != nil {
		return p, err
	}
	p.Judge, err = do.Invoke[catalog.Judge](i)
	return p, err
}
