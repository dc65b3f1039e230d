// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"sync"

	"github.com/samber/do/v2"
	"github.com/spf13/cobra"

	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/permission"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/ui"
)

// Package adds administration to a portal with permissions.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		module.Contribute(i, func(do.Injector) (permission.Declaration, error) { return Declaration(), nil })
		module.Contribute(i, func(i do.Injector) (module.Module, error) {
			p, err := invokeParts(i)
			if err != nil {
				return nil, err
			}
			return New(p, nil)
		})
		module.AddCommand(i, func(i do.Injector) *cobra.Command {
			return auditCommand(func() (*audit.Log, error) { return do.Invoke[*audit.Log](i) })
		})
	}
}

func invokeParts(i do.Injector) (p Parts, err error) {
	if p.UI, err = do.Invoke[*ui.UI](i); err != nil {
		return p, err
	}
	if p.Log, err = do.Invoke[*audit.Log](i); err != nil {
		return p, err
	}
	if p.May, err = do.Invoke[*permission.Checker](i); err != nil {
		return p, err
	}
	if p.Jobs, err = do.Invoke[jobs.Queue](i); err != nil {
		return p, err
	}
	if p.Config, err = do.Invoke[*config.Config](i); err != nil {
		return p, err
	}
	if p.DB, err = do.Invoke[*sqldb.DB](i); err != nil {
		return p, err
	}
	root := i.RootScope() // i is in the middle of building the module
	p.Contributions = sync.OnceValue(func() []Contribution { return contributions(root) })
	p.Portal, err = do.Invoke[module.Portal](i)
	return p, err
}

// contributions returns what packages contribute; what disabled itself is left
// out.
func contributions(i do.Injector) []Contribution {
	var all []Contribution
	for _, c := range module.RegistryOf(i).Contributions() {
		value, err := c.Value(i)
		if err != nil || value == nil {
			continue
		}
		one := Contribution{Point: module.ShortName(c.Point.String()), Origin: c.Origin}
		one.Key, _ = module.KeyOf(value)
		if m, ok := value.(module.Module); ok {
			one.Module = m.ID()
		}
		all = append(all, one)
	}
	return all
}
