// SPDX-License-Identifier: Apache-2.0

package sqlevents_test

import (
	"testing"
	"time"

	"github.com/callboard/callboard/portal/events"
	"github.com/callboard/callboard/portal/events/eventstest"
	"github.com/callboard/callboard/portal/events/sqlevents"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

func start(tb testing.TB, db *sqldb.DB, opts *sqlevents.Options) *sqlevents.Bus {
	tb.Helper()
	if err := sqlevents.Migrate(tb.Context(), db); err != nil {
		tb.Fatalf("Migrate: %v", err)
	}
	bus := sqlevents.New(db, opts)
	if err := bus.Start(tb.Context()); err != nil {
		tb.Fatalf("Start: %v", err)
	}
	tb.Cleanup(func() {
		if err := bus.Close(); err != nil {
			tb.Errorf("Close: %v", err)
		}
	})
	return bus
}

func TestLocal(t *testing.T) {
	t.Parallel()
	eventstest.TestBus(t, func(tb testing.TB) eventstest.Setup {
		db := sqldbtest.Open(tb)
		bus := &events.Local{OnCommit: db.OnCommit}
		return eventstest.Setup{Publisher: bus, Subscriber: bus, DB: db}
	})
}

func TestSQLite(t *testing.T) {
	t.Parallel()
	eventstest.TestBus(t, func(tb testing.TB) eventstest.Setup {
		db := sqldbtest.Open(tb)
		bus := start(tb, db, nil)
		return eventstest.Setup{Publisher: bus, Subscriber: bus, DB: db}
	})
}

func TestPostgresReplicas(t *testing.T) {
	t.Parallel()
	eventstest.TestBus(t, func(tb testing.TB) eventstest.Setup {
		url := sqldbtest.PostgresURL(tb)
		db := sqldbtest.OpenURL(tb, url)
		return eventstest.Setup{
			Publisher:  start(tb, db, nil),
			Subscriber: start(tb, sqldbtest.OpenURL(tb, url), nil),
			DB:         db,
		}
	})
}

var changed = events.NewTopic[int]("test.changed")

// TestPostgresReadsOn breaks every connection of a replica again and again
// while another publishes.
func TestPostgresReadsOn(t *testing.T) {
	t.Parallel()
	url := sqldbtest.PostgresURL(t)
	here := sqldbtest.OpenURL(t, url)
	there, err := sqldb.Open(t.Context(), url, &sqldb.Options{ApplicationName: t.Name()})
	if err != nil {
		t.Fatal(err)
	}
	defer there.Close()
	publisher, subscriber := start(t, here, nil), sqlevents.New(there, &sqlevents.Options{PollEvery: 100 * time.Millisecond})
	if err := subscriber.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer subscriber.Close()
	sub := changed.Subscribe(subscriber, 1000)
	defer sub.Close()
	for i := range 60 {
		if i%20 == 10 {
			_, err := here.SQL().ExecContext(t.Context(),
				`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1`, t.Name())
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := changed.Publish(t.Context(), publisher, i); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 60 {
		event, err := sub.Next(t.Context())
		if err != nil || event.Value != i || event.Missed != 0 {
			t.Fatalf("event %d is %+v, %v; want each once, in order", i, event, err)
		}
	}
}

// TestPostgresForeignTransaction publishes in a transaction that the bus does
// not know, which every replica has to read, its own process too.
func TestPostgresForeignTransaction(t *testing.T) {
	t.Parallel()
	url := sqldbtest.PostgresURL(t)
	db := sqldbtest.OpenURL(t, url)
	bus := start(t, db, nil)
	sub := changed.Subscribe(bus, 0)
	defer sub.Close()
	tx, err := sqldbtest.OpenURL(t, url).SQL().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if err := changed.PublishTx(t.Context(), tx, bus, 7); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if event, err := sub.Next(t.Context()); err != nil || event.Value != 7 {
		t.Errorf("received %+v, %v; want 7", event, err)
	}
}

// TestPostgresLateCommit has a message with a smaller id become visible after
// one with a greater id was read.
func TestPostgresLateCommit(t *testing.T) {
	t.Parallel()
	url := sqldbtest.PostgresURL(t)
	here := sqldbtest.OpenURL(t, url)
	publisher, subscriber := start(t, here, nil), start(t, sqldbtest.OpenURL(t, url), nil)
	sub := changed.Subscribe(subscriber, 0)
	defer sub.Close()
	tx, err := here.SQL().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if err := changed.PublishTx(t.Context(), tx, publisher, 1); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{2, 3} {
		if err := changed.Publish(t.Context(), publisher, n); err != nil {
			t.Fatal(err)
		}
		if event, err := sub.Next(t.Context()); err != nil || event.Value != n {
			t.Fatalf("received %+v, %v; want %d", event, err, n)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if event, err := sub.Next(t.Context()); err != nil || event.Value != 1 {
		t.Errorf("received %+v, %v; want 1", event, err)
	}
}

func BenchmarkPublish(b *testing.B) {
	sqldbtest.EachB(b, func(b *testing.B, db *sqldb.DB) {
		bus := start(b, db, nil)
		sub := changed.Subscribe(bus, 1)
		defer sub.Close()
		b.ReportAllocs()
		for b.Loop() {
			if err := changed.Publish(b.Context(), bus, 1); err != nil {
				b.Fatal(err)
			}
		}
	})
}
