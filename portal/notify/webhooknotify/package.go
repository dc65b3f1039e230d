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

// outbound is a client that may send to the configured addresses and nowhere
// else, and that nobody else has.
type outbound struct{ *fetch.Client }

// Close closes idle connections.
func (o *outbound) Close() error {
	o.Client.Close()
	return nil
}

// Package contributes the channels that notify.webhooks lists.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		module.Provide(i, func(i do.Injector) (*outbound, error) {
			_, all, err := settings(i)
			if err != nil {
				return nil, err
			}
			g := fetch.Grant{}
			for _, s := range all {
				if rule, err := notify.RuleFor(s.URL.Reveal()); err == nil { // else channels says so
					g.Allow = append(g.Allow, rule)
				}
			}
			client, err := do.Invoke[*fetch.Client](i)
			if err != nil {
				return nil, err
			}
			own, err := client.Only(g)
			return &outbound{own}, err
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
	client, err := do.Invoke[*outbound](i)
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
