// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard/catalog"
)

// hostileFiles are files by name, with the rule that each breaks.
func hostileFiles() map[string]struct{ text, rule string } {
	head := "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: x\n"
	spec := "spec: {type: service, lifecycle: production, owner: team-a}\n"
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c <= 'k'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat("*"+string(c-1)+",", 9), ","))
	}
	return map[string]struct{ text, rule string }{
		"documents":  {strings.Repeat("a: b\n---\n", 10_001), "document-count"},
		"deep":       {strings.Repeat("{a: ", 10_000), "yaml-depth"},
		"utf8":       {head + "  title: \xc3\x28\n" + spec, "yaml-encoding"},
		"nul":        {head + "  title: a\x00b\n" + spec, "yaml-encoding"},
		"tabs":       {strings.Replace(head, "  name", "\tname", 1) + spec, "yaml-syntax"},
		"bomb":       {bomb, "yaml-alias"},
		"duplicate":  {head + "  name: y\n" + spec, "yaml-duplicate-key"},
		"merge":      {"x: &x {name: y}\n" + strings.Replace(head, "  name: x", "  <<: *x", 1) + spec, "metadata-name"},
		"case":       {head + "  labels: {Tier: a, tier: b}\n" + spec, "key-case"},
		"javascript": {head + "  links: [{url: 'javascript:alert(1)'}]\n" + spec, "link"},
		"long-key":   {head + "  ? " + strings.Repeat("k", 1<<20) + "\n  : 1\n" + spec, "yaml-key"},
		"number":     {strings.Replace(head, "name: x", "name: 1e3", 1) + spec, "metadata-name"},
		"page":       {"<!DOCTYPE html><html><body>sign in</body></html>\n", "document-shape"},
		"binary":     {"\x7fELF\x02\x01\x01\x00\x00", "yaml-encoding"},
	}
}

// TestHostileFiles serves a directory in which everything is broken but one
// file. Each breaks a rule, which is told; nothing else suffers.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	files := hostileFiles()
	dir := tree(t, map[string]string{
		"good/catalog-info.yaml": component("good"),
		"bom/catalog-info.yaml":  "\ufeff" + component("bom"),
		"crlf/catalog-info.yaml": strings.ReplaceAll(component("crlf"), "\n", "\r\n"),
		"yaml11/catalog-info.yaml": strings.Replace(component("yaml11"), "spec:", "  annotations: {a: 'no', b: '2026-01-02', c: '010'}\nspec:", 1) +
			"  on: yes\n  day: 2026-01-02\n  octal: 010\n  sexagesimal: 1:20\n",
		"outside.txt": "x",
	})
	for name, f := range files {
		path := filepath.Join(dir, name, "catalog-info.yaml")
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(f.text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := oddFiles(t, dir)
	for name, f := range files {
		want[name] = f.rule
	}
	p := run(t, []string{"--catalog", dir})
	p.delivered(t, "file")
	if diff := cmp.Diff([]string{"component:bom", "component:crlf", "component:good", "component:yaml11"}, p.names(t)); diff != "" {
		t.Errorf("served entities mismatch (-want +got):\n%s", diff)
	}
	found := map[string][]string{}
	for _, pr := range all[catalog.Problem](t, p, "/api/catalog/problems?limit=500") {
		name := filepath.Base(filepath.Dir(pr.Location))
		found[name] = append(found[name], pr.Rule)
		if pr.Message == "" || pr.Remedy == "" || len(pr.Message) > 2000 {
			t.Errorf("a poor problem: %+v", pr)
		}
	}
	for name, rule := range want {
		if len(found[name]) == 0 || !strings.Contains(strings.Join(found[name], " "), rule) {
			t.Errorf("%s: problems %.200v, want %s", name, found[name], rule)
		}
		delete(found, name)
	}
	if len(found) > 0 {
		t.Errorf("more problems: %.500v", found)
	}
	spec := get[map[string]any](t, p, "/api/catalog/entities/by-name/component/default/yaml11")["spec"].(map[string]any)
	for key, want := range map[string]any{"on": "yes", "day": "2026-01-02", "octal": 10.0, "sexagesimal": "1:20"} {
		if spec[key] != want {
			t.Errorf("spec.%s = %v, want %v: YAML 1.2", key, spec[key], want)
		}
	}
}

// oddFiles adds what are no proper files, and returns the rules by name.
func oddFiles(t *testing.T, dir string) map[string]string {
	t.Helper()
	at := func(name string) string {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o750); err != nil {
			t.Fatal(err)
		}
		return filepath.Join(dir, name, "catalog-info.yaml")
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	large := at("large")
	must(os.WriteFile(large, nil, 0o600))
	must(os.Truncate(large, 100<<20)) // 100 MB, without the disk
	must(syscall.Mkfifo(at("fifo"), 0o600))
	must(os.Symlink("/dev/zero", at("device")))
	secret := filepath.Join(t.TempDir(), "catalog-info.yaml")
	must(os.WriteFile(secret, []byte(component("secret")), 0o600))
	must(os.Symlink(secret, at("outside")))
	must(os.Symlink("catalog-info.yaml", at("itself")))
	must(os.Symlink(dir, filepath.Join(dir, "good", "up")))
	must(os.MkdirAll(filepath.Join(at("directory"), "empty"), 0o750))
	want := map[string]string{}
	for _, name := range []string{"large", "fifo", "device", "outside", "itself"} {
		want[name] = "source-unreadable"
	}
	if os.Getuid() != 0 { // root reads everything
		must(os.WriteFile(at("forbidden"), nil, 0o000))
		want["forbidden"] = "source-unreadable"
	}
	return want
}

// TestManyFiles serves a directory of ten thousand files.
func TestManyFiles(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("writes ten thousand files")
	}
	dir := memoryDir(t)
	for n := range 10_000 {
		text := "kind: ConfigMap\napiVersion: v1\n"
		if n%10 == 0 {
			text = component(fmt.Sprintf("c%d", n))
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.yaml", n)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := run(t, []string{"--catalog", dir})
	p.delivered(t, "file")
	if got := p.total(t); got != 1000 {
		t.Errorf("%d entities are served, want the 1000 among 10,000 files", got)
	}
	if got := p.problems(t); got != "" {
		t.Errorf("problems: %s", got)
	}
}

// hostileSite is a web server of which each path does its worst.
func hostileSite(t *testing.T) (site *httptest.Server, elsewhere string) {
	t.Helper()
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(component("stolen"))) }))
	t.Cleanup(other.Close)
	done := make(chan struct{})
	mux := http.NewServeMux()
	answer := func(path string, f http.HandlerFunc) { mux.HandleFunc(path, f) }
	to := func(target string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, target, http.StatusFound) }
	}
	answer("/good.yaml", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(component("good"))) })
	answer("/hangs.yaml", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-done:
		case <-r.Context().Done():
		}
	})
	answer("/loops.yaml", to("/loops.yaml"))
	answer("/metadata.yaml", to("http://169.254.169.254/latest/meta-data"))
	answer("/elsewhere.yaml", to(other.URL+"/stolen.yaml"))
	answer("/file.yaml", to("file:///etc/passwd"))
	answer("/endless.yaml", func(w http.ResponseWriter, r *http.Request) {
		chunk := bytes.Repeat([]byte("# padding\n"), 10_000)
		for n := 0; n < 1<<30 && r.Context().Err() == nil; n += len(chunk) {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	for range 100 {
		_, _ = z.Write(make([]byte, 1<<20))
	}
	_ = z.Close()
	answer("/bomb.yaml", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb.Bytes())
	})
	answer("/liar.yaml", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte("apiVersion: "))
	})
	answer("/broken.yaml", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "oh no", http.StatusInternalServerError) })
	answer("/self.yaml", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: self}\nspec: {targets: [./self.yaml]}\n"))
	})
	site = httptest.NewServer(mux)
	t.Cleanup(site.Close)
	t.Cleanup(func() { close(done) })
	return site, other.URL
}

// TestHostileServers follows locations whose servers do their worst. The good
// one is served in time; each other one has its own problem.
func TestHostileServers(t *testing.T) {
	t.Parallel()
	site, elsewhere := hostileSite(t)
	host := strings.TrimPrefix(site.URL, "http://")
	port := host[strings.LastIndexByte(host, ':'):]
	want := map[string]string{
		"/hangs.yaml":     "was not read within 8s",
		"/loops.yaml":     "redirect",
		"/metadata.yaml":  "169.254.169.254",
		"/elsewhere.yaml": "has the private address",
		"/file.yaml":      "file",
		"/endless.yaml":   "larger than",
		"/bomb.yaml":      "larger than",
		"/liar.yaml":      "could not be read",
		"/broken.yaml":    "cannot answer now (500)",
	}
	var targets strings.Builder
	for path := range want {
		targets.WriteString("    - " + site.URL + path + "\n")
	}
	dir := tree(t, map[string]string{
		"all.yaml": "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: all}\nspec:\n  type: url\n  targets:\n" + targets.String() +
			"    - " + site.URL + "/good.yaml\n    - " + site.URL + "/self.yaml\n    - http://localhost" + port + "/good.yaml\n    - http://not-allowed.example.com/x.yaml\n",
		"portal.yaml": "fetch:\n  timeout: 8s\n  allow: ['" + site.URL + "', 'http://localhost" + port + "', 'http://169.254.169.254', '" + elsewhere + "']\n" +
			"  allowPrivate: ['" + host + "', '169.254.169.254']\n",
	})
	start := time.Now()
	p := run(t, []string{"--config", filepath.Join(dir, "portal.yaml"), "--catalog", filepath.Join(dir, "all.yaml")})
	p.delivered(t, "file")
	if took := time.Since(start); took > 5*time.Minute {
		t.Errorf("it took %s", took)
	}
	if diff := cmp.Diff([]string{"component:good", "location:all", "location:self"}, p.names(t)); diff != "" {
		t.Errorf("served entities mismatch (-want +got):\n%s", diff)
	}
	want["/self.yaml"] = "names a location that it came from itself"
	found := map[string]string{}
	for _, pr := range all[catalog.Problem](t, p, "/api/catalog/problems?limit=500") {
		found[strings.TrimPrefix(pr.Location, "url:"+site.URL)] = pr.Message
	}
	want["url:http://localhost"+port+"/good.yaml"] = "localhost"
	want["url:http://not-allowed.example.com/x.yaml"] = "not on the allow list"
	for path, text := range want {
		if !strings.Contains(found[path], text) {
			t.Errorf("%s: %q, want %q", path, found[path], text)
		}
		delete(found, path)
	}
	if len(found) > 0 {
		t.Errorf("more problems: %v", found)
	}
}

// TestChangesItsMind serves what a location declared before, when it begins to
// answer with something else.
func TestChangesItsMind(t *testing.T) {
	t.Parallel()
	answers := make(chan string, 10)
	last := component("steady")
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		select {
		case last = <-answers:
		default:
		}
		_, _ = w.Write([]byte(last))
	}))
	defer site.Close()
	p := run(t, []string{"--catalog", site.URL + "/catalog-info.yaml"})
	eventually(t, "the first answer", func() bool { return len(p.names(t)) == 1 })
	for _, text := range []string{"<html>sign in</html>", "apiVersion: [", "just text", strings.Replace(component("steady"), "  lifecycle: production\n", "", 1)} {
		answers <- text
		status, body := p.ask(t, http.MethodPost, "/api/catalog/refresh", `{"entityRef":"component:default/steady"}`)
		if status != http.StatusOK {
			t.Fatalf("refresh = %d: %s", status, body)
		}
		if got := p.problems(t); got == "" {
			t.Errorf("%q is no problem", text)
		}
		if diff := cmp.Diff([]string{"component:steady"}, p.names(t)); diff != "" {
			t.Errorf("after %q: served entities mismatch (-want +got):\n%s", text, diff)
		}
	}
}
