// SPDX-License-Identifier: Apache-2.0

package searchweb

import (
	"context"
	"log/slog"

	"github.com/samber/do/v2"
	"github.com/spf13/cobra"

	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/permission"
	"github.com/callboard/callboard/portal/search"
	"github.com/callboard/callboard/portal/search/sqlsearch"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/ui"
)

var _ search.May = (*permission.Checker)(nil)

// Package adds the search to a portal: over every [search.Source] and
// [search.Action] that packages contribute, in the portal's database. It needs a
// portal with permissions.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		module.Contribute(i, actions)
		module.Provide(i, provide)
		module.Contribute(i, func(i do.Injector) (module.Module, error) {
			s, err := do.Invoke[*search.Service](i)
			if err != nil {
				return nil, err
			}
			u, err := do.Invoke[*ui.UI](i)
			if err != nil {
				return nil, err
			}
			return New(s, u)
		})
		module.AddCommand(i, func(i do.Injector) *cobra.Command {
			return command(func() (*search.Service, error) { return do.Invoke[*search.Service](i) })
		})
	}
}

func actions(i do.Injector) (search.Source, error) {
	all, err := module.Collect[search.Action](i)
	if err != nil {
		return nil, err
	}
	portal, err := do.Invoke[module.Portal](i)
	if err != nil {
		return nil, err
	}
	urls, err := do.Invoke[module.URLs](i)
	if err != nil {
		return nil, err
	}
	may, err := do.Invoke[*permission.Checker](i)
	if err != nil {
		return nil, err
	}
	return search.NewActions(portal, all, urls, may), nil
}

func provide(i do.Injector) (*search.Service, error) {
	db, err := do.Invoke[*sqldb.DB](i)
	if err != nil {
		return nil, err
	}
	if err := sqlsearch.Migrate(context.Background(), db); err != nil {
		return nil, err
	}
	sources, err := module.Collect[search.Source](i)
	if err != nil {
		return nil, err
	}
	log, err := do.Invoke[*slog.Logger](i)
	if err != nil {
		return nil, err
	}
	return search.New(sqlsearch.New(db), sources, &search.Options{Logger: log})
}
