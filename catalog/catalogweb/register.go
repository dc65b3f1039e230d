// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"context"
	"net/http"
	"strings"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/ui"
)

// previewShown is how many entities and problems a preview lists.
const previewShown = 200

// registerPage is the form for a location, with what stands there once that
// was looked at.
type registerPage struct {
	ui.Page
	Form     ui.Form
	Preview  *preview
	Proposal *ui.Code
}

// preview is what a location would add.
type preview struct {
	Location string
	Table    ui.Table
	Problems []problemRow
	More     int // problems that are not listed
	Register ui.Action
}

// registerForm serves GET /locations/register.
func (w *Web) registerForm(rw http.ResponseWriter, r *http.Request) error {
	return w.pages.Page(rw, r, "register.html", w.registerPage(r.URL.Query().Get("target"), ""))
}

func (w *Web) registerPage(target, problem string) registerPage {
	back := ui.Link{Title: "Locations and providers", URL: w.url("catalog.locations")}
	page := registerPage{
		Page: ui.Page{
			Title: "Register a location", Active: "catalog.locations", Crumbs: []ui.Link{back},
			Lead: "The catalog reads the file now and again on schedule, and follows the locations that it names.",
		},
		Form: ui.Form{
			Submit: "Look first", Cancel: ui.Link{Title: "Cancel", URL: back.URL},
			Fields: []ui.Field{{
				Kind: "url", Name: "target", Label: "Address of the catalog file", Value: target, Error: problem, Required: true, Mono: true,
				Placeholder: "https://git.example.com/shop/checkout/blob/main/catalog-info.yaml",
				Hint:        "Nothing is kept before you have seen what it would add.",
			}},
		},
	}
	if problem != "" {
		page.Status = http.StatusUnprocessableEntity
	}
	return page
}

// register serves POST /locations/register: first a look at what the location
// would add, then, if "keep" is sent with it, the registration.
func (w *Web) register(rw http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(rw, r.Body, maxLocationForm)
	target := strings.TrimSpace(r.PostFormValue("target"))
	if target == "" {
		return w.pages.Page(rw, r, "register.html", w.registerPage("", "Type the address of a catalog file."))
	}
	l := catalog.Location{Type: "url", Target: target}
	if !strings.Contains(target, "://") {
		l.Type = "file"
	}
	if r.PostFormValue("keep") != "" {
		return w.keepLocation(rw, r, l)
	}
	reg, err := w.service.TryLocation(r.Context(), l)
	if err != nil {
		return w.refuseLocation(rw, r, l, err)
	}
	if reg.Exists {
		return w.pages.Page(rw, r, "register.html", w.registerPage(target, "This location is registered already."))
	}
	page := w.registerPage(target, "")
	page.Preview, err = w.preview(r.Context(), reg)
	if err != nil {
		return err
	}
	return w.pages.Page(rw, r, "register.html", page)
}

func (w *Web) keepLocation(rw http.ResponseWriter, r *http.Request, l catalog.Location) error {
	reg, err := w.service.AddLocation(r.Context(), l)
	if err != nil {
		return w.refuseLocation(rw, r, l, err)
	}
	w.ui.Flash(rw, r, ui.Notice{Tone: ui.OK, Text: "Registered " + reg.Location.String() + "."})
	http.Redirect(rw, r, w.url("catalog.locations"), http.StatusSeeOther)
	return nil
}

// refuseLocation shows the form again with what was typed and what is wrong
// with it; where an address is a repository without a catalog file, it
// proposes one.
func (w *Web) refuseLocation(rw http.ResponseWriter, r *http.Request, l catalog.Location, err error) error {
	code := callboard.CodeOf(err)
	if code == callboard.CodeInternal || r.Context().Err() != nil {
		return err
	}
	page := w.registerPage(l.Target, callboard.MessageOf(err))
	if code == callboard.CodeNotFound {
		if a, err := w.service.Analyze(r.Context(), l); err == nil && len(a.Generated) > 0 {
			page.Proposal, err = proposal(a.Generated[0])
			if err != nil {
				return err
			}
		}
	}
	return w.pages.Page(rw, r, "register.html", page)
}

// proposal returns an entity as the file that would declare it.
func proposal(e *catalog.Entity) (*ui.Code, error) {
	json, err := e.MarshalJSON()
	if err != nil {
		return nil, err
	}
	text, err := yamlOf(json)
	return &ui.Code{Title: "catalog-info.yaml", Text: text, Language: "yaml"}, err
}

// preview says of each entity whether it is new.
func (w *Web) preview(ctx context.Context, reg catalog.Registration) (*preview, error) {
	p := &preview{
		Location: reg.Location.String(),
		Register: ui.Action{
			Label: "Register", Primary: true, Post: true, URL: w.url("catalog.locations.register"),
			Fields: []ui.Hidden{{Name: "target", Value: reg.Location.Target}, {Name: "keep", Value: "yes"}},
		},
		Table: ui.Table{
			Caption: "What it declares", Columns: []ui.Column{{Title: "Entity"}, {Title: "Kind"}, {Title: "What happens"}},
			Empty: &ui.Empty{Icon: "file", Title: "It declares nothing that can be taken in", Text: "You may register it all the same: it is read again on schedule."},
		},
	}
	declared := reg.Entities[min(1, len(reg.Entities)):] // the first is the location itself
	refs := make([]catalog.Ref, 0, min(len(declared), previewShown))
	for _, e := range declared[:min(len(declared), previewShown)] {
		refs = append(refs, e.Ref())
	}
	n, err := w.names(ctx, refs...)
	if err != nil {
		return nil, err
	}
	for i, ref := range refs {
		fate := ui.Cell{Chip: &ui.Chip{Tone: ui.OK, Text: "new"}}
		name := ui.Cell{Text: declared[i].DisplayName(), Sub: ref.String()}
		if old := n[ref]; old != nil {
			name.URL = w.entityURL(ref)
			fate = ui.Cell{Chip: &ui.Chip{Tone: ui.Warn, Text: "waits"}, Sub: "already declared by " + old.Annotation(catalog.AnnotationLocation)}
		}
		p.Table.Rows = append(p.Table.Rows, ui.Row{Cells: []ui.Cell{name, {Text: w.kindTitle(ref.Kind)}, fate}})
	}
	if rest := len(declared) - len(refs); rest > 0 {
		p.Table.Rows = append(p.Table.Rows, ui.Row{Cells: []ui.Cell{{Text: "and " + count(rest, "more", "more"), Quiet: true}}})
	}
	problems := reg.Problems[:min(len(reg.Problems), previewShown)]
	p.Problems, p.More = w.problemRows(n, problems), len(reg.Problems)-len(problems)
	return p, nil
}
