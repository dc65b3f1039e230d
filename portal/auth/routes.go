// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"net/http"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/httpx"
)

// Routes adds the pages and the API.
func (a *Auth) Routes(r *mux.Router) {
	// Twenty tabs at once pass, and an office behind one address; guessing does
	// not.
	tries := httpx.RateLimit(httpx.RateOptions{PerSecond: 5, Burst: 200, Now: a.opts.Now})
	codes := httpx.RateLimit(httpx.RateOptions{PerSecond: 0.2, Burst: 10, Now: a.opts.Now, Key: func(r *http.Request) string {
		return callboard.IdentityFrom(r.Context()).Subject
	}})
	programs := httpx.RateLimit(httpx.RateOptions{PerSecond: 2, Burst: 60, Now: a.opts.Now})
	add := func(method, path, name string, h httpx.Handler, limits ...func(http.Handler) http.Handler) {
		r.Handle(path, httpx.Chain(h, limits...)).Methods(method).Name("auth." + name)
	}
	add(http.MethodGet, "/signin", "signin", a.signinPage)
	add(http.MethodPost, "/signin/local", "local", a.signinLocal, tries)
	add(http.MethodGet, "/signin/{method}", "begin", a.begin, tries)
	add(http.MethodGet, "/signin/{method}/callback", "callback", a.callback, tries)
	add(http.MethodPost, "/signin/{method}/backchannel", "backchannel", a.backchannel, tries)
	add(http.MethodPost, "/signout", "signout", a.signout)
	add(http.MethodGet, "/settings", "settings", a.settingsPage)
	add(http.MethodPost, "/settings/sessions/revoke", "sessions.revoke", a.revokeSessionForm)
	add(http.MethodGet, "/settings/keys", "keys", a.keysPage)
	add(http.MethodPost, "/settings/keys", "keys.create", a.createKeyForm)
	add(http.MethodPost, "/settings/keys/revoke", "keys.revoke", a.revokeKeyForm)
	add(http.MethodGet, "/device", "device", a.devicePage)
	add(http.MethodPost, "/device", "device.code", a.deviceForm, codes)

	add(http.MethodGet, "/api/auth/me", "api.me", a.me)
	add(http.MethodGet, "/api/auth/sessions", "api.sessions", a.sessionList)
	add(http.MethodDelete, "/api/auth/sessions", "api.sessions.others", a.deleteOthers)
	add(http.MethodDelete, "/api/auth/sessions/{id}", "api.sessions.delete", a.deleteSession)
	add(http.MethodGet, "/api/auth/keys", "api.keys", a.keyList)
	add(http.MethodPost, "/api/auth/keys", "api.keys.create", a.createKey)
	add(http.MethodDelete, "/api/auth/keys/{id}", "api.keys.delete", a.deleteKey)
	add(http.MethodPost, "/api/auth/device/code", "api.device.code", a.deviceCode, programs)
	add(http.MethodPost, "/api/auth/device/token", "api.device.token", a.deviceToken, programs)
}
