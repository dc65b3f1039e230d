// SPDX-License-Identifier: Apache-2.0

package permissionweb

import (
	"github.com/samber/do/v2"
	"github.com/spf13/cobra"

	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/permission"
	"github.com/callboard/callboard/portal/ui"
)

// Package adds the page, the API and the command permissions to a portal that
// has permissions and people from other packages.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		module.Contribute(i, func(do.Injector) (permission.Declaration, error) {
			return permission.Declaration{Permissions: []permission.Permission{
				{ID: ReadPermissions, Title: "See who may do what"},
			}}, nil
		})
		module.Provide(i, provide)
		module.Contribute(i, func(i do.Injector) (module.Module, error) {
			x, err := do.Invoke[*Explainer](i)
			if err != nil {
				return nil, err
			}
			u, err := do.Invoke[*ui.UI](i)
			if err != nil {
				return nil, err
			}
			return New(x, u)
		})
		module.AddCommand(i, func(i do.Injector) *cobra.Command {
			return command(func() (*Explainer, error) { return do.Invoke[*Explainer](i) })
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
