// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/gorilla/mux"
)

const (
	preferencesPath = "/preferences"
	themeCookie     = "callboard_theme"
	keysCookie      = "callboard_keys"
	yearSeconds     = int(365 * 24 * time.Hour / time.Second)
)

// ID returns "ui". With [UI.Prefixes] and [UI.Routes] a UI is a module that
// the portal mounts as any other.
func (u *UI) ID() string { return "ui" }

// Prefixes returns the paths that the UI answers.
func (u *UI) Prefixes() []string { return []string{AssetsPath, preferencesPath} }

// Routes registers the assets and the form of the reader's preferences.
func (u *UI) Routes(r *mux.Router) {
	r.PathPrefix(AssetsPath+"/").Handler(u.Assets()).Methods(http.MethodGet, http.MethodHead).Name("ui.assets")
	r.Handle(preferencesPath, u.Preferences()).Methods(http.MethodPost).Name("ui.preferences")
}

// Preferences returns the handler of POST /preferences: theme (light, dark or
// system) and keys (on or off) become cookies, and the reader goes back to
// the page named by next.
func (u *UI) Preferences() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
		switch r.PostFormValue("theme") {
		case "light", "dark":
			setPreference(w, r, themeCookie, r.PostFormValue("theme"))
		case "system":
			setPreference(w, r, themeCookie, "")
		}
		switch r.PostFormValue("keys") {
		case "off":
			setPreference(w, r, keysCookie, "off")
		case "on":
			setPreference(w, r, keysCookie, "")
		}
		http.Redirect(w, r, localPath(r.PostFormValue("next")), http.StatusSeeOther)
	})
}

// setPreference keeps value for a year; an empty one is forgotten.
func setPreference(w http.ResponseWriter, r *http.Request, name, value string) {
	age := yearSeconds
	if value == "" {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteLaxMode,
	})
}

func themeOf(r *http.Request) string {
	c, err := r.Cookie(themeCookie)
	if err != nil || (c.Value != "light" && c.Value != "dark") {
		return ""
	}
	return c.Value
}

func keysOf(r *http.Request) bool {
	c, err := r.Cookie(keysCookie)
	return err != nil || c.Value != "off"
}

// localPath returns to if it is a path on this server, and "/" otherwise, so
// that the form cannot be made to send the reader elsewhere.
func localPath(to string) string {
	target, err := url.Parse(to)
	if err != nil || target.Scheme != "" || target.Host != "" || target.User != nil ||
		!strings.HasPrefix(target.Path, "/") || strings.ContainsAny(to, "\\\r\n\t") || strings.HasPrefix(to, "//") {
		return "/"
	}
	clean := path.Clean(target.Path)
	if strings.HasSuffix(target.Path, "/") && clean != "/" {
		clean += "/"
	}
	return (&url.URL{Path: clean, RawQuery: target.RawQuery}).String()
}
