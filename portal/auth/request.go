// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/ui"
)

const sessionCookie = "callboard_session"

// sessionName returns the name of the session's cookie. Browsers send cookies to
// every port of a host, so a portal that is known by its port alone, as on
// somebody's own machine, keeps out of the way of its neighbours.
func (a *Auth) sessionName(r *http.Request) string {
	_, port, err := net.SplitHostPort(r.Host)
	if _, bad := strconv.ParseUint(port, 10, 16); a.opts.Site.BaseURL != "" || err != nil || bad != nil {
		return sessionCookie
	}
	return sessionCookie + "_" + port
}

// secure reports whether the portal is reached by HTTPS.
func (a *Auth) secure() bool { return strings.HasPrefix(a.opts.Site.BaseURL, "https://") }

// cookieName returns the name of a cookie. With HTTPS its prefix has browsers
// refuse one that was set without it, or for a whole domain by a neighbour.
func (a *Auth) cookieName(name string) string {
	if a.secure() {
		return "__Host-" + name
	}
	return name
}

// cookie returns the value of a cookie, or nothing.
func (a *Auth) cookie(r *http.Request, name string) string {
	c, err := r.Cookie(a.cookieName(name))
	if err != nil {
		return ""
	}
	return c.Value
}

// setCookie keeps a value in the browser for so long; an empty one is forgotten.
func (a *Auth) setCookie(w http.ResponseWriter, r *http.Request, name, value string, age time.Duration) {
	c := &http.Cookie{
		Name: a.cookieName(name), Value: value, Path: "/", MaxAge: int(age / time.Second),
		HttpOnly: true, Secure: a.secure() || httpx.IsHTTPS(r), SameSite: http.SameSiteLaxMode,
	}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// localEnabled reports whether there are local accounts at all. Unless the
// operator says so there are none where others can be expected: a portal that
// has an address for them may stand behind a proxy that says nothing of itself.
func (a *Auth) localEnabled() bool {
	if on := a.opts.Settings.Local.Enabled; on != nil {
		return *on
	}
	host, _, err := net.SplitHostPort(a.opts.Site.Listen)
	return err == nil && host != "" && httpx.IsLoopbackHost(host) && !a.opts.Site.Public() && len(a.opts.Methods) == 0
}

// localAllowed reports whether this request may use local accounts.
func (a *Auth) localAllowed(r *http.Request) bool {
	return a.localEnabled() && (a.opts.Settings.Local.AllowRemote || httpx.IsLocal(r))
}

// base returns the portal's own address. Without a setting it is the Host of
// the request, which is believed from the machine itself only.
func (a *Auth) base(r *http.Request) (string, error) {
	switch {
	case a.opts.Site.BaseURL != "":
		return a.opts.Site.BaseURL, nil
	case httpx.IsLocal(r):
		return "http://" + r.Host, nil
	default:
		return "", &callboard.Error{Code: callboard.CodeUnavailable, Message: "the portal does not know its own address, to which a provider sends people back: set baseURL in its configuration, such as https://portal.example.com"}
	}
}

// nextPath returns where somebody goes after signing in: a page of the portal,
// and none of those of signing in itself.
func nextPath(to string) string {
	to = ui.LocalPath(to)
	for _, own := range []string{"/signin", "/signout"} {
		if to == own || strings.HasPrefix(to, own+"/") || strings.HasPrefix(to, own+"?") {
			return "/"
		}
	}
	return to
}

// withNext returns the path with where to go afterwards.
func withNext(path, next string) string {
	if next == "/" {
		return path
	}
	return path + "?" + url.Values{"next": {next}}.Encode()
}

// crossSite reports whether a page of another site, or no page at all, caused
// the request. Browsers say so; what says nothing is no browser of today.
func crossSite(r *http.Request) bool {
	site, dest := r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Sec-Fetch-Dest")
	from := site == "" || site == "same-origin" || site == "none"
	return !from || dest != "" && dest != "document"
}

// maxForm bounds the forms of this module.
const maxForm = 64 << 10

func parseForm(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return &callboard.Error{Code: callboard.CodeInvalid, Message: "the form could not be read", Err: err}
	}
	return nil
}

// address is where a request comes from.
func address(r *http.Request) string {
	if ip := httpx.ClientIP(r); ip.IsValid() {
		return ip.String()
	}
	return ""
}

// browser is what the request's browser calls itself, of bounded length.
func browser(r *http.Request) string {
	name := strings.ToValidUTF8(r.UserAgent(), "")
	if len(name) > 300 {
		name = strings.ToValidUTF8(name[:300], "")
	}
	return name
}

// browserName is what people call it.
func browserName(agent string) string {
	pick := func(pairs [][2]string) string {
		for _, p := range pairs {
			if strings.Contains(agent, p[0]) {
				return p[1]
			}
		}
		return ""
	}
	name := pick([][2]string{{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"}})
	system := pick([][2]string{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"Linux", "Linux"}})
	switch {
	case name == "":
		return "Another program"
	case system == "":
		return name
	default:
		return name + " on " + system
	}
}
