// SPDX-License-Identifier: Apache-2.0

package sqljobs_test

import (
	"context"
	"database/sql"
	"fmt"
	"log"

	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/jobs/sqljobs"
	"github.com/callboard/callboard/portal/sqldb"
)

type greeting struct{ Name string }

var greet = jobs.Define[greeting]("example.greet", nil)

// A job is enqueued in the transaction that calls for it and runs when that has
// committed.
func Example() {
	ctx := context.Background()
	db, err := sqldb.Open(ctx, ":memory:", nil) // or "postgres://…"
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	if err := sqljobs.Migrate(ctx, db); err != nil {
		log.Fatal(err)
	}
	queue, err := sqljobs.New(db, nil)
	if err != nil {
		log.Fatal(err)
	}
	err = queue.Register(greet.Handler(func(ctx context.Context, job *jobs.Job[greeting]) error {
		fmt.Println("hello,", job.Args.Name)
		return nil
	}, nil))
	if err != nil {
		log.Fatal(err)
	}
	if err := queue.Start(ctx); err != nil {
		log.Fatal(err)
	}

	var ticket jobs.Ticket
	err = db.InTx(ctx, func(tx *sql.Tx) error {
		ticket, err = greet.EnqueueTx(ctx, tx, queue, greeting{Name: "Ines"}, nil)
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	info, err := jobs.Wait(ctx, queue, ticket.ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.State)
	if err := queue.Stop(ctx); err != nil {
		log.Fatal(err)
	}
	// Output:
	// hello, Ines
	// done
}
