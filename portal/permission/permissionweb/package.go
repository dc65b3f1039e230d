// SPDX-License-Identifier: Apache-2.0

package permissionweb

import (
	"context"
	"log/slog"

	"github.com/samber/do/v2"
	"github.com/spf13/cobra"

	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/permission"
	"github.com/callboard/callboard/portal/permission/decisionlog"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/ui"
)

// Package adds the pages, the API and the command permissions to a portal that
// has permissions and people from other packages.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		module.Contribute(i, func(do.Injector) (permission.Declaration, error) {
			return permission.Declaration{Permissions: []permission.Permission{
				{ID: ReadPermissions, Title: "See who may do what"},
				{ID: TryPolicies, Title: "Try a policy on what was decided"},
			}}, nil
		})
		module.Provide(i, provide)
		module.Provide(i, provideLog)
		module.Provide(i, provideTrier)
		module.Contribute(i, func(i do.Injector) (module.Module, error) {
			x, err := do.Invoke[*Explainer](i)
			if err != nil {
				return nil, err
			}
			u, err := do.Invoke[*ui.UI](i)
			if err != nil {
				return nil, err
			}
			t, err := do.Invoke[*Trier](i)
			if err != nil {
				return nil, err
			}
			return New(x, t, u)
		})
		module.AddCommand(i, func(i do.Injector) *cobra.Command {
			return command(
				func() (*Explainer, error) { return do.Invoke[*Explainer](i) },
				func() (*Trier, error) { return do.Invoke[*Trier](i) },
			)
		})
	}
}

func provide(i do.Injector) (x *Explainer, err error) {
	x = &Explainer{}
	if x.Checker, err = do.Invoke[*permission.Checker](i); err != nil {
		return nil, err
	}
	if x.Roles, err = do.Invoke[*permission.Roles](i); err != nil {
		return nil, err
	}
	if x.People, err = do.Invoke[auth.Directory](i); err != nil {
		return nil, err
	}
	x.Evaluators, err = module.Collect[permission.Evaluator](i)
	return x, err
}

// provideLog has every decision of the portal noted.
func provideLog(i do.Injector) (*decisionlog.Log, error) {
	db, err := do.Invoke[*sqldb.DB](i)
	if err != nil {
		return nil, err
	}
	may, err := do.Invoke[*permission.Checker](i)
	if err != nil {
		return nil, err
	}
	logger, err := do.Invoke[*slog.Logger](i)
	if err != nil {
		return nil, err
	}
	log, err := decisionlog.New(context.Background(), db, &decisionlog.Options{Claims: may.ClaimNames(), Logger: logger})
	if err != nil {
		return nil, err
	}
	may.Watch(log.Note)
	return log, nil
}

func provideTrier(i do.Injector) (t *Trier, err error) {
	t = &Trier{}
	if t.Checker, err = do.Invoke[*permission.Checker](i); err != nil {
		return nil, err
	}
	if t.Log, err = do.Invoke[*decisionlog.Log](i); err != nil {
		return nil, err
	}
	if t.Settings, err = do.Invoke[permission.Settings](i); err != nil {
		return nil, err
	}
	admins, err := module.Collect[permission.Admin](i)
	for _, a := range admins {
		t.Admins = append(t.Admins, string(a))
	}
	return t, err
}
