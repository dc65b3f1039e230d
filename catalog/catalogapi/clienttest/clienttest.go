// SPDX-License-Identifier: Apache-2.0

// Package clienttest runs programs that use the ecosystem's own catalog client,
// @backstage/catalog-client from npm, at the version that package-lock.json
// pins, against servers under test:
//
//	out := clienttest.Run(t, "testdata/client/driver.cjs", server.URL+"/api/catalog")
package clienttest

import (
	"bytes"
	"context"
	_ "embed"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/callboard/callboard/portal/npmtest"
)

//go:embed package.json
var manifest []byte

//go:embed package-lock.json
var lock []byte

// Run runs a program of node, a file that may require the client, with the
// arguments, and returns what it prints. Without node and npm the test is
// skipped, or fails if CI is "true".
func Run(tb testing.TB, program string, args ...string) []byte {
	tb.Helper()
	content, err := os.ReadFile(program) //nolint:gosec // a test's own program
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(tb.Context(), 2*time.Minute)
	defer cancel()
	pkg := npmtest.Package{Name: "catalog-client", Manifest: manifest, Lock: lock}
	cmd := pkg.Command(ctx, tb, filepath.Base(program), content, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		tb.Fatalf("%s: %v\n%s", program, err, stderr.Bytes())
	}
	return out
}
