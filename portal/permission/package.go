// SPDX-License-Identifier: Apache-2.0

package permission

import (
	"github.com/samber/do/v2"

	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/module"
)

// Admin names somebody with the role administrator, as [ParseWho] reads it. A
// package contributes one where the configuration should not have to.
type Admin string

// Package provides the [*Checker] over what packages declare, with the roles of
// the key "permission" of the configuration. A [Policy] that a package
// contributes must allow as well: it can narrow what roles give. To leave
// everything to it, bind the role administrator to everyone.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		module.Provide(i, func(i do.Injector) (Settings, error) {
			c, err := do.Invoke[*config.Config](i)
			if err != nil {
				return Settings{}, err
			}
			return config.Section(c, "permission", Settings{})
		})
		module.Provide(i, func(i do.Injector) (*Set, error) {
			all, err := module.Collect[Declaration](i)
			if err != nil {
				return nil, err
			}
			return NewSet(all...)
		})
		module.Provide(i, provideRoles)
		module.Provide(i, provideChecker)
	}
}

func provideRoles(i do.Injector) (*Roles, error) {
	c, err := do.Invoke[*config.Config](i)
	if err != nil {
		return nil, err
	}
	settings, err := do.Invoke[Settings](i)
	if err != nil {
		return nil, err
	}
	set, err := do.Invoke[*Set](i)
	if err != nil {
		return nil, err
	}
	admins, err := module.Collect[Admin](i)
	if err != nil {
		return nil, err
	}
	for _, a := range admins {
		settings.Admins = append(settings.Admins, string(a))
	}
	return settings.Policy(c, set)
}

func provideChecker(i do.Injector) (*Checker, error) {
	set, err := do.Invoke[*Set](i)
	if err != nil {
		return nil, err
	}
	roles, err := do.Invoke[*Roles](i)
	if err != nil {
		return nil, err
	}
	more, err := module.Collect[Policy](i)
	if err != nil {
		return nil, err
	}
	return New(set, append([]Policy{roles}, more...)...), nil
}
