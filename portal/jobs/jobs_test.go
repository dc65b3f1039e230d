// SPDX-License-Identifier: Apache-2.0

package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/jobs"
)

func TestTimetables(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skipf("no time zones on this machine: %v", err)
	}
	for _, tt := range []struct {
		name      string
		timetable jobs.Timetable
		after     string
		want      []string
	}{
		{"each minute", jobs.Every(time.Minute), "2026-05-04T10:00:30Z", []string{"2026-05-04T10:01:00Z", "2026-05-04T10:02:00Z"}},
		{"exactly due is past", jobs.Every(time.Hour), "2026-05-04T10:00:00Z", []string{"2026-05-04T11:00:00Z"}},
		{"before 1970", jobs.Every(time.Hour), "1969-12-31T22:30:00Z", []string{"1969-12-31T23:00:00Z", "1970-01-01T00:00:00Z"}},
		{"daily", jobs.Daily(3, 30, nil), "2026-02-28T03:30:00Z", []string{"2026-03-01T03:30:00Z", "2026-03-02T03:30:00Z"}},
		{"clocks go forward", jobs.Daily(12, 0, berlin), "2026-03-28T12:00:00Z", []string{"2026-03-29T10:00:00Z", "2026-03-30T10:00:00Z"}},
		{"clocks go back", jobs.Daily(12, 0, berlin), "2026-10-24T11:00:00Z", []string{"2026-10-25T11:00:00Z", "2026-10-26T11:00:00Z"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			at, err := time.Parse(time.RFC3339, tt.after)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for range tt.want {
				at = tt.timetable.Next(at)
				got = append(got, at.Format(time.RFC3339))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Next after %s mismatch (-want +got):\n%s", tt.after, diff)
			}
		})
	}
}

func TestMistakesPanic(t *testing.T) {
	t.Parallel()
	for name, mistake := range map[string]func(){
		"kind without name": func() { jobs.Define[int]("", nil) },
		"odd kind":          func() { jobs.Define[int]("Refresh All", nil) },
		"short interval":    func() { jobs.Every(time.Millisecond) },
		"no time of day":    func() { jobs.Daily(24, 0, nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			mistake()
		}()
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	for n, base := range map[int]time.Duration{0: 2 * time.Second, 1: 2 * time.Second, 3: 8 * time.Second, 20: time.Hour, 1000: time.Hour} {
		for range 50 {
			if got := jobs.Backoff(n); got < base*4/5 || got > base*6/5 {
				t.Errorf("Backoff(%d) = %s, want %s give or take a fifth", n, got, base)
			}
		}
	}
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	if err := fmt.Errorf("wrapped: %w", jobs.Cancel(cause)); !jobs.IsCancel(err) || !errors.Is(err, cause) {
		t.Errorf("IsCancel(%v) = false, or the cause is lost", err)
	}
	if d, ok := jobs.IsSnooze(fmt.Errorf("wrapped: %w", jobs.Snooze(time.Minute))); !ok || d != time.Minute {
		t.Errorf("IsSnooze = %s, %v; want a minute", d, ok)
	}
	if d, ok := jobs.IsSnooze(jobs.Snooze(-time.Minute)); !ok || d != 0 {
		t.Errorf("IsSnooze of a negative time = %s, %v; want 0", d, ok)
	}
	if jobs.IsCancel(cause) || jobs.IsCancel(nil) {
		t.Error("IsCancel of another error")
	}
}

func TestRequest(t *testing.T) {
	t.Parallel()
	k := jobs.Define[map[string]int]("test.kind", &jobs.Options{Priority: 1, UniqueArgs: true})
	a, err := k.Request(map[string]int{"x": 1, "y": 2}, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := k.Request(map[string]int{"y": 2, "x": 1}, nil)
	if err != nil || a.UniqueKey == "" || a.UniqueKey != b.UniqueKey || a.Priority != 1 {
		t.Errorf("requests of equal arguments are %+v and %+v, %v; want the kind's defaults and one key", a, b, err)
	}
	if c, err := k.Request(map[string]int{}, &jobs.Options{}); err != nil || c.UniqueKey != "" || c.Priority != 2 {
		t.Errorf("a request with options is %+v, %v; want those and not the kind's", c, err)
	}
	if _, err := jobs.Define[chan int]("test.odd", nil).Request(nil, nil); callboard.CodeOf(err) != callboard.CodeInvalid {
		t.Errorf("arguments that are no JSON: %v, want CodeInvalid", err)
	}
	if _, err := k.Schedule("x", nil, nil, nil); callboard.CodeOf(err) != callboard.CodeInvalid {
		t.Errorf("a schedule without timetable: %v, want CodeInvalid", err)
	}
}

// states is an Inspector that shows one job through its life.
type states struct {
	jobs.Inspector
	infos []jobs.Info
}

func (s *states) Job(context.Context, int64) (jobs.Info, error) {
	info := s.infos[0]
	if len(s.infos) > 1 {
		s.infos = s.infos[1:]
	}
	return info, nil
}

func TestWatch(t *testing.T) {
	t.Parallel()
	running := jobs.Info{ID: 1, State: jobs.StateRunning, Attempt: 1}
	moved := running
	moved.Progress.Done = 5
	q := &states{infos: []jobs.Info{
		{ID: 1, State: jobs.StatePending}, running, running, moved, {ID: 1, State: jobs.StateDone, Attempt: 1},
	}}
	var got []string
	for info, err := range jobs.Watch(t.Context(), q, 1) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(info.State, info.Progress.Done))
	}
	if diff := cmp.Diff([]string{"pending0", "running0", "running5", "done0"}, got); diff != "" {
		t.Errorf("Watch mismatch (-want +got):\n%s", diff)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := jobs.Wait(ended, &states{infos: []jobs.Info{running}}, 1); callboard.CodeOf(err) != callboard.CodeTimeout {
		t.Errorf("Wait with an ended context: %v, want CodeTimeout", err)
	}
}
