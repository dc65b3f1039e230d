// SPDX-License-Identifier: Apache-2.0

package standard_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal"
	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/auth/authtest"
	"github.com/callboard/callboard/portal/backup"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/portaltest"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/standard"
)

const office = `apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: ines, annotations: {acme.example/login: Ines-7}}
spec: {profile: {displayName: Ines Duarte, email: Ines@acme.example}, memberOf: [web]}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: kim}
spec: {profile: {displayName: Kim, email: kim@acme.example}, memberOf: []}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: kim, namespace: old}
spec: {profile: {displayName: Old Kim, email: KIM@acme.example}, memberOf: []}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: ines}
spec: {type: service, lifecycle: production, owner: web}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: web}
spec: {type: team, parent: shop, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: shop}
spec: {type: team, children: []}
`

// startOffice runs a portal whose catalog is the office, in a file that it
// returns.
func startOffice(t *testing.T, yaml string, packages ...func(do.Injector)) (p *portaltest.Portal, file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "office.yaml")
	if err := os.WriteFile(file, []byte(office), 0o600); err != nil {
		t.Fatal(err)
	}
	yaml += fmt.Sprintf("\ncatalog: {locations: [{type: file, target: %q}]}\n", file)
	p = portaltest.StartConfig(t, yaml, append(packages, standard.Package())...)
	p.WaitFor(t, "/api/catalog/entities/by-name/user/old/kim", "Old Kim")
	return p, file
}

// as returns a request of a browser with the cookie that signing in gives.
func as(t *testing.T, p *portaltest.Portal, person string) func(method, path string) *http.Request {
	t.Helper()
	cookie := p.SignIn(t, person)
	return func(method, path string) *http.Request {
		r, err := http.NewRequestWithContext(t.Context(), method, p.URL+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.AddCookie(cookie)
		return r
	}
}

func TestPeopleOfTheCatalog(t *testing.T) {
	t.Parallel()
	p, _ := startOffice(t, "")
	people, err := do.Invoke[auth.Directory](p.App.Injector())
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		lookup auth.Lookup
		want   []string
	}{
		{auth.Lookup{By: auth.ByName, Value: "INES"}, []string{"user:default/ines"}}, // and not the component
		{auth.Lookup{By: auth.ByName, Value: "kim"}, []string{"user:default/kim", "user:old/kim"}},
		{auth.Lookup{By: auth.ByName, Value: "\u212aim"}, nil}, // the Kelvin sign
		{auth.Lookup{By: auth.ByEmail, Value: "ines@ACME.example"}, []string{"user:default/ines"}},
		{auth.Lookup{By: auth.ByEmail, Value: "kim@acme.example"}, []string{"user:default/kim", "user:old/kim"}},
		{auth.Lookup{By: auth.ByAnnotation, Annotation: "acme.example/login", Value: "Ines-7"}, []string{"user:default/ines"}},
		{auth.Lookup{By: auth.ByAnnotation, Annotation: "acme.example/login", Value: "ines-7"}, nil},
		{auth.Lookup{By: auth.ByAnnotation, Annotation: "no'; --", Value: "x"}, nil},
	} {
		got, err := people.Find(t.Context(), tt.lookup)
		slices.Sort(got)
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("Find(%s) = %q, %v; want %q", tt.lookup, got, err, tt.want)
		}
	}
}

// TestNobodyElseThanPeople: a group or a component is nobody to be.
func TestNobodyElseThanPeople(t *testing.T) {
	t.Parallel()
	p, _ := startOffice(t, "")
	for _, ref := range []string{"group:default/web", "component:default/ines", "Group:web", "user:default/nobody", "", ":/", strings.Repeat("x", 2000)} {
		if res := p.Post(t, "/signin/local", url.Values{"person": {ref}}); res.Status < 400 || res.Status >= 500 || res.Header.Get("Set-Cookie") != "" {
			t.Errorf("signing in as %.40q = %d", ref, res.Status)
		}
	}
}

// TestChangedGroupsCount: who somebody is follows the catalog, without signing
// in anew; who has left it is nobody.
func TestChangedGroupsCount(t *testing.T) {
	t.Parallel()
	p, file := startOffice(t, "")
	ines := as(t, p, "user:default/ines")
	if res := p.Do(t, ines(http.MethodGet, "/api/auth/me")); !strings.Contains(res.Body, `"owns":["user:default/ines","group:default/web","group:default/shop"]`) {
		t.Errorf("GET /api/auth/me = %s", res.Body)
	}
	change := func(from, to string, done func(portaltest.Response) bool) {
		t.Helper()
		if err := os.WriteFile(file, []byte(strings.Replace(office, from, to, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		for t.Context().Err() == nil {
			if done(p.Do(t, ines(http.MethodGet, "/api/auth/me"))) {
				return
			}
		}
	}
	change("memberOf: [web]", "memberOf: [shop]", func(r portaltest.Response) bool {
		return strings.Contains(r.Body, `"owns":["user:default/ines","group:default/shop"]`)
	})
	change("kind: User\nmetadata: {name: ines,", "kind: User\nmetadata: {name: irene,", func(r portaltest.Response) bool { return r.Status == http.StatusUnauthorized })
	if res := p.Do(t, ines(http.MethodGet, "/settings")); res.Status != http.StatusSeeOther {
		t.Errorf("the settings of somebody who has left = %d", res.Status)
	}
}

// TestCrossOriginWrites: no route that changes something listens to a page of
// another site, and a bearer token there is no way around.
func TestCrossOriginWrites(t *testing.T) {
	t.Parallel()
	p, _ := startOffice(t, "")
	ines := as(t, p, "user:default/ines")
	tried := 0
	for _, route := range p.App.Routes() {
		for _, method := range route.Methods {
			if method == http.MethodGet || method == http.MethodHead {
				continue
			}
			tried++
			path := strings.NewReplacer("{", "", "}", "", ":.*", "", ":.+", "").Replace(route.Path)
			for _, header := range []http.Header{
				{"Sec-Fetch-Site": {"cross-site"}}, {"Sec-Fetch-Site": {"same-site"}}, {"Origin": {"https://evil.example"}}, {"Origin": {"null"}},
			} {
				r := ines(method, path)
				for name, value := range header {
					r.Header[name] = value
				}
				if res := p.Do(t, r); res.Status != http.StatusForbidden || !strings.Contains(res.Body, "another site") {
					t.Errorf("%s %s with %v = %d", method, path, header, res.Status)
				}
				r = ines(method, path)
				r.Header = header.Clone()
				r.Header.Set("Authorization", "Bearer wrong")
				if res := p.Do(t, r); res.Status != http.StatusUnauthorized {
					t.Errorf("%s %s with %v and a wrong bearer = %d", method, path, header, res.Status)
				}
			}
		}
	}
	if tried < 15 {
		t.Errorf("only %d routes change something", tried)
	}
	if res := p.Do(t, ines(http.MethodGet, "/api/auth/me")); res.Status != http.StatusOK {
		t.Errorf("after all of that Ines is signed out: %d", res.Status)
	}
	// A rebound name does not reach the portal at all.
	r := ines(http.MethodGet, "/signin")
	r.Host = "evil.example"
	if res := p.Do(t, r); res.Status != http.StatusMisdirectedRequest {
		t.Errorf("GET /signin of evil.example = %d", res.Status)
	}
}

// TestAdminToken: the variable of the environment makes one administrator.
func TestAdminToken(t *testing.T) {
	t.Parallel()
	p, _ := startOffice(t, "admin: {token: an-administrators-token-of-32-characters}")
	r := as(t, p, "user:default/ines")(http.MethodGet, "/api/auth/me")
	r.Header.Set("Authorization", "Bearer an-administrators-token-of-32-characters")
	if res := p.Do(t, r); res.Status != http.StatusOK || !strings.Contains(res.Body, `"subject":"service:admin","name":"Administrator"`) {
		t.Errorf("the administrator is %d %s", res.Status, res.Body)
	}
	run := func(args ...string) (code int, out string) {
		var b bytes.Buffer
		code = portal.Run(t.Context(), &portal.Program{
			Args: append([]string{"acme"}, args...), Stdout: &b, Stderr: &b, Packages: []func(do.Injector){standard.Package()},
			Env: func(name string) (string, bool) { return "short-token", name == "CALLBOARD_ADMIN_TOKEN" },
		})
		return code, b.String()
	}
	code, out := run("check", "--data", t.TempDir())
	if code != portal.ExitFailure || !hasLine(out, "CALLBOARD_ADMIN_TOKEN", "shorter than 32") || strings.Contains(out, "short-token") {
		t.Errorf("a short token = %d:\n%s", code, out)
	}
}

// TestCommands: what an operator does without a browser.
func TestCommands(t *testing.T) {
	t.Parallel()
	p, _ := startOffice(t, "auth: {resolve: [{by: annotation, annotation: acme.example/login, claim: login}, {by: email}]}")
	database, claims := databaseOf(t, p), filepath.Join(t.TempDir(), "claims.json")
	configuration := filepath.Join(t.TempDir(), "portal.yaml")
	if err := os.WriteFile(configuration, []byte("auth: {resolve: [{by: annotation, annotation: acme.example/login, claim: login}, {by: email}]}"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (code int, stdout, stderr string) {
		var out, errs bytes.Buffer
		code = portal.Run(t.Context(), &portal.Program{
			Args: append([]string{"acme"}, append(args, "--database", database, "--config", configuration)...), Stdout: &out, Stderr: &errs,
			Env: func(string) (string, bool) { return "", false }, Packages: []func(do.Injector){standard.Package()},
		})
		return code, out.String(), errs.String()
	}
	for content, want := range map[string][]string{
		`{"sub":"1","login":"Ines-7"}`:                                 {"looked for annotation acme.example/login Ines-7", "It is user:default/ines."},
		`{"sub":"1","email":"kim@acme.example"}`:                       {"the provider does not say it", "does not say that the e-mail address is verified", "Nobody in the catalog"},
		`{"sub":"1","email":"kim@acme.example","email_verified":true}`: {"user:default/kim, user:old/kim", "belongs to more than one person"},
	} {
		if err := os.WriteFile(claims, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, errs := run("auth", "explain", "--claims", claims)
		for _, part := range want {
			if !strings.Contains(out, part) {
				t.Errorf("explain of %s = %d lacks %q:\n%s%s", content, code, part, out, errs)
			}
		}
		if (code == portal.ExitOK) != strings.Contains(out, "It is") {
			t.Errorf("explain of %s = %d", content, code)
		}
	}
	code, secret, errs := run("auth", "token", "create", "ci", "--only", "catalog.* component:default/*", "--name", "pipeline")
	if code != portal.ExitOK {
		t.Fatalf("auth token create = %d: %s", code, errs)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL+"/api/auth/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(secret))
	if res := p.Do(t, r); !strings.Contains(res.Body, `"subject":"service:ci"`) || !strings.Contains(res.Body, `"permission":"catalog.*"`) {
		t.Errorf("the token is %d %s", res.Status, res.Body)
	}
	_, list, _ := run("auth", "token", "list")
	id, _, _ := strings.Cut(list[strings.Index(list, "\n")+1:], " ")
	if !hasLine(list, id, "service:ci", "pipeline") {
		t.Errorf("auth token list:\n%s", list)
	}
	if code, _, errs := run("auth", "token", "revoke", id); code != portal.ExitOK {
		t.Errorf("auth token revoke = %d: %s", code, errs)
	}
	if res := p.Do(t, r); res.Status != http.StatusUnauthorized {
		t.Errorf("the revoked token = %d", res.Status)
	}
}

// databaseOf returns where the portal's database is.
func databaseOf(t *testing.T, p *portaltest.Portal) string {
	t.Helper()
	db, err := do.Invoke[*sqldb.DB](p.App.Injector())
	if err != nil {
		t.Fatal(err)
	}
	return db.Path()
}

// proxied is a method that believes a header.
type proxied struct{}

func (proxied) ID() string    { return "proxy" }
func (proxied) Label() string { return "the proxy" }
func (proxied) Recognise(r *http.Request) (*auth.Claims, error) {
	switch email := r.Header.Get("X-Acme-Mail"); email {
	case "":
		return nil, nil
	case "forged":
		return nil, &callboard.Error{Code: callboard.CodeUnauthenticated, Message: "the header's signature is wrong"}
	default:
		return &auth.Claims{Issuer: "proxy", Subject: email, Email: email, EmailVerified: true}, nil
	}
}

// TestRequester: a method that reads requests is asked where there is no
// session, and a session wins.
func TestRequester(t *testing.T) {
	t.Parallel()
	p, _ := startOffice(t, "auth: {local: {enabled: true}}", contribute[auth.Method](proxied{}))
	kim := as(t, p, "user:default/kim")
	for _, tt := range []struct {
		name, mail string
		session    bool
		status     int
		want       string
	}{
		{"guest", "", false, 401, "sign in"},
		{"recognised", "ines@acme.example", false, 200, "user:default/ines"},
		{"session wins", "ines@acme.example", true, 200, "user:default/kim"},
		{"somebody else", "eve@evil.example", false, 401, "sign in"},
		{"forged", "forged", false, 401, "signature is wrong"},
	} {
		r := kim(http.MethodGet, "/api/auth/me")
		if !tt.session {
			r.Header.Del("Cookie")
		}
		if tt.mail != "" {
			r.Header.Set("X-Acme-Mail", tt.mail)
		}
		if res := p.Do(t, r); res.Status != tt.status || !strings.Contains(res.Body, tt.want) {
			t.Errorf("%s = %d %s; want %d with %q", tt.name, res.Status, res.Body, tt.status, tt.want)
		}
	}
	r := kim(http.MethodGet, "/signin")
	r.Header.Del("Cookie")
	r.Header.Set("X-Acme-Mail", "eve@evil.example")
	if res := p.Do(t, r); !strings.Contains(res.Body, "proxy knows you") {
		t.Errorf("the page does not say why Eve is nobody:\n%s", res.Body)
	}
	r = kim(http.MethodGet, "/settings")
	r.Header.Del("Cookie")
	r.Header.Set("X-Acme-Mail", "ines@acme.example")
	if res := p.Do(t, r); !strings.Contains(res.Body, "How you were recognised") || !strings.Contains(res.Body, "ines@acme.example") || strings.Contains(res.Body, "Sign out") {
		t.Errorf("the settings of somebody whom the proxy knows:\n%s", res.Body)
	}
}

// TestMethodsAreChecked: a rule for a method that is not there is found at start.
func TestMethodsAreChecked(t *testing.T) {
	t.Parallel()
	cfg, err := config.Parse("portal.yaml", []byte("auth: {resolve: [{by: name, methods: [goggle]}]}"), nil)
	if err != nil {
		t.Fatal(err)
	}
	app, err := portal.New([]func(do.Injector){standard.Package(), contribute[auth.Method](authtest.NewProvider("google"))},
		&portal.Options{Config: cfg, Settings: portal.Settings{Data: t.TempDir()}})
	if err == nil {
		_ = app.Close(context.Background())
	}
	if err == nil || !strings.Contains(err.Error(), `"goggle"`) {
		t.Errorf("New = %v", err)
	}
}

// TestBackup: a backup has the keys of people, and nobody's session.
func TestBackup(t *testing.T) {
	t.Parallel()
	p, _ := startOffice(t, "")
	as(t, p, "user:default/ines")
	db, err := do.Invoke[*sqldb.DB](p.App.Injector())
	if err != nil {
		t.Fatal(err)
	}
	m, err := backup.Write(t.Context(), db, io.Discard, nil)
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for _, table := range m.Tables {
		if strings.HasPrefix(table.Name, "auth_") {
			kept = append(kept, table.Name)
		}
	}
	if !slices.Equal(kept, []string{"auth_key"}) {
		t.Errorf("a backup has %q", kept)
	}
}
