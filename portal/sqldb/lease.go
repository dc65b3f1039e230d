// SPDX-License-Identifier: Apache-2.0

package sqldb

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"time"
)

// Lease is a name under which one process leads; see [DB.Lead].
type Lease struct {
	Name string
	// Since is when this process took the lead; zero if it waits for it.
	Since time.Time
	// Holder is the process that leads as PostgreSQL knows it, such as
	// "callboard at 10.0.0.7, backend 4711"; empty if nobody does, and on SQLite.
	Holder string
}

// leases are the names that this process leads under or waits for.
type leases struct {
	callers map[string]int
	since   map[string]time.Time
}

// wait notes that somebody wants the lead, until the returned function is called.
func (db *DB) wait(name string) (done func()) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.leases.callers == nil {
		db.leases = leases{callers: map[string]int{}, since: map[string]time.Time{}}
	}
	db.leases.callers[name]++
	return func() {
		db.mu.Lock()
		defer db.mu.Unlock()
		if db.leases.callers[name]--; db.leases.callers[name] == 0 {
			delete(db.leases.callers, name)
		}
	}
}

// led notes that this process leads, until the returned function is called.
func (db *DB) led(name string) (over func()) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.leases.since[name] = time.Now().UTC()
	return func() {
		db.mu.Lock()
		defer db.mu.Unlock()
		delete(db.leases.since, name)
	}
}

// Leases returns the names that this process leads under or waits to lead
// under, sorted. Replicas are alike, so that these are all names that there are.
func (db *DB) Leases(ctx context.Context) ([]Lease, error) {
	db.mu.Lock()
	names := slices.Sorted(maps.Keys(db.leases.callers))
	list := make([]Lease, len(names))
	for n, name := range names {
		list[n] = Lease{Name: name, Since: db.leases.since[name]}
	}
	db.mu.Unlock()
	if db.dialect != Postgres || len(list) == 0 {
		return list, nil
	}
	holders, err := db.holders(ctx, names)
	for n := range list {
		list[n].Holder = holders[list[n].Name]
	}
	return list, err
}

// holders asks PostgreSQL whose connections hold the locks.
func (db *DB) holders(ctx context.Context, names []string) (map[string]string, error) {
	rows, err := db.reader.QueryContext(ctx,
		`SELECT n.name, a.application_name || ' at ' || COALESCE(host(a.client_addr), 'a local socket') || ', backend ' || a.pid
		FROM unnest($1::text[]) AS n(name)
		JOIN pg_locks l ON l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
			AND (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended('callboard:' || current_schema() || ':' || n.name, 0)
		JOIN pg_stat_activity a ON a.pid = l.pid AND a.datname = current_database()`, names)
	if err != nil {
		return nil, Classify(err)
	}
	defer rows.Close()
	found := map[string]string{}
	for rows.Next() {
		var name string
		var holder sql.NullString
		if err := rows.Scan(&name, &holder); err != nil {
			return nil, err
		}
		found[name] = holder.String
	}
	return found, Classify(rows.Err())
}
