// SPDX-License-Identifier: Apache-2.0

package standard_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/callboard/callboard/portal/auth/oidcauth/oidcauthtest"
	"github.com/callboard/callboard/portal/ui/uitest"
)

// TestOpenIDInBrowser signs people in at a real OpenID provider, in Chromium: a
// wrong password, a refusal, somebody whom the catalog does not know, somebody
// whom it does, signing out of both, and a sign-out at the provider that the
// portal is told of.
func TestOpenIDInBrowser(t *testing.T) {
	t.Parallel()
	op := oidcauthtest.Start(t)
	p, _ := startOffice(t, fmt.Sprintf(`auth:
  oidc: [{id: company, label: Company, issuer: %q, clientId: %q, clientSecret: %q}]
permission: {bindings: [{roles: [viewer], to: [everyone]}]}
`, op.Issuer, op.ClientID, op.ClientSecret))
	op.SetClient(oidcauthtest.Client{
		RedirectURIs: []string{p.URL + "/signin/company/callback"}, PostLogoutURIs: []string{p.URL + "/"},
		BackChannelURI: p.URL + "/signin/company/backchannel",
	})
	for login, email := range map[string]string{"ines": "ines@acme.example", "eve": "eve@elsewhere.example"} {
		op.AddUser(oidcauthtest.User{Login: login, Password: "correct horse", Claims: map[string]any{"name": login, "email": email, "email_verified": true}})
	}
	b := uitest.Open(t)
	views := uitest.Views()
	for _, v := range []uitest.View{views[0], views[len(views)-1]} {
		t.Run(v.Name, func(t *testing.T) {
			leave := func(tab *uitest.Tab) {
				t.Helper()
				uitest.Do(t, tab.Ctx, uitest.Click(`a[href^="/signin/company"]`), chromedp.WaitReady(`input[name=password]`))
			}
			signIn := func(tab *uitest.Tab, login, password string) {
				t.Helper()
				uitest.Do(t, tab.Ctx, chromedp.SetValue(`input[name=login]`, login), chromedp.SetValue(`input[name=password]`, password), uitest.Click(`button:not([name])`))
			}
			tab := b.Page(t, p.URL+"/signin", v)
			leave(tab)
			uitest.Do(t, tab.Ctx, uitest.Click(`button[name=refuse]`), chromedp.WaitReady(`main p[role=alert]`))

			tab = b.Page(t, p.URL+"/signin?next=/settings", v)
			leave(tab)
			signIn(tab, "ines", "wrong")
			uitest.Do(t, tab.Ctx, chromedp.WaitReady(`p[role=alert]`))
			signIn(tab, "eve", "correct horse")
			uitest.WaitFor(t, tab.Ctx, `document.body.textContent.includes("eve@elsewhere.example")`) // a refusal says what was looked for
			checkAnswer(t, tab)

			tab = b.Page(t, p.URL+"/signin?next=/settings", v)
			leave(tab)
			signIn(tab, "ines", "correct horse")
			uitest.Do(t, tab.Ctx, chromedp.WaitReady(`form[action="/settings/sessions/revoke"]`),
				uitest.Click(`.account > summary`), uitest.Click(`.account form[action="/signout"] button`),
				chromedp.WaitReady(`button[name=logout]`), uitest.Click(`button[name=logout]`), chromedp.WaitReady(`.account a[href^="/signin"]`))

			tab = b.Page(t, p.URL+"/signin?next=/settings", v)
			leave(tab)
			signIn(tab, "ines", "correct horse")
			uitest.Do(t, tab.Ctx, chromedp.WaitReady(`form[action="/settings/sessions/revoke"]`), chromedp.Navigate(op.Issuer+"/session/end"),
				chromedp.WaitReady(`button[name=logout]`), uitest.Click(`button[name=logout]`), chromedp.WaitNotPresent(`button[name=logout]`))
			for signedIn, deadline := true, time.Now().Add(2*time.Minute); signedIn; { // the portal is told behind the browser's back
				if time.Now().After(deadline) {
					t.Fatal("the session outlives the provider's")
				}
				uitest.Do(t, tab.Ctx, chromedp.Navigate(p.URL+"/"), chromedp.WaitReady(`.account`))
				signedIn = !uitest.Eval[bool](t, tab.Ctx, `document.querySelector('.account a[href^="/signin"]') !== null`)
			}
		})
	}
}
