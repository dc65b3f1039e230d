// SPDX-License-Identifier: Apache-2.0

package notifyweb

import (
	"context"
	"embed"
	"io/fs"
	"net/http"
	"net/url"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/notify"
	"github.com/callboard/callboard/portal/permission"
	"github.com/callboard/callboard/portal/ui"
)

//go:embed templates
var embedded embed.FS

//go:embed assets
var assets embed.FS

// The permissions of notifications.
const (
	ReadInbox   = "notify.inbox.read"
	UpdateInbox = "notify.inbox.update"
	SendMessage = "notify.message.send"
)

// Declaration returns the permissions. Inboxes are always one's own.
func Declaration() permission.Declaration {
	return permission.Declaration{Permissions: []permission.Permission{
		{ID: ReadInbox, Title: "Read one's own notifications", Default: permission.GrantMembers},
		{ID: UpdateInbox, Title: "Mark one's own notifications, follow things, and choose what to hear of", Default: permission.GrantMembers},
		{ID: SendMessage, Title: "Send notifications to people"},
	}}
}

// External is the topic of what other systems send under a topic that nobody
// declares.
const External = "notify.external"

// Topic returns the topic External.
func Topic() notify.Topic {
	return notify.Topic{ID: External, Title: "Other systems", Description: "What programs send through the portal's API."}
}

// Parts is what [New] needs, all of it.
type Parts struct {
	Service *notify.Service
	UI      *ui.UI
	May     *permission.Checker
	Log     *audit.Log
	// Pages are those among the reader's settings, this module's too.
	Pages []module.SettingsPage
}

// Web is the module. It is safe for concurrent use.
type Web struct {
	p     Parts
	pages *ui.Templates
}

var (
	_ module.Module    = (*Web)(nil)
	_ module.Inboxer   = (*Web)(nil)
	_ module.Permitter = (*Web)(nil)
)

// New returns the module.
func New(p Parts) (*Web, error) {
	w := &Web{p: p}
	files, err := fs.Sub(embedded, "templates")
	if err != nil {
		return nil, err
	}
	styles, err := fs.Sub(assets, "assets")
	if err != nil {
		return nil, err
	}
	if err := p.UI.Mount("notify", styles); err != nil {
		return nil, err
	}
	w.pages, err = p.UI.Templates(files)
	return w, err
}

// ID returns "notify".
func (w *Web) ID() string { return "notify" }

// Prefixes returns the paths of the pages and of the API.
func (w *Web) Prefixes() []string {
	return []string{"/notifications", "/settings/notifications", "/api/notifications"}
}

// Settings returns the page among the reader's settings.
func Settings() module.SettingsPage {
	return module.SettingsPage{ID: "notify.settings", Title: "Notifications", Route: "notify.settings", Order: 300}
}

// route is a route with what it needs.
type route struct {
	method, path, name, permission string
	serve                          httpx.Handler
}

func (w *Web) routes() []route {
	const get, post, api = http.MethodGet, http.MethodPost, "/api/notifications"
	return []route{
		{get, "/notifications", "inbox", ReadInbox, w.inbox},
		{get, "/notifications/live", "live", ReadInbox, w.live},
		{post, "/notifications/mark", "mark", UpdateInbox, w.mark},
		{post, "/notifications/read-all", "readall", UpdateInbox, w.readAll},
		{post, "/notifications/follow", "follow", UpdateInbox, w.follow},
		{get, "/notifications/{id}", "open", UpdateInbox, w.open},
		{get, "/settings/notifications", "settings", ReadInbox, w.settings},
		{post, "/settings/notifications", "settings.save", UpdateInbox, w.saveSettings},

		{get, api, "api.list", ReadInbox, w.list},
		{post, api, "api.send", SendMessage, w.send},
		{get, api + "/notifications", "api.notifications", ReadInbox, w.list},
		{post, api + "/notifications", "api.notifications.send", SendMessage, w.send},
		{get, api + "/status", "api.status", ReadInbox, w.status},
		{get, api + "/topics", "api.topics", ReadInbox, w.topics},
		{post, api + "/update", "api.update", UpdateInbox, w.update},
		{post, api + "/notifications/update", "api.notifications.update", UpdateInbox, w.update},
		{get, api + "/notifications/{id}", "api.notification", ReadInbox, w.one},
		{get, api + "/{id}", "api.one", ReadInbox, w.one},
	}
}

// Routes adds the pages and the API.
func (w *Web) Routes(r *mux.Router) {
	for _, rt := range w.routes() {
		r.Handle(rt.path, w.require(rt)).Methods(rt.method).Name("notify." + rt.name)
	}
}

// RoutePermissions returns what each route needs.
func (w *Web) RoutePermissions() map[string]string {
	needs := map[string]string{}
	for _, rt := range w.routes() {
		needs["notify."+rt.name] = rt.permission
	}
	return needs
}

// require serves a route to those who may. A guest at a page is sent to sign in.
func (w *Web) require(rt route) httpx.Handler {
	return func(rw http.ResponseWriter, r *http.Request) error {
		if !httpx.WantsJSON(r) && !callboard.IdentityFrom(r.Context()).SignedIn() {
			if to, err := w.p.UI.URL("auth.signin"); err == nil {
				next := "/notifications"
				if r.Method == http.MethodGet {
					next = r.URL.RequestURI()
				}
				http.Redirect(rw, r, to+"?"+url.Values{"next": {next}}.Encode(), http.StatusSeeOther)
				return nil
			}
		}
		if err := w.p.May.Require(r.Context(), rt.permission); err != nil {
			return err
		}
		rw.Header().Set("Cache-Control", "no-store")
		return rt.serve(rw, r)
	}
}

// bellMost is how far the bell counts.
const bellMost = 100

// Inbox returns the bell.
func (w *Web) Inbox() module.Inbox {
	return module.Inbox{Route: "notify.inbox", Live: "notify.live", Unread: func(ctx context.Context) int {
		n, err := w.p.Service.UnreadUpTo(ctx, subject(ctx), bellMost)
		if err != nil {
			return 0
		}
		return n
	}}
}

func subject(ctx context.Context) string { return callboard.IdentityFrom(ctx).Subject }

// link returns the path of a route of this module.
func (w *Web) link(name string, pairs ...string) string {
	path, err := w.p.UI.URL("notify."+name, pairs...)
	if err != nil {
		return ""
	}
	return path
}

// tabs are those of the reader's settings.
func (w *Web) tabs() []ui.Tab { return auth.SettingsTabs(w.p.UI, w.p.Pages, "notify.settings") }

// maxForm bounds a form; the matrix of choices is the largest.
const maxForm = 256 << 10

func parseForm(rw http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(rw, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return &callboard.Error{Code: callboard.CodeInvalid, Message: "the form could not be read", Err: err}
	}
	return nil
}
