// SPDX-License-Identifier: Apache-2.0

package standard_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callboard/callboard/portal"
	"github.com/callboard/callboard/portal/portaltest"
	"github.com/callboard/callboard/portal/standard"
)

// vault is a catalog with two entities that not everybody may see. Their words
// stand nowhere else.
const vault = office + `---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: open}
spec: {type: service, lifecycle: production, owner: web}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: xylophone
  title: Zugzwang
  description: about zugzwang
  tags: [zugzwang-tag]
  labels: {visibility: secret}
  annotations: {example.com/zugzwang: "yes"}
  links: [{url: "https://zugzwang.example", title: Zugzwang}]
spec: {type: zugzwang, lifecycle: production, owner: web, dependsOn: [component:open, component:zugzwang-lost], providesApis: [xylophone]}
---
apiVersion: backstage.io/v1alpha1
kind: API
metadata: {name: xylophone, title: Zugzwang, labels: {visibility: secret}}
spec:
  type: openapi
  lifecycle: production
  owner: web
  definition: |
    openapi: 3.0.0
    info: {title: zugzwang, version: "1"}
    paths: {/zugzwang: {get: {operationId: zugzwang, responses: {"200": {description: zugzwang}}}}}
`

const vaultRoles = `
permission:
  roles:
    - {id: insider, allow: [{permissions: ["*"]}]}
    - id: outsider
      allow: [{permissions: ["*"]}]
      deny:
        - permissions: [catalog.entity.read, catalog.entity.restore, catalog.problem.read]
          when: {rule: has-label, values: [visibility, secret]}
  bindings:
    - {roles: [insider], to: [user:kim]}
    - {roles: [outsider], to: [user:ines]}
`

var (
	routeVariable = regexp.MustCompile(`\{([a-z]+)(:[^}]*)?\}`)
	secretWords   = regexp.MustCompile(`(?i)zugzwang|xylophone`)
	absentWords   = regexp.MustCompile(`(?i)qugzwang|qylophone`)
)

// questions returns what to ask of a route: its variables filled with what
// leads to the secret, with every parameter that could show it.
func questions(route portal.Route, uid string) []string {
	var paths []string
	for _, kind := range []string{"component", "api"} {
		path := routeVariable.ReplaceAllStringFunc(route.Path, func(v string) string {
			name := routeVariable.FindStringSubmatch(v)[1]
			value := map[string]string{
				"namespace": "default", "kind": kind, "name": "xylophone", "uid": uid, "provider": "file", "tab": "relations",
				"path": "zugzwang", "operation": "get-zugzwang", "version": "1", "number": "1",
			}[name]
			if value == "" {
				value = "1"
			}
			return value
		})
		if !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	var all []string
	for _, path := range paths {
		for _, q := range []string{
			"",
			"q=zugzwang&fullTextFilterTerm=zugzwang&entityRef=component:default/xylophone&owner=group:default/web",
			"q=zugzwagn&term=zugzwang&type=component&pageLimit=50", "q=ylophon&term=zugz", `q=%22about+zugzwang%22&term=xylophone+web&filters[kind]=Component`,
			"q=zug&limit=500&orderField=metadata.title,desc&root=group:default/web&depth=4",
			"filter=metadata.title%3DZugzwang&ref=component:default/xylophone&entity=component:default/xylophone",
			"filter=relations.ownerof%3Dcomponent:default/xylophone&ref=group:default/web&depth=3",
			"facet=metadata.name&facet=spec.type&facet=metadata.tags&facet=relations.dependencyof&facet=relations.ownerof" +
				"&filter=kind%3Dcomponent&limit=500&root=component:default/open&depth=4&kind=component&view=all&sort=name",
		} {
			all = append(all, strings.TrimSuffix(path+"?"+q, "?"))
		}
	}
	return all
}

// TestNothingLeaks asks every route that reads, as somebody who may not see two
// entities, and looks for their words in what comes back.
func TestNothingLeaks(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "vault.yaml")
	if err := os.WriteFile(file, []byte(vault), 0o600); err != nil {
		t.Fatal(err)
	}
	p := portaltest.StartConfig(t, vaultRoles+fmt.Sprintf("\ncatalog: {locations: [{type: file, target: %q}]}\n", file), standard.Package())
	p.WaitFor(t, "/signin", "Ines", "Kim")
	insider, outsider := p.As(t, "user:default/kim"), p.As(t, "user:default/ines")
	insider.WaitFor(t, "/api/catalog/entities/by-name/component/default/xylophone", "Zugzwang")
	insider.WaitFor(t, "/api/search/documents?q=zugzwang", "api:default/xylophone#", "component:default/xylophone")
	uid := regexp.MustCompile(`"uid":"([^"]+)"`).FindStringSubmatch(insider.Get(t, "/api/catalog/entities/by-name/component/default/xylophone").Body)[1]
	told := map[string]bool{}
	for _, route := range p.App.Routes() {
		if !slices.Contains(route.Methods, http.MethodGet) {
			continue
		}
		for _, path := range questions(route, uid) {
			leaks(t, outsider, http.MethodGet, path, "")
			if !told[route.Name] {
				_, n := mentions(t, insider, http.MethodGet, path, "", secretWords)
				told[route.Name] = n > 0
			}
		}
	}
	for path, body := range map[string]string{
		"/api/catalog/entities/by-refs":  `{"entityRefs":["component:default/xylophone","component:default/open","group:default/web"]}`,
		"/api/catalog/entities/by-query": `{"query":{"metadata.title":"Zugzwang"}}`,
		"/api/catalog/entity-facets":     `{"facets":["metadata.title","metadata.tags","relations.ownerof"]}`,
	} {
		leaks(t, outsider, http.MethodPost, path, body)
		_, n := mentions(t, insider, http.MethodPost, path, body, secretWords)
		told["POST "+path] = n > 0
	}
	for name, could := range told {
		if !could {
			delete(told, name)
		}
	}
	if len(told) < 20 {
		t.Errorf("only %d routes could leak at all, so the test asks the wrong questions: %v", len(told), told)
	}
}

// leaks asks for the secret and then, in the same words but for a letter, for
// what is not there: both answers must repeat the question equally often.
func leaks(t *testing.T, p *portaltest.Portal, method, path, body string) {
	t.Helper()
	other := strings.NewReplacer("xylophone", "qylophone", "zugzwang", "qugzwang", "Zugzwang", "Qugzwang")
	there, got := mentions(t, p, method, path, body, secretWords)
	absent, want := mentions(t, p, method, other.Replace(path), other.Replace(body), absentWords)
	switch {
	case got != want:
		t.Errorf("%s %s %s names the secret %d times, and what is not there %d times", method, path, body, got, want)
	case (strings.HasPrefix(path, "/api/catalog") || strings.HasPrefix(path, "/api/search")) && there != absent:
		t.Errorf("%s %s %s tells the secret from what is not there:\n%s\n%s", method, path, body, there, absent)
	}
}

// mentions counts words in an answer, and returns the rest of it.
func mentions(t *testing.T, p *portaltest.Portal, method, path, body string, words *regexp.Regexp) (rest string, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, p.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := p.Client.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		return "", 0 // nothing happens while it is open
	}
	content, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	n = len(words.FindAllString(string(content)+fmt.Sprint(res.Header), -1))
	return res.Status + words.ReplaceAllString(string(content), "…"), n
}
