// SPDX-License-Identifier: Apache-2.0

package jobstest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/jobs"
)

func testRetry(t *testing.T, f *fixture) {
	k := kind("retry")
	q := f.start(k, func(_ context.Context, job *jobs.Job[args]) error {
		if job.Attempt < 3 {
			return fmt.Errorf("failure %d \x00 \xff %s", job.Attempt, strings.Repeat("é", 10_000))
		}
		return nil
	})
	info := f.wait(q, f.enqueue(q, k, args{}, nil), jobs.StateDone)
	if info.Attempt != 3 || len(info.Errors) != 2 {
		t.Fatalf("Job = %+v, want 3 attempts and 2 errors", info)
	}
	for i, e := range info.Errors {
		if e.Attempt != i+1 || !strings.Contains(e.Message, fmt.Sprintf("failure %d", i+1)) || e.At.IsZero() || len(e.Message) > 8100 {
			t.Errorf("Errors[%d] = %.200v, want failure %d", i, e, i+1)
		}
	}
}

func testFail(t *testing.T, f *fixture) {
	k := kind("fail")
	q := f.start(k, func(context.Context, *jobs.Job[args]) error { return errors.New("always") })
	info := f.wait(q, f.enqueue(q, k, args{}, &jobs.Options{MaxAttempts: 2}), jobs.StateFailed)
	if info.Attempt != 2 || len(info.Errors) != 2 || info.FinishedAt.IsZero() {
		t.Errorf("Job = %+v, want 2 attempts, 2 errors, finished", info)
	}
}

func testPanic(t *testing.T, f *fixture) {
	k := kind("panic")
	q := f.start(k, func(_ context.Context, job *jobs.Job[args]) error {
		if job.Attempt == 1 {
			panic("odd")
		}
		return nil
	})
	info := f.wait(q, f.enqueue(q, k, args{}, nil), jobs.StateDone)
	if len(info.Errors) != 1 || !strings.Contains(info.Errors[0].Message, "panic: odd") {
		t.Errorf("Errors = %+v, want the panic", info.Errors)
	}
}

func testHandlerCancels(t *testing.T, f *fixture) {
	k := kind("end")
	q := f.start(k, func(context.Context, *jobs.Job[args]) error { return jobs.Cancel(errors.New("no such repository")) })
	info := f.wait(q, f.enqueue(q, k, args{}, nil), jobs.StateCancelled)
	if info.Attempt != 1 || len(info.Errors) != 1 || !strings.Contains(info.Errors[0].Message, "no such repository") {
		t.Errorf("Job = %+v, want one attempt and why", info)
	}
}

func testSnooze(t *testing.T, f *fixture) {
	k := kind("snooze")
	var runs atomic.Int32
	q := f.start(k, func(context.Context, *jobs.Job[args]) error {
		if runs.Add(1) < 3 {
			return jobs.Snooze(time.Millisecond)
		}
		return nil
	})
	info := f.wait(q, f.enqueue(q, k, args{}, &jobs.Options{MaxAttempts: 1}), jobs.StateDone)
	if info.Attempt != 1 || len(info.Errors) != 0 {
		t.Errorf("Job = %+v, want a snooze to be no attempt and no error", info)
	}
}

func testTimeout(t *testing.T, f *fixture) {
	k := kind("timeout")
	q := f.startWith(&jobs.Settings{}, k.Handler(func(ctx context.Context, _ *jobs.Job[args]) error {
		<-ctx.Done()
		return ctx.Err()
	}, &jobs.HandlerOptions{Timeout: 20 * time.Millisecond}))
	info := f.wait(q, f.enqueue(q, k, args{}, &jobs.Options{MaxAttempts: 1}), jobs.StateFailed)
	if len(info.Errors) != 1 || !strings.Contains(info.Errors[0].Message, "longer than 20ms") {
		t.Errorf("Errors = %+v, want the timeout", info.Errors)
	}
}

func testCancel(t *testing.T, f *fixture) {
	k, running, ended := kind("cancel"), make(chan int64, 1), make(chan error, 1)
	q := f.start(k, func(ctx context.Context, job *jobs.Job[args]) error {
		running <- job.ID
		<-ctx.Done()
		ended <- context.Cause(ctx)
		return ctx.Err()
	})
	pending := f.enqueue(q, k, args{}, &jobs.Options{RunAt: time.Now().Add(time.Hour)})
	if err := q.Cancel(t.Context(), pending); err != nil {
		t.Fatalf("Cancel of a pending job: %v", err)
	}
	if info := f.wait(q, pending, jobs.StateCancelled); info.Attempt != 0 {
		t.Errorf("Job = %+v, want it never begun", info)
	}
	id := f.enqueue(q, k, args{}, nil)
	receive(t, running)
	if err := q.Cancel(t.Context(), id); err != nil {
		t.Fatalf("Cancel of a running job: %v", err)
	}
	if cause := receive(t, ended); !errors.Is(cause, jobs.ErrCancelled) {
		t.Errorf("the context ended with %v, want ErrCancelled", cause)
	}
	f.wait(q, id, jobs.StateCancelled)
	if err := q.Cancel(t.Context(), id); err != nil {
		t.Errorf("Cancel of a cancelled job: %v, want nil", err)
	}
	f.wait(q, id, jobs.StateCancelled)
}

func testRerun(t *testing.T, f *fixture) {
	k := kind("rerun")
	var mended atomic.Bool
	q := f.start(k, func(context.Context, *jobs.Job[args]) error {
		if mended.Load() {
			return nil
		}
		return errors.New("not yet")
	})
	id := f.enqueue(q, k, args{}, &jobs.Options{MaxAttempts: 1})
	f.wait(q, id, jobs.StateFailed)
	mended.Store(true)
	if err := q.Retry(t.Context(), id); err != nil {
		t.Fatalf("Retry: %v", err)
	}
	if info := f.wait(q, id, jobs.StateDone); info.Attempt != 2 || len(info.Errors) != 1 {
		t.Errorf("Job = %+v, want 2 attempts and the first one's error", info)
	}
}

func testRefusals(t *testing.T, f *fixture) {
	k, ctx := kind("known"), t.Context()
	q := f.queue(nil)
	noop := k.Handler(func(context.Context, *jobs.Job[args]) error { return nil }, nil)
	if err := q.Register(noop, noop); callboard.CodeOf(err) != callboard.CodeConflict {
		t.Errorf("Register twice: %v, want CodeConflict", err)
	}
	f.run(q)
	if err := q.Register(kind("late").Handler(nil, nil)); callboard.CodeOf(err) != callboard.CodeConflict {
		t.Errorf("Register after Start: %v, want CodeConflict", err)
	}
	if err := q.Start(ctx); callboard.CodeOf(err) != callboard.CodeConflict {
		t.Errorf("Start twice: %v, want CodeConflict", err)
	}
	for name, r := range map[string]jobs.Request{
		"no kind":       {},
		"odd kind":      {Kind: "Robert'); DROP TABLE"},
		"odd queue":     {Kind: "x", Queue: "a b"},
		"bad priority":  {Kind: "x", Priority: 5},
		"bad attempts":  {Kind: "x", MaxAttempts: -1},
		"bad arguments": {Kind: "x", Args: []byte("{")},
		"long key":      {Kind: "x", UniqueKey: strings.Repeat("k", 2000)},
		"odd key":       {Kind: "x", UniqueKey: "a\x00"},
	} {
		if _, err := q.Insert(ctx, nil, r); callboard.CodeOf(err) != callboard.CodeInvalid {
			t.Errorf("Insert with %s: %v, want CodeInvalid", name, err)
		}
	}
	const nobody = 1 << 40
	_, err := q.Job(ctx, nobody)
	for name, err := range map[string]error{"Job": err, "Cancel": q.Cancel(ctx, nobody), "Retry": q.Retry(ctx, nobody)} {
		if callboard.CodeOf(err) != callboard.CodeNotFound {
			t.Errorf("%s of no job: %v, want CodeNotFound", name, err)
		}
	}
	ticket, err := q.Insert(ctx, nil, jobs.Request{Kind: k.Name(), Args: []byte(`"a text"`)})
	if err != nil {
		t.Fatal(err)
	}
	f.wait(q, ticket.ID, jobs.StateCancelled) // arguments that do not fit never will
	unknown := f.enqueue(q, kind("unknown"), args{}, &jobs.Options{MaxAttempts: 1})
	if info := f.wait(q, unknown, jobs.StateFailed); len(info.Errors) != 1 {
		t.Errorf("a kind without handler left %+v, want why", info.Errors)
	}
}
