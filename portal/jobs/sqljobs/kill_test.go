// SPDX-License-Identifier: Apache-2.0

package sqljobs_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/jobs/sqljobs"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

// envChild turns the test binary into a worker on the database that it names.
const envChild = "CALLBOARD_JOBS_TEST_CHILD"

func TestMain(m *testing.M) {
	if url := os.Getenv(envChild); url != "" {
		if err := child(context.Background(), url); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

type step struct{ N int }

// Each first job leaves one effect and one second job; each second job leaves
// one effect.
var (
	first  = jobs.Define[step]("kill.first", &jobs.Options{MaxAttempts: 100})
	second = jobs.Define[step]("kill.second", &jobs.Options{MaxAttempts: 100})
)

func settings() *jobs.Settings {
	return &jobs.Settings{
		Logger:  slog.New(slog.DiscardHandler),
		Lease:   2 * time.Second,
		Backoff: func(int) time.Duration { return time.Millisecond },
	}
}

// child works until it is killed.
func child(ctx context.Context, url string) error {
	db, err := sqldb.Open(ctx, url, nil)
	if err != nil {
		return err
	}
	queue, err := sqljobs.New(db, settings())
	if err != nil {
		return err
	}
	work := func(kind string, also func(tx *sql.Tx, n int) error) func(ctx context.Context, job *jobs.Job[step]) error {
		return func(ctx context.Context, job *jobs.Job[step]) error {
			time.Sleep(time.Duration(rand.IntN(3000)) * time.Microsecond)
			return db.InTx(ctx, func(tx *sql.Tx) error {
				_, err := tx.ExecContext(ctx, db.Rebind(`INSERT INTO kill_effect (kind, n) VALUES (?, ?)`), kind, job.Args.N)
				if err == nil {
					err = also(tx, job.Args.N)
				}
				if err != nil {
					return err
				}
				return job.CompleteTx(ctx, tx)
			})
		}
	}
	err = queue.Register(
		first.Handler(work("first", func(tx *sql.Tx, n int) error {
			_, err := second.EnqueueTx(ctx, tx, queue, step{n}, nil)
			return err
		}), nil),
		second.Handler(work("second", func(*sql.Tx, int) error { return nil }), nil),
	)
	if err != nil {
		return err
	}
	if err := queue.Start(ctx); err != nil {
		return err
	}
	fmt.Println("ready")
	<-ctx.Done()
	return nil
}

// spawn starts a worker and returns when it works.
func spawn(t *testing.T, url string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$") //nolint:gosec // this very binary
	cmd.Env = append(os.Environ(), envChild+"="+url)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("the worker said %q, %v", line, err)
	}
	return cmd
}

func kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Kill(); err != nil {
		t.Errorf("kill: %v", err)
	}
	_ = cmd.Wait() //nolint:errcheck // it was killed
}

func TestKilledWorkers(t *testing.T) {
	t.Parallel()
	sqldbtest.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		ctx, db := t.Context(), sqldbtest.OpenURL(t, url)
		if err := sqljobs.Migrate(ctx, db); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(ctx, `CREATE TABLE kill_effect (kind TEXT NOT NULL, n BIGINT NOT NULL)`); err != nil {
			t.Fatal(err)
		}
		const n = 300
		queue, err := sqljobs.New(db, settings())
		if err != nil {
			t.Fatal(err)
		}
		err = db.InTx(ctx, func(tx *sql.Tx) error {
			for i := range n {
				if _, err := first.EnqueueTx(ctx, tx, queue, step{i}, nil); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 6 {
			cmd := spawn(t, url)
			time.Sleep(time.Duration(rand.IntN(150)) * time.Millisecond) // the random point
			kill(t, cmd)
		}
		last := spawn(t, url)
		defer kill(t, last)
		waitUntilDone(t, queue, 2*n)
		checkEffects(t, db, n)
	})
}

func waitUntilDone(t *testing.T, queue jobs.Queue, want int64) {
	t.Helper()
	var counts []jobs.Count
	for deadline := time.Now().Add(5 * time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		var err error
		if counts, err = queue.Counts(t.Context()); err != nil {
			t.Fatal(err)
		}
		done := int64(0)
		for _, c := range counts {
			if c.State == jobs.StateDone {
				done += c.N
			}
		}
		if done == want {
			return
		}
	}
	t.Fatalf("jobs are %+v, want %d done", counts, want)
}

func checkEffects(t *testing.T, db *sqldb.DB, n int) {
	t.Helper()
	rows, err := db.SQL().QueryContext(t.Context(), `SELECT kind, COUNT(*), COUNT(DISTINCT n) FROM kill_effect GROUP BY kind`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	kinds := 0
	for ; rows.Next(); kinds++ {
		var kind string
		var effects, different int
		if err := rows.Scan(&kind, &effects, &different); err != nil {
			t.Fatal(err)
		}
		if effects != n || different != n {
			t.Errorf("the %s jobs left %d effects of %d, want %d, each once", kind, effects, different, n)
		}
	}
	if err := rows.Err(); err != nil || kinds != 2 {
		t.Errorf("effects of %d kinds, %v; want 2", kinds, err)
	}
}
