// SPDX-License-Identifier: Apache-2.0

package sqlevents

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/callboard/callboard/portal/events"
)

// receive reads messages whenever it is told of some, or has not been for a
// while. Without a connection it tries again and then reads on.
func (b *Bus) receive(ctx context.Context) {
	for wait := 50 * time.Millisecond; ; {
		began := time.Now()
		err := b.listen(ctx)
		if ctx.Err() != nil {
			return
		}
		b.opts.Logger.WarnContext(ctx, "sqlevents: connection lost; it is opened again", "err", err)
		if time.Since(began) > time.Minute {
			wait = 50 * time.Millisecond
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		wait = min(2*wait, 5*time.Second)
	}
}

// listen holds one connection and reads until something fails.
func (b *Bus) listen(ctx context.Context) error {
	conn, err := b.db.Pool().Acquire(ctx)
	if err != nil {
		return err
	}
	// A connection that listens must not go back to the pool.
	raw := conn.Hijack()
	defer raw.Close(context.WithoutCancel(ctx)) //nolint:errcheck // it may be broken already
	var schema string
	if err := raw.QueryRow(ctx, `SELECT quote_ident(current_schema() || '.events')`).Scan(&schema); err != nil {
		return err
	}
	if _, err := raw.Exec(ctx, `LISTEN `+schema); err != nil {
		return err
	}
	for {
		if err := b.read(ctx); err != nil {
			return err
		}
		if err := b.await(ctx, raw.WaitForNotification); err != nil {
			return err
		}
	}
}

// await returns when another replica has published, or after a while.
func (b *Bus) await(ctx context.Context, next func(context.Context) (*pgconn.Notification, error)) error {
	nap, cancel := context.WithTimeout(ctx, b.opts.PollEvery)
	defer cancel()
	for {
		n, err := next(nap)
		switch {
		case err == nil && n.Payload == b.origin:
			continue // ours, and delivered
		case err == nil, errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
			return nil
		default:
			return err
		}
	}
}

// now returns the oldest transaction that has not ended: every message of an
// older one can be seen.
func (b *Bus) now(ctx context.Context) (from string, err error) {
	err = b.db.SQL().QueryRowContext(ctx, `SELECT pg_snapshot_xmin(pg_current_snapshot())::text`).Scan(&from)
	return from, err
}

// read delivers what others published since it last ran. It looks at every
// message of the transactions that had not ended then, and passes over those
// that it has delivered.
func (b *Bus) read(ctx context.Context) error {
	rows, err := b.db.SQL().QueryContext(ctx,
		`SELECT pg_snapshot_xmin(pg_current_snapshot())::text, id, tx < pg_snapshot_xmin(pg_current_snapshot()),
			topic, payload, origin
		FROM events_message
		WHERE tx >= $1::text::xid8
		ORDER BY id`, b.from)
	if err != nil {
		return fmt.Errorf("sqlevents: read: %w", err)
	}
	defer rows.Close() //nolint:errcheck // read to the end
	from, open := "", make(map[int64]struct{})
	for rows.Next() {
		var id int64
		var settled bool
		var m events.Message
		var payload, origin string
		if err := rows.Scan(&from, &id, &settled, &m.Topic, &payload, &origin); err != nil {
			return err
		}
		if _, again := b.seen[id]; !again && origin != b.origin {
			m.Payload = []byte(payload)
			b.Deliver(m)
		}
		b.seen[id] = struct{}{}
		if !settled {
			open[id] = struct{}{}
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if from != "" { // all rows are of one snapshot
		b.from, b.seen = from, open
	}
	if time.Since(b.last) > b.opts.Retain {
		b.Lagged() // some may have been removed before they were read here
	}
	b.last = time.Now()
	return nil
}
