// SPDX-License-Identifier: Apache-2.0

package portal_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestOutsideModule composes a portal in a Go module of its own, outside of
// this repository, as a company does: it builds one binary of every built-in
// module and the company's, which adds a page, a tab and a provider.
func TestOutsideModule(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds a program")
	}
	dir := t.TempDir()
	outsideModule(t, dir, "testdata/outside")
	program := filepath.Join(dir, "acme-portal")
	run(t, dir, "go", "build", "-mod=mod", "-o", program, ".")

	base := serveProgram(t, dir, program)
	for _, tt := range []struct {
		name, path string
		wants      []string
	}{
		{"page in the shell", "/oncall", []string{"Ines is on call for everything.", "<h1>On call</h1>", `aria-current="page"`}},
		{"entity of the provider", "/api/catalog/entities/by-name/resource/default/pager", []string{`"title":"The pager"`, `"targetRef":"group:default/web"`}},
		{"its page, with the tab", "/catalog/default/resource/pager", []string{"<h1>The pager</h1>", `href="/catalog/default/resource/pager/acme-oncall"`}},
		{"the tab", "/catalog/default/resource/pager/acme-oncall", []string{"Ines is on call for The pager."}},
		{"the provider on the page of those", "/locations", []string{"acme-pager"}},
	} {
		if missing := waitForPage(t, base+tt.path, tt.wants...); missing != "" {
			t.Errorf("%s: GET %s lacks %q", tt.name, tt.path, missing)
		}
	}
}

// outsideModule makes a Go module in dir that uses this tree, with the files
// of from. It needs no network: it has the requirements of this module.
func outsideModule(t *testing.T, dir, from string) {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	run(t, dir, "go", "mod", "edit", "-module", "example.com/acme/portal",
		"-require", "github.com/callboard/callboard@v0.0.0",
		"-replace", "github.com/callboard/callboard="+root)
}

func run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// serveProgram runs a portal on a free port until the test ends, and returns
// its address.
func serveProgram(t *testing.T, dir, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, append(args, "--listen", "127.0.0.1:0", "--data", filepath.Join(dir, "data"))...)
	cmd.Dir = dir
	var log bytes.Buffer
	cmd.Stderr = &log
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the portal stopped with %v:\n%s", err, &log)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the portal did not get ready: %v", err)
	}
	_, rest, _ := strings.Cut(line, "is ready at ")
	url, _, _ := strings.Cut(rest, " ")
	return url
}

// waitForPage asks for a page until every text is in it. It returns the one
// that never came.
func waitForPage(t *testing.T, url string, texts ...string) (missing string) {
	t.Helper()
	client := http.Client{Timeout: 10 * time.Second}
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		res, err := client.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		n := slices.IndexFunc(texts, func(text string) bool { return !strings.Contains(string(body), text) })
		if n < 0 {
			return ""
		}
		missing = texts[n]
	}
	return missing
}
