// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"log/slog"

	"github.com/samber/do/v2"
	"github.com/spf13/cobra"

	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/fetch"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/permission"
	"github.com/callboard/callboard/portal/ui"
)

// ReadIntegrations is the permission to see the page Integrations.
const ReadIntegrations = "integration.state.read"

// Package provides the [*Engine] over the keys "integrations" and
// "integrationFolders" of the configuration, the page Integrations and the
// command integration. What shows integrations on entities is package
// catalogintegration.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		module.Contribute(i, func(do.Injector) (permission.Declaration, error) {
			return permission.Declaration{Permissions: []permission.Permission{
				{ID: ReadIntegrations, Title: "See integrations and how they fare"},
			}}, nil
		})
		module.Provide(i, provideLibrary)
		module.Provide(i, provideEngine)
		module.Contribute(i, provideWeb)
		module.AddCommand(i, func(i do.Injector) *cobra.Command {
			return Command(func() (*Library, error) { return do.Invoke[*Library](i) })
		})
	}
}

func provideLibrary(i do.Injector) (*Library, error) {
	c, err := do.Invoke[*config.Config](i)
	if err != nil {
		return nil, err
	}
	own, err := Folders(c)
	return NewLibrary(own), err
}

func provideEngine(i do.Injector) (*Engine, error) {
	c, err := do.Invoke[*config.Config](i)
	if err != nil {
		return nil, err
	}
	l, err := do.Invoke[*Library](i)
	if err != nil {
		return nil, err
	}
	instances, err := Configure(c, l)
	if err != nil {
		return nil, err
	}
	client, err := do.Invoke[*fetch.Client](i)
	if err != nil {
		return nil, err
	}
	log, err := do.Invoke[*slog.Logger](i)
	if err != nil {
		return nil, err
	}
	return New(instances, client, &Options{Logger: log})
}

func provideWeb(i do.Injector) (module.Module, error) {
	u, err := do.Invoke[*ui.UI](i)
	if err != nil {
		return nil, err
	}
	e, err := do.Invoke[*Engine](i)
	if err != nil {
		return nil, err
	}
	l, err := do.Invoke[*Library](i)
	if err != nil {
		return nil, err
	}
	may, err := do.Invoke[*permission.Checker](i)
	if err != nil {
		return nil, err
	}
	return NewWeb(u, e, l, may)
}

// requirer is who decides about permissions.
type requirer interface {
	// Require returns nil if the caller may, or why not.
	Require(ctx context.Context, permission string) error
}

var (
	_ requirer      = (*permission.Checker)(nil)
	_ module.Closer = (*Engine)(nil)
)
