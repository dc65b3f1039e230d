// SPDX-License-Identifier: Apache-2.0

package cedarpolicy

import (
	"os"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/permission"
)

// Settings are the key "cedar" of the configuration.
type Settings struct {
	// Policies is a file with Cedar policies; empty contributes nothing.
	Policies string `yaml:"policies"`
}

// Package contributes the policy of the configuration.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		module.Contribute(i, func(i do.Injector) (permission.Policy, error) {
			c, err := do.Invoke[*config.Config](i)
			if err != nil {
				return nil, err
			}
			settings, err := config.Section(c, "cedar", Settings{})
			if err != nil {
				return nil, err
			}
			if settings.Policies == "" {
				return nil, module.ErrDisabled
			}
			set, err := do.Invoke[*permission.Set](i)
			if err != nil {
				return nil, err
			}
			return load(c, settings, set)
		})
	}
}

func load(c *config.Config, settings Settings, set *permission.Set) (permission.Policy, error) {
	problem := config.Problem{Path: "cedar.policies", Rule: "cedar"}
	text, err := os.ReadFile(settings.Policies)
	if err != nil {
		problem.Message, problem.Remedy = "names a file that cannot be read: "+settings.Policies, "give the path of a file with Cedar policies"
		return nil, c.Report(problem)
	}
	p, err := New(settings.Policies, text, set)
	if err != nil {
		problem.Message = "names a file with problems:\n" + callboard.MessageOf(err)
		return nil, c.Report(problem)
	}
	return p, nil
}
