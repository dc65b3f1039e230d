// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/ui"
)

// keysPage lists the reader's keys, with a form for another.
type keysPage struct {
	ui.Page
	Secret string
	Keys   []keyRow
	Form   ui.Form
}

// keyRow is a key with the button that revokes it.
type keyRow struct {
	Key
	Scope   []string
	Expired bool
	Revoke  ui.Action
}

// keyForm is what the reader typed.
type keyForm struct{ name, days, limits, problem string }

const day = 24 * time.Hour

// keysPage serves GET /settings/keys.
func (a *Auth) keysPage(w http.ResponseWriter, r *http.Request) error {
	id, _, done, err := a.reader(w, r)
	if done || err != nil {
		return err
	}
	return a.showKeys(w, r, id.Subject, keyForm{days: "90"}, "")
}

func (a *Auth) showKeys(w http.ResponseWriter, r *http.Request, subject string, f keyForm, secret string) error {
	keys, err := a.keys.Of(r.Context(), subject)
	if err != nil {
		return err
	}
	page := keysPage{
		Page:   ui.Page{Title: "Settings", Tabs: a.tabs("auth.keys"), Lead: "A key lets a program work on your behalf, as much as you allow it."},
		Secret: secret, Form: f.form(a.link("auth.keys.create", "/")),
	}
	if f.problem != "" {
		page.Status = http.StatusUnprocessableEntity
	}
	for _, k := range keys {
		row := keyRow{Key: k, Expired: k.Expired(a.opts.Now()), Revoke: ui.Action{
			Label: "Revoke", Danger: true, Post: true, URL: a.link("auth.keys.revoke", "/"),
			Confirm: "Programs that use this key stop working at once.", Fields: []ui.Hidden{{Name: "id", Value: k.ID}},
		}}
		for _, l := range k.Limits {
			row.Scope = append(row.Scope, strings.TrimSpace(l.Permission+" "+l.Resource))
		}
		page.Keys = append(page.Keys, row)
	}
	return a.pages.Page(w, r, "keys.html", page)
}

func (f keyForm) form(action string) ui.Form {
	return ui.Form{
		Action: action, Submit: "Make a key", Error: f.problem,
		Fields: []ui.Field{
			{Name: "name", Label: "Name", Value: f.name, Required: true, Hint: "What the key is for, such as “deploy script”.", Autocomplete: "off"},
			{Kind: ui.FieldSelect, Name: "days", Label: "Ends", Value: f.days, Required: true, Options: []ui.Option{
				{Value: "7", Label: "in 7 days"}, {Value: "30", Label: "in 30 days"}, {Value: "90", Label: "in 90 days"}, {Value: "365", Label: "in a year"}, {Value: "0", Label: "never"},
			}},
			{Kind: ui.FieldArea, Name: "limits", Label: "Only for", Value: f.limits, Mono: true, Placeholder: "catalog.entity.read component:default/*",
				Hint: "A permission and a resource on each line. Nothing lets the key do all that you may."},
		},
	}
}

// createKeyForm serves POST /settings/keys. The answer is the page itself: the
// secret is nowhere else.
func (a *Auth) createKeyForm(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	id, _, done, err := a.reader(w, r)
	if done || err != nil {
		return err
	}
	if err := managing(r); err != nil {
		return err
	}
	f := keyForm{name: r.PostForm.Get("name"), days: r.PostForm.Get("days"), limits: r.PostForm.Get("limits")}
	key := Key{Subject: id.Subject, CreatedBy: id.Subject, Name: f.name, Limits: parseLimits(f.limits)}
	days, err := strconv.Atoi(f.days)
	if err != nil || days < 0 || days > 3650 {
		f.problem = "Choose when the key ends."
		return a.showKeys(w, r, id.Subject, f, "")
	}
	if days > 0 {
		key.Expires = a.opts.Now().Add(time.Duration(days) * day)
	}
	_, secret, err := a.keys.Create(r.Context(), key)
	if code := callboard.CodeOf(err); code == callboard.CodeInvalid || code == callboard.CodeConflict {
		f.problem = sentence(callboard.MessageOf(err))
		return a.showKeys(w, r, id.Subject, f, "")
	}
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return a.showKeys(w, r, id.Subject, keyForm{days: "90"}, secret)
}

// parseLimits reads a permission and a resource from each line; no line is no
// limit.
func parseLimits(text string) []callboard.Limit {
	var all []callboard.Limit
	for line := range strings.Lines(text) {
		permission, resource, _ := strings.Cut(strings.TrimSpace(line), " ")
		if permission != "" {
			all = append(all, callboard.Limit{Permission: permission, Resource: strings.TrimSpace(resource)})
		}
	}
	return all
}

// sentence begins a message as a sentence does.
func sentence(message string) string {
	return strings.ToUpper(message[:1]) + message[1:] + "."
}

// revokeKeyForm serves POST /settings/keys/revoke.
func (a *Auth) revokeKeyForm(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	id, _, done, err := a.reader(w, r)
	if done || err != nil {
		return err
	}
	if err := managing(r); err != nil {
		return err
	}
	if err := a.keys.Revoke(r.Context(), id.Subject, r.PostForm.Get("id"), id.Subject); err != nil {
		return err
	}
	a.ui.Flash(w, r, ui.Notice{Tone: ui.OK, Text: "The key is revoked."})
	http.Redirect(w, r, a.link("auth.keys", "/"), http.StatusSeeOther)
	return nil
}
