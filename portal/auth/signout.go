// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/ui"
)

// signedOutPage leads on to the provider, whose own session still lives.
type signedOutPage struct {
	ui.Page
	Text string
	Go   ui.Action
	Stay ui.Action
}

// signout serves POST /signout.
func (a *Auth) signout(w http.ResponseWriter, r *http.Request) error {
	rec, err := a.session(r)
	if err != nil {
		return err
	}
	var more detail
	if rec != nil {
		if more, err = a.sessions.detailOf(r.Context(), rec.ID); err != nil {
			return err
		}
		err = a.db.InTx(r.Context(), func(tx *sql.Tx) error {
			if err := a.sessions.end(r.Context(), tx, a.cookie(r, a.sessionName(r))); err != nil {
				return err
			}
			return a.log.Record(r.Context(), tx, audit.Entry{Actor: rec.Subject, Action: "auth.signout", Resource: "session:" + rec.ID})
		})
		if err != nil {
			return err
		}
	}
	a.setCookie(w, r, a.sessionName(r), "", 0)
	w.Header().Set("Cache-Control", "no-store")
	if to := a.endURL(r, rec, more.Hint); to != "" {
		return a.leave(w, r.WithContext(callboard.WithIdentity(r.Context(), callboard.Identity{})), rec.Method, to)
	}
	a.ui.Flash(w, r, ui.Notice{Tone: ui.OK, Text: "You are signed out."})
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}

// endURL returns where the provider ends its own session, or nothing. That it
// cannot say keeps nobody signed in here.
func (a *Auth) endURL(r *http.Request, rec *record, hint []byte) string {
	if rec == nil {
		return ""
	}
	ender, err := method[interface {
		Method
		Ender
	}](a, rec.Method)
	if err != nil {
		return ""
	}
	base, err := a.base(r)
	if err != nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(r.Context(), a.opts.ProviderTimeout)
	defer cancel()
	to, err := ender.EndURL(ctx, hint, base+"/")
	if err != nil {
		a.opts.Logger.WarnContext(r.Context(), "auth: the provider cannot be asked to sign out", "method", rec.Method, "error", err)
		return ""
	}
	if u, err := url.Parse(to); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return to
}

// leave answers with a page that goes on to the provider by itself: the policy
// on forms does not let one be redirected to another site.
func (a *Auth) leave(w http.ResponseWriter, r *http.Request, id, to string) error {
	if !strings.ContainsAny(to, ";\r\n") {
		w.Header().Set("Refresh", "0; url="+to)
	}
	label := a.label(id)
	return a.pages.Page(w, r, "signedout.html", signedOutPage{
		Page: ui.Page{Title: "You are signed out here"},
		Text: "The browser goes on to " + label + ", which may still know you.",
		Go:   ui.Action{Label: "Sign out of " + label, Icon: "sign-out", URL: to, Primary: true},
		Stay: ui.Action{Label: "Stay here", URL: "/"},
	})
}

// backchannel serves POST /signin/{method}/backchannel: a provider says that
// sessions have ended (OpenID Connect Back-Channel Logout 1.0).
func (a *Auth) backchannel(w http.ResponseWriter, r *http.Request) error {
	m, err := method[interface {
		Method
		LogoutReceiver
	}](a, mux.Vars(r)["method"])
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	if err := parseForm(w, r); err != nil {
		return writeOAuthError(w, "invalid_request", callboard.MessageOf(err))
	}
	ctx, cancel := context.WithTimeout(r.Context(), a.opts.ProviderTimeout)
	defer cancel()
	l, err := m.Logout(ctx, r.PostForm.Get("logout_token"))
	if err == nil && (l.ID == "" || l.Issuer == "" || l.Subject == "" && l.Session == "") {
		err = &callboard.Error{Code: callboard.CodeUnauthenticated, Message: "the logout token names no token, or nobody whose sessions end"}
	}
	if err == nil {
		err = a.logout(r.Context(), m.ID(), l)
	}
	switch {
	case err == nil:
		w.WriteHeader(http.StatusOK)
		return nil
	case errors.Is(err, errReplayed) || callboard.CodeOf(err) == callboard.CodeUnauthenticated:
		return writeOAuthError(w, "invalid_request", callboard.MessageOf(err))
	default:
		return err
	}
}

func (a *Auth) logout(ctx context.Context, id string, l Logout) error {
	return a.db.InTx(ctx, func(tx *sql.Tx) error {
		subjects, err := a.sessions.logout(ctx, tx, l)
		if err != nil {
			return err
		}
		for _, subject := range subjects {
			if err := a.log.Record(ctx, tx, audit.Entry{Actor: "provider:" + id, Action: "auth.signout", Resource: subject, Message: "the provider ended the session"}); err != nil {
				return err
			}
		}
		return nil
	})
}

// oauthError is an error as OAuth 2 writes it.
type oauthError struct {
	Error       string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

func writeOAuthError(w http.ResponseWriter, code, description string) error {
	w.Header().Set("Cache-Control", "no-store")
	return httpx.WriteJSON(w, http.StatusBadRequest, oauthError{code, description})
}
