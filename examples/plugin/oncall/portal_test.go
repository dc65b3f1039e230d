// SPDX-License-Identifier: Apache-2.0

package oncall_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard/examples/plugin/oncall"
	"github.com/callboard/callboard/portal"
	"github.com/callboard/callboard/portal/portaltest"
	"github.com/callboard/callboard/portal/standard"
	"github.com/callboard/callboard/portal/ui/uitest"
)

const roster = `{"rotas": [
	{"name": "shop", "title": "Shop", "team": "web", "channel": "#shop-on-call", "start": "2026-01-05T09:00:00Z", "shift": "168h", "people": ["ines"]},
	{"name": "payments", "title": "Payments", "team": "payments", "channel": "#pay", "start": "2026-01-05T09:00:00Z", "shift": "24h", "people": ["noor", "stranger"]}
]}`

const company = `apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: web}
spec: {type: team, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: ines}
spec: {profile: {displayName: Ines Duarte}, memberOf: [web]}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: storefront, annotations: {acme.example/on-call: shop}}
spec: {type: website, lifecycle: production, owner: web}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: ledger, annotations: {acme.example/on-call: treasury}}
spec: {type: service, lifecycle: production, owner: web}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: odd, annotations: {acme.example/on-call: "the shop"}}
spec: {type: service, lifecycle: production, owner: web}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: plain}
spec: {type: service, lifecycle: production, owner: web}
`

// files writes a roster and a catalog, and returns a configuration with them
// and the roster's path.
func files(tb testing.TB) (config, rosterFile string) {
	tb.Helper()
	dir := tb.TempDir()
	rosterFile = filepath.Join(dir, "roster.json")
	write(tb, rosterFile, roster)
	write(tb, filepath.Join(dir, "company.yaml"), company)
	return fmt.Sprintf("catalog:\n  locations:\n    - {type: file, target: %q}\noncall:\n  roster: %q\n",
		filepath.Join(dir, "company.yaml"), rosterFile), rosterFile
}

func write(tb testing.TB, file, text string) {
	tb.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
}

// TestModule checks that the module behaves as every module should. It is not
// parallel, because it counts goroutines.
func TestModule(t *testing.T) {
	config, _ := files(t)
	portaltest.TestModuleConfig(t, config, oncall.Package(), standard.Package())
}

// TestStory follows the module through a portal: everything that it adds is
// there, and changes with the roster.
func TestStory(t *testing.T) {
	t.Parallel()
	config, rosterFile := files(t)
	p := portaltest.StartConfig(t, config, standard.Package(), oncall.Package())

	t.Log("page and navigation")
	p.WaitFor(t, "/oncall", "<h1>On call</h1>", `aria-current="page"`, "Shop", "#shop-on-call", "Ines Duarte", "stranger")
	t.Log("home card")
	p.WaitFor(t, "/", "On call now", `href="/catalog/default/user/ines"`)
	t.Log("the provider's entities, with the processor's relation")
	p.WaitFor(t, "/api/catalog/entities/by-name/resource/default/on-call-shop",
		`"targetRef":"component:default/storefront"`, `"type":"covers"`, `"targetRef":"group:default/web"`)
	p.WaitFor(t, "/api/catalog/entities/by-name/component/default/storefront", `"type":"coveredBy"`)
	t.Log("card, tab and action of the entity page")
	p.WaitFor(t, "/catalog/default/component/storefront", `id="card-oncall.now"`, "Hands over", `/catalog/default/component/storefront/oncall`)
	p.WaitFor(t, "/catalog/default/component/storefront/oncall", "Turns to come", "Ines Duarte", ">now<")
	ines := p.As(t, "user:default/ines")
	ines.WaitFor(t, "/catalog/default/resource/on-call-shop", "Read roster again", `action="/oncall/refresh"`)
	p.WaitFor(t, "/catalog/default/component/ledger", "No rota &#34;treasury&#34;", "The roster has payments, shop.")
	if body := p.Get(t, "/catalog/default/component/plain").Body; strings.Contains(body, "oncall.now") || strings.Contains(body, "/plain/oncall") {
		t.Error("an entity without the annotation has the card or the tab")
	}
	t.Log("the processor's warning is a problem of the catalog")
	p.WaitFor(t, "/api/catalog/problems", "oncall-rota", "write the name of a rota, such as shop")

	t.Log("a changed roster is read again, and its entities change with it")
	write(t, rosterFile, strings.Replace(strings.Replace(roster, "#shop-on-call", "#shop-help", 1), `"name": "payments"`, `"name": "billing"`, 1))
	res := ines.Post(t, "/oncall/refresh", nil)
	if res.Status != http.StatusSeeOther || res.Header.Get("Location") != "/oncall" {
		t.Errorf("POST /oncall/refresh = %d to %q, want 303 to /oncall", res.Status, res.Header.Get("Location"))
	}
	p.WaitFor(t, "/oncall", "#shop-help")
	p.WaitFor(t, "/api/catalog/entities/by-name/resource/default/on-call-billing", "on-call-billing")
	p.WaitFor(t, "/api/catalog/entities/by-name/resource/default/on-call-payments", "NotFoundError")
	p.WaitFor(t, "/api/catalog/entities/by-name/resource/default/on-call-shop", "#shop-help")

	t.Log("rotas are found")
	p.WaitFor(t, "/search?q=shop-on-call", "Shop", "#shop-help", "On call")

	t.Log("who is on call by a new roster is told, once")
	if body := ines.Get(t, "/notifications").Body; strings.Contains(body, "You are on call") {
		t.Error("ines is told though she was on call before")
	}
	write(t, rosterFile, strings.Replace(roster, `["noor", "stranger"]`, `["ines"]`, 1))
	ines.Post(t, "/oncall/refresh", nil)
	ines.WaitFor(t, "/notifications", "You are on call for Payments", "The channel is #pay.", "high")
	ines.WaitFor(t, "/settings/notifications", "When a new roster puts you on call.")
	ines.Post(t, "/oncall/refresh", nil)
	p.WaitFor(t, "/oncall", "#shop-on-call")
	if body := ines.Get(t, "/notifications").Body; strings.Count(body, "You are on call") != 1 {
		t.Error("ines is told twice")
	}

	t.Log("a broken roster keeps what there was, and says so")
	write(t, rosterFile, `{"rotas": [{"name": "shop", "shift": "soon"}]}`)
	ines.Post(t, "/oncall/refresh", nil)
	p.WaitFor(t, "/oncall", "rotas[0].shift is &#34;soon&#34;; write a duration, such as 168h", "#shop-on-call")
}

// TestWhoMay: who may not see the roster finds it nowhere, and who may only see
// it has no button.
func TestWhoMay(t *testing.T) {
	t.Parallel()
	config, _ := files(t)
	p := portaltest.StartConfig(t, config+`permission:
  roles:
    - id: looks
      allow: [{permissions: [catalog.entity.read, oncall.roster.read]}]
    - id: elsewhere
      allow: [{permissions: [catalog.entity.read]}]
  bindings:
    - {roles: [looks], to: ["user:default/ines"]}
    - {roles: [elsewhere], to: [everyone]}
`, standard.Package(), oncall.Package())
	p.WaitFor(t, "/catalog/default/user/ines", "Ines Duarte")
	ines := p.As(t, "user:default/ines")
	ines.WaitFor(t, "/oncall", "Shop", "Payments")
	ines.WaitFor(t, "/search?q=pay", "Payments", "On call")
	ines.WaitFor(t, "/catalog/default/component/storefront", `id="card-oncall.now"`)
	ines.WaitFor(t, "/catalog/default/resource/on-call-shop", "on-call-shop")
	for _, path := range []string{"/oncall", "/catalog/default/resource/on-call-shop"} {
		if body := ines.Get(t, path).Body; strings.Contains(body, "Read roster again") {
			t.Errorf("%s offers to read the roster to somebody who may not", path)
		}
	}
	if res := ines.Post(t, "/oncall/refresh", nil); res.Status != http.StatusForbidden {
		t.Errorf("POST /oncall/refresh = %d, want 403", res.Status)
	}
	for path, want := range map[string]int{"/": 200, "/oncall": 401, "/search?q=pay": 200, "/catalog/default/component/storefront": 200, "/catalog/default/component/storefront/oncall": 200} {
		res := p.Get(t, path)
		if res.Status != want || strings.Contains(res.Body, "#shop-on-call") || strings.Contains(res.Body, "#pay") {
			t.Errorf("%s = %d for somebody who may not see the roster: %s", path, res.Status, res.Body)
		}
	}
}

func TestPageWithoutRoster(t *testing.T) {
	t.Parallel()
	p := portaltest.Start(t, standard.Package(), oncall.Package())
	p.WaitFor(t, "/oncall", "No roster yet", "CALLBOARD_ONCALL_ROSTER=roster.json")
	if res := p.Get(t, "/"); strings.Contains(res.Body, "On call now") {
		t.Error("the home page has the card though there is nothing to say")
	}
}

func TestPageOfBrokenRoster(t *testing.T) {
	t.Parallel()
	p := portaltest.StartConfig(t, "oncall: {roster: nowhere.json}", standard.Package(), oncall.Package())
	p.WaitFor(t, "/oncall", "The roster could not be read", "the roster nowhere.json cannot be opened")
}

// TestWrongSettings: what is wrong with the configuration is said at start,
// with its place, and with all else that is wrong.
func TestWrongSettings(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "portal.yaml")
	write(t, file, "name: Acme\noncall:\n  rooster: roster.json\n  refreshEvery: 1s\n  horizon: long\n")
	var out bytes.Buffer
	code := portal.Run(t.Context(), &portal.Program{
		Packages: []func(do.Injector){standard.Package(), oncall.Package()},
		Args:     []string{"acme", "--config", file, "--data", t.TempDir(), "--listen", "127.0.0.1:0"},
		Stdout:   &out, Stderr: &out,
		Env: func(string) (string, bool) { return "", false },
	})
	if code != portal.ExitFailure {
		t.Errorf("the portal ends with %d, want %d", code, portal.ExitFailure)
	}
	for _, want := range []string{
		file + ":3:3: oncall.rooster is not a known key; did you mean roster?",
		file + ":4:17: oncall.refreshEvery must be at least 10s",
		file + ":5:12: oncall.horizon is \"long\"; expected a duration, such as 30s or 5m",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the portal does not say %q:\n%s", want, &out)
		}
	}
}

// TestPagesInBrowser looks at everything that the module draws.
func TestPagesInBrowser(t *testing.T) {
	t.Parallel()
	config, rosterFile := files(t)
	p := portaltest.StartConfig(t, config, standard.Package(), oncall.Package())
	p.WaitFor(t, "/catalog/default/resource/on-call-shop", "Hands over")
	ines := p.As(t, "user:default/ines")
	write(t, rosterFile, "{")
	ines.Post(t, "/oncall/refresh", nil)
	p.WaitFor(t, "/oncall", "it is no roster")
	b := uitest.Open(t)
	for _, v := range uitest.Views() {
		for name, path := range map[string]string{
			"page": "/oncall", "card": "/catalog/default/component/storefront", "tab": "/catalog/default/resource/on-call-payments/oncall",
		} {
			t.Run(name+"/"+v.Name, func(t *testing.T) { b.Page(t, p.URL+path, v).Check(t) })
		}
	}
	narrow := uitest.View{Name: "narrow", Width: 320, Theme: "light"}
	for name, path := range map[string]string{"home": "/", "missing": "/catalog/default/component/ledger", "rota": "/catalog/default/resource/on-call-payments"} {
		t.Run(name, func(t *testing.T) { b.Page(t, p.URL+path, narrow).Check(t) })
	}
}
