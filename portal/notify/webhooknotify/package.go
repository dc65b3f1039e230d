// SPDX-License-Identifier: Apache-2.0

package webhooknotify

import (
	"fmt"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/fetch"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/notify"
)

// list is the part of the configuration that is read here.
type list struct {
	Webhooks []Settings `yaml:"webhooks" validate:"dive"`
}

// Package contributes the channels that notify.webhooks lists, and lets the
// portal's client send to their addresses, unless those are private.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		module.Contribute(i, func(i do.Injector) (fetch.Grant, error) {
			_, all, err := settings(i)
			g := fetch.Grant{}
			for _, s := range all {
				if rule, err := notify.RuleFor(s.URL.Reveal()); err == nil { // else New says so
					g.Allow = append(g.Allow, rule)
				}
			}
			return g, err
		})
		module.Contribute(i, channels)
	}
}

func settings(i do.Injector) (*config.Config, []Settings, error) {
	c, err := do.Invoke[*config.Config](i)
	if err != nil {
		return nil, nil, err
	}
	l, err := config.Section(c, "notify", list{})
	return c, l.Webhooks, err
}

func channels(i do.Injector) ([]notify.Channel, error) {
	c, all, err := settings(i)
	if err != nil {
		return nil, err
	}
	client, err := do.Invoke[*fetch.Client](i)
	if err != nil {
		return nil, err
	}
	made := []notify.Channel{}
	for n, s := range all {
		channel, err := New(s, client, nil)
		if err == nil {
			_, err = notify.RuleFor(s.URL.Reveal())
		}
		if err != nil {
			return nil, c.Report(config.Problem{Path: fmt.Sprintf("notify.webhooks[%d]", n), Rule: "webhook", Message: callboard.MessageOf(err)})
		}
		made = append(made, channel)
	}
	return made, nil
}
