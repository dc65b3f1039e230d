// SPDX-License-Identifier: Apache-2.0

package main

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

// asProgram has the test binary stand in for the program.
const asProgram = "MINIMAL_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestServesWhatTheFilesSay starts the program on a copy of its catalog, reads
// it over HTTP, changes a file, and reads the change.
func TestServesWhatTheFilesSay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("catalog")); err != nil {
		t.Fatal(err)
	}
	url := start(t, "-listen", "127.0.0.1:0", "-catalog", dir, "-database", filepath.Join(t.TempDir(), "catalog.db"))
	orders := url + "/entities/by-name/component/default/orders"
	waitFor(t, orders, `"name":"orders"`, `"targetRef":"group:default/backend"`, `"targetRef":"api:default/orders"`)
	waitFor(t, url+"/entities/by-name/api/default/orders", "One order with its state")
	waitFor(t, url+"/entities/by-name/component/default/nothing", "NotFoundError")
	waitFor(t, strings.TrimSuffix(url, "/api/catalog")+"/", `"totalItems":7`)

	file := filepath.Join(dir, "shop.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.ReplaceAll(text, []byte("tags: [go]"), []byte("tags: [go, kafka]")), 0o600); err != nil {
		t.Fatal(err)
	}
	waitFor(t, orders, `"tags":["go","kafka"]`)
}

// TestNeedsNoPortal holds what the program links against what it is about.
func TestNeedsNoPortal(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	const prefix = "github.com/callboard/callboard/portal"
	for _, p := range strings.Fields(string(out)) {
		if p == prefix || p == prefix+"/ui" || p == prefix+"/auth" {
			t.Errorf("a catalog alone links %s", p)
		}
	}
}

// start runs the program until the test ends, when it must stop without
// complaint, and returns where it serves.
func start(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=yes")
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
			t.Errorf("the program stopped with %v:\n%s", err, &log)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the program says nothing: %v", err)
	}
	return strings.TrimSpace(line[strings.Index(line, "http://"):])
}

// waitFor waits until the answer at url has every text in it.
func waitFor(t *testing.T, url string, texts ...string) {
	t.Helper()
	var body string
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		res, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		body = string(b)
		if !slices.ContainsFunc(texts, func(s string) bool { return !strings.Contains(body, s) }) {
			return
		}
	}
	t.Fatalf("GET %s lacks one of %q:\n%s", url, texts, body)
}
