// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"errors"
	"fmt"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/config"
)

// Configure reads the list of settings at path and makes a way to sign in of
// each. Settings of which none can be made are problems of the configuration.
func Configure[S any, M auth.Method](c *config.Config, path string, make func(S) (M, error)) ([]auth.Method, error) {
	list, err := config.Section(c, path, []S(nil))
	if err != nil {
		return nil, err
	}
	var (
		all  []auth.Method
		errs []error
	)
	for n, s := range list {
		m, err := make(s)
		if err != nil {
			errs = append(errs, Report(c, fmt.Sprintf("%s[%d]", path, n), err))
			continue
		}
		all = append(all, m)
	}
	return all, errors.Join(errs...)
}

// Report makes an error about the settings at path a problem of the
// configuration.
func Report(c *config.Config, path string, err error) error {
	return c.Report(config.Problem{Path: path, Rule: "sign-in", Message: "cannot be used: " + callboard.MessageOf(err)})
}
