// SPDX-License-Identifier: Apache-2.0

package standard_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/permission"
	"github.com/callboard/callboard/portal/permission/decisionlog"
	"github.com/callboard/callboard/portal/permission/permissionweb"
	"github.com/callboard/callboard/portal/portaltest"
)

// TestWhoMayWhat asks the running portal who may do what, as somebody who may
// ask and as somebody who may not, and does what it says.
func TestWhoMayWhat(t *testing.T) {
	t.Parallel()
	p, _ := startOffice(t, "permission: {admins: [user:old/kim]}")
	ines, kim := p.As(t, "user:default/ines"), p.As(t, "user:old/kim")
	for _, path := range []string{"/admin/permissions", "/api/admin/permissions", "/api/admin/permissions/decision?who=guest&permission=catalog.entity.read"} {
		if got := ines.Get(t, path).Status; got != http.StatusForbidden {
			t.Errorf("ines gets %s: %d", path, got)
		}
		if got := p.Get(t, path).Status; got != http.StatusUnauthorized {
			t.Errorf("a guest gets %s: %d", path, got)
		}
	}
	for _, tt := range []struct {
		who, permission, resource string
		want                      permission.Effect
		says                      string
	}{
		{"user:ines", "catalog.entity.delete", "component:ines", permission.Allowed, "user:default/ines is signed in"},
		{"user:ines", "catalog.entity.delete", "user:kim", permission.Denied, "is-owner(user:default/ines, group:default/web, group:default/shop)"},
		{"user:ines", "catalog.entity.delete", "", permission.Conditional, "role member"},
		{"user:ines", "catalog.location.delete", "", permission.Denied, "deny by default"},
		{"user:old/kim", "catalog.location.delete", "", permission.Allowed, "role administrator"},
		{"guest", "catalog.entity.read", "component:ines", permission.Denied, "a guest"},
		{"local", "catalog.entity.read", "component:ines", permission.Allowed, "the machine itself"},
		{"service:ci", "catalog.entity.read", "component:ines", permission.Allowed, "service:*"},
	} {
		q := url.Values{"who": {tt.who}, "permission": {tt.permission}, "resource": {tt.resource}}.Encode()
		answer := kim.Get(t, "/api/admin/permissions/decision?"+q)
		var a permissionweb.Answer
		if err := json.Unmarshal([]byte(answer.Body), &a); err != nil || a.Effect != tt.want || !strings.Contains(answer.Body, tt.says) {
			t.Errorf("%s %s %s: %s, want %s and %q", tt.who, tt.permission, tt.resource, answer.Body, tt.want, tt.says)
		}
		if page := kim.Get(t, "/admin/permissions?"+q); page.Status != http.StatusOK || !strings.Contains(page.Body, tt.permission) {
			t.Errorf("the page says %d", page.Status)
		}
	}
	for q, code := range map[string]callboard.Code{
		"who=nobody&permission=catalog.entity.read":                                callboard.CodeNotFound,
		"who=guest&permission=catalog.entity.paint":                                callboard.CodeInvalid,
		"permission=catalog.entity.read":                                           callboard.CodeInvalid,
		"who=user:ines&permission=catalog.entity.delete&resource=component:nobody": callboard.CodeNotFound,
	} {
		want := map[callboard.Code]int{callboard.CodeNotFound: http.StatusNotFound, callboard.CodeInvalid: http.StatusBadRequest}[code]
		if got := kim.Get(t, "/api/admin/permissions/decision?"+q); got.Status != want {
			t.Errorf("%s: %d %s, want %d", q, got.Status, got.Body, want)
		}
		if got := kim.Get(t, "/admin/permissions?"+q); got.Status != http.StatusUnprocessableEntity || !strings.Contains(got.Body, `role="alert"`) {
			t.Errorf("the page of %s: %d", q, got.Status)
		}
	}
	x, err := do.Invoke[*permissionweb.Explainer](p.App.Injector())
	if err != nil {
		t.Fatal(err)
	}
	if a, err := x.Ask(t.Context(), permissionweb.Question{Who: "user:ines", Permission: "catalog.entity.refresh"}); err != nil || a.Effect != permission.Allowed {
		t.Errorf("Ask = %+v, %v", a, err)
	}
}

// TestTryAPolicy changes the policy of a running portal without saving it, on
// the page, by the API and by the command.
func TestTryAPolicy(t *testing.T) {
	t.Parallel()
	p, _ := startOffice(t, "permission: {admins: [user:old/kim]}")
	ines, kim := p.As(t, "user:default/ines"), p.As(t, "user:old/kim")
	ines.Get(t, "/catalog")
	const changed = "permission:\n  admins: [user:old/kim]\n  roles: [{id: nothing}]\n  bindings: [{roles: [nothing], to: [signed-in]}]\n"
	post := func(path, contentType, body string) portaltest.Response {
		r := as(t, p, "user:old/kim")(http.MethodPost, path)
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
		r.Header.Set("Content-Type", contentType)
		return p.Do(t, r)
	}
	askAPI := func(policy string) portaltest.Response {
		body, err := json.Marshal(map[string]string{"policy": policy})
		if err != nil {
			t.Fatal(err)
		}
		return post("/api/admin/permissions/try", "application/json", string(body))
	}
	var trial decisionlog.Trial
	answer := askAPI(changed)
	if err := json.Unmarshal([]byte(answer.Body), &trial); err != nil || answer.Status != http.StatusOK {
		t.Fatalf("trying by the API: %d, %v: %s", answer.Status, err, answer.Body)
	}
	i := slices.IndexFunc(trial.Changes, func(c decisionlog.Change) bool {
		return c.Permission == "catalog.entity.read" && c.Is == permission.Denied
	})
	if i < 0 || !slices.ContainsFunc(trial.Changes[i].Examples, func(e decisionlog.Example) bool { return e.Who == "user:default/ines" }) {
		t.Errorf("ines losing what she reads is not among %+v", trial.Changes)
	}
	for _, page := range []portaltest.Response{
		post("/admin/permissions/try", "application/x-www-form-urlencoded", url.Values{"policy": {changed}}.Encode()),
		kim.Get(t, "/admin/permissions/try?"+url.Values{"policy": {changed}}.Encode()),
	} {
		if page.Status != http.StatusOK || !strings.Contains(page.Body, "user:default/ines") || !strings.Contains(page.Body, "catalog.entity.read") {
			t.Errorf("the page says %d %s", page.Status, page.Body)
		}
	}
	const wrong = "permission:\n  rols: []\n"
	if got := askAPI(wrong); got.Status != http.StatusBadRequest || !strings.Contains(got.Body, "policy:2:3") {
		t.Errorf("a wrong policy: %d %s", got.Status, got.Body)
	}
	if got := kim.Get(t, "/admin/permissions/try?"+url.Values{"policy": {wrong}}.Encode()); got.Status != http.StatusUnprocessableEntity || !strings.Contains(got.Body, "policy:2:3") {
		t.Errorf("a wrong policy on the page: %d %s", got.Status, got.Body)
	}
	form := kim.Get(t, "/admin/permissions/try").Body
	if !strings.Contains(form, "user:old/kim") || !strings.Contains(form, "signed-in") {
		t.Errorf("the policy in force is not in the form: %s", form)
	}
	trier, err := do.Invoke[*permissionweb.Trier](p.App.Injector())
	if err != nil {
		t.Fatal(err)
	}
	current, err := trier.Current()
	if err != nil {
		t.Fatal(err)
	}
	if same, err := trier.Try(t.Context(), "current", []byte(current)); err != nil || same.Questions == 0 || len(same.Changes) != 0 {
		t.Errorf("the policy in force changes %+v, %v of\n%s", same.Changes, err, current)
	}
}
