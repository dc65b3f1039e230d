// SPDX-License-Identifier: Apache-2.0

package permissionweb

import (
	"fmt"
	"net/http"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/permission/decisionlog"
	"github.com/callboard/callboard/portal/ui"
)

// maxPolicy is how long a form with a policy to try may be, in bytes.
const maxPolicy = 1 << 20

// tryPage is the form with the policy, and what comes of it.
type tryPage struct {
	ui.Page
	Form  ui.Form
	Trial *trialView
}

type trialView struct {
	Trial   decisionlog.Trial
	Changes ui.Table
}

// tryPolicy serves GET and POST /admin/permissions/try. It changes nothing, so
// that the answer to a post is the page itself.
func (w *Web) tryPolicy(rw http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(rw, r.Body, maxPolicy)
	if err := r.ParseForm(); err != nil {
		return &callboard.Error{Code: callboard.CodeInvalid, Message: "the form could not be read", Err: err}
	}
	p := tryPage{
		Page: ui.Page{
			Title: "Try a policy", Active: "permission.page", Crumbs: []ui.Link{{Title: "Permissions", URL: w.link("permission.page")}},
			Lead: "Decides anew what was decided in the last 24 hours, by changed roles and bindings. Nothing is saved: the policy stands in the configuration.",
		},
		Form: ui.Form{Action: w.link("permission.try"), Submit: "Try", Fields: []ui.Field{{
			Kind: ui.FieldArea, Name: "policy", Label: "Policy", Mono: true, Rows: 16, Required: true, Value: r.Form.Get("policy"),
			Hint: "YAML as in the configuration, with the key permission. At first it is the policy in force.",
		}}},
	}
	policy := &p.Form.Fields[0]
	if policy.Value == "" {
		var err error
		if policy.Value, err = w.trier.Current(); err != nil {
			return err
		}
		return w.pages.Page(rw, r, "try.html", p)
	}
	trial, err := w.trier.Try(r.Context(), "policy", []byte(policy.Value))
	switch {
	case callboard.CodeOf(err) == callboard.CodeInvalid:
		p.Status, policy.Error = http.StatusUnprocessableEntity, callboard.MessageOf(err)
	case err != nil:
		return err
	default:
		p.Trial = viewTrial(trial)
		for _, text := range trial.Cautions() {
			p.Notices = append(p.Notices, ui.Notice{Tone: ui.Warn, Text: text})
		}
	}
	return w.pages.Page(rw, r, "try.html", p)
}

func viewTrial(t decisionlog.Trial) *trialView {
	v := &trialView{Trial: t, Changes: ui.Table{
		Caption: "What would change",
		Columns: []ui.Column{{Title: "Permission"}, {Title: "Was"}, {Title: "Would be"}, {Title: "Times"}, {Title: "By"}, {Title: "Where"}},
		Empty:   &ui.Empty{Title: "Nothing would be decided differently", Text: "Every question of the last 24 hours has the same answer."},
	}}
	if t.Questions == 0 {
		v.Changes.Empty = &ui.Empty{Title: "Nothing was decided yet", Text: "Decisions of the last 24 hours appear here after somebody has used the portal."}
	}
	for _, c := range t.Changes {
		was, is := chip(c.Was), chip(c.Is)
		by := ui.Cell{Text: c.Examples[0].Who, Mono: true}
		if more := c.Callers - 1; more > 0 {
			by.Sub = fmt.Sprintf("and %d more: %s", more, c.Who(1))
		}
		v.Changes.Rows = append(v.Changes.Rows, ui.Row{Cells: []ui.Cell{
			{Text: c.Title, Sub: c.Permission}, {Chip: &was}, {Chip: &is}, {Text: fmt.Sprint(c.Count)}, by, {Text: conditions(c.Examples[0]), Mono: true},
		}})
	}
	return v
}

// conditions says how an example's condition changes; "everywhere" if there is
// none before or after.
func conditions(e decisionlog.Example) string {
	switch {
	case e.Was == "" && e.Is == "":
		return "everywhere"
	case e.Is == "":
		return "was where " + e.Was
	case e.Was == "":
		return "where " + e.Is
	}
	return "where " + e.Is + "; was where " + e.Was
}

// tryAPI serves POST /api/admin/permissions/try.
func (w *Web) tryAPI(rw http.ResponseWriter, r *http.Request) error {
	var in struct {
		Policy string `json:"policy"`
	}
	if err := httpx.DecodeJSON(r, &in); err != nil {
		return err
	}
	t, err := w.trier.Try(r.Context(), "policy", []byte(in.Policy))
	if err != nil {
		return err
	}
	return httpx.WriteJSON(rw, http.StatusOK, t)
}
