// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"net/http"

	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/ui"
)

// refusal is a sign-in that does not go on.
type refusal struct {
	Method Method
	Status int
	// Text says why, and what to do.
	Text string
	// Next is where the person wanted to go.
	Next string
	// Claims and Steps are there if it is known who the provider says it is.
	Claims *Claims
	Steps  []Step
}

// refusedPage explains a refusal.
type refusedPage struct {
	ui.Page
	Text   string
	Claims ui.KV
	Steps  ui.Table
	Again  ui.Action
}

// refuse shows and records why somebody was not signed in.
func (a *Auth) refuse(w http.ResponseWriter, r *http.Request, ref refusal) error {
	who := "unknown"
	page := refusedPage{
		Page:  ui.Page{Title: "You could not be signed in", Status: ref.Status},
		Text:  ref.Text,
		Again: ui.Action{Label: "Sign in again", Icon: "redo", URL: a.link("auth.signin", nextPath(ref.Next)), Primary: true},
	}
	if ref.Claims != nil {
		who = ref.Claims.Issuer + " " + ref.Claims.Subject
		page.Claims, page.Steps = claimsKV(ref.Method.Label(), *ref.Claims), stepsTable(ref.Steps)
	}
	err := a.log.Record(r.Context(), nil, audit.Entry{Action: "auth.signin", Resource: who, Outcome: audit.Denied, Message: ref.Method.ID() + ": " + ref.Text})
	if err != nil {
		return err
	}
	return a.pages.Page(w, r, "refused.html", page)
}

// claimsKV is what a provider says of somebody, without what they may not see.
func claimsKV(method string, c Claims) ui.KV {
	email := c.Email
	if email != "" && !c.EmailVerified {
		email += " (not verified)"
	}
	kv := ui.KV{{Label: "Signed in with", Text: method}}
	for _, item := range []ui.KVItem{
		{Label: "Issuer", Text: c.Issuer, Mono: true}, {Label: "Subject", Text: c.Subject, Mono: true},
		{Label: "User name", Text: c.Username}, {Label: "Name", Text: c.Name}, {Label: "E-mail", Text: email},
	} {
		if item.Text != "" {
			kv = append(kv, item)
		}
	}
	return kv
}

// stepsTable is what was tried to recognise somebody.
func stepsTable(steps []Step) ui.Table {
	t := ui.Table{Caption: "What was tried", Columns: []ui.Column{{Title: "Rule"}, {Title: "Looked for"}, {Title: "Outcome"}}}
	for _, s := range steps {
		outcome := ui.Cell{Chip: &ui.Chip{Tone: ui.OK, Text: "recognised"}}
		if s.Why != "" {
			outcome = ui.Cell{Text: s.Why}
		}
		for n, ref := range s.Found {
			if n > 0 {
				outcome.Note += ", "
			}
			outcome.Note += ref
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: s.Rule}, {Text: s.LookedUp}, outcome}})
	}
	return t
}

func statusOf(err error) int { return httpx.StatusOf(err) }
