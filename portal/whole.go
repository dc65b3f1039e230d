// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"context"
	"sync/atomic"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/permission"
)

// lateApp is the [module.Portal] that modules are built with, before there is
// an App.
type lateApp struct{ app atomic.Pointer[App] }

var _ module.Portal = (*lateApp)(nil)

// Modules returns the App's.
func (l *lateApp) Modules() []module.Module {
	if a := l.app.Load(); a != nil {
		return a.Modules()
	}
	return nil
}

// Routes returns the App's.
func (l *lateApp) Routes() []module.Route {
	if a := l.app.Load(); a != nil {
		return a.Routes()
	}
	return nil
}

// Health returns the App's.
func (l *lateApp) Health(ctx context.Context) httpx.HealthReport {
	if a := l.app.Load(); a != nil {
		return a.Health(ctx)
	}
	return httpx.HealthReport{Status: "failing"}
}

// checker returns what decides over permissions, or nil if no package brings it.
func (c *composition) checker() *permission.Checker {
	if _, provided := c.registry.ServiceOrigin(do.NameOf[*permission.Checker]()); !provided {
		return nil
	}
	checker, _ := do.Invoke[*permission.Checker](c.injector) // a failure is among the problems
	return checker
}
