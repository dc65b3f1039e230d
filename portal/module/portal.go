// SPDX-License-Identifier: Apache-2.0

package module

import (
	"context"

	"github.com/callboard/callboard/portal/httpx"
)

// Route is one route of a portal.
type Route struct {
	// Methods are the HTTP methods, sorted.
	Methods []string
	// Path is the template, such as "/catalog/{kind}".
	Path string
	// Name is unique in the portal.
	Name string
	// Module is the ID of the module that serves it.
	Module string
	// Permission is what a caller needs; empty if the module does not say.
	Permission string
}

// Permitter is a module that says which permissions its routes need.
type Permitter interface {
	// RoutePermissions returns the permission of each route that needs exactly
	// one, by the route's name. It is called once, after Routes.
	RoutePermissions() map[string]string
}

// Portal is what the packages became together. The portal provides one; it
// answers once everything is built, and is empty before.
type Portal interface {
	// Modules returns the modules in order of contribution.
	Modules() []Module
	// Routes returns all routes, sorted by path and method.
	Routes() []Route
	// Health runs every health check, as /readyz does.
	Health(ctx context.Context) httpx.HealthReport
}
