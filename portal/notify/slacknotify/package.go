// SPDX-License-Identifier: Apache-2.0

package slacknotify

import (
	"fmt"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/fetch"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/notify"
)

// outbound is a client that may send to the configured addresses and nowhere
// else, and that nobody else has.
type outbound struct{ *fetch.Client }

// Close closes idle connections.
func (o *outbound) Close() error {
	o.Client.Close()
	return nil
}

// Package contributes the channels that notify.slack describes.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		module.Provide(i, func(i do.Injector) (*outbound, error) {
			_, s, err := settings(i)
			if err != nil {
				return nil, err
			}
			g := fetch.Grant{}
			var addresses []string
			if !s.Token.IsZero() {
				addresses = append(addresses, s.API)
			}
			for _, r := range s.Rooms {
				addresses = append(addresses, r.URL.Reveal())
			}
			for _, address := range addresses {
				if rule, err := notify.RuleFor(address); err == nil { // else NewRoom says so
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

func settings(i do.Injector) (*config.Config, Settings, error) {
	c, err := do.Invoke[*config.Config](i)
	if err != nil {
		return nil, Settings{}, err
	}
	s, err := config.Section(c, "notify.slack", Settings{API: DefaultAPI})
	return c, s, err
}

func channels(i do.Injector) ([]notify.Channel, error) {
	c, s, err := settings(i)
	if err != nil {
		return nil, err
	}
	client, err := do.Invoke[*outbound](i)
	if err != nil {
		return nil, err
	}
	made := []notify.Channel{}
	if !s.Token.IsZero() {
		direct, err := NewDirect(s, client)
		if err != nil {
			return nil, err
		}
		made = append(made, direct)
	}
	for n, r := range s.Rooms {
		room, err := NewRoom(r, client)
		if err != nil {
			return nil, c.Report(config.Problem{Path: fmt.Sprintf("notify.slack.rooms[%d]", n), Rule: "slack", Message: callboard.MessageOf(err)})
		}
		made = append(made, room)
	}
	return made, nil
}
