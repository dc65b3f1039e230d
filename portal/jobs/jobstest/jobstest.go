// SPDX-License-Identifier: Apache-2.0

// Package jobstest is the contract of [jobs.Queue] as a test suite:
//
//	func TestQueue(t *testing.T) {
//		jobstest.TestQueue(t, func(tb testing.TB) jobstest.Opener { … })
//	}
package jobstest

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/sqldb"
)

// patience is how long a test waits for what must happen.
const patience = 2 * time.Minute

// Opener makes queues on one database, as replicas or restarts of a program do.
type Opener struct {
	// DB is the database, for transactions; its tables are migrated.
	DB *sqldb.DB
	// New makes another queue on it.
	New func(settings *jobs.Settings) (jobs.Queue, error)
}

// TestQueue tests the whole contract; open returns a fresh database each time.
func TestQueue(t *testing.T, open func(tb testing.TB) Opener) {
	for _, tt := range []struct {
		name string
		run  func(t *testing.T, f *fixture)
	}{
		{"works a job", testWork},
		{"starts without handlers", testIdle},
		{"enqueues in a transaction", testTransaction},
		{"wakes at once", testWake},
		{"tries again", testRetry},
		{"fails after the last attempt", testFail},
		{"survives a panic", testPanic},
		{"ends by the handler's word", testHandlerCancels},
		{"snoozes", testSnooze},
		{"runs later", testRunAt},
		{"orders by priority", testPriority},
		{"keeps unique", testUnique},
		{"ends at the timeout", testTimeout},
		{"cancels pending and running", testCancel},
		{"shows progress", testProgress},
		{"runs again", testRerun},
		{"lists and counts", testList},
		{"refuses what is wrong", testRefusals},
		{"waits when it stops", testStopWaits},
		{"gives back when it must stop", testStopGivesBack},
		{"completes in a transaction", testCompleteTx},
		{"refuses to complete a cancelled job", testCompleteCancelled},
		{"runs each job once", testOnce},
		{"keeps a schedule", testSchedule},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.run(t, &fixture{Opener: open(t), t: t})
		})
	}
}

// args are what the suite's jobs carry.
type args struct {
	Text string
	N    int
}

type work = func(ctx context.Context, job *jobs.Job[args]) error

type fixture struct {
	Opener
	t *testing.T
}

// queue returns a queue that is not started.
func (f *fixture) queue(s *jobs.Settings) jobs.Queue {
	f.t.Helper()
	quiet := jobs.Settings{}
	if s != nil {
		quiet = *s
	}
	quiet.Logger = slog.New(slog.DiscardHandler) // attempts fail here on purpose
	q, err := f.New(&quiet)
	if err != nil {
		f.t.Fatalf("New: %v", err)
	}
	return q
}

// start returns a queue that works with one handler, and whose failed attempts
// come back at once.
func (f *fixture) start(k jobs.Kind[args], w work) jobs.Queue {
	f.t.Helper()
	return f.startWith(&jobs.Settings{}, k.Handler(w, nil))
}

func (f *fixture) startWith(s *jobs.Settings, handlers ...jobs.Handler) jobs.Queue {
	f.t.Helper()
	if s.Backoff == nil {
		s.Backoff = func(int) time.Duration { return time.Millisecond }
	}
	q := f.queue(s)
	if err := q.Register(handlers...); err != nil {
		f.t.Fatalf("Register: %v", err)
	}
	f.run(q)
	return q
}

func (f *fixture) run(q jobs.Queue) {
	f.t.Helper()
	if err := q.Start(f.t.Context()); err != nil {
		f.t.Fatalf("Start: %v", err)
	}
	f.t.Cleanup(func() { f.stop(q) })
}

func (f *fixture) stop(q jobs.Queue) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := q.Stop(ctx); err != nil {
		f.t.Errorf("Stop: %v", err)
	}
}

func (f *fixture) enqueue(q jobs.Queue, k jobs.Kind[args], a args, opts *jobs.Options) int64 {
	f.t.Helper()
	ticket, err := k.Enqueue(f.t.Context(), q, a, opts)
	if err != nil {
		f.t.Fatalf("Enqueue: %v", err)
	}
	return ticket.ID
}

// wait returns the job when it is finished and checks its state.
func (f *fixture) wait(q jobs.Queue, id int64, want jobs.State) jobs.Info {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), patience)
	defer cancel()
	info, err := jobs.Wait(ctx, q, id)
	if err != nil {
		f.t.Fatalf("Wait(%d): %v; the job stands at %+v", id, err, info)
	}
	if info.State != want {
		f.t.Fatalf("job %d is %s, want %s: %+v", id, info.State, want, info.Errors)
	}
	return info
}

// receive takes a value that a handler sends.
func receive[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatal("nothing came from the handler")
		panic("unreachable")
	}
}

func kind(name string) jobs.Kind[args] { return jobs.Define[args]("suite."+name, nil) }

func testWork(t *testing.T, f *fixture) {
	k, got := kind("work"), make(chan *jobs.Job[args], 1)
	q := f.start(k, func(_ context.Context, job *jobs.Job[args]) error { got <- job; return nil })
	before := time.Now().Add(-time.Minute)
	want := args{Text: "Zürich \"x\" <b> 🙂 \x00", N: 7}
	id := f.enqueue(q, k, want, nil)
	job := receive(t, got)
	if diff := cmp.Diff(want, job.Args); diff != "" {
		t.Errorf("Args mismatch (-want +got):\n%s", diff)
	}
	if job.ID != id || job.Attempt != 1 || job.MaxAttempts != 10 || job.Kind != k.Name() || job.Queue != jobs.DefaultQueue {
		t.Errorf("the handler saw %+v", job.Info)
	}
	info := f.wait(q, id, jobs.StateDone)
	if info.Attempt != 1 || len(info.Errors) != 0 || info.Priority != 2 {
		t.Errorf("Job = %+v, want one attempt, no errors, priority 2", info)
	}
	for name, at := range map[string]time.Time{"CreatedAt": info.CreatedAt, "StartedAt": info.StartedAt, "FinishedAt": info.FinishedAt} {
		if at.Before(before) || at.After(time.Now().Add(time.Minute)) || at.Location() != time.UTC {
			t.Errorf("%s = %v, want now, in UTC", name, at)
		}
	}
}

func testIdle(t *testing.T, f *fixture) {
	q := f.queue(nil)
	f.run(q)
	id := f.enqueue(q, kind("idle"), args{}, nil)
	if info, err := q.Job(t.Context(), id); err != nil || info.State != jobs.StatePending {
		t.Errorf("Job = %+v, %v; want it to wait for a replica with a handler", info, err)
	}
}

func testTransaction(t *testing.T, f *fixture) {
	k, got := kind("tx"), make(chan int, 10)
	q := f.start(k, func(_ context.Context, job *jobs.Job[args]) error { got <- job.Args.N; return nil })
	ctx, boom := t.Context(), errors.New("boom")
	err := f.DB.InTx(ctx, func(tx *sql.Tx) error {
		_, err := k.EnqueueTx(ctx, tx, q, args{N: 1}, nil)
		return errors.Join(err, boom)
	})
	if !errors.Is(err, boom) {
		t.Fatalf("InTx: %v", err)
	}
	err = f.DB.InTx(ctx, func(tx *sql.Tx) error {
		ticket, err := k.EnqueueTx(ctx, tx, q, args{N: 2}, nil)
		if err != nil {
			return err
		}
		if _, err := q.Job(ctx, ticket.ID); callboard.CodeOf(err) != callboard.CodeNotFound {
			t.Errorf("Job before the commit: %v, want CodeNotFound", err)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("InTx: %v", err)
	}
	if n := receive(t, got); n != 2 {
		t.Errorf("job %d ran, want only the one whose transaction was committed", n)
	}
	if counts, err := q.Counts(ctx); err != nil || len(counts) != 1 || counts[0].N != 1 {
		t.Errorf("Counts = %+v, %v; want one job", counts, err)
	}
}

func testWake(t *testing.T, f *fixture) {
	k, started := kind("wake"), make(chan time.Time, 1)
	q := f.start(k, func(context.Context, *jobs.Job[args]) error { started <- time.Now(); return nil })
	f.enqueue(q, k, args{}, nil)
	receive(t, started) // the workers are up
	best := time.Hour
	for range 30 {
		var committed time.Time
		err := f.DB.InTx(t.Context(), func(tx *sql.Tx) error {
			_, err := k.EnqueueTx(t.Context(), tx, q, args{}, nil)
			committed = time.Now()
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		best = min(best, receive(t, started).Sub(committed))
	}
	// The best of many, because the machine may be busy; a queue that polls is
	// found out, as each job is enqueued right after a look at the table.
	if best > 250*time.Millisecond {
		t.Errorf("the fastest of thirty jobs started %s after its commit, want milliseconds", best)
	}
}

func testOnce(t *testing.T, f *fixture) {
	const n = 200
	var mu sync.Mutex
	ran := make(map[int]int)
	k := kind("once")
	w := func(_ context.Context, job *jobs.Job[args]) error {
		mu.Lock()
		defer mu.Unlock()
		ran[job.Args.N]++
		return nil
	}
	q := f.start(k, w)
	f.start(k, w) // a second replica, or one that stands by
	var ids []int64
	for i := range n {
		ids = append(ids, f.enqueue(q, k, args{N: i}, nil))
	}
	for _, id := range ids {
		f.wait(q, id, jobs.StateDone)
	}
	mu.Lock()
	defer mu.Unlock()
	for i := range n {
		if ran[i] != 1 {
			t.Errorf("job %d ran %d times, want once", i, ran[i])
		}
	}
}
