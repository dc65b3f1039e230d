// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/ui"
)

// App is a composed portal. [New] builds it, [App.Start] sets it in motion,
// [App.Close] ends it; [App.Serve] does both around serving a listener. It is
// safe for concurrent use.
type App struct {
	opts     *Options
	comp     *composition
	modules  []module.Module
	table    *routeTable
	handlers map[*mounted]http.Handler
	parts    []part
	health   *httpx.Health
	ids      *identifiers
	// observers watch every request.
	observers []httpx.Observer
	started   atomic.Bool

	closing sync.Once
	cancel  context.CancelFunc // ends what Start began
	closed  error
}

// New composes the packages, builds everything that they provide and
// contribute, and checks how it fits. Nothing is started. All that is wrong is
// reported in one [WiringError].
//
// The portal provides *slog.Logger, *config.Config, *sqldb.DB, events.Bus,
// jobs.Queue, *audit.Log, *fetch.Client, *ui.UI, [module.URLs],
// [module.Site] and [module.Portal] to the packages. Close the App even if it was never started.
func New(packages []func(do.Injector), opts *Options) (*App, error) {
	o := opts.withDefaults()
	core := newCore(o)
	comp := compose(core.provide, packages)
	if err := o.settle(); err != nil {
		core.scratch = true // find what else is wrong, beside an empty database
	}
	return assemble(comp, core, o)
}

// assemble builds what was composed.
func assemble(comp *composition, core *core, o *Options) (*App, error) {
	comp.resolve()
	comp.checkConfig(o.Config)
	a := &App{opts: o, comp: comp, handlers: map[*mounted]http.Handler{}, cancel: func() {}}
	a.parts = comp.parts()
	a.modules = comp.modules()
	a.addWelcome(core)
	table, all := buildRoutes(a.modules, &comp.problems)
	a.table = table
	core.urls.table.Store(table)
	for _, mnt := range all {
		a.handlers[mnt] = handlerOf(mnt, o)
	}
	ids, _ := module.Collect[auth.Identifier](comp.injector) // failures are among the problems
	core.ids.list.Store(&ids)
	a.observers, _ = module.Collect[httpx.Observer](comp.injector) // as above
	a.ids = core.ids
	core.nav.may = comp.checker()
	core.nav.set(a.modules, table, &comp.problems)
	core.find.set(a.modules, table, &comp.problems)
	core.bell.set(a.modules, table, &comp.problems)
	a.health = a.newHealth()
	core.app.app.Store(a)
	if err := comp.problems.err(); err != nil {
		return nil, errors.Join(err, a.abort())
	}
	return a, nil
}

// addWelcome adds a page at / if no module owns it.
func (a *App) addWelcome(core *core) {
	for _, m := range a.modules {
		if slices.Contains(m.Prefixes(), "/") {
			return
		}
	}
	u, err := do.Invoke[*ui.UI](a.comp.injector)
	if err != nil {
		return // it is among the problems
	}
	w, err := newWelcome(u, a.opts.Settings.Name, core.nav)
	if err != nil {
		a.comp.problems.addf("%v", err)
		return
	}
	a.modules = append(a.modules, w)
}

// abort closes what was built in vain.
func (a *App) abort() error {
	ctx, cancel := context.WithTimeout(context.Background(), a.opts.StopTimeout)
	defer cancel()
	return a.Close(ctx)
}

// Start starts every part. ctx bounds the starting;
// what was started runs until [App.Close].
func (a *App) Start(ctx context.Context) error {
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	a.cancel = cancel
	if err := start(running, a.parts, a.opts.StartTimeout); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("portal: start: %w", err)
	}
	a.started.Store(true)
	return nil
}

// Close closes every part in reverse order, by ctx's deadline. It may be
// called more than once, and without Start.
func (a *App) Close(ctx context.Context) error {
	a.closing.Do(func() {
		a.started.Store(false)
		a.closed = closeParts(ctx, a.parts)
		a.cancel()
	})
	return a.closed
}

// Injector returns the injector with everything built, for programs that
// embed a portal and for tests.
func (a *App) Injector() do.Injector { return a.comp.injector }

// Modules returns the modules in order of contribution.
func (a *App) Modules() []module.Module { return slices.Clone(a.modules) }

// Routes returns all routes, sorted by path and method.
func (a *App) Routes() []Route {
	routes := append(slices.Clone(a.table.all), ownRoutes()...)
	slices.SortStableFunc(routes, func(x, y Route) int {
		if c := strings.Compare(x.Path, y.Path); c != 0 {
			return c
		}
		return slices.Compare(x.Methods, y.Methods)
	})
	return routes
}

// URL returns the path of the named route with its variables filled in from
// pairs of name and value.
func (a *App) URL(name string, pairs ...string) (string, error) {
	return a.table.url(name, pairs)
}

// Warnings returns what is not wrong but probably not meant, such as a
// contribution that nothing uses.
func (a *App) Warnings() []string { return a.comp.unused() }
