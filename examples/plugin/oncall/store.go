// SPDX-License-Identifier: Apache-2.0

package oncall

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/callboard/callboard/portal/sqldb"
)

// Tables carry the module's name, and each dialect has its own migrations.
//
//go:embed migrations
var migrations embed.FS

// Store keeps the roster as it was last read, so that it can be shown when its
// source is away, and by every replica.
type Store struct{ db *sqldb.DB }

// NewStore returns a store on db, whose tables it creates or brings up to
// date. Replicas may do so at the same time.
func NewStore(ctx context.Context, db *sqldb.DB) (*Store, error) {
	if err := db.Migrate(ctx, "oncall", migrations); err != nil {
		return nil, fmt.Errorf("oncall: %w", err)
	}
	return &Store{db}, nil
}

// queryer is a database or a transaction.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Rotas returns all rotas in order of name.
func (s *Store) Rotas(ctx context.Context) ([]Rota, error) {
	rotas, err := rotasIn(ctx, s.db.SQL())
	if err != nil {
		return nil, fmt.Errorf("oncall: read rotas: %w", sqldb.Classify(err))
	}
	return rotas, nil
}

func rotasIn(ctx context.Context, q queryer) ([]Rota, error) {
	rows, err := q.QueryContext(ctx, `
		SELECT name, title, team, channel, people, starts_at, shift_seconds
		FROM oncall_rotas
		ORDER BY name`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var rotas []Rota
	for rows.Next() {
		var r Rota
		var people string
		var starts, shift int64
		if err := rows.Scan(&r.Name, &r.Title, &r.Team, &r.Channel, &people, &starts, &shift); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(people), &r.People); err != nil {
			return nil, err
		}
		r.Start, r.Shift = sqldb.FromMicros(starts), time.Duration(shift)*time.Second
		rotas = append(rotas, r)
	}
	return rotas, rows.Err()
}

// ReplaceTx stores the rotas, and that they were read at a time, in tx; it
// reports whether anything about them changed.
func (s *Store) ReplaceTx(ctx context.Context, tx *sql.Tx, rotas []Rota, at time.Time) (changed bool, err error) {
	_, err = tx.ExecContext(ctx, s.db.Rebind(`UPDATE oncall_reads SET read_at = ?, failure = ''`), sqldb.Micros(at))
	if err != nil {
		return false, err
	}
	had, err := rotasIn(ctx, tx)
	if err != nil || sameRotas(had, rotas) {
		return false, err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM oncall_rotas`); err != nil {
		return false, err
	}
	for _, r := range rotas {
		people, err := json.Marshal(r.People)
		if err != nil {
			return false, err
		}
		_, err = tx.ExecContext(ctx, s.db.Rebind(`
			INSERT INTO oncall_rotas (name, title, team, channel, people, starts_at, shift_seconds)
			VALUES (?, ?, ?, ?, ?, ?, ?)`),
			r.Name, r.Title, r.Team, r.Channel, string(people), sqldb.Micros(r.Start), int64(r.Shift/time.Second))
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// sameRotas reports whether the rotas are the same, in whatever order.
func sameRotas(a, b []Rota) bool {
	if len(a) != len(b) {
		return false
	}
	byName := rotasByName(a)
	for _, r := range b {
		if !reflect.DeepEqual(byName[r.Name], r) {
			return false
		}
	}
	return true
}

func rotasByName(rotas []Rota) map[string]Rota {
	m := map[string]Rota{}
	for _, r := range rotas {
		m[r.Name] = r
	}
	return m
}

// Read says when the roster was last read, and what failed since.
type Read struct {
	// At is zero if it never was.
	At time.Time
	// Failure is empty if the last attempt worked.
	Failure string
}

// LastRead returns when the roster was last read.
func (s *Store) LastRead(ctx context.Context) (Read, error) {
	var r Read
	var at int64
	err := s.db.SQL().QueryRowContext(ctx, `SELECT read_at, failure FROM oncall_reads`).Scan(&at, &r.Failure)
	r.At = sqldb.FromMicros(at)
	if err != nil {
		return Read{}, fmt.Errorf("oncall: last read: %w", sqldb.Classify(err))
	}
	return r, nil
}

// Failed stores why the roster could not be read; the rotas stay.
func (s *Store) Failed(ctx context.Context, why string) error {
	if _, err := s.db.Exec(ctx, `UPDATE oncall_reads SET failure = ?`, why); err != nil {
		return fmt.Errorf("oncall: note a failure: %w", err)
	}
	return nil
}
