// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/sqldb"
)

// exportPage is how many entries Export reads at a time.
const exportPage = 500

// Query selects entries; the zero value selects the 50 newest.
type Query struct {
	// Actor, Action and Resource, unless empty, select entries that have them.
	Actor, Action, Resource string
	// Outcome, unless empty, selects entries that went so.
	Outcome Outcome
	// From and To, unless zero, select entries at From or later, before To.
	From, To time.Time
	// Before, unless zero, selects older entries than this: the Key of the last
	// one of the page before.
	Before Key
	// Limit is the size of a page: 50 if 0, at most 500. Export ignores it.
	Limit int
}

// Entries returns a page of the log, the newest first.
func (l *Log) Entries(ctx context.Context, q Query) ([]Entry, error) {
	limit := 50
	if q.Limit > 0 {
		limit = min(q.Limit, exportPage)
	}
	where, args := conditions(q)
	if q.Before != (Key{}) {
		where, args = where+` AND (at, id) < (?, ?)`, append(args, sqldb.Micros(q.Before.At), q.Before.ID)
	}
	return l.read(ctx, where+` ORDER BY at DESC, id DESC LIMIT ?`, append(args, limit))
}

// Entry returns one entry; CodeNotFound if there is none.
func (l *Log) Entry(ctx context.Context, id int64) (Entry, error) {
	found, err := l.read(ctx, ` WHERE id = ?`, []any{id})
	if err != nil {
		return Entry{}, err
	}
	if len(found) == 0 {
		return Entry{}, &callboard.Error{Code: callboard.CodeNotFound, Message: fmt.Sprintf("there is no entry %d in the audit log", id)}
	}
	return found[0], nil
}

// maxActions is how many names Actions returns.
const maxActions = 300

// Actions returns the names of the actions in the log, sorted. It reads one
// entry of the index for each.
func (l *Log) Actions(ctx context.Context) ([]string, error) {
	rows, err := l.db.SQL().QueryContext(ctx, l.db.Rebind(
		`WITH RECURSIVE name(action) AS (
			SELECT MIN(action) FROM audit_entry
			UNION ALL
			SELECT (SELECT MIN(e.action) FROM audit_entry e WHERE e.action > name.action)
			FROM name
			WHERE name.action IS NOT NULL)
		SELECT action FROM name WHERE action IS NOT NULL LIMIT ?`), maxActions)
	if err != nil {
		return nil, sqldb.Classify(err)
	}
	defer rows.Close()
	names := []string{}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, sqldb.Classify(rows.Err())
}

// Export yields every entry that q selects, the oldest first, up to the moment
// at which it begins. It stops after the first error, which it yields with a
// zero Entry.
func (l *Log) Export(ctx context.Context, q Query) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		if now := l.opts.Now(); q.To.IsZero() || q.To.After(now) {
			q.To = now.Add(time.Microsecond)
		}
		where, args := conditions(q)
		if q.Before != (Key{}) {
			where, args = where+` AND (at, id) < (?, ?)`, append(args, sqldb.Micros(q.Before.At), q.Before.ID)
		}
		where += ` AND (at, id) > (?, ?) ORDER BY at, id LIMIT ?`
		for last := (Key{}); ; {
			page, err := l.read(ctx, where, append(args[:len(args):len(args)], sqldb.Micros(last.At), last.ID, exportPage))
			if err != nil {
				yield(Entry{}, err)
				return
			}
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
				last = e.Key()
			}
			if len(page) < exportPage {
				return
			}
		}
	}
}

// conditions builds the constant pieces of the WHERE clause.
func conditions(q Query) (where string, args []any) {
	where = ` WHERE 1 = 1`
	for _, c := range []struct{ text, value string }{
		{` AND actor = ?`, q.Actor}, {` AND action = ?`, q.Action}, {` AND resource = ?`, q.Resource}, {` AND outcome = ?`, string(q.Outcome)},
	} {
		if c.value != "" {
			where, args = where+c.text, append(args, c.value)
		}
	}
	if !q.From.IsZero() {
		where, args = where+` AND at >= ?`, append(args, sqldb.Micros(q.From))
	}
	if !q.To.IsZero() {
		where, args = where+` AND at < ?`, append(args, sqldb.Micros(q.To))
	}
	return where, args
}

func (l *Log) read(ctx context.Context, rest string, args []any) ([]Entry, error) {
	rows, err := l.db.SQL().QueryContext(ctx, l.db.Rebind(
		`SELECT id, at, actor, action, resource, outcome, message, before_json, after_json, request_id, remote_addr
		FROM audit_entry`+rest), args...)
	if err != nil {
		return nil, sqldb.Classify(err)
	}
	defer rows.Close() //nolint:errcheck // read to the end
	entries := []Entry{}
	for rows.Next() {
		var e Entry
		var at int64
		var before, after string
		err := rows.Scan(&e.ID, &at, &e.Actor, &e.Action, &e.Resource, &e.Outcome, &e.Message, &before, &after, &e.RequestID, &e.RemoteAddr)
		if err != nil {
			return nil, err
		}
		e.At = sqldb.FromMicros(at)
		if before != "" {
			e.Before = json.RawMessage(before)
		}
		if after != "" {
			e.After = json.RawMessage(after)
		}
		entries = append(entries, e)
	}
	return entries, sqldb.Classify(rows.Err())
}
