// SPDX-License-Identifier: Apache-2.0

package standard_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/html"

	"github.com/callboard/callboard/portal/portaltest"
	"github.com/callboard/callboard/portal/standard"
)

// TestAdvisories tries what the published advisories and reports about portals
// of the field describe, against the whole portal. Where a kit has closer tests
// of the same, they are named. Templates and rendered docs get theirs with the
// modules that run and render them.
func TestAdvisories(t *testing.T) {
	t.Parallel()
	for _, a := range []struct {
		// id is the advisory's or the report's, what says what went wrong there.
		id, what string
		try      func(t *testing.T)
	}{
		{"CVE-2024-26150, CVE-2026-24046", "a symbolic link leads out of the folder that is read", trySymlink},
		{"CVE-2026-24047", "a chain of links, or one to what is not there yet, leads out", trySymlinkChain},
		{"CVE-2026-24048", "an allowed host redirects to one that is not (portal/fetch: TestRedirects, TestSpecialAddressesAreRefused)", tryRedirect},
		{"DNS rebinding", "a page elsewhere names the portal's address as its own host (portal/fetch: TestRebindingGainsNothing; portal/httpx: TestHostGuard)", tryRebinding},
		{"CVE-2023-25571", "the catalog holds links and texts that run scripts (portal/ui: TestMarkdownIsHarmless)", tryScripts},
		{"template escape", "a description is taken for a template (portal/integration: its hostile tests)", tryTemplates},
		{"CVE-2024-47762", "the configuration's secrets reach pages", trySecretsOnPages},
		{"issue 19935 and redirect URIs", "a path or a parameter makes the portal send people elsewhere (portal/auth: TestOpenRedirects)", tryOpenRedirects},
		{"issue 22966", "a side route forgets to ask for permission (TestNothingLeaks, TestAdministrationIsForAdministrators)", trySideRoutes},
		{"CVE-2024-45815", "names with a meaning for the program's language break it", tryProgramNames},
	} {
		t.Run(a.id, func(t *testing.T) {
			t.Parallel()
			t.Log(a.what)
			a.try(t)
		})
	}
	// CVE-2026-29184, secrets that a log masks until they are transformed:
	// portal/config, TestMasked.
}

// outside is the content of a file that nobody may read through the portal.
const outside = "word-of-the-host"

// tryLinks serves a folder in which a definition is a link made by link, which
// is told the folder and a file outside.
func tryLinks(t *testing.T, link func(folder, secret string) error) {
	t.Helper()
	dir := t.TempDir()
	folder, secret := filepath.Join(dir, "repository"), filepath.Join(dir, "host", "secret.txt")
	for _, d := range []string{folder, filepath.Dir(secret)} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := link(folder, secret); err != nil {
		t.Fatal(err)
	}
	text := `apiVersion: backstage.io/v1alpha1
kind: API
metadata: {name: linked}
spec: {type: openapi, lifecycle: production, owner: web, definition: {$text: ./api.yaml}}
---
apiVersion: backstage.io/v1alpha1
kind: API
metadata: {name: climbing}
spec: {type: openapi, lifecycle: production, owner: web, definition: {$text: ../host/secret.txt}}
---
apiVersion: backstage.io/v1alpha1
kind: Location
metadata: {name: folder}
spec: {targets: [./linked.yaml, "./*/entity.yaml"]}
`
	entity := fmt.Sprintf("apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: stolen, title: %s}\nspec: {type: service, lifecycle: production, owner: web}\n", outside)
	for path, content := range map[string]string{
		filepath.Join(folder, "catalog.yaml"): text, secret: outside, filepath.Join(dir, "host", "entity.yaml"): entity,
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := portaltest.StartConfig(t, fmt.Sprintf("catalog: {locations: [{type: file, target: %q}]}", filepath.Join(folder, "catalog.yaml")), standard.Package())
	p.WaitFor(t, "/api/catalog/problems", "linked", "climbing")
	for _, path := range []string{"/api/catalog/entities", "/api/catalog/problems", "/problems", "/catalog", "/locations", "/api/search/documents?q=word"} {
		if body := p.Get(t, path).Body; strings.Contains(body, outside) {
			t.Errorf("GET %s tells what a link out of the folder leads to: %s", path, body)
		}
	}
}

func trySymlink(t *testing.T) {
	tryLinks(t, func(folder, secret string) error {
		for from, to := range map[string]string{"api.yaml": secret, "linked.yaml": filepath.Join(filepath.Dir(secret), "entity.yaml"), "below": filepath.Dir(secret)} {
			if err := os.Symlink(to, filepath.Join(folder, from)); err != nil {
				return err
			}
		}
		return nil
	})
}

func trySymlinkChain(t *testing.T) {
	tryLinks(t, func(folder, secret string) error {
		// The file is made only after the links were: they dangle at first.
		for _, link := range [][2]string{
			{"api.yaml", "one"}, {"one", "two"}, {"two", "../host/../host/secret.txt"},
			{"linked.yaml", "three"}, {"three", filepath.Join(filepath.Dir(secret), "entity.yaml")}, {"below", "four"}, {"four", "../host"},
		} {
			if err := os.Symlink(link[1], filepath.Join(folder, link[0])); err != nil {
				return err
			}
		}
		return nil
	})
}

func tryRedirect(t *testing.T) {
	var reached atomic.Bool
	inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reached.Store(true)
		_, _ = w.Write([]byte("apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: stolen}\nspec: {type: x, lifecycle: y, owner: z}\n"))
	}))
	t.Cleanup(inside.Close)
	allowed := httptest.NewServer(http.RedirectHandler(inside.URL+"/catalog.yaml", http.StatusFound))
	t.Cleanup(allowed.Close)
	host := strings.TrimPrefix(allowed.URL, "http://")
	p := portaltest.StartConfig(t, fmt.Sprintf("fetch: {allow: [%q], allowPrivate: [%q]}\ncatalog: {locations: [{type: url, target: %q}]}",
		allowed.URL, host, allowed.URL+"/catalog.yaml"), standard.Package())
	p.WaitFor(t, "/api/catalog/problems", host)
	if reached.Load() {
		t.Error("the portal followed a redirect from an allowed host to another")
	}
}

func tryRebinding(t *testing.T) {
	p := portaltest.Start(t, standard.Package())
	for _, path := range []string{"/", "/signin", "/api/catalog/entities", "/search?q=x", "/metrics"} {
		for _, host := range []string{"evil.example", "evil.example:7007", "127.0.0.1.evil.example", "localhost.evil.example"} {
			r := guest(t, p)(http.MethodGet, path)
			r.Host = host
			if res := p.Do(t, r); res.Status < 400 {
				t.Errorf("GET %s for the host %s = %d", path, host, res.Status)
			}
		}
	}
}

// script is in everything that a catalog may say.
const script = `apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: scripted
  title: '"><script>evil()</script>{{.}}'
  description: '<img src=x onerror=evil()> [a](javascript:evil()) <svg onload=evil()>'
  tags: [scripted]
  annotations:
    backstage.io/view-url: "javascript:evil()"
    backstage.io/edit-url: "data:text/html,<script>evil()</script>"
    backstage.io/source-location: "url:javascript:evil()"
    pagerduty.com/integration-key: "'\"><script>evil()</script>"
  links: [{url: "https://x.example/'\"><script>evil()</script>", title: '<script>evil()</script>', icon: '"><script>'}]
spec: {type: '<b onclick=evil()>', lifecycle: "';evil();'", owner: web, dependsOn: [component:scripted]}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: linked, links: [{url: "javascript:evil()"}]}
spec: {type: service, lifecycle: production, owner: web}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: web}
spec: {type: team, children: [], profile: {displayName: '<script>evil()</script>', email: 'javascript:evil()', picture: 'javascript:evil()'}}
---
apiVersion: backstage.io/v1alpha1
kind: API
metadata: {name: scripted}
spec:
  type: openapi
  lifecycle: production
  owner: web
  definition: |
    openapi: 3.0.0
    info: {title: "<script>evil()</script>", version: "1", description: "[a](javascript:evil()) <script>evil()</script> ![x](javascript:evil())", contact: {url: "javascript:evil()"}, termsOfService: "javascript:evil()"}
    externalDocs: {url: "javascript:evil()"}
    servers: [{url: "javascript:evil()"}]
    paths: {/evil: {get: {operationId: evil, summary: "<script>evil()</script>", description: "<javascript:evil()>", responses: {"200": {description: "<img src=x onerror=evil()>"}}}}}
`

// pageRoutes returns the path of every page that can be asked for, with what
// its variables stand for.
func pageRoutes(p *portaltest.Portal, variables map[string]string) []string {
	var paths []string
	for _, route := range p.App.Routes() {
		if slices.Contains(route.Methods, http.MethodGet) {
			paths = append(paths, routeVariable.ReplaceAllStringFunc(route.Path, func(v string) string {
				if value := variables[routeVariable.FindStringSubmatch(v)[1]]; value != "" {
					return value
				}
				return "1"
			}))
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

func tryScripts(t *testing.T) {
	file := filepath.Join(t.TempDir(), "catalog.yaml")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	p := portaltest.StartConfig(t, fmt.Sprintf("catalog: {locations: [{type: file, target: %q}]}", file), standard.Package())
	p.WaitFor(t, "/api/catalog/entities/by-name/api/default/scripted", "evil")
	p.WaitFor(t, "/search?q=evil", "scripted")
	var asked int
	for _, kind := range []string{"component", "api", "group"} {
		name := map[string]string{"group": "web"}[kind]
		if name == "" {
			name = "scripted"
		}
		for _, tab := range []string{"definition", "relations", "history", "yaml"} {
			for _, path := range pageRoutes(p, map[string]string{"namespace": "default", "kind": kind, "name": name, "tab": tab, "operation": "get-evil", "version": "1", "provider": "file"}) {
				if strings.HasSuffix(path, "/events") || strings.Contains(path, "stream") {
					continue // stays open
				}
				for _, query := range []string{"", "?q=%3Cscript%3Eevil()%3C/script%3E&root=component:default/scripted&next=javascript:evil()"} {
					asked += checkNoScript(t, p, path+query)
				}
			}
		}
	}
	if asked < 100 {
		t.Errorf("only %d pages mention what tries to run", asked)
	}
}

// checkNoScript asks for a page and returns 1 if it mentions what tries to run.
func checkNoScript(t *testing.T, p *portaltest.Portal, path string) int {
	t.Helper()
	body, n := mentions(t, p, http.MethodGet, path, "", regexp.MustCompile("evil"))
	if n == 0 || !strings.Contains(body, "<html") {
		return 0
	}
	r := p.Get(t, path)
	tokens := html.NewTokenizer(strings.NewReader(r.Body))
	for kind := tokens.Next(); kind != html.ErrorToken; kind = tokens.Next() {
		token := tokens.Token()
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		source := ""
		for _, a := range token.Attr {
			if a.Key == "src" {
				source = a.Val
			}
			scheme, _, _ := strings.Cut(strings.ToLower(strings.Join(strings.Fields(a.Val), "")), ":")
			leads := slices.Contains([]string{"href", "src", "action", "formaction", "xlink:href", "data", "poster"}, a.Key)
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "srcdoc" || leads && slices.Contains([]string{"javascript", "data", "vbscript"}, scheme) {
				t.Errorf("GET %s: <%s %s=%q>", path, token.Data, a.Key, a.Val)
			}
		}
		if token.Data == "script" && !strings.HasPrefix(source, "/") {
			t.Errorf("GET %s has a script that is not the portal's", path)
		}
	}
	return 1
}

func tryTemplates(t *testing.T) {
	file := filepath.Join(t.TempDir(), "catalog.yaml")
	const text = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: braces, title: '{{1234567 | printf \"%x\"}}', description: '${{ 1234567 }} {% raw %} {{template \"ui/shell\"}} #{7*7}'}\n" +
		"spec: {type: '{{.}}', lifecycle: '{{printf \"%v\" .}}', owner: web}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := portaltest.StartConfig(t, fmt.Sprintf("catalog: {locations: [{type: file, target: %q}]}", file), standard.Package())
	p.WaitFor(t, "/catalog/default/component/braces", "{{1234567 | printf", "${{ 1234567 }} {% raw %}", "#{7*7}")
	for _, path := range []string{"/catalog", "/catalog/default/component/braces", "/search?q=braces", "/explore?root=component:default/braces"} {
		if body := p.Get(t, path).Body; strings.Contains(body, "12d687") {
			t.Errorf("GET %s evaluates what an entity says", path)
		}
	}
}

func trySecretsOnPages(t *testing.T) {
	const secret = "correct-horse-battery-staple-0123456789"
	p := portaltest.StartConfig(t, inesAdministers+fmt.Sprintf("\nadmin: {token: %s}\nfetch: {credentials: [{host: git.acme.example, value: %s}]}\n",
		secret, "fetch-"+secret)+officeAt(t), standard.Package())
	p.WaitFor(t, "/signin", "Ines")
	admin := p.As(t, "user:default/ines")
	words := regexp.MustCompile(regexp.QuoteMeta(secret) + "|" + regexp.QuoteMeta(url.QueryEscape(secret)) + "|" + base64.StdEncoding.EncodeToString([]byte(secret[:36])))
	for _, path := range pageRoutes(p, map[string]string{"namespace": "default", "kind": "user", "name": "ines"}) {
		for _, who := range []*portaltest.Portal{p, admin} {
			if _, n := mentions(t, who, http.MethodGet, path, "", words); n > 0 {
				t.Errorf("GET %s tells a secret of the configuration", path)
			}
		}
	}
}

func tryOpenRedirects(t *testing.T) {
	p := portaltest.StartConfig(t, officeAt(t), standard.Package())
	p.WaitFor(t, "/signin", "Ines")
	ines := p.As(t, "user:default/ines")
	elsewhere := []string{
		"//evil.example", `/\evil.example`, "https://evil.example", `https:\\evil.example`, "https:evil.example", "/%2f%2fevil.example", "/%5cevil.example",
		"\thttps://evil.example", "///evil.example", "//evil.example/..;/", "javascript:alert(1)", "/\t/evil.example", "//evil%E3%80%82example", p.URL + "@evil.example/",
	}
	check := func(path string, res portaltest.Response) {
		t.Helper()
		to := res.Header.Get("Location")
		if to == "" {
			return
		}
		u, err := url.Parse(to)
		own := strings.TrimPrefix(p.URL, "http://")
		if err != nil || u.Host != "" && u.Host != own || u.Scheme != "" && u.Scheme != "http" || strings.HasPrefix(to, "//") || strings.HasPrefix(to, `/\`) || strings.ContainsAny(to, "\t\n\\") {
			t.Errorf("%s sends people to %q", path, to)
		}
	}
	for _, to := range elsewhere {
		for _, name := range []string{"next", "redirect", "return_to", "redirect_uri", "url"} {
			q := name + "=" + url.QueryEscape(to)
			for _, path := range []string{"/signin", "/settings", "/preferences", "/", "/catalog", "/search"} {
				check(path+"?"+q, ines.Get(t, path+"?"+q))
			}
		}
		check("POST /preferences", ines.Post(t, "/preferences", url.Values{"theme": {"dark"}, "next": {to}}))
		check("POST /signin/local", p.Post(t, "/signin/local", url.Values{"person": {"user:default/ines"}, "next": {to}}))
		r := guest(t, p)(http.MethodGet, "/")
		r.URL.Opaque = "/" + strings.TrimLeft(strings.NewReplacer("\t", "", `\`, "%5c").Replace(to), "/") + "/%2e%2e/"
		check(r.URL.Opaque, p.Do(t, r))
		r.URL.Opaque = "//evil.example/%2f.."
		check(r.URL.Opaque, p.Do(t, r))
	}
}

// public are the routes that answer anybody, and why that is right.
var public = map[string]string{
	"auth.": "people sign in there", "ui.": "the look of the portal", "portal.": "whether it lives", "style.": "the look of the portal",
}

func trySideRoutes(t *testing.T) {
	p := portaltest.StartConfig(t, "permission: {bindings: [{roles: [member], to: [\"user:default/ines\"]}]}\n"+officeAt(t), standard.Package())
	p.WaitFor(t, "/signin", "Ines")
	ask := guest(t, p)
	walked := 0
	for _, route := range p.App.Routes() {
		open := false
		for prefix := range public {
			open = open || strings.HasPrefix(route.Name, prefix)
		}
		for _, method := range route.Methods {
			if open || method == http.MethodHead || method == http.MethodOptions {
				continue
			}
			path := routeVariable.ReplaceAllStringFunc(route.Path, func(v string) string {
				if value := map[string]string{"namespace": "default", "kind": "user", "name": "ines"}[routeVariable.FindStringSubmatch(v)[1]]; value != "" {
					return value
				}
				return "1"
			})
			walked++
			if method == http.MethodGet {
				if body, n := mentions(t, p, method, path, "", regexp.MustCompile(`(?i)ines duarte`)); n > 0 {
					t.Errorf("GET %s (%s) tells of a person to somebody without any permission: %.200s", path, route.Name, body)
				}
				continue
			}
			for _, body := range []string{"", `{"entityRef":"user:default/ines","entityRefs":["user:default/ines"]}`} {
				if res := send(t, p, ask(method, path), body); res.Status < 400 {
					t.Errorf("%s %s (%s) = %d for somebody without any permission: %.200s", method, path, route.Name, res.Status, res.Body)
				}
			}
		}
	}
	if walked < 60 {
		t.Errorf("only %d routes were walked", walked)
	}
}

func tryProgramNames(t *testing.T) {
	file := filepath.Join(t.TempDir(), "catalog.yaml")
	const text = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: names, annotations: {constructor: y, prototype: z}, labels: {constructor: x}}\n" +
		"spec: {type: service, lifecycle: production, owner: web, __proto__: {polluted: true}, constructor: {prototype: {polluted: true}}}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := portaltest.StartConfig(t, fmt.Sprintf("catalog: {locations: [{type: file, target: %q}]}", file), standard.Package())
	p.WaitFor(t, "/api/catalog/entities/by-name/component/default/names", `"__proto__":{"polluted":true}`)
	for _, path := range []string{
		"/api/catalog/entities/by-query?filter=spec.__proto__.polluted%3Dtrue", "/api/catalog/entity-facets?facet=__proto__&facet=constructor", "/catalog?sort=__proto__&q=__proto__",
	} {
		if res := p.Get(t, path); res.Status != http.StatusOK && res.Status != http.StatusBadRequest {
			t.Errorf("GET %s = %d", path, res.Status)
		}
	}
	if body := p.Get(t, "/api/catalog/entities/by-query?filter=spec.__proto__.polluted%3Dtrue").Body; !strings.Contains(body, `"totalItems":1`) {
		t.Errorf("a field with such a name is not an ordinary field: %s", body)
	}
}

// officeAt writes the office's catalog, and returns the configuration of it.
func officeAt(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "office.yaml")
	if err := os.WriteFile(file, []byte(office), 0o600); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("catalog: {locations: [{type: file, target: %q}]}\n", file)
}
