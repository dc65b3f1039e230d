// SPDX-License-Identifier: Apache-2.0

package sqlcatalog

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"time"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/sqldb"
)

//go:embed migrations
var migrations embed.FS

// Options are the settings of [New]; the zero value and nil mean the defaults.
type Options struct {
	// Now tells the time of a change whose cause does not; default time.Now.
	Now func() time.Time
}

// Store keeps the catalog in a database. It is safe for concurrent use, also
// by several processes on one PostgreSQL.
type Store struct {
	db    *sqldb.DB
	now   func() time.Time
	cache *nameCache
	named *lookup
	index readIndex
	watch func(query string, args []any)
}

var (
	_ catalog.Store   = (*Store)(nil)
	_ catalog.Matcher = (*Store)(nil)
)

// New returns a store on db, whose tables it creates or brings up to date. It
// does not close db.
func New(ctx context.Context, db *sqldb.DB, opts *Options) (*Store, error) {
	s := &Store{db: db, now: time.Now, cache: newNameCache(), named: &lookup{db: db}}
	if opts != nil && opts.Now != nil {
		s.now = opts.Now
	}
	if err := db.Migrate(ctx, "catalog", migrations); err != nil {
		return nil, fmt.Errorf("sqlcatalog: %w", err)
	}
	return s, nil
}

// read runs fn on one moment of the database.
func (s *Store) read(ctx context.Context, what string, fn func(r reader) error) error {
	err := s.db.ReadTx(ctx, func(tx *sql.Tx) error {
		return fn(reader{tx: tx, dialect: s.db.Dialect(), watch: s.watch})
	})
	return failed(what, err)
}

// write runs fn in a transaction that no other writer of the catalog overlaps,
// so that versions become visible in the order of their numbers.
func (s *Store) write(ctx context.Context, what string, fn func(w *writer) error) error {
	var done *writer
	err := s.db.InTx(ctx, func(tx *sql.Tx) error {
		w := newWriter(s, tx)
		if err := w.ids.load(ctx, w.reader); err != nil {
			return err
		}
		if err := fn(w); err != nil {
			return err
		}
		done = w
		return w.ids.save(ctx, w.reader)
	})
	if err == nil {
		s.cache.learn(done)
		s.learn(ctx, done)
	}
	return failed(what, err)
}

// failed says what was tried and gives the error its code.
func failed(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("sqlcatalog: %s: %w", what, sqldb.Classify(err))
}
