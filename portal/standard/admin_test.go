// SPDX-License-Identifier: Apache-2.0

package standard_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal"
	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/portaltest"
	"github.com/callboard/callboard/portal/standard"
)

// inesAdministers makes Ines of the office an administrator.
const inesAdministers = `permission: {admins: ["user:default/ines"]}`

// send sends JSON, or nothing, as a program does.
func send(t *testing.T, p *portaltest.Portal, r *http.Request, body string) portaltest.Response {
	t.Helper()
	if body != "" {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Accept", "application/json")
	return p.Do(t, r)
}

func guest(t *testing.T, p *portaltest.Portal) func(method, path string) *http.Request {
	return func(method, path string) *http.Request {
		r, err := http.NewRequestWithContext(t.Context(), method, p.URL+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
}

var variable = regexp.MustCompile(`\{[^}]*\}`)

// TestAdministrationIsForAdministrators walks every route below /admin and
// /api/admin as a guest, a member and an administrator.
func TestAdministrationIsForAdministrators(t *testing.T) {
	t.Parallel()
	p, _ := startOffice(t, inesAdministers)
	stranger, kim, ines := guest(t, p), as(t, p, "user:default/kim"), as(t, p, "user:default/ines")
	tried := 0
	for _, route := range p.App.Routes() {
		if !strings.HasPrefix(route.Path, "/admin") && !strings.HasPrefix(route.Path, "/api/admin") {
			continue
		}
		if route.Permission == "" {
			t.Errorf("%s does not say which permission it needs", route.Name)
		}
		path := variable.ReplaceAllString(route.Path, "1")
		for _, method := range route.Methods {
			tried++
			if res := send(t, p, stranger(method, path), ""); res.Status != http.StatusUnauthorized {
				t.Errorf("%s %s of a guest = %d", method, path, res.Status)
			}
			if res := send(t, p, kim(method, path), ""); res.Status != http.StatusForbidden || !strings.Contains(res.Body, route.Permission) {
				t.Errorf("%s %s of a member = %d %s", method, path, res.Status, res.Body)
			}
			res := send(t, p, ines(method, path), "")
			asks := path != route.Path || res.Status == http.StatusBadRequest // for what is not there, or for nothing
			if res.Status >= http.StatusBadRequest && (!asks || res.Status == http.StatusForbidden || res.Status == http.StatusUnauthorized || res.Status >= http.StatusInternalServerError) {
				t.Errorf("%s %s of an administrator = %d %s", method, path, res.Status, res.Body)
			}
		}
	}
	if tried < 20 {
		t.Errorf("only %d routes administrate", tried)
	}
	for _, reader := range []struct {
		name string
		ask  func(method, path string) *http.Request
		sees bool
	}{{"guest", stranger, false}, {"member", kim, false}, {"administrator", ines, true}} {
		if got := strings.Contains(p.Do(t, reader.ask(http.MethodGet, "/")).Body, `href="/admin/audit"`); got != reader.sees {
			t.Errorf("the navigation of a %s has the audit log: %t", reader.name, got)
		}
	}
}

// entries reads the log as an administrator.
func entries(t *testing.T, p *portaltest.Portal, ask func(method, path string) *http.Request, query string) []audit.Entry {
	t.Helper()
	res := send(t, p, ask(http.MethodGet, "/api/admin/audit"+query), "")
	var answer struct{ Items []audit.Entry }
	if err := json.Unmarshal([]byte(res.Body), &answer); err != nil || res.Status != http.StatusOK {
		t.Fatalf("GET /api/admin/audit%s = %d, %v: %s", query, res.Status, err, res.Body)
	}
	return answer.Items
}

// TestCatalogChangesAreRecorded: whatever a person changes in the catalog, or
// tries to, is in the audit log with who it was.
func TestCatalogChangesAreRecorded(t *testing.T) {
	t.Parallel()
	p, _ := startOffice(t, inesAdministers)
	kim, ines := as(t, p, "user:default/kim"), as(t, p, "user:default/ines")
	const component = "/api/catalog/entities/by-name/component/default/ines"
	for _, tt := range []struct {
		name               string
		who                func(method, path string) *http.Request
		method, path, body string
		want               audit.Entry
		before, after      string // are in the documents; empty is no document
	}{
		{"refresh", kim, "POST", "/api/catalog/refresh", `{"entityRef": "component:default/ines"}`,
			audit.Entry{Actor: "user:default/kim", Action: "catalog.entity.refresh", Resource: "component:default/ines", Outcome: audit.Done}, "", ""},
		{"refused delete", kim, "DELETE", component + "?suppress=true", "",
			audit.Entry{Actor: "user:default/kim", Action: "catalog.entity.delete", Resource: "component:default/ines", Outcome: audit.Denied}, "", ""},
		{"failed delete", ines, "DELETE", component, "",
			audit.Entry{Actor: "user:default/ines", Action: "catalog.entity.delete", Resource: "component:default/ines", Outcome: audit.Failed}, "", ""},
		{"delete", ines, "DELETE", component + "?suppress=true", "",
			audit.Entry{Actor: "user:default/ines", Action: "catalog.entity.delete", Resource: "component:default/ines", Outcome: audit.Done}, `"owner":"web"`, ""},
		{"restore", ines, "POST", component + "/restore", "",
			audit.Entry{Actor: "user:default/ines", Action: "catalog.entity.restore", Resource: "component:default/ines", Outcome: audit.Done}, "", `"owner":"web"`},
		{"failed register", ines, "POST", "/api/catalog/locations", `{"type": "file", "target": "/etc/passwd"}`,
			audit.Entry{Actor: "user:default/ines", Action: "catalog.location.register", Resource: "file:/etc/passwd", Outcome: audit.Failed}, "", ""},
		{"refused unregister", kim, "DELETE", "/api/catalog/locations/none", "",
			audit.Entry{Actor: "user:default/kim", Action: "catalog.location.unregister", Resource: "none", Outcome: audit.Denied}, "", ""},
		{"refused release", kim, "POST", "/api/catalog/providers/files/release", "",
			audit.Entry{Actor: "user:default/kim", Action: "catalog.provider.release", Resource: "provider:files", Outcome: audit.Denied}, "", ""},
	} {
		res := send(t, p, tt.who(tt.method, tt.path), tt.body)
		got := entries(t, p, ines, "?limit=1")[0]
		if got.Actor != tt.want.Actor || got.Action != tt.want.Action || got.Resource != tt.want.Resource || got.Outcome != tt.want.Outcome {
			t.Errorf("after %s (%d %s) the log has %+v", tt.name, res.Status, res.Body, got)
		}
		if got.RequestID == "" || got.RemoteAddr != "127.0.0.1" || got.RequestID != res.Header.Get("X-Request-Id") {
			t.Errorf("%s is recorded as request %q from %q", tt.name, got.RequestID, got.RemoteAddr)
		}
		for doc, part := range map[*json.RawMessage]string{&got.Before: tt.before, &got.After: tt.after} {
			if !strings.Contains(string(*doc), part) || (part == "") != (len(*doc) == 0) {
				t.Errorf("%s is recorded with %s, want %q", tt.name, *doc, part)
			}
		}
	}
}

// TestAuditIsFound: by filter, page by page, entry by entry, as lines, and by
// command.
func TestAuditIsFound(t *testing.T) {
	t.Parallel()
	p, _ := startOffice(t, inesAdministers)
	kim, ines := as(t, p, "user:default/kim"), as(t, p, "user:default/ines")
	for range 3 {
		send(t, p, kim(http.MethodPost, "/api/catalog/refresh"), `{"entityRef": "component:default/ines"}`)
	}
	send(t, p, kim(http.MethodDelete, "/api/catalog/entities/by-name/component/default/ines"), "")
	for query, want := range map[string]int{
		"?actor=user:default/kim&action=catalog.entity.refresh": 3,
		"?outcome=denied": 1, "?resource=component:default/ines": 4, "?since=1h&resource=component:default/ines": 4,
		"?since=2999-01-01": 0, "?until=2000-01-01T10:00": 0, "?actor=nobody": 0,
	} {
		if got := entries(t, p, ines, query); len(got) != want {
			t.Errorf("GET /api/admin/audit%s has %d entries, want %d", query, len(got), want)
		}
	}
	for _, query := range []string{"?since=soon", "?until=1e9d", "?outcome=good", "?before=1", "?before=0.0", "?before=a.b", "?limit=0", "?limit=401", "?limit=x"} {
		if res := send(t, p, ines(http.MethodGet, "/api/admin/audit"+query), ""); res.Status != http.StatusBadRequest {
			t.Errorf("GET /api/admin/audit%s = %d %s", query, res.Status, res.Body)
		}
	}
	checkCursor(t, p, ines)
	checkPages(t, p, ines)
	checkExport(t, p, ines)
}

func checkCursor(t *testing.T, p *portaltest.Portal, ines func(method, path string) *http.Request) {
	t.Helper()
	var seen []int64
	for next := "?resource=component:default/ines&limit=3"; next != ""; {
		var answer struct {
			Items []audit.Entry
			Next  string
		}
		res := send(t, p, ines(http.MethodGet, "/api/admin/audit"+next), "")
		if err := json.Unmarshal([]byte(res.Body), &answer); err != nil {
			t.Fatalf("%v: %s", err, res.Body)
		}
		for _, e := range answer.Items {
			seen = append(seen, e.ID)
		}
		if next = ""; answer.Next != "" {
			next = "?resource=component:default/ines&limit=3&before=" + answer.Next
		}
	}
	if newest := slices.IsSortedFunc(seen, func(a, b int64) int { return int(b - a) }); len(seen) != 4 || !newest {
		t.Errorf("page by page the log has the entries %d", seen)
	}
}

func checkPages(t *testing.T, p *portaltest.Portal, ines func(method, path string) *http.Request) {
	t.Helper()
	for path, want := range map[string][]string{
		"/admin/audit?outcome=denied":             {"catalog.entity.delete", "user:default/kim", "Show all", `value="auth.signin"`},
		"/admin/audit?actor=nobody":               {"No entry is like that"},
		"/admin/audit?since=soon":                 {"is no time", `value="soon"`},
		"/admin/audit?actor=%22%3E%3Cb":           {`value="&#34;&gt;&lt;b"`},
		"/admin/audit/99999":                      {"There is no entry 99999"},
		"/admin/audit/" + strings.Repeat("9", 40): {"There is no such entry"},
		"/admin/audit/" + strconv.FormatInt(entries(t, p, ines, "?outcome=denied")[0].ID, 10): {"<h1>catalog.entity.delete</h1>", "denied", "127.0.0.1"},
	} {
		body := p.Do(t, ines(http.MethodGet, path)).Body
		for _, part := range want {
			if !strings.Contains(body, part) {
				t.Errorf("GET %s lacks %q:\n%s", path, part, body)
			}
		}
	}
}

// checkExport compares what the API and the command write.
func checkExport(t *testing.T, p *portaltest.Portal, ines func(method, path string) *http.Request) {
	t.Helper()
	res := send(t, p, ines(http.MethodGet, "/api/admin/audit.jsonl?resource=component:default/ines"), "")
	if lines := jsonLines(t, res.Body); len(lines) != 4 || lines[0].ID > lines[3].ID || lines[3].Outcome != audit.Denied {
		t.Errorf("GET /api/admin/audit.jsonl = %d %s", res.Status, res.Body)
	}
	run := func(args ...string) (int, string) {
		var out bytes.Buffer
		code := portal.Run(t.Context(), &portal.Program{
			Args: append([]string{"acme", "audit", "--database", databaseOf(t, p), "--data", t.TempDir(), "--resource", "component:default/ines"}, args...), Stdout: &out, Stderr: &out,
			Packages: []func(do.Injector){standard.Package()},
			Env:      func(string) (string, bool) { return "", false },
		})
		return code, out.String()
	}
	if code, out := run("--since", "1h", "--json"); code != portal.ExitOK || out != res.Body {
		t.Errorf("audit --json = %d:\n%s\nthe export is\n%s", code, out, res.Body)
	}
	if code, out := run("--outcome", "denied"); code != portal.ExitOK || !hasLine(out, "user:default/kim", "catalog.entity.delete", "component:default/ines", "denied") {
		t.Errorf("audit = %d:\n%s", code, out)
	}
	if code, out := run("--since", "soon"); code == portal.ExitOK || !strings.Contains(out, "--since is no time") {
		t.Errorf("audit --since soon = %d:\n%s", code, out)
	}
}

func jsonLines(t *testing.T, text string) []audit.Entry {
	t.Helper()
	var all []audit.Entry
	for scan := bufio.NewScanner(strings.NewReader(text)); scan.Scan(); {
		var e audit.Entry
		if err := json.Unmarshal(scan.Bytes(), &e); err != nil {
			t.Errorf("%v: %s", err, scan.Text())
		}
		all = append(all, e)
	}
	return all
}

var brew = jobs.Define[map[string]string]("tea.brew", nil)

// kettle is a package whose job fails as long as it is told to, and whose
// health says why.
func kettle(work func() error) func(do.Injector) {
	return func(i do.Injector) {
		module.Contribute(i, func(i do.Injector) (module.HomeLead, error) {
			q, err := do.Invoke[jobs.Queue](i)
			if err != nil {
				return module.HomeLead{}, err
			}
			handler := brew.Handler(func(context.Context, *jobs.Job[map[string]string]) error { return work() }, nil)
			return module.HomeLead{ID: "tea.lead", Text: func(*http.Request) (string, error) { return "", nil }}, q.Register(handler)
		})
		module.Provide(i, func(do.Injector) (*cold, error) { return &cold{}, nil })
	}
}

type cold struct{}

func (*cold) HealthName() string { return "kettle" }
func (*cold) CheckHealth(context.Context) error {
	return &callboard.Error{Code: callboard.CodeUnavailable, Message: "the <b>kettle</b> is cold"}
}

// TestJobsAreSteered: a job that failed is found, run again and cancelled, and
// each is in the audit log.
func TestJobsAreSteered(t *testing.T) {
	t.Parallel()
	p, _ := startOffice(t, inesAdministers, kettle(func() error { return jobs.Cancel(errors.New("no <b>water</b>")) }))
	ines, kim := as(t, p, "user:default/ines"), as(t, p, "user:default/kim")
	q, err := do.Invoke[jobs.Queue](p.App.Injector())
	if err != nil {
		t.Fatal(err)
	}
	add := func(at time.Time) string {
		t.Helper()
		ticket, err := brew.Enqueue(t.Context(), q, map[string]string{"leaf": "oolong", "apiToken": "hunter2"}, &jobs.Options{RunAt: at})
		if err != nil {
			t.Fatal(err)
		}
		return strconv.FormatInt(ticket.ID, 10)
	}
	state := func(id, want string) {
		t.Helper()
		for deadline := time.Now().Add(2 * time.Minute); ; {
			res := send(t, p, ines(http.MethodGet, "/api/admin/jobs/"+id), "")
			if strings.Contains(res.Body, `"state":"`+want+`"`) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("job %s does not become %s: %s", id, want, res.Body)
			}
		}
	}
	spoilt, later := add(time.Time{}), add(time.Now().Add(time.Hour))
	state(spoilt, "cancelled")
	for path, want := range map[string][]string{
		"/admin/jobs":                     {"tea.brew", "no &lt;b&gt;water", "Scheduled"},
		"/admin/jobs?state=running":       {"No jobs"},
		"/admin/jobs?kind=tea.brew":       {"Jobs of the kind tea.brew", "All kinds"},
		"/admin/jobs/" + spoilt:           {"oolong", "Attempt 1", "Run again"},
		"/admin/jobs/" + later:            {"Run now", "Cancel"},
		"/api/admin/jobs?limit=1":         {`"next":"` + later + `"`, `"counts":[{"kind":"tea.brew"`},
		"/api/admin/jobs?before=" + later: {`"id":` + spoilt},
	} {
		res := p.Do(t, ines(http.MethodGet, path))
		for _, part := range want {
			if !strings.Contains(res.Body, part) {
				t.Errorf("GET %s = %d lacks %q:\n%s", path, res.Status, part, res.Body)
			}
		}
		if strings.Contains(res.Body, "hunter2") {
			t.Errorf("GET %s tells the token", path)
		}
	}
	for _, query := range []string{"?state=broken", "?before=x", "?limit=0"} {
		if res := send(t, p, ines(http.MethodGet, "/api/admin/jobs"+query), ""); res.Status != http.StatusBadRequest {
			t.Errorf("GET /api/admin/jobs%s = %d", query, res.Status)
		}
	}
	for _, tt := range []struct {
		ask          func(method, path string) *http.Request
		path, action string
		id           string
		status       int
		outcome      audit.Outcome
		after        string
	}{
		{ines, "/admin/jobs/", "cancel", later, http.StatusSeeOther, audit.Done, `"state":"cancelled"`},
		{ines, "/api/admin/jobs/", "retry", later, http.StatusOK, audit.Done, `"kind":"tea.brew"`},
		{kim, "/admin/jobs/", "retry", spoilt, http.StatusForbidden, audit.Denied, ""},
		{kim, "/api/admin/jobs/", "cancel", spoilt, http.StatusForbidden, audit.Denied, ""},
	} {
		res := send(t, p, tt.ask(http.MethodPost, tt.path+tt.id+"/"+tt.action), "")
		got := entries(t, p, ines, "?limit=1")[0]
		if res.Status != tt.status || got.Action != "admin.jobs."+tt.action || got.Outcome != tt.outcome || !strings.Contains(string(got.After), tt.after) || tt.outcome == audit.Done && got.Resource != "job:"+tt.id {
			t.Errorf("%s of job %s = %d, recorded as %+v", tt.action, tt.id, res.Status, got)
		}
	}
	state(later, "cancelled") // it ran and gave up
}

// TestPartsAreShown: modules with who brought them, routes, health with its
// reason, and a configuration without its secrets.
func TestPartsAreShown(t *testing.T) {
	t.Parallel()
	const token = "an-administrators-token-of-32-characters"
	p, _ := startOffice(t, inesAdministers+"\nadmin: {token: "+token+"}", kettle(func() error { return nil }))
	ines := as(t, p, "user:default/ines")
	for path, want := range map[string][]string{
		"/admin/modules":                      {"portal/admin", "catalog.Provider", "permission.Declaration", "/api/catalog", "admin_test.go:"},
		"/api/admin/modules":                  {`"id":"admin","package":"github.com/callboard/callboard/portal/admin"`, `"point":"module.HomeLead","key":"tea.lead"`},
		"/admin/routes":                       {"/admin/audit/{id:", "admin.audit.read", "not said"},
		"/admin/routes?module=admin":          {"admin.health", "Show all"},
		"/admin/routes?module=none":           {"No such module"},
		"/api/admin/routes":                   {`"name":"admin.api.health","module":"admin","permission":"admin.health.read"`},
		"/admin/configuration":                {"admin.token", "***", "catalog.locations", "portal.yaml:"},
		"/admin/configuration?q=ADMIN.token":  {"admin.token", "***"},
		"/admin/configuration?q=%22%3E%3Cb":   {"No such setting", `value="&#34;&gt;&lt;b"`},
		"/api/admin/configuration?q=admin.to": {`"path":"admin.token","value":"***","from":"portal.yaml:`},
		"/admin/health":                       {"fails", "kettle", "the &lt;b&gt;kettle&lt;/b&gt; is cold", `href="/locations"`, "This replica"},
		"/api/admin/health":                   {`"status":"failing"`, `"name":"kettle","status":"failing","reason":"the <b>kettle</b> is cold"`, `"leases":[`},
	} {
		res := p.Do(t, ines(http.MethodGet, path))
		for _, part := range want {
			if res.Status != http.StatusOK || !strings.Contains(res.Body, part) {
				t.Errorf("GET %s = %d lacks %q:\n%s", path, res.Status, part, res.Body)
			}
		}
		if strings.Contains(res.Body, token) {
			t.Errorf("GET %s tells the administrator's token", path)
		}
	}
}

// TestMetricsOfThePortal: with a token from elsewhere, and the catalog's size.
func TestMetricsOfThePortal(t *testing.T) {
	t.Parallel()
	const token = "an-administrators-token-of-32-characters"
	p, _ := startOffice(t, "admin: {token: "+token+"}")
	ask := func(r *http.Request, bearer string) portaltest.Response {
		r.Header.Set("X-Forwarded-For", "192.0.2.7")
		if bearer != "" {
			r.Header.Set("Authorization", "Bearer "+bearer)
		}
		return p.Do(t, r)
	}
	if res := ask(guest(t, p)(http.MethodGet, "/metrics"), token); res.Status != http.StatusOK || !strings.Contains(res.Body, `callboard_catalog_entities{kind="User"} 3`) {
		t.Errorf("GET /metrics with a token = %d\n%s", res.Status, res.Body)
	}
	if res := ask(guest(t, p)(http.MethodGet, "/metrics"), ""); res.Status != http.StatusUnauthorized {
		t.Errorf("GET /metrics of a guest from elsewhere = %d", res.Status)
	}
	if res := ask(as(t, p, "user:default/kim")(http.MethodGet, "/metrics"), ""); res.Status == http.StatusOK {
		t.Errorf("GET /metrics of a member from elsewhere = %d", res.Status)
	}
}
