// SPDX-License-Identifier: Apache-2.0

package permissionweb

import (
	"embed"
	"io/fs"
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/permission"
	"github.com/callboard/callboard/portal/ui"
)

//go:embed templates
var embedded embed.FS

// The permissions that the pages and the API need.
const (
	// ReadPermissions is to see who may do what.
	ReadPermissions = "admin.permission.read"
	// TryPolicies is to try policies, and so to see what was decided of whom.
	TryPolicies = "admin.permission.try"
)

// Web is the page and the API. It is safe for concurrent use.
type Web struct {
	explain *Explainer
	trier   *Trier
	ui      *ui.UI
	pages   *ui.Templates
}

// New returns the pages and the API.
func New(x *Explainer, t *Trier, u *ui.UI) (*Web, error) {
	files, err := fs.Sub(embedded, "templates")
	if err != nil {
		return nil, err
	}
	pages, err := u.Templates(files)
	return &Web{explain: x, trier: t, ui: u, pages: pages}, err
}

// ID returns "permission".
func (w *Web) ID() string { return "permission" }

// Prefixes returns the paths of the page and the API.
func (w *Web) Prefixes() []string { return []string{"/admin/permissions", "/api/admin/permissions"} }

// Routes adds the page and the API.
func (w *Web) Routes(r *mux.Router) {
	for _, rt := range w.routes() {
		r.Handle(rt.path, httpx.Handler(func(rw http.ResponseWriter, r *http.Request) error {
			if err := w.explain.Checker.Require(r.Context(), rt.permission); err != nil {
				return err
			}
			return rt.serve(rw, r)
		})).Methods(rt.methods...).Name(rt.name)
	}
}

// route is one of the module's, with what it needs.
type route struct {
	methods                []string
	path, name, permission string
	serve                  httpx.Handler
}

// routes are all that there are: nothing is served without a permission.
func (w *Web) routes() []route {
	get, post := []string{http.MethodGet}, []string{http.MethodPost}
	return []route{
		{get, "/admin/permissions", "permission.page", ReadPermissions, w.page},
		{append(get, post...), "/admin/permissions/try", "permission.try", TryPolicies, w.tryPolicy},
		{get, "/api/admin/permissions", "permission.list", ReadPermissions, w.list},
		{get, "/api/admin/permissions/decision", "permission.decision", ReadPermissions, w.decision},
		{post, "/api/admin/permissions/try", "permission.api.try", TryPolicies, w.tryAPI},
	}
}

// RoutePermissions returns what each route needs.
func (w *Web) RoutePermissions() map[string]string {
	needs := map[string]string{}
	for _, rt := range w.routes() {
		needs[rt.name] = rt.permission
	}
	return needs
}

// Nav returns the entry of the navigation.
func (w *Web) Nav() []module.NavItem {
	return []module.NavItem{{ID: "permission.page", Label: "Permissions", Icon: "lock", Route: "permission.page", Section: module.SectionAdministration, Order: 200, Permission: ReadPermissions}}
}

// page is the roles, the permissions, and the answer to a question.
type page struct {
	ui.Page
	Ask         ui.Form
	Answer      *answerView
	Roles       ui.Table
	Permissions ui.Table
}

type answerView struct {
	Chip    ui.Chip
	Text    string
	Details ui.KV
	Why     ui.Table
}

func questionOf(r *http.Request) Question {
	q := r.URL.Query()
	return Question{Who: q.Get("who"), Permission: q.Get("permission"), Resource: q.Get("resource")}
}

// page serves GET /admin/permissions.
func (w *Web) page(rw http.ResponseWriter, r *http.Request) error {
	q := questionOf(r)
	p := page{
		Page: ui.Page{
			Title: "Permissions", Active: "permission.page",
			Lead: "Everything is denied unless a role allows it. Roles and who has them stand in the configuration, below permission.",
		},
		Ask: w.form(q), Roles: w.roles(), Permissions: w.permissions(),
	}
	if w.explain.Checker.May(r.Context(), TryPolicies) {
		p.Actions = []ui.Action{{Label: "Try a policy", URL: w.link("permission.try")}}
	}
	if q.Permission != "" {
		a, err := w.explain.Ask(r.Context(), q)
		switch code := callboard.CodeOf(err); {
		case code == callboard.CodeInvalid || code == callboard.CodeNotFound:
			p.Status, p.Ask.Error = http.StatusUnprocessableEntity, callboard.MessageOf(err)
		case err != nil:
			return err
		default:
			p.Answer = view(a)
		}
	}
	return w.pages.Page(rw, r, "permissions.html", p)
}

// link returns the path of a route of this module.
func (w *Web) link(name string) string {
	u, err := w.ui.URL(name)
	if err != nil {
		return "" // no route of this module
	}
	return u
}

func (w *Web) form(q Question) ui.Form {
	var options []ui.Option
	for _, p := range w.explain.Checker.Set().Permissions() {
		options = append(options, ui.Option{Value: p.ID, Label: p.Title + " (" + p.ID + ")"})
	}
	return ui.Form{
		Get: true, Submit: "Ask",
		Fields: []ui.Field{
			{Name: "who", Label: "May", Value: q.Who, Required: true, Mono: true, Placeholder: "user:default/ines", Hint: "A person, service:NAME, guest, or local for a guest at the machine itself."},
			{Kind: ui.FieldSelect, Name: "permission", Label: "do", Value: q.Permission, Required: true, Options: options},
			{Name: "resource", Label: "to", Value: q.Resource, Mono: true, Placeholder: "component:default/shop", Hint: "Leave it empty to ask in general."},
		},
	}
}

func view(a Answer) *answerView {
	v := &answerView{Chip: chip(a.Effect), Why: ui.Table{
		Caption: "Statements", Columns: []ui.Column{{Title: "Statement"}, {Title: "By"}, {Title: "Because"}, {Title: "Where"}},
	}}
	what := strings.ToLower(a.Title[:1]) + a.Title[1:]
	switch a.Effect {
	case permission.Conditional:
		v.Text = a.Who + " may " + what + " where the condition holds."
	case permission.Allowed:
		v.Text = a.Who + " may " + what + "."
	default:
		v.Text = a.Who + " may not " + what + "."
	}
	v.Details = ui.KV{{Label: "Permission", Text: a.Permission, Mono: true}}
	if a.Resource != "" {
		v.Details = append(v.Details, ui.KVItem{Label: "About", Text: a.Resource, Mono: true})
	}
	if a.Condition != "" {
		v.Details = append(v.Details, ui.KVItem{Label: "Condition", Text: a.Condition, Mono: true})
	}
	if a.Holds != nil {
		v.Details = append(v.Details, ui.KVItem{Label: "Holds", Text: map[bool]string{true: "yes", false: "no"}[*a.Holds]})
	}
	for _, r := range a.Why {
		c := chip(r.Effect)
		where := ui.Cell{Text: "everywhere", Quiet: true}
		if r.On != "" {
			where = ui.Cell{Text: r.On, Mono: true}
		}
		v.Why.Rows = append(v.Why.Rows, ui.Row{Cells: []ui.Cell{{Chip: &c}, {Text: r.By}, {Text: r.Since}, where}})
	}
	return v
}

func chip(e permission.Effect) ui.Chip {
	return map[permission.Effect]ui.Chip{
		permission.Allowed: {Tone: ui.OK, Text: "allowed"}, permission.Denied: {Tone: ui.Bad, Text: "denied"}, permission.Conditional: {Tone: ui.Warn, Text: "on a condition"},
	}[e]
}

func (w *Web) roles() ui.Table {
	t := ui.Table{Caption: "Roles", Columns: []ui.Column{{Title: "Role"}, {Title: "Allows"}, {Title: "Denies"}, {Title: "For"}}}
	for _, r := range w.explain.Roles.Roles() {
		var who []string
		for _, b := range w.explain.Roles.Bindings() {
			if slices.Contains(b.Roles, r.ID) {
				who = append(who, b.To...)
			}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			{Text: r.ID, Sub: r.Title}, {Text: said(r.Allow), Mono: true}, {Text: said(r.Deny), Mono: true}, {Text: strings.Join(who, ", "), Mono: true},
		}})
	}
	return t
}

// said is what statements say, in one line.
func said(statements []permission.Statement) string {
	var parts []string
	for _, s := range statements {
		text := strings.Join(s.Permissions, ", ")
		if s.On != nil {
			text += " if " + s.On.String()
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

func (w *Web) permissions() ui.Table {
	t := ui.Table{Caption: "Permissions", Columns: []ui.Column{{Title: "Permission"}, {Title: "About"}, {Title: "Unless configured, for"}}}
	for _, p := range w.explain.Checker.Set().Permissions() {
		about := p.Resource
		if about == "" {
			about = "nothing in particular"
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: p.ID, Mono: true, Sub: p.Title}, {Text: about}, {Text: p.Default.String()}}})
	}
	return t
}

// listed is a permission as the API writes it.
type listed struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Resource string `json:"resource,omitempty"`
	Default  string `json:"default"`
}

type listedRole struct {
	ID    string   `json:"id"`
	Title string   `json:"title,omitempty"`
	Allow string   `json:"allow"`
	Deny  string   `json:"deny,omitempty"`
	To    []string `json:"to"`
}

// list serves GET /api/admin/permissions.
func (w *Web) list(rw http.ResponseWriter, _ *http.Request) error {
	answer := struct {
		Permissions []listed     `json:"permissions"`
		Roles       []listedRole `json:"roles"`
	}{}
	for _, p := range w.explain.Checker.Set().Permissions() {
		answer.Permissions = append(answer.Permissions, listed{p.ID, p.Title, p.Resource, p.Default.String()})
	}
	for _, r := range w.explain.Roles.Roles() {
		one := listedRole{ID: r.ID, Title: r.Title, Allow: said(r.Allow), Deny: said(r.Deny), To: []string{}}
		for _, b := range w.explain.Roles.Bindings() {
			if slices.Contains(b.Roles, r.ID) {
				one.To = append(one.To, b.To...)
			}
		}
		answer.Roles = append(answer.Roles, one)
	}
	return httpx.WriteJSON(rw, http.StatusOK, answer)
}

// decision serves GET /api/admin/permissions/decision.
func (w *Web) decision(rw http.ResponseWriter, r *http.Request) error {
	a, err := w.explain.Ask(r.Context(), questionOf(r))
	if err != nil {
		return err
	}
	return httpx.WriteJSON(rw, http.StatusOK, a)
}
