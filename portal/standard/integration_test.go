// SPDX-License-Identifier: Apache-2.0

package standard_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/portaltest"
	"github.com/callboard/callboard/portal/standard"
	"github.com/callboard/callboard/portal/ui/uitest"
)

const watched = office + `---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: shop
  annotations: {pagerduty.com/service-id: PSHOP01}
spec: {type: service, lifecycle: production, owner: web}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: gallery
  title: A gallery
  annotations: {acme.example/gallery: "1", pagerduty.com/service-id: PSHOP01, opsgenie.com/component-selector: "tag:shop", jira/project-key: SHOP}
spec: {type: service, lifecycle: production, owner: web}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: hostile
  annotations: {pagerduty.com/service-id: "../../admin", acme.example/page: "..%2f..%2fadmin"}
spec: {type: service, lifecycle: production, owner: web}
`

// pager plays PagerDuty, with a title that is markup.
func pager(t *testing.T) (server *httptest.Server, triggered *atomic.Value) {
	t.Helper()
	triggered = &atomic.Value{}
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/gallery" {
			_, _ = io.WriteString(w, `{"points": [[1773458760, "120"], [1773462360, "131"], [1773465960, "90"], [1773480360, "99"]], "links": ["https://a.example/runbook", "javascript:x", "https://a.example/`+strings.Repeat("long", 50)+`"]}`)
			return
		}
		if r.URL.Path != "/incidents" || r.Header.Get("Authorization") != "Token token=hunter2" {
			http.Error(w, "who are you", http.StatusUnauthorized)
			return
		}
		if r.Method == http.MethodPost {
			body, _ := io.ReadAll(r.Body)
			triggered.Store(string(body))
			_, _ = io.WriteString(w, `{"incident": {"incident_number": 7}}`)
			return
		}
		if r.URL.Query().Get("service_ids[]") != "PSHOP01" {
			_, _ = io.WriteString(w, `{"incidents": []}`)
			return
		}
		_, _ = io.WriteString(w, `{"incidents": [{"title": "<script>alert(1)</script>", "html_url": "javascript:alert(1)", "incident_number": 1,
			"status": "triggered", "urgency": "high", "created_at": "2026-03-14T08:11:00Z", "assignments": []}]}`)
	}))
	t.Cleanup(server.Close)
	return server, triggered
}

// startWatched runs a portal with two components, PagerDuty and a definition of
// the company's own.
func startWatched(t *testing.T, more string) (*portaltest.Portal, *atomic.Value) {
	t.Helper()
	server, triggered := pager(t)
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file := write("catalog.yaml", watched)
	write("own/acme.yaml", `
id: acme-page
title: Acme pages
description: A page that the annotation names, on a machine that the definition may not reach.
as: tab
appliesTo: {annotations: [acme.example/page]}
source: {url: "https://127.0.0.1/pages/{{annotations['acme.example/page']}}"}
view: [{kind: status, text: response.title}]
`)
	write("own/gallery.yaml", `
id: gallery
title: Gallery
description: Every kind of block.
width: 12
appliesTo: {annotations: [acme.example/gallery]}
settings: {url: {kind: url}}
source: {url: "{{settings.url}}/gallery"}
view:
  - {kind: status, text: "'Well'", tone: "'ok'", note: "'of a long, long sentence that says more than anybody wants to know about the matter'"}
  - kind: facts
    items:
      - {title: Throughput, value: "response.points[0][1]", format: number}
      - {title: Coverage, value: 81.4, format: percent, tone: "'warn'"}
      - {title: Since, value: "response.points[0][0]", format: time}
      - {title: Unknown, value: "null"}
  - {kind: status, text: "response.links[2]", tone: "'bad'", note: "response.links[2]", url: "response.links[2]"}
  - {kind: chart, title: Requests, rows: response.points, time: "row[0]", series: [{title: A second, value: "row[1]"}]}
  - {kind: links, title: Links, rows: response.links, columns: [{title: Link, value: row, url: row}]}
  - kind: table
    title: Numbers
    rows: response.points
    limit: 2
    columns:
      - {title: At, value: "row[0]", format: time}
      - {title: Value, value: "row[1]", format: number, tone: "row[1] > '120' ? 'bad' : 'neutral'"}
      - {title: State, value: "response.links[2]", format: status, tone: "'run'"}
      - {title: Code, value: "'5e1d0c7fff'", format: code, note: "'a revision'"}
`)
	cfg := fmt.Sprintf(`
catalog: {locations: [{type: file, target: %q}]}
integrationFolders: [%q]
integrations:
  pagerduty:
    settings: {url: %q, from: ines@acme.example}
    credentials: {token: hunter2}
  acme-page: {}
  gallery: {settings: {url: %q}}
  opsgenie: {}
  jira: {settings: {url: %q}, credentials: {user: "a:b"}}
%s`, file, filepath.Join(dir, "own"), server.URL, server.URL, server.URL, more)
	p := portaltest.StartConfig(t, cfg, standard.Package())
	p.WaitFor(t, "/signin", "Ines", "Kim")
	return p, triggered
}

// TestIntegrationOnTheEntityPage: a card with what the tool says, as text; a
// value that climbs is refused; an action is asked for, run and recorded, by
// owners alone.
func TestIntegrationOnTheEntityPage(t *testing.T) {
	t.Parallel()
	p, triggered := startWatched(t, "permission: {admins: [user:default/kim]}")
	kim := p.As(t, "user:default/kim")
	page := kim.WaitFor(t, "/catalog/default/component/shop", "PagerDuty", "1 open incident")
	for _, want := range []string{"&lt;script&gt;alert(1)", "Trigger an incident", "/integrations/run/pagerduty/trigger/default/component/shop"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the page lacks %q:\n%s", want, page.Body)
		}
	}
	for _, bad := range []string{"javascript:", "<script>alert", "hunter2"} {
		if strings.Contains(page.Body, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	if page := kim.Get(t, "/catalog/default/component/hostile/acme-page"); page.Status != http.StatusOK || !strings.Contains(page.Body, "An annotation of this entity cannot be used") {
		t.Errorf("the tab of a hostile annotation = %d\n%s", page.Status, page.Body)
	}

	const run = "/integrations/run/pagerduty/trigger/default/component/shop"
	if res := p.Get(t, run); res.Status == http.StatusOK {
		t.Errorf("GET %s of a guest = %d", run, res.Status)
	}
	if res := p.Post(t, run, url.Values{"title": {"x"}}); res.Status < 300 || triggered.Load() != nil {
		t.Errorf("POST %s of a guest = %d, triggered %v", run, res.Status, triggered.Load())
	}
	if res := kim.Get(t, run); res.Status != http.StatusOK || !strings.Contains(res.Body, "Somebody is called for shop.") || !strings.Contains(res.Body, "What is wrong") {
		t.Errorf("GET %s = %d\n%s", run, res.Status, res.Body)
	}
	if res := kim.Post(t, run, url.Values{"urgency": {"none"}}); res.Status != http.StatusUnprocessableEntity || !strings.Contains(res.Body, "is required") || !strings.Contains(res.Body, "is none of high, low") {
		t.Errorf("POST %s without a title = %d\n%s", run, res.Status, res.Body)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, kim.URL+run, strings.NewReader("title=x&urgency=high"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	if res := kim.Do(t, req); res.Status != http.StatusForbidden || triggered.Load() != nil {
		t.Errorf("a post from another site = %d, triggered %v", res.Status, triggered.Load())
	}
	res := kim.Post(t, run, url.Values{"title": {"Checkout is down"}, "urgency": {"low"}})
	if res.Status != http.StatusSeeOther || !strings.Contains(fmt.Sprint(triggered.Load()), `"title":"Checkout is down"`) {
		t.Errorf("POST %s = %d, the tool got %v\n%s", run, res.Status, triggered.Load(), res.Body)
	}
	recorded := entries(t, p, as(t, p, "user:default/kim"), "?action=integration.action.run&limit=1")[0]
	if recorded.Action != "integration.action.run" || recorded.Outcome != audit.Done || recorded.Resource != "component:default/shop" || !strings.Contains(string(recorded.After), "Checkout is down") {
		t.Errorf("recorded as %+v", recorded)
	}
	if res := kim.Get(t, "/integrations/run/pagerduty/trigger/default/component/nowhere"); res.Status != http.StatusNotFound {
		t.Errorf("an action on nothing = %d", res.Status)
	}
}

// TestIntegrationsPage: what is configured with its state, and what there is.
func TestIntegrationsPage(t *testing.T) {
	t.Parallel()
	p, _ := startWatched(t, "permission: {admins: [user:default/kim]}")
	kim := p.As(t, "user:default/kim")
	kim.WaitFor(t, "/catalog/default/component/shop", "1 open incident")
	for path, want := range map[string][]string{
		"/integrations":           {"PagerDuty", "works", "pagerduty.com/service-id", "Grafana dashboards", "grafana/dashboard-selector", "Acme pages"},
		"/integrations/pagerduty": {"How it fares", "1, of which 0 failed", "pagerduty.open_incidents", "a REST API key"},
		"/integrations/jira":      {"jira/project-key", "integrations", "/run/secrets/jira-user", "In the configuration"},
		"/api/integrations":       {`"id":"pagerduty"`, `"calls":1`},
	} {
		res := kim.Get(t, path)
		for _, part := range want {
			if res.Status != http.StatusOK || !strings.Contains(res.Body, part) {
				t.Errorf("GET %s = %d lacks %q:\n%s", path, res.Status, part, res.Body)
			}
		}
		if strings.Contains(res.Body, "hunter2") {
			t.Errorf("GET %s tells the credential", path)
		}
		if res := p.Get(t, path); res.Status == http.StatusOK {
			t.Errorf("GET %s of a guest = %d", path, res.Status)
		}
	}
	if res := kim.Get(t, "/integrations/nothing"); res.Status != http.StatusNotFound {
		t.Errorf("GET /integrations/nothing = %d", res.Status)
	}
}

// TestIntegrationsInBrowser opens what integrations draw in every window.
func TestIntegrationsInBrowser(t *testing.T) {
	t.Parallel()
	p, _ := startWatched(t, "permission: {admins: [user:default/kim]}")
	b := uitest.Open(t)
	session := p.SignIn(t, "user:default/kim")
	p.As(t, "user:default/kim").WaitFor(t, "/catalog/default/component/gallery", "Gallery", "Requests", "1 open incident", "is not configured completely", "refuses the credential")
	for name, path := range map[string]string{
		"entity": "/catalog/default/component/gallery", "hostile": "/catalog/default/component/hostile/acme-page",
		"run": "/integrations/run/pagerduty/trigger/default/component/gallery", "list": "/integrations", "one": "/integrations/pagerduty", "definition": "/integrations/vault",
	} {
		for _, v := range uitest.Views() {
			v.Cookies = map[string]string{session.Name: session.Value}
			t.Run(name+"/"+v.Name, func(t *testing.T) {
				t.Parallel()
				b.Page(t, p.URL+path, v).Check(t)
			})
		}
	}
}
