// SPDX-License-Identifier: Apache-2.0

package notify_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/callboard/callboard/portal/events/sqlevents"
	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/jobs/sqljobs"
	"github.com/callboard/callboard/portal/notify"
	"github.com/callboard/callboard/portal/notify/notifytest"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
	"github.com/callboard/callboard/portal/ui"

	"github.com/callboard/callboard"
)

const (
	ines = "user:default/ines"
	kim  = "user:default/kim"
	noor = "user:default/noor"
	shop = "group:default/shop"
)

// clock is a time that tests set.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(time.Millisecond)
	return c.at
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = t
}

// post is a service at work, with who and what belongs to it.
type post struct {
	*notify.Service
	db     *sqldb.DB
	queue  jobs.Queue
	people *notifytest.People
	// directory stands in front of people; nil is people itself.
	directory notify.Directory
	mail      *notifytest.Recorder
	clock     *clock
}

// open runs a service on db. prepare, unless nil, changes what it is made of.
func open(tb testing.TB, db *sqldb.DB, prepare func(*post, *notify.Options)) *post {
	tb.Helper()
	p := &post{
		db: db, people: notifytest.NewPeople("ines", "kim", "noor"), mail: &notifytest.Recorder{Name: "email"},
		clock: &clock{at: time.Now().UTC().Truncate(time.Second)},
	}
	p.people.Groups[shop] = []string{ines, kim}
	opts := &notify.Options{
		Topics: []notify.Topic{
			{ID: "test.loud", Title: "Loud", Channels: []string{notify.Web, "email"}},
			{ID: "test.plain", Title: "Plain"},
			{ID: "test.secret", Title: "Secret", Permission: "test.read"},
		},
		Channels: []notify.Channel{p.mail},
		Kinds: []notify.SubscriptionKind{{ID: "thing", Title: "Things", Describe: func(_ context.Context, key string) (ui.Link, error) {
			if key == "hidden" {
				return ui.Link{}, &callboard.Error{Code: callboard.CodeNotFound, Message: "there is no such thing"}
			}
			return ui.Link{Title: key, URL: "/" + key}, nil
		}}},
		BaseURL: "https://portal.example.com", Now: p.clock.now, Logger: slog.New(slog.DiscardHandler),
	}
	if prepare != nil {
		prepare(p, opts)
	}
	ctx := tb.Context()
	for _, migrate := range []func(context.Context, *sqldb.DB) error{sqljobs.Migrate, sqlevents.Migrate} {
		if err := migrate(ctx, db); err != nil {
			tb.Fatal(err)
		}
	}
	bus := sqlevents.New(db, nil)
	queues := map[string]int{jobs.DefaultQueue: 2}
	for _, c := range opts.Channels {
		queues[notify.QueueOf(c.ID())] = 2
	}
	var err error
	p.queue, err = sqljobs.New(db, &jobs.Settings{Queues: queues, Logger: opts.Logger, Backoff: func(int) time.Duration { return time.Millisecond }})
	if err != nil {
		tb.Fatal(err)
	}
	if p.directory == nil {
		p.directory = p.people
	}
	p.Service, err = notify.New(ctx, notify.Parts{DB: db, Queue: p.queue, Bus: bus, People: p.directory}, opts)
	if err != nil {
		tb.Fatal(err)
	}
	if err := bus.Start(ctx); err != nil {
		tb.Fatal(err)
	}
	if err := p.queue.Start(ctx); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := p.queue.Stop(context.Background()); err != nil {
			tb.Error(err)
		}
		bus.Close()
	})
	return p
}

// each runs a test on both engines.
func each(t *testing.T, test func(t *testing.T, db *sqldb.DB)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		t.Parallel()
		test(t, db)
	})
}

func (p *post) send(tb testing.TB, n notify.Notification) {
	tb.Helper()
	if n.Origin == "" {
		n.Origin = "test"
	}
	if n.Topic == "" {
		n.Topic = "test.plain"
	}
	if err := p.Send(tb.Context(), nil, n); err != nil {
		tb.Fatalf("Send(%+v): %v", n, err)
	}
	p.rest(tb)
}

// rest waits until no work is under way.
func (p *post) rest(tb testing.TB) {
	tb.Helper()
	wait(tb, "the queue is idle", func() bool {
		counts, err := p.queue.Counts(tb.Context())
		if err != nil {
			tb.Fatal(err)
		}
		return !slices.ContainsFunc(counts, func(c jobs.Count) bool { return c.N > 0 && !c.State.Finished() })
	})
}

func wait(tb testing.TB, what string, ok func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !ok(); <-time.After(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("it never came that %s", what)
		}
	}
}

func (p *post) inbox(tb testing.TB, person string, q notify.Query) []notify.Item {
	tb.Helper()
	items, err := p.Inbox(tb.Context(), person, q)
	if err != nil {
		tb.Fatalf("Inbox(%s, %+v): %v", person, q, err)
	}
	return items
}

// titles are those of an inbox, with how often each came.
func (p *post) titles(tb testing.TB, person string, q notify.Query) (out []string) {
	tb.Helper()
	for _, i := range p.inbox(tb, person, q) {
		out = append(out, fmt.Sprintf("%s×%d", i.Title, i.Times))
	}
	return out
}
