// SPDX-License-Identifier: Apache-2.0

package standard_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard/portal"
	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/auth/authtest"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/portaltest"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
	"github.com/callboard/callboard/portal/standard"
)

// comeBack signs in at the provider, and returns the answer and the cookie of
// the session.
func comeBack(t *testing.T, p *portaltest.Portal, idp *authtest.Provider, who auth.SignIn) (portaltest.Response, *http.Cookie) {
	t.Helper()
	begun := p.Get(t, "/signin/"+idp.ID())
	to, err := url.Parse(begun.Header.Get("Location"))
	flow, err2 := http.ParseSetCookie(begun.Header.Get("Set-Cookie"))
	if err != nil || err2 != nil {
		t.Fatalf("GET /signin/%s = %d: %v, %v", idp.ID(), begun.Status, err, err2)
	}
	q := url.Values{"state": {to.Query().Get("state")}, "code": {idp.Code(who)}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, to.Query().Get("redirect_uri")+"?"+q.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: flow.Name, Value: flow.Value})
	res := p.Do(t, r)
	for _, line := range res.Header.Values("Set-Cookie") {
		if c, err := http.ParseSetCookie(line); err == nil && strings.HasPrefix(c.Name, "callboard_session") {
			return res, c
		}
	}
	return res, nil
}

// TestNewcomers: somebody whom the catalog does not know becomes a user of it,
// the same one each time, and nobody who is there already.
func TestNewcomers(t *testing.T) {
	t.Parallel()
	sqldbtest.EachURL(t, func(t *testing.T, database string) {
		cfg, err := config.Parse("portal.yaml", []byte("auth: {resolve: [{by: email}, {by: create}]}"), nil)
		if err != nil {
			t.Fatal(err)
		}
		idp := authtest.NewProvider("acme")
		p := portaltest.StartWith(t, &portal.Options{Config: cfg, Settings: portal.Settings{Database: database}},
			[]func(do.Injector){standard.Package(), contribute[auth.Method](idp)}...)
		who := func(c *http.Cookie) string {
			t.Helper()
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL+"/api/auth/me", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
			_, rest, _ := strings.Cut(p.Do(t, r).Body, `"subject":"`)
			subject, _, _ := strings.Cut(rest, `"`)
			return subject
		}
		seen := map[string]string{}
		for _, tt := range []struct {
			name   string
			claims auth.Claims
			same   string // as who this is
		}{
			{"eve", auth.Claims{Issuer: "https://acme.example", Subject: "1", Username: "Eve", Name: "Eve  <b>Adams</b>", Email: "eve@acme.example", EmailVerified: true}, ""},
			{"eve again", auth.Claims{Issuer: "https://acme.example", Subject: "1", Username: "renamed"}, "eve"},
			{"eve elsewhere", auth.Claims{Issuer: "https://other.example", Subject: "1", Email: "EVE@acme.example", EmailVerified: true}, "eve"},
			{"not verified", auth.Claims{Issuer: "https://other.example", Subject: "2", Username: "eve", Email: "eve@acme.example"}, ""},
			{"odd", auth.Claims{Issuer: "https://acme.example", Subject: "../../x", Username: "--ÄÖ/../" + strings.Repeat("é", 200), Name: strings.Repeat("x", 900)}, ""},
			{"nameless", auth.Claims{Issuer: "https://acme.example", Subject: "3"}, ""},
		} {
			res, cookie := comeBack(t, p, idp, auth.SignIn{Claims: tt.claims})
			if cookie == nil {
				t.Errorf("%s: signing in = %d:\n%s", tt.name, res.Status, res.Body)
				continue
			}
			subject := who(cookie)
			seen[tt.name] = subject
			for other, ref := range seen {
				if same := other == tt.name || tt.same == other || tt.same != "" && seen[tt.same] == ref; (ref == subject) != same {
					t.Errorf("%s is %q, and %s is %q", tt.name, subject, other, ref)
				}
			}
			if !strings.HasPrefix(subject, "user:default/") || subject == "user:default/eve" {
				t.Errorf("%s is %q", tt.name, subject)
			}
		}
		res, cookie := comeBack(t, p, idp, auth.SignIn{Claims: auth.Claims{Subject: "4", Username: "x"}})
		if cookie != nil || res.Status != http.StatusForbidden || !strings.Contains(res.Body, "does not say who it is") {
			t.Errorf("claims without an issuer = %d:\n%s", res.Status, res.Body)
		}
	})
}
