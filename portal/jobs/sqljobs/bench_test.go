// SPDX-License-Identifier: Apache-2.0

package sqljobs_test

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/jobs/sqljobs"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

var bench = jobs.Define[step]("bench.step", nil)

// started returns a queue that works bench jobs and tells of each.
func started(b *testing.B, db *sqldb.DB) (jobs.Queue, chan time.Time) {
	b.Helper()
	if err := sqljobs.Migrate(b.Context(), db); err != nil {
		b.Fatal(err)
	}
	queue, err := sqljobs.New(db, settings())
	if err != nil {
		b.Fatal(err)
	}
	ran := make(chan time.Time, 1024)
	err = queue.Register(bench.Handler(func(context.Context, *jobs.Job[step]) error { ran <- time.Now(); return nil }, nil))
	if err != nil {
		b.Fatal(err)
	}
	if err := queue.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := queue.Stop(context.Background()); err != nil {
			b.Error(err)
		}
	})
	return queue, ran
}

func BenchmarkEnqueue(b *testing.B) {
	sqldbtest.EachB(b, func(b *testing.B, db *sqldb.DB) {
		if err := sqljobs.Migrate(b.Context(), db); err != nil {
			b.Fatal(err)
		}
		queue, err := sqljobs.New(db, settings())
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := bench.Enqueue(b.Context(), queue, step{1}, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkWork1000 enqueues a thousand jobs in one transaction and works them.
func BenchmarkWork1000(b *testing.B) {
	sqldbtest.EachB(b, func(b *testing.B, db *sqldb.DB) {
		queue, ran := started(b, db)
		for b.Loop() {
			err := db.InTx(b.Context(), func(tx *sql.Tx) error {
				for i := range 1000 {
					if _, err := bench.EnqueueTx(b.Context(), tx, queue, step{i}, nil); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
			for range 1000 {
				<-ran
			}
		}
		b.ReportMetric(float64(1000*b.N)/b.Elapsed().Seconds(), "jobs/s")
	})
}

// BenchmarkWakeUp is the time from a commit to the start of its job.
func BenchmarkWakeUp(b *testing.B) {
	sqldbtest.EachB(b, func(b *testing.B, db *sqldb.DB) {
		queue, ran := started(b, db)
		var total time.Duration
		for b.Loop() {
			if _, err := bench.Enqueue(b.Context(), queue, step{1}, nil); err != nil {
				b.Fatal(err)
			}
			committed := time.Now()
			total += (<-ran).Sub(committed)
		}
		b.ReportMetric(float64(total.Microseconds())/float64(b.N), "µs-to-start")
	})
}
