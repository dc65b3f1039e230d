// SPDX-License-Identifier: Apache-2.0

package oidcauth

import (
	"github.com/samber/do/v2"

	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/auth/internal/provider"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/module"
)

// Package contributes the providers that the key "auth.oidc" of the
// configuration lists, as one []auth.Method.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		module.Contribute(i, func(i do.Injector) ([]auth.Method, error) {
			c, err := do.Invoke[*config.Config](i)
			if err != nil {
				return nil, err
			}
			methods, err := provider.Configure(c, "auth.oidc", func(s Settings) (*Method, error) { return New(s, nil) })
			if err == nil && methods == nil {
				err = module.ErrDisabled
			}
			return methods, err
		})
	}
}
