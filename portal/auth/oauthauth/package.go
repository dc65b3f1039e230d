// SPDX-License-Identifier: Apache-2.0

package oauthauth

import (
	"github.com/samber/do/v2"

	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/auth/internal/provider"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/module"
)

// Package contributes the forges that the keys "auth.github" and "auth.gitlab"
// of the configuration list, each as one []auth.Method.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		contribute(i, "auth.github", NewGitHub)
		contribute(i, "auth.gitlab", NewGitLab)
	}
}

func contribute(i do.Injector, path string, newForge func(Settings, *Options) (*Method, error)) {
	module.Contribute(i, func(i do.Injector) ([]auth.Method, error) {
		c, err := do.Invoke[*config.Config](i)
		if err != nil {
			return nil, err
		}
		methods, err := provider.Configure(c, path, func(s Settings) (*Method, error) { return newForge(s, nil) })
		if err == nil && methods == nil {
			err = module.ErrDisabled
		}
		return methods, err
	})
}
