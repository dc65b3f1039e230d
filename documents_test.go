// SPDX-License-Identifier: Apache-2.0

package callboard_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// documents are what a newcomer reads first.
func documents(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "DESIGN.md", "CHANGELOG.md"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(text)
	}
	return texts
}

var (
	goBlock = regexp.MustCompile("(?ms)^```go\n(.*?)^```$")
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	noSlug  = regexp.MustCompile(`[^a-z0-9 _-]`)
)

// TestCodeInDocumentsBuilds builds each block of Go in a module outside of the
// repository, as somebody would who copies it.
func TestCodeInDocumentsBuilds(t *testing.T) {
	t.Parallel()
	dir := outsideModule(t)
	blocks := 0
	for name, text := range documents(t) {
		for _, m := range goBlock.FindAllStringSubmatch(text, -1) {
			blocks++
			pkg := filepath.Join(dir, fmt.Sprintf("block%d", blocks))
			t.Logf("%s is block %d of %s", filepath.Base(pkg), blocks, name)
			writeFile(t, filepath.Join(pkg, "main.go"), m[1])
		}
	}
	if blocks == 0 {
		t.Fatal("the documents have no block of Go")
	}
	goCommand(t, dir, "build", "-mod=mod", "./...")
}

// outsideModule makes a company's Go module that uses this tree, with the
// package of its own that README.md speaks of.
func outsideModule(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	root, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, name), string(text))
	}
	goCommand(t, dir, "mod", "edit", "-module", "example.com/acme", "-require", modulePath+"@v0.0.0", "-replace", modulePath+"="+root)
	writeFile(t, filepath.Join(dir, "oncall", "oncall.go"), `package oncall

import "github.com/samber/do/v2"

func Package() func(do.Injector) { return func(do.Injector) {} }
`)
	return dir
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func goCommand(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// TestLinksInDocumentsLeadSomewhere follows links to files, folders and
// headings. Links to other sites are not followed.
func TestLinksInDocumentsLeadSomewhere(t *testing.T) {
	t.Parallel()
	texts := documents(t)
	for name, text := range texts {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			target, fragment, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, ":") {
				continue
			}
			if target == "" {
				target = name
			}
			if _, err := os.Stat(filepath.FromSlash(target)); err != nil {
				t.Errorf("%s links to %s, which is not there", name, target)
			}
			if fragment != "" && !hasHeading(texts[target], fragment) {
				t.Errorf("%s links to %s, which has no such heading", name, m[1])
			}
		}
	}
}

// hasHeading reports whether a heading of the text has the anchor that GitHub
// gives it.
func hasHeading(text, anchor string) bool {
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		slug := noSlug.ReplaceAllString(strings.ToLower(m[1]), "")
		if strings.ReplaceAll(slug, " ", "-") == anchor {
			return true
		}
	}
	return false
}
