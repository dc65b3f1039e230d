// SPDX-License-Identifier: Apache-2.0

package proxyauth

import (
	"github.com/samber/do/v2"

	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/auth/internal/provider"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/module"
)

// Package contributes the proxy that the key "auth.proxy" of the configuration
// describes, as an auth.Method.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		module.Contribute(i, func(i do.Injector) (auth.Method, error) {
			c, err := do.Invoke[*config.Config](i)
			if err != nil {
				return nil, err
			}
			s, err := config.Section(c, "auth.proxy", Settings{})
			if err != nil {
				return nil, err
			}
			if s.unset() {
				return nil, module.ErrDisabled
			}
			m, err := New(s, nil)
			if err != nil {
				return nil, provider.Report(c, "auth.proxy", err)
			}
			return m, nil
		})
	}
}

// unset reports whether nothing is set.
func (s Settings) unset() bool {
	return s.ID == "" && s.Label == "" && s.Signed == nil && s.Plain == nil && s.Trusted == nil && !s.TrustEmail
}
