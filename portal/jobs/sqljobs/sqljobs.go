// SPDX-License-Identifier: Apache-2.0

// Package sqljobs makes the [jobs.Queue] that suits a database: River on
// PostgreSQL, a queue of our own on SQLite.
//
//	err := sqljobs.Migrate(ctx, db)
//	queue, err := sqljobs.New(db, nil)
package sqljobs

import (
	"context"

	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/jobs/riverjobs"
	"github.com/callboard/callboard/portal/jobs/sqlitejobs"
	"github.com/callboard/callboard/portal/sqldb"
)

// New returns a queue on db; nil settings mean the defaults. It touches nothing
// and starts nothing.
func New(db *sqldb.DB, settings *jobs.Settings) (jobs.Queue, error) {
	if db.Dialect() == sqldb.Postgres {
		return riverjobs.New(db, settings)
	}
	return sqlitejobs.New(db, settings)
}

// Migrate makes or updates the tables of jobs. Any number of replicas may call
// it at once.
func Migrate(ctx context.Context, db *sqldb.DB) error {
	if db.Dialect() == sqldb.Postgres {
		return riverjobs.Migrate(ctx, db)
	}
	return sqlitejobs.Migrate(ctx, db)
}
