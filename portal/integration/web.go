// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/ui"
)

//go:embed templates
var templates embed.FS

// Web is the page that lists integrations, as a module of the portal.
type Web struct {
	ui      *ui.UI
	pages   *ui.Templates
	engine  *Engine
	library *Library
	may     requirer
}

var (
	_ module.Module    = (*Web)(nil)
	_ module.Navigator = (*Web)(nil)
	_ module.Permitter = (*Web)(nil)
)

// NewWeb returns the page over an engine and the definitions that there are.
func NewWeb(u *ui.UI, e *Engine, l *Library, may requirer) (*Web, error) {
	files, err := fs.Sub(templates, "templates")
	if err != nil {
		return nil, err
	}
	pages, err := u.Templates(files)
	return &Web{ui: u, pages: pages, engine: e, library: l, may: may}, err
}

// ID returns "integration".
func (w *Web) ID() string { return "integration" }

// Prefixes returns the paths of the page and of its API.
func (w *Web) Prefixes() []string { return []string{"/integrations", "/api/integrations"} }

// webRoute is a page or an answer; all need [ReadIntegrations].
type webRoute struct {
	name, path string
	serve      httpx.Handler
}

func (w *Web) routes() []webRoute {
	return []webRoute{
		{"list", "/integrations", w.list},
		{"one", "/integrations/{id}", w.one},
		{"api.state", "/api/integrations", w.states},
	}
}

// Routes adds the pages.
func (w *Web) Routes(r *mux.Router) {
	for _, rt := range w.routes() {
		r.Handle(rt.path, httpx.Handler(func(rw http.ResponseWriter, r *http.Request) error {
			if err := w.may.Require(r.Context(), ReadIntegrations); err != nil {
				return err
			}
			return rt.serve(rw, r)
		})).Methods(http.MethodGet).Name("integration." + rt.name)
	}
}

// RoutePermissions returns what the routes need.
func (w *Web) RoutePermissions() map[string]string {
	needs := map[string]string{}
	for _, rt := range w.routes() {
		needs["integration."+rt.name] = ReadIntegrations
	}
	return needs
}

// Nav returns the entry below Administration.
func (w *Web) Nav() []module.NavItem {
	return []module.NavItem{{
		ID: "integration.list", Label: "Integrations", Icon: "bolt", Route: "integration.list",
		Section: module.SectionAdministration, Order: 350, Permission: ReadIntegrations,
	}}
}

// states serves GET /api/integrations.
func (w *Web) states(rw http.ResponseWriter, _ *http.Request) error {
	rw.Header().Set("Cache-Control", "no-store")
	states := w.engine.States()
	if states == nil {
		states = []State{}
	}
	return httpx.WriteJSON(rw, http.StatusOK, map[string]any{"integrations": states})
}

// listPage is what is configured and what there is.
type listPage struct {
	ui.Page
	Configured ui.Table
	Groups     []group
}

// group is the definitions of one category that are not configured.
type group struct {
	Title string
	Table ui.Table
}

// list serves GET /integrations.
func (w *Web) list(rw http.ResponseWriter, r *http.Request) error {
	all, err := w.library.All()
	if err != nil {
		return err
	}
	page := listPage{
		Page:       ui.Page{Title: "Integrations", Active: "integration.list", Lead: "Tools that the portal asks about entities. Nothing is called that is not configured."},
		Configured: w.configured(),
	}
	used := map[string]bool{}
	for _, i := range w.engine.Instances() {
		used[i.Definition.ID] = true
	}
	for _, c := range Categories() {
		g := group{Title: c.Title, Table: ui.Table{Caption: c.Title, Columns: []ui.Column{{Title: "Tool"}, {Title: "Looks for"}, {Title: "Shown as"}}}}
		for _, d := range all {
			if cmp.Or(d.Category, "other") == c.Name && !used[d.ID] {
				g.Table.Rows = append(g.Table.Rows, ui.Row{Cells: []ui.Cell{
					{Icon: d.Icon, Text: d.Title, URL: w.link("one", "id", d.ID), Sub: d.Description}, {Text: d.looksFor(), Mono: true}, {Text: d.shownAs()},
				}})
			}
		}
		if len(g.Table.Rows) > 0 {
			page.Groups = append(page.Groups, g)
		}
	}
	return w.pages.Page(rw, r, "list.html", page)
}

func (d *Definition) looksFor() string {
	if len(d.AppliesTo.Annotations) == 0 {
		return cmp.Or(strings.Join(d.AppliesTo.Kinds, ", "), "a condition")
	}
	return strings.Join(d.AppliesTo.Annotations, ", ")
}

func (d *Definition) shownAs() string { return cmp.Or(d.As, "card") }

// configured is the table of what is in use, with its state.
func (w *Web) configured() ui.Table {
	t := ui.Table{
		Caption: "Configured", Columns: []ui.Column{{Title: "Integration"}, {Title: "State"}, {Title: "Looks for"}, {Title: "Last call"}, {Title: "Remembered", Num: true}, {Title: "Requests left", Num: true}},
		Empty: &ui.Empty{Icon: "bolt", Title: "No integration is configured", Text: "Choose a tool below; its page shows what to write in the configuration."},
	}
	instances := w.engine.Instances()
	for n, s := range w.engine.States() {
		chip, why := s.chip()
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			{Text: s.Title, URL: w.link("one", "id", s.ID), Note: s.ID}, {Chip: &chip, Sub: why}, {Text: instances[n].Definition.looksFor(), Mono: true},
			lastCall(s), {Text: fmt.Sprint(s.Cached)}, {Text: fmt.Sprintf("%d of %d", s.Left, s.Requests)},
		}})
	}
	return t
}

func lastCall(s State) ui.Cell {
	if s.Last.IsZero() {
		return ui.Cell{Text: "never", Quiet: true}
	}
	return ui.Cell{Time: s.Last, Sub: ui.FormatDuration(s.Took)}
}

// chip says in a word how the integration fares, and why.
func (s State) chip() (ui.Chip, string) {
	switch {
	case len(s.Missing) > 0:
		return ui.Chip{Tone: ui.Bad, Text: "not complete"}, "the credential " + strings.Join(s.Missing, ", ") + " is missing"
	case !s.RetryAt.IsZero():
		return ui.Chip{Tone: ui.Bad, Text: "stopped"}, fmt.Sprintf("%d failures in a row since %s; tried again at %s", s.Failing, clock(s.Open), clock(s.RetryAt))
	case !s.Paused.IsZero():
		return ui.Chip{Tone: ui.Warn, Text: "waits"}, "for the tool's limit until " + clock(s.Paused)
	case s.Failing > 0:
		return ui.Chip{Tone: ui.Warn, Text: "fails"}, s.Trouble.Title
	case s.Last.IsZero():
		return ui.Chip{Text: "ready"}, "nothing was asked yet"
	default:
		return ui.Chip{Tone: ui.OK, Text: "works"}, ""
	}
}

// clock writes a moment for a sentence.
func clock(t time.Time) string { return t.UTC().Format("15:04:05 UTC") }

// link returns the path of a route of this module.
func (w *Web) link(name string, pairs ...string) string {
	path, err := w.ui.URL("integration."+name, pairs...)
	if err != nil {
		return ""
	}
	return path
}

// onePage is one integration, configured or not.
type onePage struct {
	ui.Page
	State       ui.KV
	Problem     *ui.Notice
	Facts       ui.KV
	Settings    []ui.Definition
	Credentials []ui.Definition
	Values      []ui.Definition
	Actions     []ui.Definition
	Example     ui.Code
}

// one serves GET /integrations/{id}: an instance, or a definition.
func (w *Web) one(rw http.ResponseWriter, r *http.Request) error {
	id := mux.Vars(r)["id"]
	d, ok := w.library.Definition(id)
	page := onePage{Page: ui.Page{Active: "integration.list", Crumbs: []ui.Link{{Title: "Integrations", URL: w.link("list")}}}}
	for n, i := range w.engine.Instances() {
		if i.ID == id {
			d, ok = i.Definition, true
			page.state(w.engine.States()[n])
		}
	}
	if !ok {
		return &callboard.Error{Code: callboard.CodeNotFound, Message: "there is no integration " + id}
	}
	page.describe(id, d)
	return w.pages.Page(rw, r, "one.html", page)
}

func (p *onePage) state(s State) {
	chip, why := s.chip()
	p.Chips = []ui.Chip{chip}
	if why != "" && chip.Tone != ui.Neutral {
		p.Problem = &ui.Notice{Tone: chip.Tone, Title: "Not well", Text: why}
	}
	p.State = ui.KV{
		{Label: "Calls", Text: fmt.Sprintf("%d, of which %d failed", s.Calls, s.Failures)},
		{Label: "Answers remembered", Text: fmt.Sprintf("%d, each fresh for %s", s.Cached, ui.FormatDuration(s.Cache))},
		{Label: "Limit", Text: fmt.Sprintf("%d requests in %s, %d left", s.Requests, ui.FormatDuration(s.Per), s.Left)},
	}
	if !s.Last.IsZero() {
		p.State = append(p.State, ui.KVItem{Label: "Last call", Time: s.Last})
	}
	if s.Trouble != nil {
		p.State = append(p.State, ui.KVItem{Label: "Last trouble", Text: s.Trouble.Title + ". " + s.Trouble.Text}, ui.KVItem{Label: "It was", Time: s.TroubleAt})
	}
}

func (p *onePage) describe(id string, d *Definition) {
	p.Title, p.Lead = d.Title, d.Description
	p.Facts = ui.KV{{Label: "Looks for", Text: d.looksFor(), Mono: true}, {Label: "Shown as", Text: d.shownAs()}}
	if len(d.AppliesTo.Kinds) > 0 {
		p.Facts = append(p.Facts, ui.KVItem{Label: "On kinds", Text: strings.Join(d.AppliesTo.Kinds, ", ")})
	}
	if d.AppliesTo.When != "" {
		p.Facts = append(p.Facts, ui.KVItem{Label: "Where", Text: d.AppliesTo.When, Mono: true})
	}
	for _, l := range []ui.KVItem{{Label: "Tool", URL: d.Homepage}, {Label: "API", URL: d.Reference}} {
		if l.Text = l.URL; l.URL != "" {
			p.Facts = append(p.Facts, l)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.Settings)) {
		s := d.Settings[name]
		p.Settings = append(p.Settings, ui.Definition{Name: name, Type: cmp.Or(s.Kind, "text"), Required: s.Default == "" && !s.Optional, Text: s.Description, Default: s.Default})
	}
	for _, name := range slices.Sorted(maps.Keys(d.Credentials)) {
		c := d.Credentials[name]
		p.Credentials = append(p.Credentials, ui.Definition{Name: name, Type: c.Kind, Required: !c.Optional, Text: c.Description})
	}
	for _, name := range slices.Sorted(maps.Keys(d.Facts)) {
		p.Values = append(p.Values, ui.Definition{Name: id + "." + name, Type: d.Facts[name].Type, Text: d.Facts[name].Title})
	}
	for _, name := range slices.Sorted(maps.Keys(d.Actions)) {
		p.Actions = append(p.Actions, ui.Definition{Name: name, Type: d.Actions[name].request().Method, Text: d.Actions[name].Title})
	}
	p.Example = ui.Code{Text: d.example(id), Language: "yaml"}
}

func (a ActionSpec) request() Request {
	a.Request.Method = cmp.Or(a.Request.Method, http.MethodPost)
	return a.Request
}

// example is what to write in the configuration.
func (d *Definition) example(id string) string {
	var b strings.Builder
	b.WriteString("integrations:\n  " + id + ":\n")
	if id != d.ID {
		b.WriteString("    definition: " + d.ID + "\n")
	}
	if len(d.Settings) > 0 {
		b.WriteString("    settings:\n")
	}
	for _, name := range slices.Sorted(maps.Keys(d.Settings)) {
		s := d.Settings[name]
		mark := ""
		if s.Default != "" || s.Optional {
			mark = "# "
		}
		fmt.Fprintf(&b, "      %s%s: %q\n", mark, name, s.Default)
	}
	if len(d.Credentials) > 0 {
		b.WriteString("    credentials:\n")
	}
	for _, name := range slices.Sorted(maps.Keys(d.Credentials)) {
		mark := ""
		if d.Credentials[name].Optional {
			mark = "# "
		}
		fmt.Fprintf(&b, "      %s%s: {$file: /run/secrets/%s-%s}\n", mark, name, id, name)
	}
	if len(d.Settings)+len(d.Credentials) == 0 {
		b.WriteString("    {}\n")
	}
	return b.String()
}
