// SPDX-License-Identifier: Apache-2.0

package catalogbench_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogbench"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

// command runs bench and returns what it printed.
func command(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, progress bytes.Buffer
	cmd := catalogbench.Command("database")
	cmd.SetArgs(append(args, "--each=1ms"))
	cmd.SetOut(&out)
	cmd.SetErr(&progress)
	cmd.SilenceUsage = true
	err = cmd.ExecuteContext(t.Context())
	return out.String(), progress.String(), err
}

// TestCommand measures two small companies on both engines, and looks for what
// is left behind.
func TestCommand(t *testing.T) {
	for engine, target := range map[string]string{"sqlite": "sqlite", "postgres": sqldbtest.PostgresURL(t)} {
		t.Run(engine, func(t *testing.T) {
			scratch := t.TempDir()
			t.Setenv("TMPDIR", scratch)
			out, progress, err := command(t, "-n", "60,240", "--database", target)
			if err != nil {
				t.Fatalf("bench: %v\n%s", err, progress)
			}
			for _, want := range []string{engine, "60", "240", "growth", "by name", "/catalog, services", "/s", "first start", "resident"} {
				if !strings.Contains(out, want) {
					t.Errorf("the table lacks %q:\n%s", want, out)
				}
			}
			if !strings.Contains(progress, "240 entities: store, by name") {
				t.Errorf("no progress on stderr: %s", progress)
			}
			left, err := os.ReadDir(scratch)
			if err != nil || len(left) > 0 {
				t.Errorf("left behind in the temporary directory: %v %v", left, err)
			}
		})
	}
}

// TestCommandLeavesNoSchema: PostgreSQL is as it was.
func TestCommandLeavesNoSchema(t *testing.T) {
	t.Parallel()
	db := sqldbtest.OpenPostgres(t)
	url := os.Getenv(sqldbtest.EnvPostgres)
	if _, progress, err := command(t, "-n", "40", "--database", url+"&application_name=mine"); err != nil {
		t.Fatalf("bench: %v\n%s", err, progress)
	}
	var n int
	query := `SELECT COUNT(*) FROM pg_stat_activity WHERE application_name LIKE 'callboard\_bench\_%' OR application_name = 'mine'`
	if err := db.SQL().QueryRowContext(t.Context(), query).Scan(&n); err != nil || n > 0 {
		t.Errorf("%d connections are left open (%v)", n, err)
	}
}

func TestCommandJSON(t *testing.T) {
	t.Parallel()
	out, _, err := command(t, "-n", "50", "--json")
	if err != nil {
		t.Fatal(err)
	}
	var report catalogbench.Report
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatalf("--json: %v in %s", err, out)
	}
	if len(report.Results) != 1 || report.Results[0].Entities != 50 || report.Results[0].Engine != "sqlite" {
		t.Fatalf("--json: got %d results: %s", len(report.Results), out)
	}
	for _, f := range report.Results[0].Figures {
		if f.Cost == nil && f.Bytes == 0 || f.Cost != nil && f.Cost.Wall <= 0 {
			t.Errorf("figure %s, %s is empty: %+v", f.Group, f.Name, f)
		}
	}
}

func TestCommandWrite(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "company")
	if _, _, err := command(t, "-n", "10", "--write", dir); err != nil {
		t.Fatal(err)
	}
	company := catalogbench.NewCompany(10)
	for i := range company.Files() {
		got, err := os.ReadFile(filepath.Join(dir, company.FileName(i)))
		if err != nil || !bytes.Equal(got, company.File(i)) {
			t.Errorf("%s: %v\n%s", company.FileName(i), err, got)
		}
	}
	if _, _, err := command(t, "-n", "10", "--write", dir); err == nil {
		t.Error("bench wrote over a directory that was there")
	}
}

func TestCommandRefuses(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "real.db")
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"-n", "0"}, "-n 0: a size is from 1 to 10,000,000"},
		{[]string{"-n", "10", "--database", file}, "name sqlite"},
		{[]string{"-n", "10", "--database", "mysql://me:secret@localhost/x"}, "name sqlite"},
		{[]string{"-n", "10", "--database", "postgres://me:secret@127.0.0.1:1/x"}, "cannot be reached"},
		{[]string{"here"}, "unknown command"},
	} {
		_, _, err := command(t, tt.args...)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("bench %q: got %v, want an error with %q and without the password", tt.args, err, tt.want)
		}
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("bench made the file that it refused to measure on")
	}
}

// TestCompany: the same every time, every reference once, valid by the kinds,
// and the files say what the entities are.
func TestCompany(t *testing.T) {
	t.Parallel()
	a, b := catalogbench.NewCompany(500), catalogbench.NewCompany(500)
	kinds, err := catalog.NewKinds()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[catalog.Ref]bool{}
	var written []catalog.Document
	for i := range a.Files() {
		written = append(written, catalog.Decode(a.File(i), nil)...)
	}
	if len(written) != 500 {
		t.Fatalf("the files have %d documents, want 500", len(written))
	}
	for i := range 500 {
		e := a.Entity(i)
		if diff := cmp.Diff(text(t, e), text(t, b.Entity(i))); diff != "" {
			t.Fatalf("Entity(%d) differs from itself: %s", i, diff)
		}
		if seen[e.Ref()] {
			t.Errorf("%s twice", e.Ref())
		}
		seen[e.Ref()] = true
		if problems := kinds.Validate(&written[i]); len(problems) > 0 {
			t.Errorf("%s: %v", e.Ref(), problems)
		}
		kinds.Normalize(e)
		kinds.Normalize(written[i].Entity)
		if diff := cmp.Diff(text(t, e), text(t, written[i].Entity)); diff != "" {
			t.Errorf("%s is written otherwise (-entity +file):\n%s", e.Ref(), diff)
		}
	}
}

func text(t *testing.T, e *catalog.Entity) string {
	t.Helper()
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
