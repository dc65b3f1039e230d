// SPDX-License-Identifier: Apache-2.0

package riverjobs

import (
	"context"
	"fmt"

	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/jobs/internal/jobsdb"
	"github.com/callboard/callboard/portal/sqldb"
)

// Migrate makes or updates River's tables and ours beside them. Any number of
// replicas may call it at once.
func Migrate(ctx context.Context, db *sqldb.DB) error {
	if err := db.Locked(ctx, func(ctx context.Context) error { return migrateRiver(ctx, db) }); err != nil {
		return err
	}
	return jobsdb.Migrate(ctx, db)
}

func migrateRiver(ctx context.Context, db *sqldb.DB) error {
	migrator, err := rivermigrate.New(riverpgxv5.New(db.Pool()), nil)
	if err != nil {
		return fmt.Errorf("riverjobs: migrations: %w", err)
	}
	applied, err := newestApplied(ctx, db)
	if err != nil {
		return sqldb.Classify(fmt.Errorf("riverjobs: migrations: %w", err))
	}
	latest := 0
	for _, m := range migrator.AllVersions() {
		latest = max(latest, m.Version)
	}
	if applied > latest {
		return &callboard.Error{
			Code: callboard.CodeConflict,
			Message: fmt.Sprintf("the database's job tables have version %d and this program knows versions up to %d: "+
				"start the newer program that wrote them, or restore a backup from before it", applied, latest),
		}
	}
	if applied == latest {
		return nil
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return sqldb.Classify(fmt.Errorf("riverjobs: migrate: %w", err))
	}
	return nil
}

func newestApplied(ctx context.Context, db *sqldb.DB) (int, error) {
	var exists bool
	if err := db.SQL().QueryRowContext(ctx, `SELECT to_regclass('river_migration') IS NOT NULL`).Scan(&exists); err != nil || !exists {
		return 0, err
	}
	var version int
	err := db.SQL().QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM river_migration`).Scan(&version)
	return version, err
}
