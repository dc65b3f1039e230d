// SPDX-License-Identifier: Apache-2.0

package agent

import (
	"errors"
	"log/slog"
	"runtime/debug"
	"slices"

	"github.com/samber/do/v2"
	"github.com/spf13/cobra"

	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/permission"
	"github.com/callboard/callboard/portal/search"
	"github.com/callboard/callboard/portal/ui"
)

// Package adds the server to a portal with permissions and sign-in: over every
// [Tool], [Resource] and [Prompt] that packages contribute, with the limits of
// the key "agents" of the configuration.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		module.Contribute(i, func(do.Injector) (permission.Declaration, error) { return Declaration(), nil })
		module.Contribute(i, func(do.Injector) (module.SettingsPage, error) { return SettingsPage(), nil })
		module.Contribute(i, func(do.Injector) (search.Action, error) { return action(), nil })
		module.Contribute(i, func(do.Injector) (Tool, error) { return whoami() })
		module.Provide(i, provideServer)
		module.Contribute(i, func(i do.Injector) (module.Module, error) {
			p, err := invokeWebParts(i)
			if err != nil {
				return nil, err
			}
			return NewWeb(p)
		})
		module.AddCommand(i, func(i do.Injector) *cobra.Command {
			return command(func() (*Server, error) { return do.Invoke[*Server](i) })
		})
	}
}

// Collected returns the tools that packages contributed, one at a time or as
// lists.
func Collected(i do.Injector) ([]Tool, error) {
	single, err := module.Collect[Tool](i)
	lists, wrong := module.Collect[[]Tool](i)
	return append(single, slices.Concat(lists...)...), errors.Join(err, wrong)
}

func provideServer(i do.Injector) (*Server, error) {
	c, err := do.Invoke[*config.Config](i)
	if err != nil {
		return nil, err
	}
	opts := &Options{}
	if opts.Settings, err = config.Section(c, "agents", DefaultSettings()); err != nil {
		return nil, err
	}
	if opts.Logger, err = do.Invoke[*slog.Logger](i); err != nil {
		return nil, err
	}
	site, err := do.Invoke[module.Site](i)
	if err != nil {
		return nil, err
	}
	opts.Name = site.Name
	if info, ok := debug.ReadBuildInfo(); ok {
		opts.Version = info.Main.Version
	}
	p, err := invokeParts(i)
	if err != nil {
		return nil, err
	}
	return NewServer(p, opts)
}

func invokeParts(i do.Injector) (p Parts, err error) {
	if p.May, err = do.Invoke[*permission.Checker](i); err != nil {
		return p, err
	}
	if p.Log, err = do.Invoke[*audit.Log](i); err != nil {
		return p, err
	}
	if p.Tools, err = Collected(i); err != nil {
		return p, err
	}
	if p.Resources, err = module.Collect[Resource](i); err != nil {
		return p, err
	}
	p.Prompts, err = module.Collect[Prompt](i)
	return p, err
}

func invokeWebParts(i do.Injector) (p WebParts, err error) {
	if p.Server, err = do.Invoke[*Server](i); err != nil {
		return p, err
	}
	if p.UI, err = do.Invoke[*ui.UI](i); err != nil {
		return p, err
	}
	if p.Site, err = do.Invoke[module.Site](i); err != nil {
		return p, err
	}
	p.Pages, err = module.Collect[module.SettingsPage](i)
	return p, err
}
