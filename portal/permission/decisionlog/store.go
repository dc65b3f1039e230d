// SPDX-License-Identifier: Apache-2.0

package decisionlog

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/permission"
	"github.com/callboard/callboard/portal/sqldb"
)

//go:embed migrations
var migrations embed.FS

const (
	day = 24 * time.Hour
	// rowsAtOnce are written by one statement.
	rowsAtOnce = 200
	// maxCaller is how long a caller may be, in bytes; a longer one is not kept.
	maxCaller = 64 << 10
)

// caller is what is kept of whoever asked.
type caller struct {
	Subject string            `json:"subject,omitempty"`
	Owns    []string          `json:"owns,omitempty"`
	Claims  []string          `json:"claims,omitempty"`
	Limits  []callboard.Limit `json:"limits"` // null is no limit, [] is nothing at all
	Local   bool              `json:"local,omitempty"`
}

// row is a decision as the table has it.
type row struct {
	day                      int64
	hash, permission, caller string
	effect                   permission.Effect
	on                       string
	made                     int64
	last                     time.Time
}

func dayOf(t time.Time) int64 { return t.Unix() / int64(day/time.Second) }

// Flush writes what was noted so far, and removes what is too old or too much.
// What cannot be written is lost.
func (l *Log) Flush(ctx context.Context) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	rows, err := l.rows(l.take())
	today := dayOf(l.opts.Now())
	if err != nil || len(rows) == 0 && l.trimmed == today {
		return err
	}
	l.trimmed = today
	return l.db.InTx(ctx, func(tx *sql.Tx) error {
		for part := range slices.Chunk(rows, rowsAtOnce) {
			if err := l.write(ctx, tx, part); err != nil {
				return err
			}
		}
		return l.trim(ctx, tx, today)
	})
}

// rows returns entries as rows, in an order in which replicas do not lock each
// other out.
func (l *Log) rows(entries map[key]*entry) ([]row, error) {
	var rows []row
	for _, e := range entries {
		id := e.question.Identity
		text, err := json.Marshal(caller{id.Subject, id.Owns, l.kept(id), id.Limits, e.question.Local})
		if err != nil {
			return nil, err
		}
		on := said(e.decision)
		if len(text)+len(on) > maxCaller {
			l.miss()
			continue
		}
		sum := sha256.Sum256(text)
		rows = append(rows, row{
			day: dayOf(e.last), hash: hex.EncodeToString(sum[:16]), permission: e.question.Permission.ID, caller: string(text),
			effect: e.decision.Effect(), on: on, made: e.made, last: e.last,
		})
	}
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.hash, b.hash), cmp.Compare(a.permission, b.permission))
	})
	return rows, nil
}

func (l *Log) miss() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.missed = l.opts.Now()
}

func (l *Log) write(ctx context.Context, tx *sql.Tx, rows []row) error {
	values := strings.TrimSuffix(strings.Repeat("(?, ?, ?, ?, ?, ?, ?, ?), ", len(rows)), ", ")
	args := make([]any, 0, 8*len(rows))
	for _, r := range rows {
		args = append(args, r.day, r.hash, r.permission, r.caller, string(r.effect), r.on, r.made, sqldb.Micros(r.last))
	}
	_, err := tx.ExecContext(ctx, l.db.Rebind(`
		INSERT INTO permission_decision (day, caller, permission, caller_json, effect, on_text, made, last_at)
		VALUES `+values+`
		ON CONFLICT (day, caller, permission) DO UPDATE
		SET effect = excluded.effect,
		    on_text = excluded.on_text,
		    made = permission_decision.made + excluded.made,
		    last_at = excluded.last_at`), args...)
	return sqldb.Classify(err)
}

// trim keeps today and yesterday, and of today what was decided last.
func (l *Log) trim(ctx context.Context, tx *sql.Tx, today int64) error {
	if _, err := tx.ExecContext(ctx, l.db.Rebind(`DELETE FROM permission_decision WHERE day < ?`), today-1); err != nil {
		return sqldb.Classify(err)
	}
	_, err := tx.ExecContext(ctx, l.db.Rebind(`
		DELETE FROM permission_decision
		WHERE day = ?
		AND (last_at, caller, permission) <= (
			SELECT last_at, caller, permission
			FROM permission_decision
			WHERE day = ?
			ORDER BY last_at DESC, caller DESC, permission DESC
			LIMIT 1 OFFSET ?)`), today, today, l.opts.PerDay)
	return sqldb.Classify(err)
}

// LastDay returns what was decided in the last 24 hours, those noted a moment
// ago among them.
func (l *Log) LastDay(ctx context.Context) (Day, error) {
	if err := l.Flush(ctx); err != nil {
		return Day{}, err
	}
	now := l.opts.Now()
	d := Day{Since: now.Add(-day), Claims: l.opts.Claims}
	d.Partial = l.hasMissed(d.Since)
	rows, err := l.db.SQL().QueryContext(ctx, l.db.Rebind(`
		SELECT day, caller, permission, caller_json, effect, on_text, made, last_at
		FROM permission_decision
		WHERE last_at >= ?
		ORDER BY last_at DESC, caller, permission`), sqldb.Micros(d.Since))
	if err != nil {
		return Day{}, sqldb.Classify(err)
	}
	defer rows.Close()
	known, perDay, callers := map[string]int{}, map[int64]int{}, map[string]caller{}
	for rows.Next() {
		r, err := scan(rows)
		if err != nil {
			return Day{}, err
		}
		if perDay[r.day]++; perDay[r.day] >= l.opts.PerDay {
			d.Partial = true
		}
		if err := d.add(r, known, callers); err != nil {
			return Day{}, err
		}
	}
	return d, sqldb.Classify(rows.Err())
}

func (l *Log) hasMissed(since time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.missed.After(since)
}

func scan(rows *sql.Rows) (r row, err error) {
	var last int64
	err = rows.Scan(&r.day, &r.hash, &r.permission, &r.caller, &r.effect, &r.on, &r.made, &last)
	r.last = sqldb.FromMicros(last)
	return r, sqldb.Classify(err)
}

// add adds a row. One of yesterday about what was decided today as well only
// adds to its count.
func (d *Day) add(r row, known map[string]int, callers map[string]caller) error {
	if at, twice := known[r.hash+r.permission]; twice {
		d.Decided[at].Count += r.made
		return nil
	}
	c, ok := callers[r.hash]
	if !ok {
		if err := json.Unmarshal([]byte(r.caller), &c); err != nil {
			return err
		}
		callers[r.hash] = c
	}
	known[r.hash+r.permission] = len(d.Decided)
	d.Decided = append(d.Decided, Decided{
		Identity: callboard.Identity{Subject: c.Subject, Owns: c.Owns, Claims: c.Claims, Limits: c.Limits}, Local: c.Local,
		Permission: r.permission, Effect: r.effect, Condition: r.on, Count: r.made, Last: r.last,
	})
	return nil
}
