// SPDX-License-Identifier: Apache-2.0

package sqldb_test

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"testing/fstest"

	"github.com/callboard/callboard/portal/sqldb"
)

// A module brings its tables as goose migrations, usually with go:embed.
func Example() {
	ctx := context.Background()
	db, err := sqldb.Open(ctx, ":memory:", nil) // or "data/portal.db", or "postgres://…"
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()

	migrations := fstest.MapFS{"migrations/sqlite/0001_init.sql": &fstest.MapFile{Data: []byte(
		"-- +goose Up\nCREATE TABLE demo_stars (who TEXT NOT NULL, what TEXT NOT NULL, PRIMARY KEY (who, what)) STRICT;")}}
	if err := db.Migrate(ctx, "demo", migrations); err != nil {
		log.Fatal(err)
	}

	err = db.InTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, db.Rebind(`INSERT INTO demo_stars (who, what) VALUES (?, ?)`), "ines", "payments")
		return err
	})
	if err != nil {
		log.Fatal(err)
	}

	var what string
	query := db.Rebind(`SELECT what FROM demo_stars WHERE who = ?`)
	if err := db.SQL().QueryRowContext(ctx, query, "ines").Scan(&what); err != nil {
		log.Fatal(err)
	}
	fmt.Println(what)
	// Output: payments
}
