// SPDX-License-Identifier: Apache-2.0

package sqlcatalog_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogtest"
	"github.com/callboard/callboard/catalog/sqlcatalog"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

// envIngest makes the test binary the process that is to be killed.
const envIngest = "SQLCATALOG_TEST_INGEST"

// TestMain runs the tests, or ingests until it is killed.
func TestMain(m *testing.M) {
	if url := os.Getenv(envIngest); url != "" {
		if err := ingestForever(context.Background(), url); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// ingestForever applies one change after the other and prints the number of
// each that was accepted. The first argument is where to start.
func ingestForever(ctx context.Context, url string) error {
	db, err := sqldb.Open(ctx, url, nil)
	if err != nil {
		return err
	}
	s, err := sqlcatalog.New(ctx, db, nil)
	if err != nil {
		return err
	}
	start, err := strconv.Atoi(os.Args[1])
	if err != nil {
		return err
	}
	for i := start; ; i++ {
		if _, err := s.Apply(ctx, roundOf(i)); err != nil {
			return err
		}
		fmt.Println(i)
	}
}

// roundOf is a change that touches everything: entities come, change, are
// contested, taken over and go.
func roundOf(i int) catalog.Change {
	source := func(n int, claims ...catalog.Claim) catalog.SourceUpdate {
		key := catalog.SourceKey{Provider: "kill", Location: fmt.Sprintf("file:/%d", n)}
		return catalog.SourceUpdate{Key: key, Claims: claims, Remove: len(claims) == 0}
	}
	var claims []catalog.Claim
	for n := range 60 {
		name := fmt.Sprintf("c%d", (i*7+n)%200)
		ref := catalog.NewRef("component", "", name)
		team := catalog.NewRef("group", "", fmt.Sprintf("g%d", i%5))
		claims = append(claims, catalogtest.Component(name).Title(fmt.Sprintf("round %d", i)).Claim(
			catalog.Edge{Source: ref, Type: "ownedBy", Target: team}, catalog.Edge{Source: team, Type: "ownerOf", Target: ref}))
	}
	mark := catalogtest.Component("mark").Title(strconv.Itoa(i)).Claim()
	return catalog.Change{Sources: []catalog.SourceUpdate{
		source(0, mark), source(1+i%4, claims...), source(1 + (i+2)%4), source(10, claims[:20]...),
	}}
}

// TestKill kills an ingesting process at random moments. Whatever it had been
// told is stored must be, and the tables must agree with each other.
func TestKill(t *testing.T) {
	t.Parallel()
	sqldbtest.EachURL(t, func(t *testing.T, url string) {
		random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test
		next := 1
		for range 10 {
			accepted := killAfter(t, url, next, 1+random.IntN(12))
			db := sqldbtest.OpenURL(t, url)
			s := newStore(t, db)
			checkStore(t, s)
			rs, err := s.Records(t.Context(), []catalog.Ref{catalog.NewRef("component", "", "mark")})
			if err != nil {
				t.Fatal(err)
			}
			e, err := rs[0].Entity()
			if err != nil {
				t.Fatal(err)
			}
			stored, err := strconv.Atoi(e.Metadata.Title)
			if err != nil || stored < accepted || stored > accepted+1 {
				t.Fatalf("round %s is stored, %d was accepted last (%v)", e.Metadata.Title, accepted, err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			next = stored + 1
		}
	})
}

// killAfter starts a process that ingests from round start on, kills it some
// rounds later in the midst of the next, and returns the last round that it
// reported.
func killAfter(t *testing.T, url string, start, rounds int) int {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], strconv.Itoa(start)) //nolint:gosec // ourselves
	cmd.Env = append(os.Environ(), envIngest+"="+url)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	last := 0
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if last, err = strconv.Atoi(lines.Text()); err != nil {
			t.Fatalf("the process wrote %q", lines.Text())
		}
		if last == start+rounds-1 {
			_ = cmd.Process.Kill() // what it reports until it is dead still counts
		}
	}
	_ = cmd.Wait()
	if last == 0 {
		t.Fatalf("the process accepted nothing: %s", stderr.String())
	}
	return last
}

func checkStore(tb testing.TB, s *sqlcatalog.Store) {
	tb.Helper()
	found, err := s.Check(tb.Context())
	if err != nil {
		tb.Fatalf("Check: %v", err)
	}
	for _, f := range found {
		tb.Errorf("Check: %s", f)
	}
}
