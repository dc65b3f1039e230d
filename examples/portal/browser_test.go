// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/callboard/callboard/portal/portaltest"
	"github.com/callboard/callboard/portal/standard"
	"github.com/callboard/callboard/portal/ui/uitest"
)

// start runs the reference portal with its demo company, and waits until the
// company is there.
func start(t *testing.T) *portaltest.Portal {
	t.Helper()
	p := portaltest.Start(t, standard.Package(), demo)
	for t.Context().Err() == nil {
		if strings.Contains(p.Get(t, "/catalog/default/component/vouchers").Body, "<h1>vouchers</h1>") {
			return p
		}
	}
	return p
}

// demoPage is a page of the reference portal.
type demoPage struct {
	name, path string
	status     int // 0 is 200
	person     bool
	admin      bool // read by an administrator
	// brief is tried in two windows only: another state of a page that is tried
	// in all.
	brief bool
}

// views returns the windows that the page is tried in, with the cookies of who
// reads it.
func (p demoPage) views(person, admin map[string]string) []uitest.View {
	views := uitest.Views()
	if p.brief {
		views = []uitest.View{views[0], views[len(views)-1]}
	}
	for i := range views {
		switch {
		case p.person:
			views[i].Cookies = person
		case p.admin:
			views[i].Cookies = admin
		}
	}
	return views
}

// changedPolicy takes from everybody what they do not own.
const changedPolicy = `permission:
  roles:
    - id: viewer
      allow:
        - {permissions: [catalog.entity.read], when: {any: [{rule: is-owner}, {rule: is-kind, values: [user, group]}]}}
  bindings:
    - {roles: [viewer], to: [local, signed-in]}
`

func demoPages(operation string) []demoPage {
	const checkout = "/catalog/default/component/checkout"
	return []demoPage{
		{name: "home-guest", path: "/"},
		{name: "home", path: "/", person: true},
		{name: "signin", path: "/signin"},
		{name: "signin-person", path: "/signin?q=a&next=/catalog", person: true, brief: true},
		{name: "settings", path: "/settings", person: true},
		{name: "keys", path: "/settings/keys", person: true},
		{name: "device", path: "/device?code=BCDF-GHJK", person: true},
		{name: "notifications", path: "/notifications", person: true},
		{name: "notifications-unread", path: "/notifications?show=unread&severity=high", person: true, brief: true},
		{name: "notifications-nothing", path: "/notifications?q=no+such+thing&severity=wrong", person: true, brief: true},
		{name: "notification-settings", path: "/settings/notifications", person: true},
		{name: "signin-unknown", path: "/signin/nowhere", status: http.StatusNotFound, brief: true},
		{name: "permissions", path: "/admin/permissions?who=user:ines&permission=catalog.entity.delete&resource=component:checkout", admin: true},
		{name: "agents", path: "/settings/agents", person: true},
		{name: "permissions-try", path: "/admin/permissions/try?policy=" + url.QueryEscape(changedPolicy), admin: true},
		{name: "permissions-try-wrong", path: "/admin/permissions/try?policy=permission:+{rols:+[]}", admin: true, brief: true, status: http.StatusUnprocessableEntity},
		{name: "forbidden", path: "/admin/permissions", person: true, status: http.StatusForbidden, brief: true},
		{name: "catalog", path: "/catalog"},
		{name: "catalog-owned", path: "/catalog?view=owned&kind=component&q=a", person: true, brief: true},
		{name: "catalog-owned-guest", path: "/catalog?view=owned", brief: true},
		{name: "catalog-starred", path: "/catalog?view=starred", brief: true},
		{name: "catalog-nothing", path: "/catalog?q=no+such+thing", brief: true},
		{name: "component", path: checkout, person: true},
		{name: "relations", path: checkout + "/relations"},
		{name: "history", path: checkout + "/history"},
		{name: "source", path: checkout + "/source", brief: true},
		{name: "group", path: "/catalog/default/group/payments-core"},
		{name: "person", path: "/catalog/default/user/ines", brief: true},
		{name: "domain", path: "/catalog/default/domain/money", brief: true},
		{name: "gone", path: "/catalog/default/component/nowhere", status: http.StatusNotFound},
		{name: "apis", path: "/apis"},
		{name: "definition", path: "/catalog/default/api/payments-api/definition"},
		{name: "operation", path: operation},
		{name: "explore-start", path: "/explore", brief: true},
		{name: "explore", path: "/explore?root=component:default/checkout"},
		{name: "explore-list", path: "/explore?root=component:default/checkout&view=list", brief: true},
		{name: "teams", path: "/teams"},
		{name: "people", path: "/teams/people"},
		{name: "search", path: "/search?q=payments"},
		{name: "search-start", path: "/search", brief: true},
		{name: "search-type", path: "/search?q=order+events&type=api&type=operation", person: true, brief: true},
		{name: "search-nothing", path: "/search?q=no+such+zzthing&type=api", brief: true},
		{name: "search-lost", path: "/search?q=payments&cursor=nowhere", brief: true, status: http.StatusUnprocessableEntity},
		{name: "problems", path: "/problems"},
		{name: "conflicts", path: "/problems/conflicts"},
		{name: "locations", path: "/locations"},
		{name: "health", path: "/admin/health", admin: true},
		{name: "audit", path: "/admin/audit", admin: true},
		{name: "audit-nothing", path: "/admin/audit?actor=nobody&since=7d", admin: true, brief: true},
		{name: "audit-wrong", path: "/admin/audit?since=soon", admin: true, brief: true, status: http.StatusUnprocessableEntity},
		{name: "audit-entry", path: "/admin/audit/1", admin: true, brief: true},
		{name: "jobs", path: "/admin/jobs", admin: true, brief: true},
		{name: "modules", path: "/admin/modules", admin: true, brief: true},
		{name: "routes", path: "/admin/routes", admin: true, brief: true},
		{name: "configuration", path: "/admin/configuration", admin: true, brief: true},
		{name: "integrations", path: "/integrations", admin: true, brief: true},
		{name: "integration", path: "/integrations/pagerduty", admin: true, brief: true},
		{name: "refused", path: "/admin/audit", status: http.StatusUnauthorized, brief: true},
		{name: "not-found", path: "/nowhere", status: http.StatusNotFound},
	}
}

var operationLink = regexp.MustCompile(`/catalog/default/api/payments-api/definition/[^"#?]+`)

// TestPagesInBrowser opens every page of the portal in every window.
func TestPagesInBrowser(t *testing.T) {
	t.Parallel()
	p := start(t)
	b := uitest.Open(t)
	operation := operationLink.FindString(p.Get(t, "/catalog/default/api/payments-api/definition").Body)
	if operation == "" {
		t.Fatal("the definition of payments-api links to no operation")
	}
	as := func(person string) map[string]string {
		session := p.SignIn(t, person)
		return map[string]string{session.Name: session.Value}
	}
	person, admin := as("user:default/ines"), as("user:default/ravi")
	p.As(t, "user:default/ines").WaitFor(t, "/notifications", "Errors of checkout are back to normal", "2 times", "Welcome to the portal")
	for _, page := range demoPages(operation) {
		if page.status == 0 {
			page.status = http.StatusOK
		}
		if got := p.Get(t, page.path).Status; got != page.status && !page.person && !page.admin {
			t.Errorf("GET %s = %d, want %d", page.path, got, page.status)
			continue
		}
		for _, v := range page.views(person, admin) {
			t.Run(page.name+"/"+v.Name, func(t *testing.T) {
				t.Parallel()
				b.Page(t, p.URL+page.path, v).Check(t)
			})
		}
	}
}
