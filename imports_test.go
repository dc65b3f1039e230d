// SPDX-License-Identifier: Apache-2.0

package callboard_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const modulePath = "github.com/callboard/callboard"

// listedPackage is what the go command says of a package.
type listedPackage struct {
	ImportPath string
	Dir        string
	Imports    []string
	GoFiles    []string
}

// listPackages returns the packages of the module, paths relative to it.
func listPackages(t *testing.T) []listedPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,Imports,GoFiles", "./...")
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatalf("go list: %v", err)
	}
	var all []listedPackage
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listedPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("go list: %v", err)
		}
		all = append(all, p)
	}
}

// relative returns the path inside the module and whether it is ours.
func relative(importPath string) (string, bool) {
	if importPath == modulePath {
		return "", true
	}
	return strings.CutPrefix(importPath, modulePath+"/")
}

// layer is a row of the import table: which packages it is, and what of ours
// they may import.
type layer struct {
	name string
	is   func(path string) bool
	may  func(from, to string) bool
}

// layers is the table of DESIGN.md, "Who may import whom". The first row that
// fits a package is its row.
func layers() []layer {
	anything := func(_, _ string) bool { return true }
	return []layer{
		{"root", equals(""), func(_, _ string) bool { return false }},
		{"domain", isDomain, func(_, to string) bool { return to == "" || to == "catalog" }},
		{"composition", isComposition, anything},
		{"portal", equals("portal"), func(_, to string) bool { return to == "" || isKit(to) }},
		{"test package", isTestPackage, anything},
		{"kit", isKit, func(from, to string) bool { return to == "" || isKit(to) }},
		{"adapter, api or web", inDomain, func(from, to string) bool {
			own := domainOf(from) == domainOf(to)
			return to == "" || to == "catalog" || to == "catalog/entitypage" || isKit(to) || own
		}},
	}
}

func equals(want string) func(string) bool {
	return func(path string) bool { return path == want }
}

func domainOf(path string) string {
	first, _, _ := strings.Cut(path, "/")
	return first
}

func isDomain(path string) bool {
	return slices.Contains([]string{"catalog", "scaffolder", "techdocs", "cicd", "metrics"}, path)
}

func inDomain(path string) bool { return isDomain(domainOf(path)) }

func isComposition(path string) bool {
	return path == "portal/standard" || strings.HasPrefix(path, "portal/cmd/") || domainOf(path) == "examples"
}

func isKit(path string) bool {
	return strings.HasPrefix(path, "portal/") && !isComposition(path) && !isTestPackage(path)
}

func isTestPackage(path string) bool {
	last := path[strings.LastIndex(path, "/")+1:]
	return strings.HasSuffix(last, "test")
}

func TestImports(t *testing.T) {
	t.Parallel()
	for _, p := range listPackages(t) {
		from, _ := relative(p.ImportPath)
		row := slices.IndexFunc(layers(), func(l layer) bool { return l.is(from) })
		if row < 0 {
			t.Errorf("%s fits no row of the import table: is there a new folder at the top?", p.ImportPath)
			continue
		}
		checkImports(t, layers()[row], from, p.Imports)
	}
}

func checkImports(t *testing.T, l layer, from string, imports []string) {
	t.Helper()
	for _, imported := range imports {
		to, ours := relative(imported)
		switch {
		case !ours:
		case !l.may(from, to):
			t.Errorf("%q (%s) may not import %q", from, l.name, to)
		case isTestPackage(to) && !isTestPackage(from):
			t.Errorf("%q imports the test package %q from code that is not a test", from, to)
		}
	}
}

func TestInjectorStaysAtTheEdge(t *testing.T) {
	t.Parallel()
	for _, f := range sourceFiles(t) {
		if !f.imports("github.com/samber/do/v2") {
			continue
		}
		allowed := f.pkg == "portal" || f.pkg == "portal/module" || f.pkg == "portal/portaltest" ||
			isComposition(f.pkg) || f.base == "package.go"
		if !allowed {
			t.Errorf("%s imports samber/do: only portal, portal/module, compositions and a module's package.go may", f.name)
		}
	}
}
