// SPDX-License-Identifier: Apache-2.0

// Package eventstest is the contract of [events.Bus] as a test suite.
package eventstest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/events"
	"github.com/callboard/callboard/portal/sqldb"
)

const patience = 20 * time.Second

// Setup is a bus as two replicas see it. In one process both are the same.
type Setup struct {
	Publisher, Subscriber events.Bus
	// DB is the database whose transactions the bus knows.
	DB *sqldb.DB
}

type note struct {
	N    int
	Text string
}

// TestBus tests the whole contract; open returns a fresh bus each time.
func TestBus(t *testing.T, open func(tb testing.TB) Setup) {
	for _, tt := range []struct {
		name string
		run  func(t *testing.T, s Setup)
	}{
		{"delivers in order", testOrder},
		{"delivers to the publisher's process once", testOwn},
		{"delivers with the commit", testCommit},
		{"keeps topics apart", testTopics},
		{"carries large values", testLarge},
		{"does not wait for the slow", testSlow},
		{"ends a subscription", testClose},
		{"refuses what is wrong", testRefusals},
		{"serves many at once", testConcurrent},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.run(t, open(t))
		})
	}
}

func topic(name string) events.Topic[note] { return events.NewTopic[note]("suite." + name) }

func publish(t *testing.T, bus events.Bus, k events.Topic[note], n note) {
	t.Helper()
	if err := k.Publish(t.Context(), bus, n); err != nil {
		t.Fatalf("Publish: %v", err)
	}
}

func next(t *testing.T, s *events.Subscription[note]) events.Event[note] {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	event, err := s.Next(ctx)
	if err != nil {
		t.Fatalf("Next: %v", err)
	}
	return event
}

// quiet checks that nothing more comes, by sending a last event and receiving
// that.
func quiet(t *testing.T, s Setup, k events.Topic[note], sub *events.Subscription[note]) {
	t.Helper()
	publish(t, s.Publisher, k, note{Text: "last"})
	if got := next(t, sub); got.Value.Text != "last" || got.Missed != 0 {
		t.Errorf("received %+v, want nothing before the last event", got)
	}
}

func testOrder(t *testing.T, s Setup) {
	k := topic("order")
	sub := k.Subscribe(s.Subscriber, 200)
	defer sub.Close()
	for i := range 100 {
		publish(t, s.Publisher, k, note{N: i, Text: "é\u0000"})
	}
	for i := range 100 {
		if got := next(t, sub); got.Value.N != i || got.Value.Text != "é\u0000" || got.Missed != 0 {
			t.Fatalf("event %d is %+v", i, got)
		}
	}
	quiet(t, s, k, sub)
}

func testOwn(t *testing.T, s Setup) {
	k := topic("own")
	own, other := k.Subscribe(s.Publisher, 0), k.Subscribe(s.Subscriber, 0)
	defer own.Close()
	defer other.Close()
	publish(t, s.Publisher, k, note{N: 1})
	if got, ok, err := own.TryNext(); err != nil || !ok || got.Value.N != 1 {
		t.Errorf("in its own process the event is %+v, %v, %v right after Publish; want it there", got, ok, err)
	}
	next(t, other)
	publish(t, s.Subscriber, k, note{N: 2}) // the other way
	if got := next(t, own); got.Value.N != 2 {
		t.Errorf("received %+v, want the second event and the first one once", got)
	}
}

func testCommit(t *testing.T, s Setup) {
	k, ctx := topic("commit"), t.Context()
	sub := k.Subscribe(s.Subscriber, 0)
	defer sub.Close()
	lost := errors.New("lost")
	err := s.DB.InTx(ctx, func(tx *sql.Tx) error {
		return errors.Join(k.PublishTx(ctx, tx, s.Publisher, note{N: 1}), lost)
	})
	if !errors.Is(err, lost) {
		t.Fatalf("InTx: %v", err)
	}
	err = s.DB.InTx(ctx, func(tx *sql.Tx) error {
		if err := k.PublishTx(ctx, tx, s.Publisher, note{N: 2}); err != nil {
			return err
		}
		if got, ok, _ := sub.TryNext(); ok {
			t.Errorf("received %+v before the commit", got)
		}
		return k.PublishTx(ctx, tx, s.Publisher, note{N: 3})
	})
	if err != nil {
		t.Fatalf("InTx: %v", err)
	}
	for _, want := range []int{2, 3} {
		if got := next(t, sub); got.Value.N != want {
			t.Errorf("received %+v, want N %d", got, want)
		}
	}
	quiet(t, s, k, sub)
}

func testTopics(t *testing.T, s Setup) {
	a, b := topic("a"), topic("b")
	sub := a.Subscribe(s.Subscriber, 0)
	defer sub.Close()
	publish(t, s.Publisher, b, note{N: 1})
	quiet(t, s, a, sub)
}

func testLarge(t *testing.T, s Setup) {
	k := topic("large")
	sub := k.Subscribe(s.Subscriber, 0)
	defer sub.Close()
	want := strings.Repeat("x", 100_000) // PostgreSQL's notifications carry 8,000
	publish(t, s.Publisher, k, note{Text: want})
	if got := next(t, sub); got.Value.Text != want {
		t.Errorf("received %d bytes, want %d", len(got.Value.Text), len(want))
	}
}

func testSlow(t *testing.T, s Setup) {
	k := topic("slow")
	slow, quick := k.Subscribe(s.Subscriber, 4), k.Subscribe(s.Subscriber, 100)
	defer slow.Close()
	defer quick.Close()
	for i := range 20 {
		publish(t, s.Publisher, k, note{N: i})
	}
	for i := range 20 {
		if got := next(t, quick); got.Value.N != i || got.Missed != 0 {
			t.Fatalf("the quick one received %+v, want N %d", got, i)
		}
	}
	if got := next(t, slow); got.Missed != 16 || got.Value.N != 16 {
		t.Errorf("the slow one received %+v, want the oldest of the last 4 and 16 missed", got)
	}
	if got := next(t, slow); got.Missed != 0 || got.Value.N != 17 {
		t.Errorf("the slow one received %+v, want N 17", got)
	}
}

func testClose(t *testing.T, s Setup) {
	k := topic("close")
	gone, stays := k.Subscribe(s.Subscriber, 0), k.Subscribe(s.Subscriber, 0)
	defer stays.Close()
	gone.Close()
	publish(t, s.Publisher, k, note{N: 1})
	next(t, stays)
	if got, ok, _ := gone.TryNext(); ok {
		t.Errorf("a closed subscription received %+v", got)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := stays.Next(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("Next with an ended context: %v", err)
	}
}

func testRefusals(t *testing.T, s Setup) {
	ctx := t.Context()
	if err := s.Publisher.Publish(ctx, nil, events.Message{Topic: "Odd'; --"}); callboard.CodeOf(err) != callboard.CodeInvalid {
		t.Errorf("Publish on an odd topic: %v, want CodeInvalid", err)
	}
	big := events.Message{Topic: "big", Payload: make([]byte, events.MaxPayload+1)}
	if err := s.Publisher.Publish(ctx, nil, big); callboard.CodeOf(err) != callboard.CodeTooLarge {
		t.Errorf("Publish of too much: %v, want CodeTooLarge", err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if err := topic("x").Publish(ended, s.Publisher, note{}); callboard.CodeOf(err) != callboard.CodeTimeout {
		t.Errorf("Publish with an ended context: %v, want CodeTimeout", err)
	}
	sub := topic("typed").Subscribe(s.Publisher, 0)
	defer sub.Close()
	if err := events.NewTopic[string]("suite.typed").Publish(ctx, s.Publisher, "a text"); err != nil {
		t.Fatal(err)
	}
	publish(t, s.Publisher, topic("typed"), note{N: 1})
	if _, err := sub.Next(ctx); err == nil {
		t.Error("Next of a value that does not fit: no error")
	}
	if got := next(t, sub); got.Value.N != 1 {
		t.Errorf("behind a value that does not fit came %+v, want N 1", got)
	}
}

func testConcurrent(t *testing.T, s Setup) {
	k := topic("many")
	const publishers, each = 4, 25
	subs := []*events.Subscription[note]{k.Subscribe(s.Subscriber, 200), k.Subscribe(s.Publisher, 200)}
	var wg sync.WaitGroup
	for p := range publishers {
		wg.Go(func() {
			bus := []events.Bus{s.Publisher, s.Subscriber}[p%2]
			for i := range each {
				if err := k.Publish(t.Context(), bus, note{N: i, Text: fmt.Sprint(p)}); err != nil {
					t.Errorf("Publish: %v", err)
				}
			}
		})
	}
	wg.Wait()
	for i, sub := range subs {
		seen := make(map[note]int)
		for range publishers * each {
			seen[next(t, sub).Value]++
		}
		if len(seen) != publishers*each {
			t.Errorf("subscriber %d received %d different events, want each of %d once", i, len(seen), publishers*each)
		}
		sub.Close()
	}
}
