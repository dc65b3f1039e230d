// SPDX-License-Identifier: Apache-2.0

package guardedcatalog

import (
	"github.com/samber/do/v2"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/permission"
)

// Package provides the [catalog.Store], the [catalog.Operator] and the
// [catalog.Judge] that pages and APIs use, over a [catalog.Unguarded] and a
// [*catalog.Service] from other packages, records what they change in the audit
// log, and declares the catalog's permissions.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		module.Contribute(i, func(do.Injector) (permission.Declaration, error) { return Declaration(), nil })
		module.Contribute(i, func(i do.Injector) (permission.Evaluator, error) {
			store, err := do.Invoke[*Store](i)
			if err != nil {
				return permission.Evaluator{}, err
			}
			return permission.Evaluator{Resource: Resource, Holds: store.holds}, nil
		})
		module.Provide(i, provide)
		module.Provide(i, func(i do.Injector) (catalog.Judge, error) { return do.Invoke[*Store](i) })
		module.Provide(i, func(i do.Injector) (*Recorder, error) {
			log, err := do.Invoke[*audit.Log](i)
			return NewRecorder(log), err
		})
		module.Provide(i, func(i do.Injector) (catalog.Store, error) {
			store, recorder, err := recorded(i)
			if err != nil {
				return nil, err
			}
			return recorder.Store(store), nil
		})
		module.Provide(i, func(i do.Injector) (catalog.Operator, error) {
			store, recorder, err := recorded(i)
			if err != nil {
				return nil, err
			}
			service, err := do.Invoke[*catalog.Service](i)
			if err != nil {
				return nil, err
			}
			return recorder.Operator(NewOperator(store, service)), nil
		})
	}
}

func recorded(i do.Injector) (*Store, *Recorder, error) {
	store, err := do.Invoke[*Store](i)
	if err != nil {
		return nil, nil, err
	}
	recorder, err := do.Invoke[*Recorder](i)
	return store, recorder, err
}

func provide(i do.Injector) (*Store, error) {
	all, err := do.Invoke[catalog.Unguarded](i)
	if err != nil {
		return nil, err
	}
	kinds, err := do.Invoke[*catalog.Kinds](i)
	if err != nil {
		return nil, err
	}
	may, err := do.Invoke[*permission.Checker](i)
	if err != nil {
		return nil, err
	}
	return New(all, kinds, may), nil
}
