// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"errors"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/callboard/callboard/portal/sqldb"
)

// use is a session or key that was used.
type use struct{ table, id string }

// toucher writes down when sessions and keys were used, at most once a minute
// for each, and not while a reader waits: the one writer of SQLite may be busy.
type toucher struct {
	db      *sqldb.DB
	now     func() time.Time
	pending chan use
	recent  *lru.Cache[use, time.Time]
}

const touchQueue = 1000

func newToucher(db *sqldb.DB, now func() time.Time) (*toucher, error) {
	recent, err := lru.New[use, time.Time](10 * touchQueue)
	return &toucher{db: db, now: now, pending: make(chan use, touchQueue), recent: recent}, err
}

// touch has it written that u is used now, if it was seen a minute ago or
// earlier. Where too much is to be written already, the next use is.
func (t *toucher) touch(u use, seen time.Time) {
	now := t.now()
	if now.Sub(seen) < touchEvery {
		return
	}
	if last, ok := t.recent.Get(u); ok && now.Sub(last) < touchEvery {
		return
	}
	select {
	case t.pending <- u:
		t.recent.Add(u, now)
	default:
	}
}

// write writes one use.
func (t *toucher) write(ctx context.Context, u use) error {
	column := "seen_at"
	if u.table == "auth_key" {
		column = "used_at"
	}
	now := t.now()
	_, err := t.db.Exec(ctx, `UPDATE `+u.table+` SET `+column+` = ? WHERE id = ? AND `+column+` <= ?`,
		sqldb.Micros(now), u.id, sqldb.Micros(now.Add(-touchEvery)))
	return err
}

// drain writes what is left, for as long as ctx allows.
func (t *toucher) drain(ctx context.Context) error {
	var errs []error
	for {
		select {
		case u := <-t.pending:
			errs = append(errs, t.write(ctx, u))
		default:
			return errors.Join(errs...)
		}
	}
}
