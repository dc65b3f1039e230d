// SPDX-License-Identifier: Apache-2.0

// Package npmtest runs programs of node that need packages from npm, for tests
// against what the ecosystem itself uses. A test package embeds a package.json
// and the package-lock.json that pins it, and a program:
//
//	pkg := npmtest.Package{Name: "catalog-client", Manifest: manifest, Lock: lock}
//	out, err := pkg.Command(ctx, tb, "driver.cjs", program, server.URL).Output()
//
// Without node and npm the test is skipped, or fails if CI is "true".
package npmtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Package is what a program needs.
type Package struct {
	// Name tells it from others in the user's cache.
	Name string
	// Manifest is its package.json, Lock its package-lock.json.
	Manifest, Lock []byte
}

// Command returns the command that runs the program with the arguments. Name is
// the program's file name, whose ending says which kind of module it is.
func (p Package) Command(ctx context.Context, tb testing.TB, name string, program []byte, args ...string) *exec.Cmd {
	tb.Helper()
	dir := tb.TempDir()
	if err := os.Symlink(filepath.Join(p.installed(tb), "node_modules"), filepath.Join(dir, "node_modules")); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), program, 0o600); err != nil {
		tb.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, "node", append([]string{name}, args...)...) //nolint:gosec // a test's own program
	cmd.Dir = dir
	return cmd
}

// installed returns a directory with the packages. It is kept in the user's
// cache, by the content of what asks for it.
func (p Package) installed(tb testing.TB) string {
	tb.Helper()
	npm, err := exec.LookPath("npm")
	if err == nil {
		_, err = exec.LookPath("node")
	}
	if err != nil {
		unavailable(tb, "node and npm are needed to run "+p.Name+": "+err.Error())
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		tb.Fatal(err)
	}
	sum := sha256.Sum256(p.Lock)
	modules := filepath.Join(cache, "callboard-test", p.Name+"-"+hex.EncodeToString(sum[:8]))
	if _, err := os.Stat(modules); err != nil {
		p.install(tb, npm, modules)
	}
	return modules
}

// install fills a directory beside the final one and moves it there when it is
// complete, so that a broken or concurrent installation is never used.
func (p Package) install(tb testing.TB, npm, modules string) {
	tb.Helper()
	if err := os.MkdirAll(filepath.Dir(modules), 0o750); err != nil {
		tb.Fatal(err)
	}
	fresh, err := os.MkdirTemp(filepath.Dir(modules), "new-")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(fresh) }()
	for name, content := range map[string][]byte{"package.json": p.Manifest, "package-lock.json": p.Lock} {
		if err := os.WriteFile(filepath.Join(fresh, name), content, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	cmd := exec.CommandContext(tb.Context(), npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund") //nolint:gosec // found on the path
	cmd.Dir = fresh
	if out, err := cmd.CombinedOutput(); err != nil {
		unavailable(tb, "npm could not install "+p.Name+": "+err.Error()+"\n"+string(out))
	}
	if err := os.Rename(fresh, modules); err != nil {
		if _, there := os.Stat(modules); there != nil {
			tb.Fatal(err)
		}
	}
}

// unavailable skips, but not where everything has to be there.
func unavailable(tb testing.TB, why string) {
	tb.Helper()
	if os.Getenv("CI") == "true" {
		tb.Fatal(why)
	}
	tb.Skip(why)
}
