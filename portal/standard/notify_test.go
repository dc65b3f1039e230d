// SPDX-License-Identifier: Apache-2.0

package standard_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/samber/do/v2"

	"github.com/callboard/callboard/portal"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/notify"
	"github.com/callboard/callboard/portal/notify/notifytest"
	"github.com/callboard/callboard/portal/portaltest"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
	"github.com/callboard/callboard/portal/standard"
	"github.com/callboard/callboard/portal/ui/uitest"
)

// tower is a company in which kim owns what ines may not see.
const tower = `apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: web}
spec: {type: team, children: [inner]}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: inner}
spec: {type: team, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: ines}
spec: {profile: {displayName: Ines, email: ines@acme.example}, memberOf: [inner]}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: kim}
spec: {profile: {displayName: Kim, email: kim@acme.example}, memberOf: []}
`

const gate = `apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: gate, title: The gate, description: old, labels: {visibility: open}}
spec: {type: service, lifecycle: production, owner: web}
`

const towerRoles = `
name: Acme
permission:
  admins: [user:kim]
  bindings: [{roles: [shy], to: [user:ines]}]
  roles:
    - id: shy
      allow: [{permissions: ["*.read", "notify.inbox.*"]}]
      deny: [{permissions: [catalog.entity.read], when: {rule: has-label, values: [visibility, secret]}}]
`

// postOffice runs a portal with the company and a channel that keeps what it
// is given.
func postOffice(t *testing.T) (p *portaltest.Portal, mail *notifytest.Recorder, file string) {
	t.Helper()
	dir := t.TempDir()
	file = filepath.Join(dir, "gate.yaml")
	put(t, filepath.Join(dir, "tower.yaml"), tower)
	put(t, file, gate)
	mail = &notifytest.Recorder{Name: "pigeon"}
	p = portaltest.StartConfig(t, towerRoles+fmt.Sprintf("notify: {topics: {catalog.change: [web, pigeon]}}\ncatalog:\n  locations: [{type: file, target: %q}, {type: file, target: %q}]\n", filepath.Join(dir, "tower.yaml"), file),
		standard.Package(), func(i do.Injector) {
			module.Contribute(i, func(do.Injector) (notify.Channel, error) { return mail, nil })
		})
	p.WaitFor(t, "/signin", "Ines", "Kim")
	p.As(t, "user:default/kim").WaitFor(t, "/catalog/default/component/gate", "<h1>The gate</h1>")
	return p, mail, file
}

func put(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+".new", file); err != nil { // at once: half a file would be a change of its own
		t.Fatal(err)
	}
}

func follow(t *testing.T, p *portaltest.Portal, key, state string) portaltest.Response {
	t.Helper()
	return p.Post(t, "/notifications/follow", url.Values{"kind": {"entity"}, "key": {key}, "state": {state}, "next": {"/catalog/default/component/gate"}})
}

// TestFollow is the story of somebody who follows a component: it changes, it
// breaks, it becomes a secret, and it goes.
func TestFollow(t *testing.T) {
	t.Parallel()
	p, mail, file := postOffice(t)
	ines, kim := p.As(t, "user:default/ines"), p.As(t, "user:default/kim")
	page := ines.Get(t, "/catalog/default/component/gate").Body
	if !strings.Contains(page, `action="/notifications/follow"`) || !strings.Contains(page, "Follow") || !strings.Contains(page, `id="bell"`) {
		t.Fatalf("the page has no button to follow, or no bell:\n%s", page)
	}
	for _, reader := range []*portaltest.Portal{ines, kim} {
		if res := follow(t, reader, "component:default/gate", "on"); res.Status != http.StatusSeeOther || res.Header.Get("Location") != "/catalog/default/component/gate" {
			t.Fatalf("follow = %d to %q", res.Status, res.Header.Get("Location"))
		}
	}
	if page := ines.Get(t, "/catalog/default/component/gate").Body; !strings.Contains(page, "Unfollow") {
		t.Error("the page does not say that it is followed")
	}
	ines.WaitFor(t, "/settings/notifications", "The gate", "Unfollow", "Changes of what you follow", "The channel pigeon", "portal’s default")

	t.Log("it changes")
	put(t, file, strings.Replace(gate, "old", "new", 1))
	for _, reader := range []*portaltest.Portal{ines, kim} {
		reader.WaitFor(t, "/notifications", "The gate was changed", "Changed: description.", "Changes of what you follow", ">new<")
	}
	bell := ines.Get(t, "/catalog").Body
	if !strings.Contains(bell, `<span class="badge" aria-hidden="true">1</span>`) {
		t.Errorf("the bell does not say 1")
	}
	waitUntil(t, "the channel has both", func() bool { return len(mail.Kept()) >= 2 })

	t.Log("opening it leads there, and reads it")
	link := regexp.MustCompile(`/notifications/[A-Z2-7]{26}`).FindString(ines.Get(t, "/notifications").Body)
	if res := ines.Get(t, link); res.Status != http.StatusSeeOther || res.Header.Get("Location") != "/catalog/default/component/gate" {
		t.Errorf("GET %s = %d to %q", link, res.Status, res.Header.Get("Location"))
	}
	if res := kim.Get(t, link); res.Status != http.StatusNotFound {
		t.Errorf("kim opens what is for ines: %d", res.Status)
	}
	ines.WaitFor(t, "/notifications?show=unread", "You have read everything")

	t.Log("it breaks: who follows hears of it, and so does the team that owns it")
	put(t, file, strings.Replace(gate, "type: service, ", "", 1))
	ines.WaitFor(t, "/notifications?topic=catalog.problem", "Something is wrong with gate", "Problems of what you own or follow")

	t.Log("it becomes a secret, which ines does not hear of")
	told := len(mail.Kept())
	put(t, file, strings.NewReplacer("old", "xyzzy", "visibility: open", "visibility: secret").Replace(gate))
	kim.WaitFor(t, "/notifications", "Changed: description, labels.")
	waitUntil(t, "kim is told of it", func() bool { return len(mail.Kept()) > told })
	for _, d := range mail.Kept()[told:] {
		if d.Person.Ref != "user:default/kim" {
			t.Errorf("%s is told %q", d.Person.Ref, d.Title)
		}
	}
	if body := ines.Get(t, "/notifications").Body; strings.Contains(body, "labels") {
		t.Error("ines reads of a change that she may not see")
	}
	if res := follow(t, ines, "component:default/gate", "on"); res.Status != http.StatusNotFound {
		t.Errorf("ines follows what she may not see: %d", res.Status)
	}

	t.Log("it goes")
	put(t, file, strings.Replace(gate, "name: gate", "name: door", 1))
	kim.WaitFor(t, "/notifications", "The gate was deleted")
	if body := ines.Get(t, "/notifications").Body; strings.Contains(body, "was deleted") {
		t.Error("ines reads that a secret is gone")
	}
	if res := follow(t, ines, "component:default/gate", "off"); res.Status != http.StatusSeeOther {
		t.Errorf("unfollow = %d", res.Status)
	}
	if body := ines.Get(t, "/settings/notifications").Body; !strings.Contains(body, "You follow nothing yet") {
		t.Error("ines still follows something")
	}
}

func waitUntil(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !ok(); <-time.After(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never came that %s", what)
		}
	}
}

// TestOwnersHearOfProblems: what is wrong with what a group owns is one
// notification to its people, which names nothing, and those of one problem
// name it, on both engines.
func TestOwnersHearOfProblems(t *testing.T) {
	t.Parallel()
	sqldbtest.EachURL(t, func(t *testing.T, database string) {
		t.Parallel()
		dir := t.TempDir()
		file := filepath.Join(dir, "gate.yaml")
		put(t, filepath.Join(dir, "tower.yaml"), tower)
		broken := strings.Replace(gate, "type: service, ", "", 1)
		put(t, file, broken+"---\n"+strings.Replace(broken, "name: gate", "name: door", 1))
		p := portaltest.StartConfig(t, fmt.Sprintf("database: %q\ncatalog: {locations: [{type: file, target: %q}, {type: file, target: %q}]}\n", database, filepath.Join(dir, "tower.yaml"), file), standard.Package())
		p.WaitFor(t, "/signin", "Ines", "Kim")
		ines, kim := p.As(t, "user:default/ines"), p.As(t, "user:default/kim")
		ines.WaitFor(t, "/notifications", "2 new problems in what web owns", `>1</span>`)
		if body := kim.Get(t, "/notifications").Body; strings.Contains(body, "problem") && !strings.Contains(body, "No notifications yet") {
			t.Error("kim hears of what others own")
		}
		put(t, file, gate+"---\n"+strings.Replace(strings.Replace(broken, "name: gate", "name: door", 1), "lifecycle: production, ", "", 1))
		body := ines.WaitFor(t, "/notifications", "Something is wrong with door", "2 times").Body
		if strings.Contains(body, "2 new problems") {
			t.Error("the earlier notification is still there")
		}
	})
}

// TestFollowByMail follows a component to an SMTP server, a webhook and a page
// of the configuration that tells no secrets.
func TestFollowByMail(t *testing.T) {
	t.Parallel()
	mail := notifytest.NewMailServer(t)
	mail.NoTLS = true
	mail.Username, mail.Password = "portal", "a-very-secret-password"
	mail.Start()
	hook := notifytest.NewServer(t, func(s *notifytest.Server, w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get("webhook-signature") == "" {
			t.Errorf("a webhook without signature, %v", err)
		}
		s.Keep(string(body))
	})
	dir := t.TempDir()
	file := filepath.Join(dir, "gate.yaml")
	put(t, filepath.Join(dir, "tower.yaml"), tower)
	put(t, file, gate)
	p := portaltest.StartConfig(t, towerRoles+fmt.Sprintf(`
baseURL: http://127.0.0.1:7007
fetch: {allowPrivate: [127.0.0.1]}
notify:
  topics: {catalog.change: [web, email]}
  email: {host: 127.0.0.1, port: %d, tls: none, username: portal, password: a-very-secret-password, from: "Portal <portal@acme.example>"}
  webhooks: [{id: hub, url: %q, secrets: [whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=], topics: [catalog.change]}]
  slack: {rooms: [{id: room, url: "https://hooks.slack.com/services/very-secret-path", topics: [other]}]}
catalog:
  locations: [{type: file, target: %q}, {type: file, target: %q}]
`, mail.Port, hook.URL+"/very-secret-path", filepath.Join(dir, "tower.yaml"), file), standard.Package())
	p.WaitFor(t, "/signin", "Ines", "Kim")
	ines, kim := p.As(t, "user:default/ines"), p.As(t, "user:default/kim")
	ines.WaitFor(t, "/catalog/default/component/gate", "<h1>The gate</h1>")
	follow(t, ines, "component:default/gate", "on")
	put(t, file, strings.Replace(gate, "old", "new", 1))
	waitUntil(t, "the mail comes", func() bool { return len(mail.Mails()) > 0 })
	m := mail.Mails()[0]
	if m.To != "ines@acme.example" || m.Message.Header.Get("Subject") != "The gate was changed" ||
		!strings.Contains(m.Text, "Changed: description.") || !strings.Contains(m.Text, "http://127.0.0.1:7007/catalog/default/component/gate") {
		t.Errorf("mail to %s:\n%s", m.To, m.Raw)
	}
	waitUntil(t, "the webhook comes", func() bool { return len(hook.Kept()) > 0 })
	if got := hook.Kept()[0]; !strings.Contains(got, `"title":"The gate was changed"`) || !strings.Contains(got, `"recipients":["user:default/ines"]`) {
		t.Errorf("webhook = %s", got)
	}
	for _, path := range []string{"/api/admin/configuration", "/admin/configuration", "/api/admin/jobs", "/settings/notifications"} {
		if body := kim.Get(t, path).Body; strings.Contains(body, "very-secret") || strings.Contains(body, "whsec_AA") || len(body) < 100 {
			t.Errorf("GET %s tells a secret, or nothing", path)
		}
	}
}

// call sends JSON with a bearer token.
func call(t *testing.T, p *portaltest.Portal, token, method, path, body string) (portaltest.Response, map[string]any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, p.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	req.Header.Set("Content-Type", "application/json")
	res := p.Do(t, req)
	var doc map[string]any
	_ = json.Unmarshal([]byte(res.Body), &doc)
	return res, doc
}

// TestNotificationsAPI asks as clients of the Backstage backend do.
func TestNotificationsAPI(t *testing.T) {
	t.Parallel()
	const token = "an-administrator-of-thirty-two-letters"
	dir := t.TempDir()
	put(t, filepath.Join(dir, "tower.yaml"), tower)
	p := portaltest.StartConfig(t, towerRoles+fmt.Sprintf("admin: {token: %q}\ncatalog: {locations: [{type: file, target: %q}]}\n", token, filepath.Join(dir, "tower.yaml")), standard.Package())
	p.WaitFor(t, "/signin", "Ines", "Kim")
	ines, kim := p.As(t, "user:default/ines"), p.As(t, "user:default/kim")
	const api = "/api/notifications"
	send := func(reader *portaltest.Portal, token, body string) portaltest.Response {
		res, _ := call(t, reader, token, http.MethodPost, api+"/notifications", body)
		return res
	}
	good := `{"recipients":{"type":"entity","entityRef":["group:default/web","user:default/kim"],"excludeEntityRef":"user:default/kim"},
		"payload":{"title":"<b>Deploy</b>","description":"4.2 & more","link":"/catalog","severity":"high","topic":"deploys","scope":"d","metadata":{"x":1}}}`
	for _, tt := range []struct {
		who    *portaltest.Portal
		token  string
		body   string
		status int
	}{
		{p, "", good, http.StatusUnauthorized}, {ines, "", good, http.StatusForbidden}, {p, token, good, http.StatusAccepted}, {kim, "", good, http.StatusAccepted},
		{p, token, strings.Replace(good, "/catalog", "javascript:alert(1)", 1), http.StatusBadRequest},
		{p, token, strings.Replace(good, `"entity"`, `"planet"`, 1), http.StatusBadRequest},
		{p, token, strings.Replace(good, `"high"`, `"loud"`, 1), http.StatusBadRequest},
		{p, token, `{"recipients":{"type":"entity","entityRef":"*"},"payload":{"title":"x"}}`, http.StatusBadRequest},
		{p, token, `{"recipients":{"type":"entity"},"payload":{"title":"x"}}`, http.StatusBadRequest},
		{p, token, `{"recipients":{"type":"broadcast"},"payload":{"title":"All of you"}}`, http.StatusAccepted},
	} {
		if res := send(tt.who, tt.token, tt.body); res.Status != tt.status {
			t.Errorf("POST %.90s = %d %s, want %d", tt.body, res.Status, res.Body, tt.status)
		}
	}
	ines.WaitFor(t, api, "Deploy", "All of you")
	ines.WaitFor(t, api+"?search=deploy", `"totalCount":2`) // of two origins
	if body := kim.WaitFor(t, api, "All of you").Body; strings.Contains(body, "Deploy") {
		t.Errorf("kim is told what excludes them: %s", body)
	}
	_, doc := call(t, ines, "", http.MethodGet, api+"?search=deploy&minimumSeverity=high&read=false&limit=1&offset=1&topic="+"notify.external", "")
	list, _ := doc["notifications"].([]any)
	if len(list) != 1 {
		t.Fatalf("list = %v", doc)
	}
	n := list[0].(map[string]any)
	payload := n["payload"].(map[string]any)
	if n["user"] != "user:default/ines" || n["origin"] != "service:admin" && n["origin"] != "user:default/kim" || payload["title"] != "<b>Deploy</b>" || payload["scope"] != "d" ||
		payload["severity"] != "high" || payload["link"] != "/catalog" || payload["description"] != "4.2 & more" || n["read"] != nil {
		t.Errorf("notification = %v", n)
	}
	if page := ines.Get(t, "/notifications").Body; strings.Contains(page, "<b>Deploy") || !strings.Contains(page, "&lt;b&gt;Deploy") {
		t.Error("the page has the markup of a title")
	}
	id := n["id"].(string)
	res, _ := call(t, ines, "", http.MethodPost, api+"/notifications/update", fmt.Sprintf(`{"ids":[%q],"read":true,"saved":true}`, id))
	if res.Status != http.StatusOK || !strings.Contains(res.Body, `"read":"`) || !strings.Contains(res.Body, `"saved":"`) {
		t.Errorf("update = %d %s", res.Status, res.Body)
	}
	for path, want := range map[string]string{
		"/status": `{"unread":2,"read":1}`, "/topics": `{"topics":["notify.external"]}`, "/notifications/" + id: `"id":"` + id + `"`,
		"?saved=true": `"totalCount":1`, "?createdAfter=2020-01-01": `"totalCount":3`, "?createdAfter=3020-01-01T00:00:00Z": `"notifications":[]`,
	} {
		var a, b any
		res := ines.Get(t, api+path)
		if json.Unmarshal([]byte(res.Body), &a) == nil && json.Unmarshal([]byte(want), &b) == nil && fmt.Sprint(a) == fmt.Sprint(b) {
			continue
		}
		if res.Status != http.StatusOK || !strings.Contains(strings.ReplaceAll(res.Body, " ", ""), want) {
			t.Errorf("GET %s = %d %s, want %s", path, res.Status, res.Body, want)
		}
	}
	for path, status := range map[string]int{
		"?limit=-1": 400, "?offset=x": 400, "?createdAfter=soon": 400, "?minimumSeverity=loud": 400, "/notifications/none": 404, "?search=%00": 400,
	} {
		if res := ines.Get(t, api+path); res.Status != status {
			t.Errorf("GET %s = %d, want %d", path, res.Status, status)
		}
	}
	if res := kim.Get(t, api+"/notifications/"+id); res.Status != http.StatusNotFound {
		t.Errorf("kim reads what is for ines: %d %s", res.Status, res.Body)
	}
	if audit := kim.Get(t, "/api/admin/audit?action=notify.send"); strings.Count(audit.Body, `"resource":"topic:notify.external"`) != 3 || !strings.Contains(audit.Body, `"actor":"service:admin"`) {
		t.Errorf("the audit log has %s", audit.Body)
	}
	if res := p.Get(t, "/notifications"); res.Status != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), "/signin?next=") {
		t.Errorf("a guest at the inbox: %d to %s", res.Status, res.Header.Get("Location"))
	}
}

// TestNotificationPages works the forms without scripts.
func TestNotificationPages(t *testing.T) {
	t.Parallel()
	p, _, _ := postOffice(t)
	ines := p.As(t, "user:default/ines")
	service, err := do.Invoke[*notify.Service](p.App.Injector())
	if err != nil {
		t.Fatal(err)
	}
	for n := range 65 {
		err := service.Send(t.Context(), nil, notify.Notification{To: []string{"user:default/ines"}, Topic: "notify.external", Origin: "t", Title: fmt.Sprintf("No %02d.", n), Text: strings.Repeat("word ", 200)})
		if err != nil {
			t.Fatal(err)
		}
	}
	first := ines.WaitFor(t, "/notifications", "No 64.", ">65<").Body
	next := regexp.MustCompile(`rel="next" href="([^"]+)"`).FindStringSubmatch(first)
	if next == nil || strings.Contains(first, "No 34.") {
		t.Fatal("the first page is no page of 30")
	}
	second := ines.Get(t, strings.ReplaceAll(next[1], "&amp;", "&")).Body
	if !strings.Contains(second, "No 34.") || !strings.Contains(second, "No 05.") || strings.Contains(second, "No 35.") {
		t.Error("the second page lacks what follows")
	}
	id := regexp.MustCompile(`name="id" value="([A-Z2-7]+)"`).FindStringSubmatch(first)[1]
	for _, form := range []url.Values{{"id": {id}, "read": {"true"}, "next": {"//evil.example"}}, {"id": {id}, "toggle": {"true"}, "state": {"on"}}} {
		if res := ines.Post(t, "/notifications/mark", form); res.Status != http.StatusSeeOther || res.Header.Get("Location") != "/notifications" {
			t.Errorf("mark = %d to %s", res.Status, res.Header.Get("Location"))
		}
	}
	if saved := ines.Get(t, "/notifications?show=saved").Body; !strings.Contains(saved, "No 64.") || strings.Contains(saved, "No 63.") || !strings.Contains(saved, "Mark as unread") {
		t.Error("what was saved and read is not among the saved")
	}
	ines.Post(t, "/notifications/read-all", url.Values{})
	ines.WaitFor(t, "/notifications?show=unread", "You have read everything")
	ines.WaitFor(t, "/notifications?q=nothing", "Nothing is like that")

	t.Log("choices")
	form := url.Values{"known": {"notify.external web", "notify.external pigeon"}, "on": {"notify.external pigeon"}, "from": {"22:00"}, "until": {"07:00"}, "zone": {"UTC"}}
	if res := ines.Post(t, "/settings/notifications", form); res.Status != http.StatusSeeOther {
		t.Errorf("choose = %d", res.Status)
	}
	ines.WaitFor(t, "/settings/notifications", "your choice", `value="22:00"`)
	for name, wrong := range map[string]url.Values{"zone": {"from": {"22:00"}, "until": {"07:00"}, "zone": {"Mars"}}, "time": {"from": {"late"}, "until": {""}}} {
		if res := ines.Post(t, "/settings/notifications", wrong); res.Status != http.StatusUnprocessableEntity || !strings.Contains(res.Body, `role="alert"`) {
			t.Errorf("a wrong %s = %d", name, res.Status)
		}
	}
	ines.Post(t, "/settings/notifications", url.Values{"defaults": {"yes"}})
	if body := ines.Get(t, "/settings/notifications").Body; strings.Contains(body, "your choice") {
		t.Error("the defaults are not back")
	}
	if res := p.Post(t, "/settings/notifications", form); res.Status != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), "/signin") {
		t.Errorf("a guest chooses: %d", res.Status)
	}
}

// TestBell: the number at the bell changes while a page is open, by the stream
// that all pages share.
func TestBell(t *testing.T) {
	t.Parallel()
	p, _, _ := postOffice(t)
	service, err := do.Invoke[*notify.Service](p.App.Injector())
	if err != nil {
		t.Fatal(err)
	}
	send := func(person, title string) {
		if err := service.Send(t.Context(), nil, notify.Notification{To: []string{person}, Topic: "notify.external", Origin: "t", Title: title}); err != nil {
			t.Error(err)
		}
	}
	ines := p.As(t, "user:default/ines")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL+"/notifications/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := ines.Client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	send("user:default/ines", "One")
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() && lines.Text() != "event: change" {
	}
	if lines.Text() != "event: change" {
		t.Fatalf("the stream ends without an event: %v", lines.Err())
	}
	if res := p.Get(t, "/notifications/live"); res.Status != http.StatusSeeOther {
		t.Errorf("a guest's stream = %d", res.Status)
	}

	session := p.SignIn(t, "user:default/ines")
	view := uitest.Views()[0]
	view.Cookies = map[string]string{session.Name: session.Value}
	tab := uitest.Open(t).Page(t, p.URL+"/apis", view)
	uitest.Do(t, tab.Ctx, chromedp.WaitReady(`.bell .badge`))
	send("user:default/ines", "Two")
	waitUntil(t, "the bell says 2", func() bool {
		return uitest.Eval[string](t, tab.Ctx, `document.querySelector(".bell .badge").textContent`) == "2"
	})
}

// TestNotifyCommand sends from the command line.
func TestNotifyCommand(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args []string
		want string
		code int
	}{
		{[]string{"notify", "send", "Hello", "--to", "user:default/ines"}, "Sent to user:default/ines.", 0},
		{[]string{"notify", "send", "Hello"}, "1 to 1000 people", portal.ExitFailure},
		{[]string{"notify", "send", "Hello", "--to", "x", "--link", "javascript:1"}, "path of the portal", portal.ExitFailure},
	} {
		var out strings.Builder
		code := portal.Run(t.Context(), &portal.Program{
			Packages: []func(do.Injector){standard.Package()}, Args: append([]string{"acme", "--data", t.TempDir()}, tt.args...),
			Stdout: &out, Stderr: &out, Env: func(string) (string, bool) { return "", false },
		})
		if code != tt.code || !strings.Contains(out.String(), tt.want) {
			t.Errorf("%v ends with %d and says:\n%s\nwant %d and %q", tt.args, code, out.String(), tt.code, tt.want)
		}
	}
}
