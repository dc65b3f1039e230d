// SPDX-License-Identifier: Apache-2.0

package oncall

import (
	"context"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/entitypage"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/events"
	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/notify"
	"github.com/callboard/callboard/portal/permission"
	"github.com/callboard/callboard/portal/search"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/ui"
)

// Package adds the module to a portal that has a catalog. This file is the
// only one that knows of injection: everything else takes what it needs as
// parameters, so that a test builds it with one call.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		// Services: one of each type, for whoever asks. Nothing is built yet.
		module.Provide(i, func(i do.Injector) (Settings, error) {
			c, err := do.Invoke[*config.Config](i)
			if err != nil {
				return Settings{}, err
			}
			return config.Section(c, "oncall", DefaultSettings())
		})
		module.Provide(i, provideStore)
		module.Provide(i, provideRefresher)
		module.Provide(i, provideWeb)

		// Contributions: as many of each type as all packages together add. A
		// value of another type does not compile.
		module.Contribute(i, func(i do.Injector) (module.Module, error) { return do.Invoke[*Web](i) })
		module.Contribute(i, provideProvider)
		module.Contribute(i, func(do.Injector) (catalog.Processor, error) { return Processor{}, nil })
		module.Contribute(i, func(do.Injector) (permission.Declaration, error) { return Permissions(), nil })
		module.Contribute(i, func(do.Injector) (notify.Topic, error) { return Topic(), nil })
		module.Contribute(i, provideSource)
		module.Contribute(i, fromWeb((*Web).Tab))
		module.Contribute(i, fromWeb((*Web).Card))
		module.Contribute(i, fromWeb((*Web).Action))
		module.Contribute(i, fromWeb((*Web).HomeCard))
	}
}

// fromWeb contributes what a method of Web returns.
func fromWeb[T entitypage.Tab | entitypage.Card | entitypage.Action | module.HomeCard](get func(*Web) T) func(do.Injector) (T, error) {
	return func(i do.Injector) (t T, err error) {
		w, err := do.Invoke[*Web](i)
		if err != nil {
			return t, err
		}
		return get(w), nil
	}
}

func provideStore(i do.Injector) (*Store, error) {
	db, err := do.Invoke[*sqldb.DB](i)
	if err != nil {
		return nil, err
	}
	return NewStore(context.Background(), db)
}

func provideRefresher(i do.Injector) (*Refresher, error) {
	settings, err := do.Invoke[Settings](i)
	if err != nil {
		return nil, err
	}
	store, err := do.Invoke[*Store](i)
	if err != nil {
		return nil, err
	}
	queue, err := do.Invoke[jobs.Queue](i)
	if err != nil {
		return nil, err
	}
	tell := Tellers{}
	if tell.Bus, err = do.Invoke[events.Bus](i); err != nil {
		return nil, err
	}
	if tell.People, err = do.Invoke[notify.Sender](i); err != nil {
		return nil, err
	}
	return NewRefresher(store, queue, tell, settings)
}

func provideProvider(i do.Injector) (catalog.Provider, error) {
	settings, err := do.Invoke[Settings](i)
	if err != nil {
		return nil, err
	}
	if settings.Roster == "" {
		return nil, module.ErrDisabled // contributes nothing, and is no error
	}
	store, err := do.Invoke[*Store](i)
	if err != nil {
		return nil, err
	}
	bus, err := do.Invoke[events.Bus](i)
	if err != nil {
		return nil, err
	}
	return NewProvider(store, bus), nil
}

func provideSource(i do.Injector) (search.Source, error) {
	store, err := do.Invoke[*Store](i)
	if err != nil {
		return nil, err
	}
	may, err := do.Invoke[*permission.Checker](i)
	if err != nil {
		return nil, err
	}
	urls, err := do.Invoke[*ui.UI](i)
	if err != nil {
		return nil, err
	}
	return NewSource(store, may, urls), nil
}

func provideWeb(i do.Injector) (*Web, error) {
	opts := &WebOptions{}
	var err error
	if opts.Settings, err = do.Invoke[Settings](i); err != nil {
		return nil, err
	}
	if opts.Refresher, err = do.Invoke[*Refresher](i); err != nil {
		return nil, err
	}
	may, err := do.Invoke[*permission.Checker](i)
	if err != nil {
		return nil, err
	}
	store, err := do.Invoke[*Store](i)
	if err != nil {
		return nil, err
	}
	people, err := do.Invoke[catalog.Store](i)
	if err != nil {
		return nil, err
	}
	u, err := do.Invoke[*ui.UI](i)
	if err != nil {
		return nil, err
	}
	return NewWeb(store, people, may, u, opts)
}
