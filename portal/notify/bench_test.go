// SPDX-License-Identifier: Apache-2.0

package notify_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"

	"github.com/callboard/callboard/portal/notify"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

// BenchmarkSend is what a sender pays, in a transaction of its own.
func BenchmarkSend(b *testing.B) {
	sqldbtest.EachB(b, func(b *testing.B, db *sqldb.DB) {
		p := open(b, db, nil)
		if err := p.queue.Stop(context.Background()); err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if err := p.Send(b.Context(), nil, notify.Notification{To: []string{shop}, Topic: "test.plain", Title: "T", Origin: "o"}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkSpread is how long it takes until the last of so many people has it,
// in the inbox alone, and by e-mail too.
func BenchmarkSpread(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		for _, topic := range []string{"test.plain", "test.loud"} {
			b.Run(fmt.Sprintf("%s/%d", topic, n), func(b *testing.B) {
				sqldbtest.EachB(b, func(b *testing.B, db *sqldb.DB) {
					p := open(b, db, func(p *post, _ *notify.Options) { crowd(p, n) })
					for b.Loop() {
						p.send(b, notify.Notification{To: []string{"group:default/crowd"}, Topic: topic, Title: "T", Scope: "s"})
					}
					b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/person")
				})
			})
		}
	}
}

// BenchmarkInbox is a page of an inbox with 100,000 notifications, among as many
// of others.
func BenchmarkInbox(b *testing.B) {
	sqldbtest.EachB(b, func(b *testing.B, db *sqldb.DB) {
		p := open(b, db, nil)
		fill(b, db, 100_000)
		yes, no := true, false
		first, err := p.Inbox(b.Context(), ines, notify.Query{})
		if err != nil {
			b.Fatal(err)
		}
		for _, bm := range []struct {
			name string
			q    notify.Query
		}{
			{"newest", notify.Query{Limit: 31}}, {"unread", notify.Query{Read: &no, Limit: 31}}, {"saved", notify.Query{Saved: &yes, Limit: 31}},
			{"topic", notify.Query{Topic: "test.loud", Limit: 31}}, {"severity", notify.Query{MinSeverity: notify.High, Limit: 31}},
			{"second", notify.Query{Before: first[30].Key(), Limit: 31}}, {"search", notify.Query{Search: "no 7 ", Limit: 31}}, {"offset50k", notify.Query{Offset: 50_000, Limit: 31}},
		} {
			b.Run(bm.name, func(b *testing.B) {
				for b.Loop() {
					if items, err := p.Inbox(b.Context(), ines, bm.q); err != nil || len(items) == 0 {
						b.Fatalf("%d items, %v", len(items), err)
					}
				}
			})
		}
		b.Run("bell", func(b *testing.B) {
			for b.Loop() {
				if n, err := p.UnreadUpTo(b.Context(), ines, 100); err != nil || n != 100 {
					b.Fatalf("%d, %v", n, err)
				}
			}
		})
		b.Run("count", func(b *testing.B) {
			for b.Loop() {
				if _, err := p.Count(b.Context(), ines, notify.Query{Read: &no}); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}

// fill writes n items for each of two people.
func fill(tb testing.TB, db *sqldb.DB, n int) {
	tb.Helper()
	err := db.InTx(tb.Context(), func(tx *sql.Tx) error {
		for i := range n {
			var id int64
			err := tx.QueryRowContext(tb.Context(), db.Rebind(`
				INSERT INTO notify_message (key, origin, scope, topic, severity, title, body, link, about, recipients, excepted, sent_at, spread)
				VALUES (?, 'o', '', 't', 2, ?, 'some text', '/', '', '[]', '[]', ?, '~') RETURNING id`), fmt.Sprint("k", i), fmt.Sprintf("No %d of many", i%1000), i).Scan(&id)
			if err != nil {
				return err
			}
			for _, person := range []string{ines, kim} {
				_, err := tx.ExecContext(tb.Context(), db.Rebind(`
					INSERT INTO notify_item (id, recipient, origin, scope, message_id, topic, severity, times, created_at, updated_at, read_at, saved_at)
					VALUES (?, ?, 'o', ?, ?, ?, ?, 1, ?, ?, ?, ?)`),
					fmt.Sprint(person, i), person, fmt.Sprint("#", i), id, []string{"test.plain", "test.loud"}[i%2], i%4, i+1, i+1, i%3, i%100/99)
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	if db.Dialect() == sqldb.Postgres {
		if _, err := db.Exec(tb.Context(), `ANALYZE notify_item`); err != nil {
			tb.Fatal(err)
		}
	}
}
