// SPDX-License-Identifier: Apache-2.0

package mailnotify

import (
	"github.com/samber/do/v2"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/notify"
)

// Package contributes the channel, if notify.email names a server.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		module.Contribute(i, func(i do.Injector) (notify.Channel, error) {
			c, err := do.Invoke[*config.Config](i)
			if err != nil {
				return nil, err
			}
			s, err := config.Section(c, "notify.email", DefaultSettings())
			if err != nil {
				return nil, err
			}
			if s.Host == "" {
				return nil, module.ErrDisabled
			}
			channel, err := New(s, nil)
			if err != nil {
				return nil, c.Report(config.Problem{Path: "notify.email", Rule: "email", Message: callboard.MessageOf(err)})
			}
			return channel, nil
		})
	}
}
