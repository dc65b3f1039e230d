// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"cmp"
	"database/sql"
	"net/http"
	"slices"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/ui"
)

// settingsPage is about the reader: who they are, and where they are signed in.
type settingsPage struct {
	ui.Page
	Who      ui.KV
	Steps    ui.Table
	Sessions []sessionRow
	Others   *ui.Action
}

// sessionRow is a session with the button that ends it.
type sessionRow struct {
	Session
	Name   string
	Revoke ui.Action
}

// reader returns who reads, and their session if it is one; a guest is sent to
// sign in. Done says that the request has been answered.
func (a *Auth) reader(w http.ResponseWriter, r *http.Request) (id callboard.Identity, rec *record, done bool, err error) {
	id = callboard.IdentityFrom(r.Context())
	if !id.SignedIn() {
		next := "/settings"
		if r.Method == http.MethodGet {
			next = r.URL.RequestURI()
		}
		http.Redirect(w, r, a.link("auth.signin", nextPath(next)), http.StatusSeeOther)
		return id, nil, true, nil
	}
	if _, bearer := Bearer(r); bearer {
		return id, nil, false, nil
	}
	rec, err = a.session(r)
	return id, rec, false, err
}

// settingsPage serves GET /settings.
func (a *Auth) settingsPage(w http.ResponseWriter, r *http.Request) error {
	id, rec, done, err := a.reader(w, r)
	if done || err != nil {
		return err
	}
	page := settingsPage{Page: ui.Page{Title: "Settings", Tabs: a.tabs("auth.settings"), Lead: "Who you are here, and where you are signed in."}}
	page.Who = ui.KV{{Label: "Name", Text: id.Name}, {Label: "Person", Text: id.Subject, Mono: true}}
	for _, group := range id.Owns {
		if group != id.Subject {
			page.Who = append(page.Who, ui.KVItem{Label: "Through", Text: group, Mono: true})
		}
	}
	current := ""
	if rec != nil {
		current = rec.ID
		page.Who = append(page.Who, ui.KVItem{Label: "Signed in with", Text: a.label(rec.Method)})
		more, err := a.sessions.detailOf(r.Context(), rec.ID)
		if err != nil {
			return err
		}
		page.Steps = stepsTable(more.Steps)
	} else if _, res, err := a.recognise(r); err == nil && res.Subject == id.Subject {
		page.Who = append(page.Who, ui.KVItem{Label: "Signed in with", Text: "the proxy before the portal"})
		page.Steps = stepsTable(res.Steps)
	}
	list, err := a.sessions.list(r.Context(), id.Subject, current)
	if err != nil {
		return err
	}
	for _, s := range list {
		page.Sessions = append(page.Sessions, sessionRow{s, browserName(s.Browser), ui.Action{
			Label: "End", Post: true, URL: a.link("auth.sessions.revoke", "/"), Fields: []ui.Hidden{{Name: "id", Value: s.ID}},
		}})
	}
	if len(list) > 1 {
		page.Others = &ui.Action{Label: "End all others", Danger: true, Post: true, URL: a.link("auth.sessions.revoke", "/"), Fields: []ui.Hidden{{Name: "all", Value: "others"}}}
	}
	return a.pages.Page(w, r, "settings.html", page)
}

func (a *Auth) tabs(current string) []ui.Tab { return SettingsTabs(a.ui, a.opts.Pages, current) }

// SettingsTabs returns the tabs of the reader's settings: those of sign-in, and
// the pages of other modules. Current is the name of the route of the open one.
func SettingsTabs(u *ui.UI, pages []module.SettingsPage, current string) []ui.Tab {
	all := append([]module.SettingsPage{
		{Title: "Sign-in", Route: "auth.settings", Order: 100}, {Title: "Keys", Route: "auth.keys", Order: 200},
	}, pages...)
	slices.SortStableFunc(all, func(a, b module.SettingsPage) int { return cmp.Compare(a.Order, b.Order) })
	var tabs []ui.Tab
	for _, p := range all {
		if to, err := u.URL(p.Route); err == nil {
			tabs = append(tabs, ui.Tab{Title: p.Title, URL: to, Current: p.Route == current})
		}
	}
	return tabs
}

// revokeSessionForm serves POST /settings/sessions/revoke.
func (a *Auth) revokeSessionForm(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	id, rec, done, err := a.reader(w, r)
	if done || err != nil {
		return err
	}
	if err := managing(r); err != nil {
		return err
	}
	text := "The session has ended."
	if r.PostForm.Get("all") == "others" {
		text = "All other sessions have ended."
		err = a.revokeOthers(r, id.Subject, rec)
	} else {
		err = a.revokeSession(r, id.Subject, r.PostForm.Get("id"))
	}
	if err != nil {
		return err
	}
	a.ui.Flash(w, r, ui.Notice{Tone: ui.OK, Text: text})
	http.Redirect(w, r, a.link("auth.settings", "/"), http.StatusSeeOther)
	return nil
}

func (a *Auth) revokeSession(r *http.Request, subject, id string) error {
	return a.db.InTx(r.Context(), func(tx *sql.Tx) error {
		if err := a.sessions.revoke(r.Context(), tx, subject, id); err != nil {
			return err
		}
		return a.log.Record(r.Context(), tx, audit.Entry{Action: "auth.session.revoke", Resource: "session:" + id})
	})
}

func (a *Auth) revokeOthers(r *http.Request, subject string, current *record) error {
	but := ""
	if current != nil {
		but = current.ID
	}
	return a.db.InTx(r.Context(), func(tx *sql.Tx) error {
		if err := a.sessions.revokeOthers(r.Context(), tx, subject, but); err != nil {
			return err
		}
		return a.log.Record(r.Context(), tx, audit.Entry{Action: "auth.session.revoke", Resource: subject, Message: "all other sessions"})
	})
}

// managing refuses to change sessions and keys with a key: whoever finds one
// must not be able to make another that outlives it.
func managing(r *http.Request) error {
	if _, bearer := Bearer(r); bearer {
		return &callboard.Error{Code: callboard.CodeForbidden, Message: "sessions and keys are managed by people who are signed in, not with a key"}
	}
	return nil
}
