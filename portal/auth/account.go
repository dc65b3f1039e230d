// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"net/http"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/ui"
)

// Account is what the shell shows of the reader.
func (a *Auth) Account(r *http.Request) ui.Account {
	id := callboard.IdentityFrom(r.Context())
	next := "/"
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		next = nextPath(r.URL.RequestURI())
	}
	if !id.SignedIn() {
		return ui.Account{URL: a.link("auth.signin", next)}
	}
	settings := a.link("auth.settings", "/")
	account := ui.Account{Name: id.Name, URL: settings, Menu: []ui.Action{{Label: "Settings", Icon: "gear", URL: settings}}}
	if a.localAllowed(r) {
		account.Menu = append(account.Menu, ui.Action{Label: "Be somebody else", Icon: "users", URL: a.link("auth.signin", next)})
	}
	if a.cookie(r, a.sessionName(r)) != "" {
		account.Menu = append(account.Menu, ui.Action{Label: "Sign out", Icon: "sign-out", Post: true, URL: a.link("auth.signout", "/")})
	}
	return account
}

// link returns the path of a route, which is one of our own, with where to go
// afterwards.
func (a *Auth) link(route, next string, pairs ...string) string {
	path, err := a.ui.URL(route, pairs...)
	if err != nil {
		return ""
	}
	return withNext(path, next)
}

// Warning tells everybody that the portal believes whoever reaches it.
func (a *Auth) Warning(*http.Request) *ui.Notice {
	if !a.localEnabled() || !a.opts.Settings.Local.AllowRemote {
		return nil
	}
	return &ui.Notice{
		Tone: ui.Warn, Title: "Anybody who reaches this portal can sign in as anybody.",
		Text: "Local accounts are open to other machines (auth.local.allowRemote): this is for demonstrations.",
	}
}
