// SPDX-License-Identifier: Apache-2.0

package jobstest

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/jobs"
)

func testRunAt(t *testing.T, f *fixture) {
	k, started := kind("later"), make(chan time.Time, 1)
	q := f.start(k, func(context.Context, *jobs.Job[args]) error { started <- time.Now(); return nil })
	due := time.Now().Add(300 * time.Millisecond).Truncate(time.Microsecond)
	id := f.enqueue(q, k, args{}, &jobs.Options{RunAt: due})
	if info, err := q.Job(t.Context(), id); err != nil || info.State != jobs.StatePending || !info.RunAt.Equal(due) {
		t.Errorf("Job = %+v, %v; want it pending until %v", info, err, due)
	}
	at := receive(t, started)
	if at.Before(due) {
		t.Errorf("the job started %s too early", due.Sub(at))
	}
	if late := at.Sub(due); late > 3*time.Second {
		t.Errorf("the job started %s late", late)
	}
}

func testPriority(t *testing.T, f *fixture) {
	k, order := kind("priority"), make(chan int, 10)
	q := f.queue(&jobs.Settings{Queues: map[string]int{jobs.DefaultQueue: 1}})
	for i, p := range []int{4, 2, 1, 2, 3} {
		f.enqueue(q, k, args{N: p*10 + i}, &jobs.Options{Priority: p})
	}
	if err := q.Register(k.Handler(func(_ context.Context, job *jobs.Job[args]) error { order <- job.Args.N; return nil }, nil)); err != nil {
		t.Fatal(err)
	}
	f.run(q)
	var got []int
	for range 5 {
		got = append(got, receive(t, order))
	}
	if diff := cmp.Diff([]int{12, 21, 23, 34, 40}, got); diff != "" {
		t.Errorf("order mismatch (-want +got):\n%s", diff)
	}
}

func testUnique(t *testing.T, f *fixture) {
	k, other, release := kind("unique"), kind("other"), make(chan struct{})
	running := make(chan int64, 4)
	q := f.start(k, func(_ context.Context, job *jobs.Job[args]) error { running <- job.ID; <-release; return nil })
	insert := func(k jobs.Kind[args], a args, opts *jobs.Options) jobs.Ticket {
		t.Helper()
		ticket, err := k.Enqueue(t.Context(), q, a, opts)
		if err != nil {
			t.Fatalf("Enqueue: %v", err)
		}
		return ticket
	}
	later := time.Now().Add(time.Hour)
	byKey := &jobs.Options{Unique: "a"}
	first := insert(k, args{N: 1}, byKey)
	receive(t, running)
	if again := insert(k, args{N: 2}, byKey); !again.Duplicate || again.ID != first.ID {
		t.Errorf("Enqueue while one runs = %+v, want a duplicate of %d", again, first.ID)
	}
	if got := insert(other, args{}, &jobs.Options{Unique: "a", RunAt: later}); got.Duplicate {
		t.Error("another kind with the same key is a duplicate")
	}
	pending := insert(k, args{N: 3}, &jobs.Options{UniqueArgs: true, RunAt: later})
	if again := insert(k, args{N: 3}, &jobs.Options{UniqueArgs: true}); !again.Duplicate || again.ID != pending.ID {
		t.Errorf("Enqueue of equal arguments = %+v, want a duplicate of %d", again, pending.ID)
	}
	if got := insert(k, args{N: 4}, &jobs.Options{UniqueArgs: true, RunAt: later}); got.Duplicate {
		t.Error("other arguments are a duplicate")
	}
	close(release)
	f.wait(q, first.ID, jobs.StateDone)
	if again := insert(k, args{N: 5}, byKey); again.Duplicate {
		t.Error("Enqueue after the first was done is a duplicate")
	}
}

func testProgress(t *testing.T, f *fixture) {
	k, reported, release := kind("progress"), make(chan error, 1), make(chan struct{})
	q := f.start(k, func(ctx context.Context, job *jobs.Job[args]) error {
		reported <- job.Progress(ctx, 3, 10, "reading")
		<-release
		for i := range int64(8) {
			if err := job.Progress(ctx, 3+i, 10, "writing\x00"); err != nil {
				return err
			}
		}
		return nil
	})
	id := f.enqueue(q, k, args{}, nil)
	if err := receive(t, reported); err != nil {
		t.Fatalf("Progress: %v", err)
	}
	info, err := q.Job(t.Context(), id)
	if err != nil || info.State != jobs.StateRunning || info.Progress.Done != 3 || info.Progress.Total != 10 || info.Progress.Message != "reading" {
		t.Errorf("Job = %+v, %v; want it running, 3 of 10, reading", info, err)
	}
	close(release)
	if p := f.wait(q, id, jobs.StateDone).Progress; p.Done != 10 || !strings.HasPrefix(p.Message, "writing") {
		t.Errorf("Progress at the end = %+v, want the last report", p)
	}
}

func testList(t *testing.T, f *fixture) {
	a, b, q := kind("list-a"), kind("list-b"), f.queue(nil)
	if infos, err := q.Jobs(t.Context(), jobs.Query{}); err != nil || len(infos) != 0 || infos == nil {
		t.Errorf("Jobs of an empty queue = %v, %v; want an empty slice", infos, err)
	}
	for i := range 5 {
		f.enqueue(q, a, args{N: i}, nil)
	}
	gone := f.enqueue(q, b, args{}, nil)
	if err := q.Cancel(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	list := func(query jobs.Query) (ns []string, last int64) {
		t.Helper()
		infos, err := q.Jobs(t.Context(), query)
		if err != nil {
			t.Fatalf("Jobs(%+v): %v", query, err)
		}
		for _, info := range infos {
			ns, last = append(ns, info.Kind+" "+compact(info.Args)), info.ID
		}
		return ns, last
	}
	page, last := list(jobs.Query{Kind: a.Name(), State: jobs.StatePending, Limit: 2})
	want := []string{"suite.list-a {Text: N:4}", "suite.list-a {Text: N:3}"}
	if diff := cmp.Diff(want, page); diff != "" {
		t.Errorf("first page mismatch (-want +got):\n%s", diff)
	}
	if rest, _ := list(jobs.Query{Kind: a.Name(), Before: last}); len(rest) != 3 {
		t.Errorf("the rest is %v, want 3 jobs", rest)
	}
	if all, _ := list(jobs.Query{}); len(all) != 6 {
		t.Errorf("all are %v, want 6 jobs", all)
	}
	if none, _ := list(jobs.Query{State: jobs.StateDone}); len(none) != 0 {
		t.Errorf("done are %v, want none", none)
	}
	counts, err := q.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wantCounts := []jobs.Count{{Kind: a.Name(), State: jobs.StatePending, N: 5}, {Kind: b.Name(), State: jobs.StateCancelled, N: 1}}
	if diff := cmp.Diff(wantCounts, counts); diff != "" {
		t.Errorf("Counts mismatch (-want +got):\n%s", diff)
	}
}

// compact drops the spaces that an engine may put into JSON, and its order of
// fields.
func compact(raw json.RawMessage) string {
	var a args
	if err := json.Unmarshal(raw, &a); err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%+v", a)
}

func testStopWaits(t *testing.T, f *fixture) {
	k, running, release := kind("stop"), make(chan int64, 1), make(chan struct{})
	q := f.start(k, func(_ context.Context, job *jobs.Job[args]) error { running <- job.ID; <-release; return nil })
	id := f.enqueue(q, k, args{}, nil)
	receive(t, running)
	stopped := make(chan error, 1)
	go func() { stopped <- q.Stop(context.Background()) }()
	late := f.enqueue(q, k, args{}, &jobs.Options{RunAt: time.Now().Add(50 * time.Millisecond)})
	close(release)
	if err := receive(t, stopped); err != nil {
		t.Errorf("Stop: %v", err)
	}
	f.wait(q, id, jobs.StateDone)
	if info, err := q.Job(t.Context(), late); err != nil || info.State != jobs.StatePending {
		t.Errorf("a job of a stopped queue is %+v, %v; want it pending", info, err)
	}
}

func testStopGivesBack(t *testing.T, f *fixture) {
	k, running := kind("giveback"), make(chan int64, 1)
	q := f.start(k, func(ctx context.Context, job *jobs.Job[args]) error {
		running <- job.ID
		<-ctx.Done()
		return context.Cause(ctx)
	})
	id := f.enqueue(q, k, args{}, &jobs.Options{MaxAttempts: 1})
	receive(t, running)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := q.Stop(ended); err != nil {
		t.Errorf("Stop: %v", err)
	}
	info, err := q.Job(t.Context(), id)
	if err != nil || info.State != jobs.StatePending || info.Attempt != 0 || len(info.Errors) != 0 {
		t.Errorf("Job = %+v, %v; want it pending as if it had not begun", info, err)
	}
	next := f.start(k, func(context.Context, *jobs.Job[args]) error { return nil })
	f.wait(next, id, jobs.StateDone)
}

func testCompleteTx(t *testing.T, f *fixture) {
	k, after := kind("complete"), make(chan jobs.State, 1)
	ctx := t.Context()
	if _, err := f.DB.Exec(ctx, `CREATE TABLE suite_effect (n BIGINT NOT NULL)`); err != nil {
		t.Fatal(err)
	}
	effects := func(tx *sql.Tx, job *jobs.Job[args]) error {
		if _, err := tx.ExecContext(ctx, f.DB.Rebind(`INSERT INTO suite_effect (n) VALUES (?)`), job.Args.N); err != nil {
			return err
		}
		return job.CompleteTx(ctx, tx)
	}
	var q jobs.Queue
	ready := make(chan struct{})
	q = f.start(k, func(ctx context.Context, job *jobs.Job[args]) error {
		<-ready
		if job.Attempt == 1 { // the transaction is lost, and the job with it
			return f.DB.InTx(ctx, func(tx *sql.Tx) error { return errors.Join(effects(tx, job), errors.New("lost")) })
		}
		if err := f.DB.InTx(ctx, func(tx *sql.Tx) error { return effects(tx, job) }); err != nil {
			return err
		}
		info, err := q.Job(ctx, job.ID)
		after <- info.State
		return errors.Join(err, errors.New("too late to fail"))
	})
	close(ready)
	id := f.enqueue(q, k, args{N: 1}, nil)
	if state := receive(t, after); state != jobs.StateDone {
		t.Errorf("after the commit the job is %s, want done", state)
	}
	f.wait(q, id, jobs.StateDone)
	f.stop(q)
	if info, err := q.Job(ctx, id); err != nil || info.State != jobs.StateDone || info.Attempt != 2 {
		t.Errorf("Job = %+v, %v; want done at the second attempt, whatever the handler returns", info, err)
	}
	var n int
	if err := f.DB.SQL().QueryRowContext(ctx, `SELECT COUNT(*) FROM suite_effect`).Scan(&n); err != nil || n != 1 {
		t.Errorf("%d effects, %v; want 1", n, err)
	}
}

func testCompleteCancelled(t *testing.T, f *fixture) {
	k, running, result := kind("complete-cancelled"), make(chan int64, 1), make(chan error, 1)
	q := f.start(k, func(ctx context.Context, job *jobs.Job[args]) error {
		running <- job.ID
		<-ctx.Done()
		ctx = context.WithoutCancel(ctx)
		err := f.DB.InTx(ctx, func(tx *sql.Tx) error { return job.CompleteTx(ctx, tx) })
		result <- err
		return err
	})
	id := f.enqueue(q, k, args{}, nil)
	receive(t, running)
	if err := q.Cancel(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := receive(t, result); callboard.CodeOf(err) != callboard.CodeConflict {
		t.Errorf("CompleteTx of a cancelled job: %v, want CodeConflict", err)
	}
	f.wait(q, id, jobs.StateCancelled)
}

func testSchedule(t *testing.T, f *fixture) {
	k, ctx := kind("schedule"), t.Context()
	var ran atomic.Int32
	w := func(context.Context, *jobs.Job[args]) error { ran.Add(1); return nil }
	schedule := func(name string, tt jobs.Timetable, atStart bool) jobs.Schedule {
		s, err := k.Schedule(name, tt, args{Text: name}, nil)
		if err != nil {
			t.Fatalf("Kind.Schedule: %v", err)
		}
		s.AtStart = atStart
		return s
	}
	start := func() jobs.Queue {
		q := f.queue(nil)
		if err := errors.Join(q.Register(k.Handler(w, nil)), q.Schedule(
			schedule("often", jobs.Every(time.Second), false),
			schedule("first", jobs.Every(1000*time.Hour), true),
		)); err != nil {
			t.Fatal(err)
		}
		if err := q.Schedule(schedule("often", jobs.Every(time.Hour), false)); callboard.CodeOf(err) != callboard.CodeConflict {
			t.Errorf("two schedules of one name: %v, want CodeConflict", err)
		}
		f.run(q)
		return q
	}
	q := start()
	start() // a replica does not enqueue it twice
	begin := time.Now()
	var infos []jobs.Info
	for time.Since(begin) < patience && len(infos) < 4 {
		var err error
		if infos, err = q.Jobs(ctx, jobs.Query{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	if len(infos) < 4 {
		t.Fatalf("%d jobs after %s, want one at the start and one each second", len(infos), patience)
	}
	often := 0
	for _, info := range infos {
		if strings.Contains(string(info.Args), "often") {
			often++
		}
	}
	if first := len(infos) - often; first != 1 {
		t.Errorf("%d jobs at the first start, want 1", first)
	}
	if most := int(time.Since(begin).Seconds()) + 2; often > most {
		t.Errorf("%d jobs in %s, want one each second", often, time.Since(begin))
	}
}
