// SPDX-License-Identifier: Apache-2.0

package sqldb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"

	"github.com/callboard/callboard"
)

var moduleName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,40}$`)

// Migrate brings the module's tables to the state that its migrations
// describe: goose files in fsys, "migrations/sqlite/*.sql" and
// "migrations/postgres/*.sql". Each runs in a transaction of its own and is
// recorded in the table goose_<module>.
//
// Any number of replicas may call it at once: one migrates, the others wait and
// then find nothing to do. A database that is newer than the migrations, left
// by a newer version of the program, gives CodeConflict and is not touched.
func (db *DB) Migrate(ctx context.Context, module string, fsys fs.FS) error {
	if !moduleName.MatchString(module) {
		return invalid(fmt.Sprintf("module name %q cannot name a table: use lower-case letters, digits and _", module))
	}
	return db.Locked(ctx, func(ctx context.Context) error {
		return db.migrate(ctx, module, fsys)
	})
}

func (db *DB) migrate(ctx context.Context, module string, fsys fs.FS) error {
	provider, err := db.provider(module, fsys)
	if err != nil {
		return fmt.Errorf("sqldb: migrations of %s: %w", module, err)
	}
	current, latest, err := provider.GetVersions(ctx)
	if err != nil {
		return Classify(fmt.Errorf("sqldb: migrations of %s: %w", module, err))
	}
	if current > latest {
		return &callboard.Error{
			Code: callboard.CodeConflict,
			Message: fmt.Sprintf("the database's %s tables have version %d and this program knows versions up to %d: "+
				"start the newer program that wrote them, or restore a backup from before it", module, current, latest),
		}
	}
	results, err := provider.Up(ctx)
	var partial *goose.PartialError
	if errors.As(err, &partial) {
		return Classify(fmt.Errorf("sqldb: migrate %s: %s: %w", module, partial.Failed.Source.Path, partial.Err))
	}
	if err != nil {
		return Classify(fmt.Errorf("sqldb: migrate %s: %w", module, err))
	}
	for _, r := range results {
		db.opts.Logger.DebugContext(ctx, "sqldb: migrated", "module", module, "file", r.Source.Path, "took", r.Duration)
	}
	return nil
}

func (db *DB) provider(module string, fsys fs.FS) (*goose.Provider, error) {
	files, err := fs.Sub(fsys, "migrations/"+string(db.dialect))
	if err != nil {
		return nil, err
	}
	dialect := database.DialectSQLite3
	if db.dialect == Postgres {
		dialect = database.DialectPostgres
	}
	return goose.NewProvider(dialect, db.writer, files,
		goose.WithTableName(versionPrefix+module),
		goose.WithDisableGlobalRegistry(true),
		goose.WithLogger(goose.NopLogger()),
	)
}
