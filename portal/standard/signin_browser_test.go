// SPDX-License-Identifier: Apache-2.0

package standard_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/auth/authtest"
	"github.com/callboard/callboard/portal/ui/uitest"
)

// provider is a provider's pages: it sends everybody back as somebody.
func provider(t *testing.T, idp *authtest.Provider, who auth.SignIn) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/end" {
			_, _ = fmt.Fprintf(w, `<!doctype html><title>Signed out</title><a id="ended" href="%s">back</a>`, r.URL.Query().Get("post_logout_redirect_uri"))
			return
		}
		q := url.Values{"state": {r.URL.Query().Get("state")}, "code": {idp.Code(who)}}
		http.Redirect(w, r, r.URL.Query().Get("redirect_uri")+"?"+q.Encode(), http.StatusSeeOther)
	}))
	t.Cleanup(server.Close)
	idp.Page = server.URL
}

// TestSignInInBrowser goes to a provider of another origin and comes back, is
// refused there, and signs out of both, with and without scripts.
func TestSignInInBrowser(t *testing.T) {
	t.Parallel()
	known, unknown := authtest.NewProvider("acme"), authtest.NewProvider("elsewhere")
	provider(t, known, auth.SignIn{Claims: auth.Claims{Issuer: "https://acme.example", Subject: "1", Email: "ines@acme.example", EmailVerified: true}, Hint: []byte("hint")})
	provider(t, unknown, auth.SignIn{Claims: auth.Claims{Issuer: "https://elsewhere.example", Subject: "a-long-subject-without-any-space-in-it-0123456789-0123456789-0123456789", Name: "Eve", Email: "eve@elsewhere.example"}})
	p, _ := startOffice(t, "auth: {local: {enabled: true}}", contribute[auth.Method](known, unknown))
	b := uitest.Open(t)
	views := uitest.Views()
	for _, v := range []uitest.View{views[0], views[len(views)-1]} {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			tab := b.Page(t, p.URL+"/signin?next=/settings", v)
			uitest.Do(t, tab.Ctx, uitest.Click(`a[href^="/signin/acme"]`), chromedp.WaitReady(`form[action="/settings/sessions/revoke"]`),
				uitest.Click(`.account > summary`), uitest.Click(`.account form[action="/signout"] button`), chromedp.WaitReady(`#ended`))

			tab = b.Page(t, p.URL+"/signin", v)
			uitest.Do(t, tab.Ctx, uitest.Click(`a[href^="/signin/elsewhere"]`), chromedp.WaitReady(`p[role=alert]`))
			checkAnswer(t, tab)

			tab = b.Page(t, p.URL+"/signin?next=/settings/keys", v)
			uitest.Do(t, tab.Ctx, uitest.Click(`a[href^="/signin/acme"]`), chromedp.WaitReady(`form[action="/settings/keys"]`),
				chromedp.SendKeys(`input[name=name]`, "script "+v.Name), uitest.Click(`form[action="/settings/keys"] .primary`), chromedp.WaitReady(`.command code`))
			checkAnswer(t, tab)
		})
	}
}

// checkAnswer checks a page that no address leads to: the answer to a form, or
// an error.
func checkAnswer(t *testing.T, tab *uitest.Tab) {
	t.Helper()
	uitest.Call(t, tab.Ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{})
	tab.Shot(t)
	tab.CheckWidth(t)
	tab.CheckAxe(t)
}
