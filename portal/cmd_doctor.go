// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/sqldb"
)

func (c *cli) doctorCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Examine what the portal needs from this machine",
		Long: "Doctor examines the build, the configuration, the data directory, the disk, the\n" +
			"database, git, the clock and the port. Each line says ok, warn or fail, and what\n" +
			"to do. It changes nothing. Exit code 1 says that something fails.",
		Args: args(cobra.NoArgs),
		RunE: c.doctor,
	}
	c.serveFlags(cmd)
	return cmd
}

// finding is what doctor says of one thing.
type finding struct {
	status string // ok, warn or fail
	text   string
	remedy string
}

func ok(format string, args ...any) finding {
	return finding{status: "ok", text: fmt.Sprintf(format, args...)}
}

func warn(text, remedy string) finding { return finding{status: "warn", text: text, remedy: remedy} }
func fail(text, remedy string) finding { return finding{status: "fail", text: text, remedy: remedy} }

func (c *cli) doctor(cmd *cobra.Command, _ []string) error {
	ctx, cancel := context.WithTimeout(cmd.Context(), 30*time.Second)
	defer cancel()
	configured := c.configure(cmd.Flags())
	s := c.core.opts.Settings
	failed := false
	for _, e := range []struct {
		name    string
		examine func() finding
	}{
		{"build", examineBuild},
		{"configuration", func() finding { return examineConfig(configured, c.configFiles) }},
		{"data", func() finding { return examineData(s.Data) }},
		{"disk", func() finding { return examineDisk(s.Data) }},
		{"database", func() finding { return c.examineDatabase(ctx) }},
		{"git", func() finding { return examineGit(ctx) }},
		{"clock", func() finding { return c.examineClock(ctx) }},
		{"port", func() finding { return examinePort(ctx, s.Listen) }},
	} {
		f := e.examine()
		failed = failed || f.status == "fail"
		cmd.Printf("%-4s  %-13s  %s\n", f.status, e.name, f.text)
		if f.remedy != "" {
			cmd.Printf("%21s→ %s\n", "", f.remedy)
		}
	}
	if failed {
		return errReported
	}
	return nil
}

func examineBuild() finding {
	b := Version()
	return ok("%s %s, %s", b.Path, strings.TrimSpace(b.Version+" "+b.Revision), b.Go)
}

func examineConfig(err error, files []string) finding {
	var problems config.Problems
	switch {
	case errors.As(err, &problems):
		return fail(problems[0].String(), "correct it; the command check lists all that is wrong")
	case err != nil:
		return fail(err.Error(), "correct it")
	case len(files) == 0:
		return ok("no file; flags, environment and defaults")
	default:
		return ok("%s", strings.Join(files, ", "))
	}
}

// existing returns the directory, or the nearest one above it that is there.
func existing(dir string) string {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "."
	}
	for {
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

func examineData(dir string) finding {
	at := existing(dir)
	probe, err := os.CreateTemp(at, ".doctor-*")
	if err != nil {
		return fail(fmt.Sprintf("cannot write to %s: %v", at, err), "give this user the right to, or choose another directory with --data")
	}
	if err := errors.Join(probe.Close(), os.Remove(probe.Name())); err != nil {
		return fail(err.Error(), "look at the disk")
	}
	if abs, err := filepath.Abs(dir); err == nil && abs != at {
		return ok("%s will be created", dir)
	}
	return ok("%s can be written to", dir)
}

// Below these doctor warns, and fails.
const (
	littleDisk = 1 << 30
	noDisk     = 100 << 20
)

func examineDisk(dir string) finding {
	free, err := freeDisk(existing(dir))
	if err != nil {
		return warn("cannot tell how much is free: "+err.Error(), "look yourself")
	}
	text := fmt.Sprintf("%.1f GB free in ", float64(free)/(1<<30)) + existing(dir)
	const remedy = "make room, or choose another disk with --data"
	switch {
	case free < noDisk:
		return fail(text, remedy)
	case free < littleDisk:
		return warn(text, remedy)
	default:
		return ok("%s", text)
	}
}

func (c *cli) examineDatabase(ctx context.Context) finding {
	s := c.core.opts.Settings
	if path, missing := s.missingFile(); missing {
		return ok("%s will be created", path)
	}
	start := time.Now()
	db, err := c.core.open(ctx)
	if err != nil {
		return fail(callboard.MessageOf(err), "correct --database, or start the database")
	}
	defer db.Close()
	var version string
	query := db.Dialect().Pick(`SELECT 'SQLite ' || sqlite_version()`, `SELECT 'PostgreSQL ' || current_setting('server_version')`)
	if err := db.SQL().QueryRowContext(ctx, query).Scan(&version); err != nil {
		return fail(err.Error(), "look at the database's own log")
	}
	return ok("%s at %s answers in %s", version, db, time.Since(start).Round(time.Millisecond))
}

var gitVersion = regexp.MustCompile(`(\d+)\.(\d+)(\.\d+)?`)

func examineGit(ctx context.Context) finding {
	const remedy = "install git 2.38 or newer; hosting repositories and merging need it"
	out, err := exec.CommandContext(ctx, "git", "--version").Output()
	if err != nil {
		return warn("there is no git: "+err.Error(), remedy)
	}
	m := gitVersion.FindStringSubmatch(string(out))
	if m == nil {
		return warn("git has no version: "+strings.TrimSpace(string(out)), remedy)
	}
	major, _ := strconv.Atoi(m[1]) // digits, by the expression
	minor, _ := strconv.Atoi(m[2])
	if major < 2 || major == 2 && minor < 38 {
		return warn("git "+m[0]+" is too old", remedy)
	}
	return ok("git %s", m[0])
}

// maxSkew is how far the clock may be from the database's.
const maxSkew = 5 * time.Second

func (c *cli) examineClock(ctx context.Context) finding {
	const remedy = "have the machine's clock set by the network"
	now := c.core.opts.Now()
	if built, err := time.Parse(time.RFC3339, Version().Time); err == nil && now.Before(built) {
		return fail("it is "+now.UTC().Format(time.RFC3339)+", before this program was written", remedy)
	}
	if !strings.Contains(c.core.opts.Settings.Database, "://") {
		return ok("%s", now.UTC().Format(time.RFC3339))
	}
	db, err := c.core.open(ctx)
	if err != nil {
		return ok("%s; the database was not asked", now.UTC().Format(time.RFC3339))
	}
	defer db.Close()
	skew, err := skewOf(ctx, db, c.core.opts.Now)
	switch {
	case err != nil:
		return warn("the database does not tell its time: "+err.Error(), "look at the database's own log")
	case skew.Abs() > maxSkew:
		return warn(fmt.Sprintf("it is %s away from the database's", skew.Round(time.Second)), remedy)
	default:
		return ok("%s, as the database's", now.UTC().Format(time.RFC3339))
	}
}

// skewOf returns how far the clock is behind the database's, from the middle
// of the question.
func skewOf(ctx context.Context, db *sqldb.DB, now func() time.Time) (time.Duration, error) {
	var there time.Time
	before := now()
	err := db.SQL().QueryRowContext(ctx, `SELECT clock_timestamp()`).Scan(&there)
	after := now()
	return there.Sub(before.Add(after.Sub(before) / 2)), err
}

func examinePort(ctx context.Context, addr string) finding {
	ln, err := httpx.Listen(ctx, addr)
	if err != nil {
		return warn(callboard.MessageOf(err), "well if that is this portal; otherwise choose another address with --listen")
	}
	if err := ln.Close(); err != nil {
		return warn(err.Error(), "try again")
	}
	return ok("%s is free", addr)
}
