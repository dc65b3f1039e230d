// SPDX-License-Identifier: Apache-2.0

package sqldb

import (
	"context"
	"strings"
)

// versionPrefix begins the name of each module's table of applied migrations.
const versionPrefix = "goose_"

// Tables returns the names of the tables, sorted, without the engine's own and
// without the indexes' shadow tables: what a backup holds.
func (db *DB) Tables(ctx context.Context) ([]string, error) {
	query := db.dialect.Pick(
		`SELECT name
		FROM pragma_table_list
		WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
		ORDER BY name`,
		`SELECT table_name
		FROM information_schema.tables
		WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
		ORDER BY table_name COLLATE "C"`)
	rows, err := db.reader.QueryContext(ctx, query)
	if err != nil {
		return nil, Classify(err)
	}
	defer rows.Close() //nolint:errcheck // read to the end below
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, Classify(rows.Err())
}

// Versions returns the version of each module's tables: the number of its last
// applied migration.
func (db *DB) Versions(ctx context.Context) (map[string]int64, error) {
	tables, err := db.Tables(ctx)
	if err != nil {
		return nil, err
	}
	versions := make(map[string]int64)
	for _, table := range tables {
		module, ok := strings.CutPrefix(table, versionPrefix)
		if !ok || !moduleName.MatchString(module) {
			continue
		}
		var v int64
		// The name is one that Migrate made: letters, digits and _ only.
		err := db.reader.QueryRowContext(ctx, `SELECT COALESCE(MAX(version_id), 0) FROM `+table).Scan(&v)
		if err != nil {
			return nil, Classify(err)
		}
		versions[module] = v
	}
	return versions, nil
}
