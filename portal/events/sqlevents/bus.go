// SPDX-License-Identifier: Apache-2.0

// Package sqlevents makes the [events.Bus] that suits a database. On SQLite it
// is in this process. On PostgreSQL it spans the replicas: a message is a row,
// written in the publisher's transaction, and a notification tells the others to
// read it.
//
//	err := sqlevents.Migrate(ctx, db)
//	bus := sqlevents.New(db, nil)
//	err = bus.Start(ctx)
//	defer bus.Close()
//
// The notification only says that there is something to read, so that a payload
// of any size is carried in order, a replica whose connection broke reads on
// from where it was, and a database without notifications (behind PgBouncer in
// transaction mode) is merely slower.
package sqlevents

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"log/slog"
	"sync"
	"time"

	"github.com/callboard/callboard/portal/events"
	"github.com/callboard/callboard/portal/sqldb"
)

//go:embed migrations
var migrations embed.FS

// Options are the settings of [New]; nil means the defaults.
type Options struct {
	// Logger receives lost connections; default slog.Default.
	Logger *slog.Logger
	// PollEvery is how often a replica reads without having been told to, which
	// is how late a message may be whose notification was lost; default 2 s.
	PollEvery time.Duration
	// Retain is how long messages are kept for replicas that lost their
	// connection; default 15 minutes.
	Retain time.Duration
}

// Bus is an events.Bus on a database; make one with [New].
type Bus struct {
	events.Local
	db     *sqldb.DB
	opts   Options
	origin string // of this replica

	once  sync.Once
	stop  context.CancelFunc
	ended sync.WaitGroup

	// What follows belongs to the goroutine that reads.
	from string             // the oldest transaction that may be unread
	seen map[int64]struct{} // the delivered messages of transactions from there on
	last time.Time          // when it was read
}

var _ events.Bus = (*Bus)(nil)

// New returns a bus on db. Without Start it publishes to every replica and
// receives only what this process publishes.
func New(db *sqldb.DB, opts *Options) *Bus {
	b := &Bus{db: db, origin: rand.Text(), seen: make(map[int64]struct{}), stop: func() {}}
	if opts != nil {
		b.opts = *opts
	}
	if b.opts.Logger == nil {
		b.opts.Logger = slog.Default()
	}
	if b.opts.PollEvery <= 0 {
		b.opts.PollEvery = 2 * time.Second
	}
	if b.opts.Retain <= 0 {
		b.opts.Retain = 15 * time.Minute
	}
	b.OnCommit = db.OnCommit
	return b
}

// Migrate makes or updates the bus's table, which only PostgreSQL needs.
func Migrate(ctx context.Context, db *sqldb.DB) error {
	if db.Dialect() == sqldb.SQLite {
		return nil
	}
	return db.Migrate(ctx, "events", migrations)
}

// Publish sends a message; see events.Bus.
func (b *Bus) Publish(ctx context.Context, tx *sql.Tx, m events.Message) error {
	if b.db.Dialect() == sqldb.SQLite {
		return b.Local.Publish(ctx, tx, m)
	}
	if err := m.Check(); err != nil {
		return err
	}
	if tx != nil {
		return sqldb.Classify(b.send(ctx, tx, m))
	}
	return b.db.InTx(ctx, func(tx *sql.Tx) error { return b.send(ctx, tx, m) })
}

// send writes the message and has this process's subscribers told at the
// commit. If that is not possible, since tx is not of sqldb, the message has no
// origin, and this process reads it as the others do.
func (b *Bus) send(ctx context.Context, tx *sql.Tx, m events.Message) error {
	origin := b.origin
	if !b.db.OnCommit(tx, func() { b.Deliver(m) }) {
		origin = ""
	}
	_, err := tx.ExecContext(ctx,
		`WITH message AS (
			INSERT INTO events_message (topic, payload, origin)
			VALUES ($1, $2, $3))
		SELECT pg_notify(current_schema() || '.events', $3)`, m.Topic, string(m.Payload), origin)
	return err
}

// Start begins to receive what other replicas publish from now on.
func (b *Bus) Start(ctx context.Context) error {
	if b.db.Dialect() == sqldb.SQLite {
		return nil
	}
	var err error
	b.once.Do(func() {
		if b.from, err = b.now(ctx); err != nil {
			return
		}
		b.last = time.Now()
		life, stop := context.WithCancel(context.WithoutCancel(ctx))
		b.stop = stop
		b.ended.Go(func() { b.receive(life) })
		b.ended.Go(func() { b.clean(life) })
	})
	return sqldb.Classify(err)
}

// Close ends receiving.
func (b *Bus) Close() error {
	b.stop()
	b.ended.Wait()
	return nil
}

// clean removes old messages once a minute. Every replica does; who comes second
// finds nothing.
func (b *Bus) clean(ctx context.Context) {
	for {
		_, err := b.db.Exec(ctx,
			`DELETE FROM events_message
			WHERE created_at < now() - ? * INTERVAL '1 millisecond'`, b.opts.Retain.Milliseconds())
		if err != nil && ctx.Err() == nil {
			b.opts.Logger.ErrorContext(ctx, "sqlevents: remove old messages", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Minute):
		}
	}
}
