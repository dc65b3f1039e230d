// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/sqlcatalog"
	"github.com/callboard/callboard/portal"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
	"github.com/callboard/callboard/portal/standard"
)

// envArgs makes the test binary the reference portal: its arguments, as JSON.
const envArgs = "PORTAL_TEST_ARGS"

// TestPortalProcess is the portal that other tests kill.
func TestPortalProcess(t *testing.T) {
	text := os.Getenv(envArgs)
	if text == "" {
		t.Skip("only a process that other tests start")
	}
	var args []string
	if err := json.Unmarshal([]byte(text), &args); err != nil {
		t.Fatal(err)
	}
	os.Exit(portal.Run(context.Background(), &portal.Program{Packages: []func(do.Injector){standard.Package(), demo}, Args: args}))
}

// process starts the reference portal as a process of its own and waits until
// it is ready.
func process(t *testing.T, args ...string) (*running, *exec.Cmd) {
	t.Helper()
	text, err := json.Marshal(append([]string{"portal", "--listen", "127.0.0.1:0", "--log-level", "error"}, args...))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestPortalProcess$") //nolint:gosec // ourselves
	cmd.Env = append(os.Environ(), envArgs+"="+string(text), "CALLBOARD_ADMIN_TOKEN="+adminToken)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	found := readyLine.FindStringSubmatch(line)
	if found == nil {
		_ = cmd.Wait()
		t.Fatalf("the portal said %q, %v: %s", line, err, stderr.String())
	}
	return &running{URL: found[1]}, cmd
}

// So many files are several transactions.
const (
	killFiles    = 1600
	killEntities = 2 // in each file
	killAll      = killFiles * killEntities
	killRounds   = 5 // the store's own test kills it more often
)

// writeRound writes all files anew, with the number of the round in each entity.
func writeRound(t *testing.T, dir string, round int) {
	t.Helper()
	for f := range killFiles {
		var b strings.Builder
		for n := range killEntities {
			fmt.Fprintf(&b, "---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: c-%d-%d\n  title: round %d\n"+
				"spec: {type: service, lifecycle: production, owner: team-%d, dependsOn: ['component:c-%d-%d']}\n", f, n, round, f%7, f, (n+1)%killEntities)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("f%04d.yaml", f)), []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestKilledWhileIngesting kills the whole portal at random moments while it
// takes in some thousand entities that change from round to round. After each,
// the tables agree with each other, and what had been served still is; in the
// end everything is as though nothing had happened.
func TestKilledWhileIngesting(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("kills many portals on each engine")
	}
	sqldbtest.EachURL(t, func(t *testing.T, database string) {
		t.Parallel()
		random := rand.New(rand.NewPCG(7, 11)) //nolint:gosec // a test
		dir, data := memoryDir(t), t.TempDir()
		args := []string{"--data", data, "--database", database, "--catalog", dir}
		midway := 0
		for round := 1; round <= killRounds; round++ {
			writeRound(t, dir, round)
			p, cmd := process(t, args...)
			served := serveUntil(t, p, round, random.IntN(killAll))
			time.Sleep(time.Duration(random.IntN(30)) * time.Millisecond) // whatever it does then
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			live, current := checkAfterKill(t, database, round)
			if live < served {
				t.Errorf("round %d: %d entities were served, %d are left", round, served, live)
			}
			if current > 0 && current < killAll {
				midway++
			}
		}
		t.Logf("%d of %d kills came when some of the round was stored", midway, killRounds)
		p, _ := process(t, args...)
		p.delivered(t, "file")
		if got := p.total(t); got != killAll {
			t.Errorf("%d entities in the end, want %d", got, killAll)
		}
		if _, current := checkAfterKill(t, database, killRounds); current != killAll {
			t.Errorf("%d entities are those of the last round, want all %d", current, killAll)
		}
	})
}

// total counts what is served.
func (p *running) total(t *testing.T) int {
	t.Helper()
	return get[list[any]](t, p, "/api/catalog/entities/by-query?limit=0").TotalItems
}

// serveUntil waits until more than so many entities are those of the round, and
// returns how many are served at all.
func serveUntil(t *testing.T, p *running, round, more int) int {
	t.Helper()
	path := fmt.Sprintf("/api/catalog/entities/by-query?limit=0&filter=metadata.title=round+%d", round)
	eventually(t, "some of the round", func() bool { return get[list[any]](t, p, path).TotalItems > more })
	return p.total(t)
}

// checkAfterKill returns how many entities live, and how many of them are those
// of the round.
func checkAfterKill(t *testing.T, database string, round int) (live, current int) {
	t.Helper()
	db := sqldbtest.OpenURL(t, database)
	s, err := sqlcatalog.New(t.Context(), db, nil)
	if err != nil {
		t.Fatal(err)
	}
	found, err := s.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Errorf("round %d: %s", round, f)
	}
	count := func(f catalog.Filter) int {
		page, err := s.Query(t.Context(), catalog.Query{Filter: f, Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		return page.Total
	}
	live = count(nil)
	current = count(catalog.In{Field: "metadata.title", Values: []string{fmt.Sprintf("round %d", round)}})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return live, current
}
