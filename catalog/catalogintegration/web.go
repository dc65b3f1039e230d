// SPDX-License-Identifier: Apache-2.0

package catalogintegration

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/integration"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/ui"
)

//go:embed templates
var embedded embed.FS

// Reader is what is read of the catalog, within what the reader may see.
type Reader interface {
	// Records returns the entities, in order, those that are not there as empty.
	Records(ctx context.Context, refs []catalog.Ref) ([]catalog.Record, error)
}

// Refuser says why somebody may not.
type Refuser interface {
	// Refusal returns the error that names the permission.
	Refusal(ctx context.Context, permission string) error
}

// Parts is what [New] needs, all of it.
type Parts struct {
	UI      *ui.UI
	Engine  *integration.Engine
	Catalog Reader
	Judge   catalog.Judge
	Refuse  Refuser
	Log     *audit.Log
}

// Web draws integrations on entities and runs their actions.
type Web struct {
	ui      *ui.UI
	pages   *ui.Templates
	drawer  *integration.Drawer
	engine  *integration.Engine
	catalog Reader
	judge   catalog.Judge
	refuse  Refuser
	log     *audit.Log
}

var (
	_ module.Module    = (*Web)(nil)
	_ module.Permitter = (*Web)(nil)
)

// New returns the pages over the parts.
func New(p Parts) (*Web, error) {
	files, err := fs.Sub(embedded, "templates")
	if err != nil {
		return nil, err
	}
	w := &Web{ui: p.UI, engine: p.Engine, catalog: p.Catalog, judge: p.Judge, refuse: p.Refuse, log: p.Log}
	if w.pages, err = p.UI.Templates(files); err != nil {
		return nil, err
	}
	w.drawer, err = integration.NewDrawer(p.UI)
	return w, err
}

// ID returns "integration-run".
func (w *Web) ID() string { return "integration-run" }

// Prefixes returns the path of the actions.
func (w *Web) Prefixes() []string { return []string{"/integrations/run"} }

const (
	askRoute = "integration-run.ask"
	runRoute = "integration-run.run"
)

// Routes adds the page that asks, and what it leads to.
func (w *Web) Routes(r *mux.Router) {
	const path = "/integrations/run/{id}/{action}/{namespace}/{kind}/{name}"
	r.Handle(path, httpx.Handler(w.ask)).Methods(http.MethodGet).Name(askRoute)
	r.Handle(path, httpx.Handler(w.run)).Methods(http.MethodPost).Name(runRoute)
}

// RoutePermissions returns what the routes need.
func (w *Web) RoutePermissions() map[string]string {
	return map[string]string{askRoute: integration.RunAction, runRoute: integration.RunAction}
}

// runURL is where the button of an action leads.
func (w *Web) runURL(id, action string, ref catalog.Ref) string {
	path, err := w.ui.URL(askRoute, "id", id, "action", action, "namespace", ref.Namespace, "kind", ref.Kind, "name", ref.Name)
	if err != nil {
		return ""
	}
	return path
}

func (w *Web) entityURL(ref catalog.Ref) string {
	path, err := w.ui.URL("catalog.entity", "namespace", ref.Namespace, "kind", ref.Kind, "name", ref.Name)
	if err != nil {
		return "/"
	}
	return path
}

// runPage asks whether an action is meant.
type runPage struct {
	ui.Page
	Form ui.Form
}

// target is what a request is about.
type target struct {
	id, name string
	entity   *catalog.Entity
	subject  integration.Subject
	action   integration.Action
}

// find reads what the route names, for somebody who may run it. What a reader
// may not see is not there.
func (w *Web) find(r *http.Request) (target, error) {
	v, ctx := mux.Vars(r), r.Context()
	t := target{id: v["id"], name: v["action"]}
	ref := catalog.NewRef(v["kind"], v["namespace"], v["name"])
	records, err := w.catalog.Records(ctx, []catalog.Ref{ref})
	if err != nil {
		return t, err
	}
	if !records[0].Found() {
		return t, &callboard.Error{Code: callboard.CodeNotFound, Message: "no entity " + ref.String()}
	}
	if t.entity, err = records[0].Entity(); err != nil {
		return t, err
	}
	t.subject = Subject(t.entity)
	if !w.judge.May(ctx, integration.RunAction, t.entity) {
		return t, w.refuse.Refusal(ctx, integration.RunAction)
	}
	t.action, err = w.engine.Action(ctx, t.id, t.name, t.subject)
	return t, err
}

// ask serves GET /integrations/run/….
func (w *Web) ask(rw http.ResponseWriter, r *http.Request) error {
	t, err := w.find(r)
	if err != nil {
		return err
	}
	return w.pages.Page(rw, r, "run.html", w.form(t, nil, nil))
}

// form is the page with what was typed and what is wrong with it.
func (w *Web) form(t target, typed map[string]string, wrong integration.InputError) runPage {
	ref := t.entity.Ref()
	page := runPage{
		Page: ui.Page{
			Title: t.action.Title, Active: "catalog.list", Lead: t.action.Confirm,
			Crumbs: []ui.Link{{Title: t.entity.DisplayName(), URL: w.entityURL(ref)}},
		},
		Form: ui.Form{Submit: t.action.Title, Danger: t.action.Danger, Cancel: ui.Link{Title: "Leave it", URL: w.entityURL(ref)}},
	}
	for _, in := range t.action.Inputs {
		f := ui.Field{Name: in.Name, Label: in.Title, Hint: in.Hint, Value: in.Default, Required: in.Required, Error: wrong[in.Name]}
		if v, ok := typed[in.Name]; ok {
			f.Value = v
		}
		for _, o := range in.Options {
			f.Kind = ui.FieldSelect
			f.Options = append(f.Options, ui.Option{Value: o})
		}
		page.Form.Fields = append(page.Form.Fields, f)
	}
	return page
}

// run serves POST /integrations/run/….
func (w *Web) run(rw http.ResponseWriter, r *http.Request) error {
	t, err := w.find(r)
	if err != nil {
		if t.entity != nil && callboard.Refused(err) && callboard.IdentityFrom(r.Context()).SignedIn() {
			w.record(r.Context(), t, nil, audit.Denied, callboard.MessageOf(err), &err)
		}
		return err
	}
	if err := r.ParseForm(); err != nil {
		return &callboard.Error{Code: callboard.CodeInvalid, Message: "the form cannot be read", Err: err}
	}
	inputs := map[string]string{}
	for _, in := range t.action.Inputs {
		if r.PostForm.Has(in.Name) {
			inputs[in.Name] = r.PostForm.Get(in.Name)
		}
	}
	done, err := w.engine.Run(r.Context(), t.id, t.name, t.subject, inputs)
	var wrong integration.InputError
	var trouble *integration.Trouble
	switch {
	case errors.As(err, &wrong):
		page := w.form(t, inputs, wrong)
		page.Status = http.StatusUnprocessableEntity
		return w.pages.Page(rw, r, "run.html", page)
	case errors.As(err, &trouble):
		w.record(r.Context(), t, inputs, audit.Failed, trouble.Error(), &err)
		page := w.form(t, inputs, nil)
		page.Status, page.Form.Error = http.StatusBadGateway, trouble.Error()
		return w.pages.Page(rw, r, "run.html", page)
	case err != nil:
		return err
	}
	w.record(r.Context(), t, inputs, audit.Done, done, &err)
	if err != nil {
		return err
	}
	w.ui.Flash(rw, r, ui.Notice{Tone: ui.OK, Title: t.action.Title, Text: done})
	http.Redirect(rw, r, w.entityURL(t.entity.Ref()), http.StatusSeeOther)
	return nil
}

// recordTimeout bounds the writing of an entry, which the end of the request
// does not stop.
const recordTimeout = 10 * time.Second

// record writes to the audit log, and sets err if that fails and nothing else did.
func (w *Web) record(ctx context.Context, t target, inputs map[string]string, outcome audit.Outcome, message string, err *error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	entry := audit.Entry{Action: integration.RunAction, Resource: t.entity.Ref().String(), Outcome: outcome, Message: message}
	after, wrong := json.Marshal(map[string]any{"integration": t.id, "action": t.name, "inputs": inputs})
	if wrong == nil {
		entry.After = after
		wrong = w.log.Record(ctx, nil, entry)
	}
	if wrong != nil && *err == nil {
		*err = wrong
	}
}
