// SPDX-License-Identifier: Apache-2.0

package catalogtest

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard/catalog"
)

// patience is how long a suite waits for what should take a moment.
const patience = 10 * time.Second

// TestProvider checks that a [catalog.Provider] keeps its contract. open
// returns a provider over the same content each time; it must have something to
// deliver. The provider lives as long as the test.
func TestProvider(t *testing.T, open func(tb testing.TB) catalog.Provider) {
	t.Run("Name", func(t *testing.T) {
		a, b := open(t).Name(), open(t).Name()
		if a == "" || a != b {
			t.Errorf("Name = %q, then %q; want the same name each time", a, b)
		}
	})
	t.Run("Delivers", func(t *testing.T) { testDelivers(t, open(t)) })
	t.Run("Repeats", func(t *testing.T) {
		first, second := delivered(t, open(t)), delivered(t, open(t))
		if diff := cmp.Diff(outline(first), outline(second)); diff != "" {
			t.Errorf("a second run delivers something else (-first +second):\n%s", diff)
		}
	})
	t.Run("EndsWithContext", func(t *testing.T) { testEnds(t, open(t)) })
	t.Run("SinkFails", func(t *testing.T) { testSinkFails(t, open(t)) })
	t.Run("OpenStaysInside", func(t *testing.T) { testOpenStaysInside(t, open(t)) })
	t.Run("Ingested", func(t *testing.T) { testIngested(t, open(t)) })
}

// recorder is a sink that remembers.
type recorder struct {
	mu    sync.Mutex
	items []catalog.Item
	fail  error
	ended bool
	late  int
	got   chan struct{}
	once  sync.Once
}

var _ catalog.Sink = (*recorder)(nil)

func newRecorder() *recorder { return &recorder{got: make(chan struct{})} }

// Replace implements [catalog.Sink].
func (r *recorder) Replace(ctx context.Context, items iter.Seq2[catalog.Item, error]) error {
	var list []catalog.Item
	for item, err := range items {
		if err != nil {
			return err
		}
		list = append(list, item)
	}
	return r.take(ctx, func() { r.items = list })
}

// Update implements [catalog.Sink].
func (r *recorder) Update(ctx context.Context, items []catalog.Item, removed []string) error {
	return r.take(ctx, func() {
		for _, item := range items {
			r.items = slices.DeleteFunc(r.items, func(x catalog.Item) bool { return x.Location == item.Location })
			r.items = append(r.items, item)
		}
		r.items = slices.DeleteFunc(r.items, func(x catalog.Item) bool { return slices.Contains(removed, x.Location) })
	})
}

func (r *recorder) take(ctx context.Context, change func()) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		r.late++
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.fail != nil {
		return r.fail
	}
	change()
	if len(r.items) > 0 {
		r.once.Do(func() { close(r.got) })
	}
	return nil
}

func (r *recorder) list() []catalog.Item {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.items)
}

// running runs a provider until stop is called, which returns Run's error.
func running(t *testing.T, p catalog.Provider, sink catalog.Sink) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx, sink) }()
	return func() error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(patience):
			t.Fatal("Run does not return when its context ends")
			return nil
		}
	}
}

// delivered returns what a provider delivers at first.
func delivered(t *testing.T, p catalog.Provider) []catalog.Item {
	t.Helper()
	r := newRecorder()
	stop := running(t, p, r)
	select {
	case <-r.got:
	case <-time.After(patience):
		t.Error("nothing is delivered")
	}
	items := r.list()
	if err := stop(); err != nil {
		t.Errorf("Run = %v when its context ends, want nil", err)
	}
	return items
}

func testDelivers(t *testing.T, p catalog.Provider) {
	seen := map[string]bool{}
	for _, item := range delivered(t, p) {
		typ, target, ok := strings.Cut(item.Location, ":")
		if !ok || typ == "" || target == "" {
			t.Errorf("the location %q is not type:target", item.Location)
		}
		if seen[item.Location] {
			t.Errorf("the location %s is delivered twice", item.Location)
		}
		seen[item.Location] = true
		if len(item.Content) == 0 && len(item.Entities) == 0 && item.Err == nil {
			t.Errorf("%s has neither content nor entities nor an error", item.Location)
		}
	}
}

// outline is what can be compared of items.
func outline(items []catalog.Item) []string {
	list := []string{}
	for _, item := range items {
		line := item.Location + "\n" + string(item.Content)
		for _, e := range item.Entities {
			b, err := e.AppendJSON(nil)
			if err != nil {
				line += err.Error()
			}
			line += "\n" + string(b)
		}
		list = append(list, line)
	}
	return list
}

func testEnds(t *testing.T, p catalog.Provider) {
	r := newRecorder()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx, r) }()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("Run with an ended context = %v, want nil", err)
		}
	case <-time.After(patience):
		t.Fatal("Run does not return though its context had ended")
	}
	r.mu.Lock()
	r.ended = true
	r.mu.Unlock()
	time.Sleep(20 * time.Millisecond) // a goroutine left behind would call now
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.late > 0 {
		t.Error("the sink is called after Run returned")
	}
}

func testSinkFails(t *testing.T, p catalog.Provider) {
	r := newRecorder()
	r.fail = errors.New("the store is away")
	done := make(chan error, 1)
	go func() { done <- p.Run(t.Context(), r) }()
	select {
	case err := <-done:
		if !errors.Is(err, r.fail) {
			t.Errorf("Run = %v, want the sink's error, so that it is run again", err)
		}
	case <-time.After(patience):
		t.Error("Run goes on though the sink refused the first delivery")
	}
}

func testOpenStaysInside(t *testing.T, p catalog.Provider) {
	for _, item := range delivered(t, p) {
		if item.Open == nil {
			continue
		}
		for _, name := range []string{"../../../../../../../../../../../etc/passwd", "/etc/passwd", "https://example.com/x"} {
			if b, err := item.Open(t.Context(), name); err == nil {
				t.Errorf("%s: Open(%q) reads %d bytes outside of the repository", item.Location, name, len(b))
			}
		}
	}
}

// testIngested runs the provider through a service, twice.
func testIngested(t *testing.T, p catalog.Provider) {
	store := NewStore()
	k := &counting{Provider: p, done: make(chan struct{}, 64)}
	for run := range 2 {
		s, err := catalog.NewService(store, &catalog.ServiceOptions{Providers: []catalog.Provider{k}})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		select {
		case <-k.done:
		case <-time.After(patience):
			t.Error("no delivery is taken in")
		}
		status := s.Status(t.Context())[0]
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
		if err := s.Close(ctx); err != nil {
			t.Error(err)
		}
		cancel()
		if run == 1 && status.Added+status.Changed+status.Removed > 0 {
			t.Errorf("a second run over the same content changes sources: %+v", status)
		}
	}
}

// counting tells when a delivery was taken in.
type counting struct {
	catalog.Provider
	done chan struct{}
}

func (c *counting) Run(ctx context.Context, sink catalog.Sink) error {
	return c.Provider.Run(ctx, countingSink{sink, c.done})
}

type countingSink struct {
	catalog.Sink
	done chan struct{}
}

func (c countingSink) Replace(ctx context.Context, items iter.Seq2[catalog.Item, error]) error {
	defer c.tell()
	return c.Sink.Replace(ctx, items)
}

func (c countingSink) Update(ctx context.Context, items []catalog.Item, removed []string) error {
	defer c.tell()
	return c.Sink.Update(ctx, items, removed)
}

func (c countingSink) tell() {
	select {
	case c.done <- struct{}{}:
	default:
	}
}
