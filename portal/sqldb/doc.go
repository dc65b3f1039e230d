// SPDX-License-Identifier: Apache-2.0

// Package sqldb opens the portal's database, SQLite or PostgreSQL, by URL, and
// gives both the same few operations: read, write in a transaction that is
// retried, and migrate.
//
//	db, err := sqldb.Open(ctx, "data/portal.db", nil) // or "postgres://…"
//	if err != nil { … }
//	defer db.Close()
//	err = db.Migrate(ctx, "catalog", migrations)
//	err = db.InTx(ctx, func(tx *sql.Tx) error {
//		_, err := tx.ExecContext(ctx, db.Rebind(`INSERT INTO catalog_stars (who, what) VALUES (?, ?)`), who, what)
//		return err
//	})
//
// Reads go through [DB.SQL], writes through [DB.InTx] or [DB.Exec]. On SQLite
// the first is a pool of connections that cannot write and the second is the
// one connection that can, so a write never meets SQLITE_BUSY inside the
// process and readers never wait for it.
//
// One SQL text serves both engines where they agree: write placeholders as "?"
// and pass the query through [DB.Rebind], store times with [Micros] in a BIGINT
// (INTEGER on SQLite), JSON and booleans as TEXT and BIGINT. What differs is
// chosen with [Dialect.Pick]. Both engines have ON CONFLICT … DO UPDATE,
// RETURNING, window functions and row values such as (a, b) > (?, ?).
//
// Errors that leave this package carry a [callboard.Code]; see [Classify].
//
// [callboard.Code]: https://pkg.go.dev/github.com/callboard/callboard#Code
package sqldb
