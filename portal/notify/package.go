// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/events"
	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/sqldb"
)

// Package provides the *Service, and the Sender that modules ask for, over the
// topics and channels that packages contribute. Another package provides the
// [Directory].
func Package() func(do.Injector) {
	return func(i do.Injector) {
		module.Provide(i, provide)
		module.Provide(i, func(i do.Injector) (Sender, error) { return do.Invoke[*Service](i) })
		module.Contribute(i, func(i do.Injector) ([]jobs.Pool, error) {
			all, err := channels(i)
			pools := []jobs.Pool{} // nil would be a mistake
			for _, c := range all {
				pools = append(pools, jobs.Pool{Queue: QueueOf(c.ID()), Workers: Workers})
			}
			return pools, err
		})
	}
}

// channels are those contributed one at a time and those of lists.
func channels(i do.Injector) ([]Channel, error) {
	single, err := module.Collect[Channel](i)
	lists, wrong := module.Collect[[]Channel](i)
	return append(single, slices.Concat(lists...)...), errors.Join(err, wrong)
}

func provide(i do.Injector) (*Service, error) {
	p, err := invokeParts(i)
	if err != nil {
		return nil, err
	}
	c, err := do.Invoke[*config.Config](i)
	if err != nil {
		return nil, err
	}
	opts := &Options{}
	if opts.Settings, err = config.Section(c, "notify", DefaultSettings()); err != nil {
		return nil, err
	}
	if opts.Topics, err = module.Collect[Topic](i); err != nil {
		return nil, err
	}
	if opts.Channels, err = channels(i); err != nil {
		return nil, err
	}
	if opts.Kinds, err = module.Collect[SubscriptionKind](i); err != nil {
		return nil, err
	}
	if opts.Logger, err = do.Invoke[*slog.Logger](i); err != nil {
		return nil, err
	}
	site, err := do.Invoke[module.Site](i)
	if err != nil {
		return nil, err
	}
	opts.BaseURL, opts.Name = site.BaseURL, site.Name
	s, err := New(context.Background(), p, opts)
	if callboard.CodeOf(err) == callboard.CodeInvalid {
		return nil, c.Report(config.Problem{Path: "notify", Rule: "notify", Message: callboard.MessageOf(err)})
	}
	return s, err
}

func invokeParts(i do.Injector) (p Parts, err error) {
	if p.DB, err = do.Invoke[*sqldb.DB](i); err != nil {
		return p, err
	}
	if p.Queue, err = do.Invoke[jobs.Queue](i); err != nil {
		return p, err
	}
	if p.Bus, err = do.Invoke[events.Bus](i); err != nil {
		return p, err
	}
	p.People, err = do.Invoke[Directory](i)
	return p, err
}
