// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal"
)

func component(name string) string {
	return "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: " + name +
		"\nspec:\n  type: service\n  lifecycle: production\n  owner: team-a\n"
}

// tree writes files, given by slash paths, below a new directory.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// names returns the references of what the portal serves, generated Locations
// aside.
func (p *running) names(t *testing.T) []string {
	t.Helper()
	refs := []string{}
	for _, e := range all[map[string]any](t, p, "/api/catalog/entities/by-query?limit=200") {
		if ref := refOf(e); !strings.HasPrefix(ref, "location:default/generated-") {
			refs = append(refs, strings.Replace(ref, ":default/", ":", 1))
		}
	}
	slices.Sort(refs)
	return refs
}

// problems returns the problems, one a line.
func (p *running) problems(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, pr := range all[catalog.Problem](t, p, "/api/catalog/problems?limit=200") {
		b.WriteString(pr.String() + "\n")
	}
	return b.String()
}

func monorepo(t *testing.T) string {
	return tree(t, map[string]string{
		".git/HEAD":                       "ref: refs/heads/main\n",
		"services/shop/catalog-info.yaml": component("shop"),
		"services/cart/catalog-info.yaml": component("cart") + "---\n" + strings.Replace(component("odd"), "Component", "Componnent", 1),
		"services/cart/deploy.yaml":       "apiVersion: apps/v1\nkind: Deployment\n",
		"catalog/all.yaml":                "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: all}\nspec: {targets: ['../services/*/catalog-info.yaml']}\n",
		"empty/README.md":                 "nothing here\n",
	})
}

// TestNewcomer names catalogs of one's own, as somebody does who just cloned
// the project and has Backstage's files.
func TestNewcomer(t *testing.T) {
	t.Parallel()
	repo := monorepo(t)
	at := func(p string) string { return filepath.Join(repo, filepath.FromSlash(p)) }
	typo := "services/cart/catalog-info.yaml:11:7 (document 2): /kind: the kind \"Componnent\" is not known here [unknown-kind]; did you mean Component?"
	for _, tt := range []struct {
		name     string
		catalogs []string
		want     []string
		problem  string
	}{
		{"a monorepo", []string{repo}, []string{"component:cart", "component:shop", "location:all"}, typo},
		{"one file", []string{at("services/shop/catalog-info.yaml")}, []string{"component:shop"}, ""},
		{"a glob", []string{at("services/*/catalog-info.yaml")}, []string{"component:cart", "component:shop"}, typo},
		{"a Location file", []string{at("catalog/all.yaml")}, []string{"component:cart", "component:shop", "location:all"}, typo},
		{"the same twice", []string{repo, at("services/shop/catalog-info.yaml")}, []string{"component:cart", "component:shop", "location:all"}, typo},
		{"an empty directory", []string{at("empty")}, []string{}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var args []string
			for _, c := range tt.catalogs {
				args = append(args, "--catalog", c)
			}
			p := run(t, args)
			p.delivered(t, "file")
			if diff := cmp.Diff(tt.want, p.names(t)); diff != "" {
				t.Errorf("served entities mismatch (-want +got):\n%s", diff)
			}
			if got := p.problems(t); !strings.Contains(got, tt.problem) || strings.Count(got, "\n") != min(1, len(tt.problem)) {
				t.Errorf("problems are\n%s\nwant %q", got, tt.problem)
			}
			if status, body := p.ask(t, http.MethodGet, "/catalog", ""); status != http.StatusOK || len(tt.want) == 0 && !strings.Contains(string(body), "The catalog is empty") {
				t.Errorf("GET /catalog = %d: %s", status, body)
			}
		})
	}
}

// TestNewcomerURL names catalogs on a web server.
func TestNewcomerURL(t *testing.T) {
	t.Parallel()
	repo := monorepo(t)
	web := httptest.NewServer(http.FileServer(http.Dir(repo)))
	defer web.Close()
	p := run(t, []string{
		"--catalog", web.URL + "/services/cart/catalog-info.yaml",
		"--catalog", web.URL + "/services/none/catalog-info.yaml",
		"--catalog", web.URL + "/services/index.html",
	})
	eventually(t, "the URLs to be read", func() bool { return strings.Count(p.problems(t), "\n") == 3 })
	if diff := cmp.Diff([]string{"component:cart"}, p.names(t)); diff != "" {
		t.Errorf("served entities mismatch (-want +got):\n%s", diff)
	}
	for _, want := range []string{
		"cart/catalog-info.yaml:11:7 (document 2): /kind: the kind \"Componnent\" is not known here",
		"cannot be read: there is nothing at " + web.URL + "/services/none/catalog-info.yaml",
		"is a web page, not YAML; name the file itself",
		"make it readable, or remove the location",
	} {
		if got := p.problems(t); !strings.Contains(got, want) {
			t.Errorf("problems lack %q:\n%s", want, got)
		}
	}
}

// TestNewcomerMistakes mistypes what --catalog names; the portal does not start
// and says what to do, all mistakes at once.
func TestNewcomerMistakes(t *testing.T) {
	t.Parallel()
	p, code := tryRunLog(t, []string{
		"--catalog", "", "--catalog", "ftp://example.com/x", "--catalog", "nothing/here.yaml",
		"--catalog", "https://github.com/acme/shop", "--catalog", "[a",
	})
	if code != portal.ExitFailure {
		t.Fatalf("the portal ended with %d, want %d", code, portal.ExitFailure)
	}
	for _, want := range []string{
		"flag --catalog: it is empty; name a file, a directory, a glob or a URL, such as --catalog ./catalog-info.yaml",
		`flag --catalog: "ftp://example.com/x": only https and http URLs can be read`,
		"flag --catalog: there is no file or directory ", "nothing/here.yaml; correct the path",
		"https://github.com/acme/shop is a repository; name a file in it, such as https://github.com/acme/shop/blob/main/catalog-info.yaml",
		`"[a" is not a pattern of file names`,
	} {
		if !strings.Contains(p, want) {
			t.Errorf("the portal did not say %q:\n%s", want, p)
		}
	}
	if strings.Contains(p, "cannot be built") {
		t.Errorf("the portal speaks of its own parts:\n%s", p)
	}
}

// TestConfiguredCatalog takes locations and rules from a configuration as
// Backstage's users have it. A location that is not there does not keep the
// portal from starting, and the others are served.
func TestConfiguredCatalog(t *testing.T) {
	t.Parallel()
	repo := monorepo(t)
	web := httptest.NewServer(http.FileServer(http.Dir(repo)))
	defer web.Close()
	dir := tree(t, map[string]string{
		"org.yaml": "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: team-a}\nspec: {type: team, children: []}\n---\n" + component("sneaky"),
		"robots.yaml": `apiVersion: callboard.dev/v1alpha1
kind: Kind
metadata: {name: Robot}
spec:
  apiVersions: [acme.example/v1]
  schema: {type: object, required: [owner], properties: {owner: {type: string}}}
  relations: [{field: spec.owner, type: ownedBy, inverse: ownerOf, defaultKind: Group}]
`,
		"robot.yaml": "apiVersion: acme.example/v1\nkind: Robot\nmetadata: {name: r2}\nspec: {owner: team-a}\n---\napiVersion: acme.example/v1\nkind: Robot\nmetadata: {name: c3}\nspec: {}\n",
	})
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	config := write("portal.yaml", `
catalog:
  rules: [{allow: [Component, robot]}]
  kinds: ['`+filepath.Join(dir, "robots.yaml")+`']
  locations:
    - {type: file, target: '`+filepath.Join(dir, "org.yaml")+`', rules: [{allow: [Group]}]}
    - {type: file, target: '`+filepath.Join(dir, "robot.yaml")+`'}
    - {type: file, target: '`+filepath.Join(dir, "absent")+`'}
    - {type: url, target: '`+web.URL+`/services/shop/catalog-info.yaml'}
    - {type: url, target: '`+web.URL+`/catalog/all.yaml'}
`)
	p := run(t, []string{"--config", config})
	want := []string{"component:shop", "component:sneaky", "group:team-a", "robot:r2"}
	eventually(t, "the locations to be read", func() bool {
		return len(p.names(t)) == len(want) && strings.Count(p.problems(t), "\n") == 2
	})
	if diff := cmp.Diff(want, p.names(t)); diff != "" {
		t.Errorf("served entities mismatch (-want +got):\n%s", diff)
	}
	for _, want := range []string{
		`all.yaml:2:7 (document 1): /kind: no rule allows the kind "Location" to come from url:`,
		`robot.yaml:9:1 (document 2): /spec/owner: spec.owner is missing`,
	} {
		if got := p.problems(t); !strings.Contains(got, want) {
			t.Errorf("problems lack %q:\n%s", want, got)
		}
	}
	group := get[map[string]any](t, p, "/api/catalog/entities/by-name/group/default/team-a")
	if diff := cmp.Diff([]edge{{"ownerOf", "component:default/shop"}, {"ownerOf", "component:default/sneaky"}, {"ownerOf", "robot:default/r2"}}, edgesOf(group)); diff != "" {
		t.Errorf("what team-a owns mismatch (-want +got):\n%s", diff)
	}
	if said := p.log.String(); !strings.Contains(said, "a configured location is not there") || !strings.Contains(said, filepath.Join(dir, "absent")) {
		t.Errorf("the portal did not say which location is not there:\n%s", said)
	}
}

// TestWrongConfiguration lists what is wrong with a file, each with its place.
func TestWrongConfiguration(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, file, want string }{
		{"unknown key", "catalog:\n  location: []\n", "wrong.yaml:2:3: catalog.location is not a known key; did you mean locations?"},
		{"wrong type", "catalog:\n  rules: Component\n", "wrong.yaml:2:10: catalog.rules is \"Component\"; expected a list; write - before each item"},
		{"wrong unit", "catalog: {refreshEvery: soon}\n", `catalog.refreshEvery is "soon"; expected a duration, such as 30s or 5m`},
		{"out of range", "catalog: {maxDrop: 7}\n", "catalog.maxDrop must be at most 1"},
		{"unknown location", "catalog:\n  locations: [{type: git, target: x}]\n", "wrong.yaml:2:22: catalog.locations[0].type must be one of url, file"},
		{"no target", "catalog:\n  locations: [{type: url}]\n", "catalog.locations[0].target is required"},
		{"bad URL", "catalog:\n  locations: [{type: url, target: github.com/a/b}]\n", `wrong.yaml:2:35: catalog.locations[0].target cannot be read: "github.com/a/b" is not a URL; write the URL of one file`},
		{"bad glob", "catalog:\n  locations: [{type: file, target: '[a'}]\n", `catalog.locations[0].target cannot be read: "[a" is not a pattern`},
		{"unknown kind", "catalog:\n  rules: [{allow: [API, Robot]}]\n", `wrong.yaml:2:25: catalog.rules[0].allow[1] names the kind "Robot", which is not known; correct it, or declare the kind in a file under catalog.kinds`},
		{"no kind file", "catalog: {kinds: [nothing.yaml]}\n", "catalog.kinds[0] cannot be read: open nothing.yaml: no such file"},
		{"no such variable", "name: ${PORTAL_NAME_NOT_SET}\n", "wrong.yaml:1:7: the environment variable PORTAL_NAME_NOT_SET is not set"},
		{"no such secret file", "fetch: {credentials: [{host: git.example.com, value: {$file: nothing}}]}\n", "there is no file"},
		{"empty secret", "fetch: {credentials: [{host: git.example.com, value: ''}]}\n", "fetch.credentials[0].value is required"},
		{"bad allow rule", "fetch: {allow: ['a b']}\n", `wrong.yaml:1:17: fetch.allow[0] is "a b", which allows nothing; write [https://]host[:port][/path]`},
		{"bad host", "fetch: {allowPrivate: ['a b']}\n", `fetch.allowPrivate[0] is "a b", which is no host`},
		{"twice", "name: a\nname: b\n", "wrong.yaml:2:1: the key name stands here twice, first at wrong.yaml:1:1"},
		{"includes itself", "$include: wrong.yaml\n", "wrong.yaml:1:11: files include each other in a circle: wrong.yaml → wrong.yaml; remove one $include"},
		{"not YAML", "name: [\n", "wrong.yaml:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := tree(t, map[string]string{"wrong.yaml": tt.file})
			said, code := tryRunLog(t, []string{"--config", filepath.Join(dir, "wrong.yaml")})
			said = strings.ReplaceAll(said, dir+string(filepath.Separator), "")
			if code != portal.ExitFailure || !strings.Contains(said, tt.want) || strings.Contains(said, "cannot be built") || strings.Contains(said, "reasons") {
				t.Errorf("exit %d, want %d and %q:\n%s", code, portal.ExitFailure, tt.want, said)
			}
		})
	}
}
