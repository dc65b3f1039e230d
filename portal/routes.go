// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard/portal/module"
)

// Route is one route of a portal.
type Route = module.Route

// mounted is a module with its router.
type mounted struct {
	module   module.Module
	id       string
	prefixes []string
	router   *mux.Router
	routes   []Route
	needs    map[string]string // permission by route name
}

// routeTable finds modules by path and routes by name.
type routeTable struct {
	byPrefix map[string]*mounted
	byName   map[string]*mux.Route
	owner    map[string]string // route name to module ID
	all      []Route
}

// lateURLs is the [module.URLs] that modules are built with, before there are
// routes.
type lateURLs struct{ table atomic.Pointer[routeTable] }

var _ module.URLs = (*lateURLs)(nil)

// URL returns the path of the named route.
func (u *lateURLs) URL(name string, pairs ...string) (string, error) {
	table := u.table.Load()
	if table == nil {
		return "", fmt.Errorf("portal: URL of route %q: routes are not known before all modules are built", name)
	}
	return table.url(name, pairs)
}

func (t *routeTable) url(name string, pairs []string) (string, error) {
	route := t.byName[name]
	if route == nil {
		return "", fmt.Errorf("portal: there is no route %q", name)
	}
	u, err := route.URLPath(pairs...)
	if err != nil {
		return "", fmt.Errorf("portal: URL of route %q: %w", name, err)
	}
	return u.String(), nil
}

// buildRoutes gives each module a router and checks prefixes, routes and names
// over all of them.
func buildRoutes(modules []module.Module, p *problems) (*routeTable, []*mounted) {
	t := &routeTable{byPrefix: map[string]*mounted{}, byName: map[string]*mux.Route{}, owner: map[string]string{}}
	var all []*mounted
	for _, m := range modules {
		mnt := &mounted{module: m, id: m.ID(), prefixes: m.Prefixes()}
		all = append(all, mnt)
		t.claim(mnt, p)
	}
	for _, mnt := range all {
		t.fill(mnt, p)
	}
	for _, mnt := range all {
		t.checkReach(mnt, p)
	}
	return t, all
}

// claim notes the prefixes of a module.
func (t *routeTable) claim(mnt *mounted, p *problems) {
	if len(mnt.prefixes) == 0 {
		p.addf("module %q declares no prefix", mnt.id)
	}
	for _, prefix := range mnt.prefixes {
		if !validPrefix(prefix) {
			p.addf("module %q declares the prefix %q, which is not a clean path that begins with a slash", mnt.id, prefix)
			continue
		}
		if slices.Contains(reserved, prefix) {
			p.addf("module %q declares the prefix %q, which belongs to the portal itself", mnt.id, prefix)
			continue
		}
		if other, taken := t.byPrefix[prefix]; taken {
			p.addf("modules %q and %q both declare the prefix %q", other.id, mnt.id, prefix)
			continue
		}
		t.byPrefix[prefix] = mnt
	}
}

func validPrefix(prefix string) bool {
	return strings.HasPrefix(prefix, "/") && path.Clean(prefix) == prefix && !strings.ContainsAny(prefix, "{}?#%")
}

// fill lets the module add its routes and takes them down by name.
func (t *routeTable) fill(mnt *mounted, p *problems) {
	mnt.router = mux.NewRouter()
	if err := addRoutes(mnt); err != nil {
		p.addf("module %q: %v", mnt.id, err)
		return
	}
	if p, ok := mnt.module.(module.Permitter); ok {
		mnt.needs = p.RoutePermissions()
	}
	seen := map[string]string{} // method and path to route name
	err := mnt.router.Walk(func(r *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		if r.GetHandler() == nil {
			return nil // a subrouter
		}
		t.addRoute(mnt, r, seen, p)
		return nil
	})
	if err != nil {
		p.addf("module %q: %v", mnt.id, err)
	}
}

func addRoutes(mnt *mounted) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("Routes panicked: %v", reason)
		}
	}()
	mnt.module.Routes(mnt.router)
	return nil
}

func (t *routeTable) addRoute(mnt *mounted, r *mux.Route, seen map[string]string, p *problems) {
	if err := r.GetError(); err != nil {
		p.addf("module %q has a broken route: %v", mnt.id, err)
		return
	}
	template, err := r.GetPathTemplate()
	if err != nil {
		p.addf("module %q has a route without a path", mnt.id)
		return
	}
	methods, _ := r.GetMethods() // an error says that there are none
	route := Route{Methods: slices.Sorted(slices.Values(methods)), Path: template, Name: r.GetName(), Module: mnt.id, Permission: mnt.needs[r.GetName()]}
	if len(methods) == 0 {
		p.addf("module %q: route %s has no methods", mnt.id, label(route))
	}
	if mnt.owns(template) == "" {
		p.addf("module %q: route %s lies outside of its prefixes %s", mnt.id, label(route), strings.Join(mnt.prefixes, ", "))
	}
	for _, method := range methods {
		if other, taken := seen[method+" "+template]; taken {
			p.addf("module %q: route %s is never reached, because %q has the same method and path", mnt.id, label(route), other)
		}
		seen[method+" "+template] = route.Name
	}
	t.name(route, r, p)
	mnt.routes = append(mnt.routes, route)
	t.all = append(t.all, route)
}

func (t *routeTable) name(route Route, r *mux.Route, p *problems) {
	if route.Name == "" {
		p.addf("module %q: route %s has no name", route.Module, label(route))
		return
	}
	if _, taken := t.byName[route.Name]; taken {
		p.addf("two routes have the name %q: one of module %q and one of module %q", route.Name, t.owner[route.Name], route.Module)
		return
	}
	t.byName[route.Name], t.owner[route.Name] = r, route.Module
}

// owns returns the prefix of the module that holds the path, or "".
func (mnt *mounted) owns(p string) string {
	best := ""
	for _, prefix := range mnt.prefixes {
		if below(p, prefix) && len(prefix) > len(best) {
			best = prefix
		}
	}
	return best
}

// below reports whether p lies at or below the prefix, by whole segments.
func below(p, prefix string) bool {
	if prefix == "/" {
		return true
	}
	rest, ok := strings.CutPrefix(p, prefix)
	return ok && (rest == "" || rest[0] == '/')
}

// checkReach finds routes that a longer prefix of another module hides.
func (t *routeTable) checkReach(mnt *mounted, p *problems) {
	for _, route := range mnt.routes {
		literal, _, _ := strings.Cut(route.Path, "{")
		if other, prefix := t.find(strings.TrimSuffix(literal, "/")); other != nil && other != mnt && mnt.owns(route.Path) != "" {
			p.addf("module %q: route %s is never reached, because module %q declares the prefix %q", mnt.id, label(route), other.id, prefix)
		}
	}
}

// find returns the module with the longest prefix of the path.
func (t *routeTable) find(p string) (*mounted, string) {
	for p != "" && p != "/" {
		if mnt := t.byPrefix[p]; mnt != nil {
			return mnt, p
		}
		p = p[:strings.LastIndexByte(p, '/')]
	}
	return t.byPrefix["/"], "/"
}

func label(r Route) string {
	text := strings.Join(r.Methods, ",") + " " + r.Path
	if r.Name != "" {
		text += " (" + r.Name + ")"
	}
	return strings.TrimSpace(text)
}
