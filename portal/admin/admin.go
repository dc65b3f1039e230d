// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"context"
	"embed"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/permission"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/ui"
)

//go:embed templates
var embedded embed.FS

// The permissions of administration.
const (
	ReadAudit  = "admin.audit.read"
	ReadJobs   = "admin.job.read"
	ManageJobs = "admin.job.manage"
	ReadParts  = "admin.module.read"
	ReadConfig = "admin.config.read"
	ReadHealth = "admin.health.read"
)

// Declaration returns the permissions. Administrators alone have them by default.
func Declaration() permission.Declaration {
	return permission.Declaration{Permissions: []permission.Permission{
		{ID: ReadAudit, Title: "See who changed what"},
		{ID: ReadJobs, Title: "See background work"},
		{ID: ManageJobs, Title: "Retry and cancel background work"},
		{ID: ReadParts, Title: "See modules and routes"},
		{ID: ReadConfig, Title: "See the configuration"},
		{ID: ReadHealth, Title: "See the portal's health"},
	}}
}

// Parts is what [New] needs, all of it.
type Parts struct {
	UI     *ui.UI
	Log    *audit.Log
	May    *permission.Checker
	Jobs   jobs.Inspector
	Config *config.Config
	DB     *sqldb.DB
	Portal module.Portal
	// Contributions returns what packages contribute. It is called when
	// everything is built.
	Contributions func() []Contribution
}

// Options is what [New] may be given; nil and zero fields mean the defaults.
type Options struct {
	// Now is the clock; default time.Now.
	Now func() time.Time
}

// Admin is the module. It is safe for concurrent use.
type Admin struct {
	p     Parts
	pages *ui.Templates
	now   func() time.Time
	since time.Time
}

var (
	_ module.Module    = (*Admin)(nil)
	_ module.Navigator = (*Admin)(nil)
	_ module.Permitter = (*Admin)(nil)
)

// New returns the module.
func New(p Parts, opts *Options) (*Admin, error) {
	a := &Admin{p: p, now: time.Now}
	if opts != nil && opts.Now != nil {
		a.now = opts.Now
	}
	a.since = a.now()
	files, err := fs.Sub(embedded, "templates")
	if err != nil {
		return nil, err
	}
	a.pages, err = p.UI.Templates(files)
	return a, err
}

// ID returns "admin".
func (a *Admin) ID() string { return "admin" }

// Prefixes returns the paths of the pages and of the API.
func (a *Admin) Prefixes() []string { return []string{"/admin", "/api/admin"} }

// route is a route with what it needs.
type route struct {
	method, path, name, permission string
	serve                          httpx.Handler
}

// routes are all that there are: nothing is served without a permission.
func (a *Admin) routes() []route {
	const get, post = http.MethodGet, http.MethodPost
	return []route{
		{get, "/admin/audit", "audit", ReadAudit, a.auditPage},
		{get, "/admin/audit/{id:[0-9]+}", "audit.entry", ReadAudit, a.entryPage},
		{get, "/admin/jobs", "jobs", ReadJobs, a.jobsPage},
		{get, "/admin/jobs/{id:[0-9]+}", "jobs.job", ReadJobs, a.jobPage},
		{post, "/admin/jobs/{id:[0-9]+}/retry", "jobs.retry", ManageJobs, a.steerForm(a.retry)},
		{post, "/admin/jobs/{id:[0-9]+}/cancel", "jobs.cancel", ManageJobs, a.steerForm(a.cancel)},
		{get, "/admin/modules", "modules", ReadParts, a.modulesPage},
		{get, "/admin/routes", "routes", ReadParts, a.routesPage},
		{get, "/admin/configuration", "configuration", ReadConfig, a.configurationPage},
		{get, "/admin/health", "health", ReadHealth, a.healthPage},

		{get, "/api/admin/audit", "api.audit", ReadAudit, a.auditList},
		{get, "/api/admin/audit.jsonl", "api.audit.export", ReadAudit, a.auditExport},
		{get, "/api/admin/jobs", "api.jobs", ReadJobs, a.jobList},
		{get, "/api/admin/jobs/{id:[0-9]+}", "api.jobs.job", ReadJobs, a.jobOne},
		{post, "/api/admin/jobs/{id:[0-9]+}/retry", "api.jobs.retry", ManageJobs, a.steerJob(a.retry)},
		{post, "/api/admin/jobs/{id:[0-9]+}/cancel", "api.jobs.cancel", ManageJobs, a.steerJob(a.cancel)},
		{get, "/api/admin/modules", "api.modules", ReadParts, a.moduleList},
		{get, "/api/admin/routes", "api.routes", ReadParts, a.routeList},
		{get, "/api/admin/configuration", "api.configuration", ReadConfig, a.valueList},
		{get, "/api/admin/health", "api.health", ReadHealth, a.healthReport},
	}
}

// Routes adds the pages and the API.
func (a *Admin) Routes(r *mux.Router) {
	for _, rt := range a.routes() {
		r.Handle(rt.path, a.require(rt)).Methods(rt.method).Name("admin." + rt.name)
	}
}

// RoutePermissions returns what each route needs.
func (a *Admin) RoutePermissions() map[string]string {
	needs := map[string]string{}
	for _, rt := range a.routes() {
		needs["admin."+rt.name] = rt.permission
	}
	return needs
}

// require serves a route to those who may. Of what changes something, the
// refusal of somebody who is signed in is recorded.
func (a *Admin) require(rt route) httpx.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx := r.Context()
		err := a.p.May.Require(ctx, rt.permission)
		if err == nil {
			return rt.serve(w, r)
		}
		if rt.method != http.MethodGet && callboard.IdentityFrom(ctx).SignedIn() {
			a.record(ctx, audit.Entry{Action: "admin." + strings.TrimPrefix(rt.name, "api."), Resource: r.URL.Path, Outcome: audit.Denied, Message: callboard.MessageOf(err)}, &err)
		}
		return err
	}
}

// Nav returns an entry for each page that there is.
func (a *Admin) Nav() []module.NavItem {
	item := func(name, label, icon, permission string, order int) module.NavItem {
		return module.NavItem{
			ID: "admin." + name, Label: label, Icon: icon, Route: "admin." + name,
			Section: module.SectionAdministration, Order: order, Permission: permission,
		}
	}
	return []module.NavItem{
		item("health", "Health", "pulse", ReadHealth, 100),
		item("audit", "Audit", "history", ReadAudit, 200),
		item("jobs", "Jobs", "workflow", ReadJobs, 300),
		item("modules", "Modules", "package", ReadParts, 400),
		item("routes", "Routes", "link", ReadParts, 500),
		item("configuration", "Configuration", "gear", ReadConfig, 600),
	}
}

// link returns the path of a route of this module.
func (a *Admin) link(name string, pairs ...string) string {
	path, err := a.p.UI.URL("admin."+name, pairs...)
	if err != nil {
		return ""
	}
	return path
}

// recordTimeout bounds the writing of an entry, which the end of the request
// does not stop.
const recordTimeout = 10 * time.Second

// record writes an entry, and adds to err that it could not be written.
func (a *Admin) record(ctx context.Context, e audit.Entry, err *error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	if wrong := a.p.Log.Record(ctx, nil, e); wrong != nil && *err == nil {
		*err = wrong
	}
}
