// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/events"
	"github.com/callboard/callboard/portal/sqldb"
)

// Changed says whose inboxes changed.
type Changed struct{ People []string }

// changed tells this process and the other replicas.
var changed = events.NewTopic[Changed]("notify.changed")

// Item is an entry of a person's inbox.
type Item struct {
	// ID names the entry; it stays when a later message takes its place.
	ID        string
	Recipient string
	Topic     string
	Severity  Severity
	Title     string
	Text      string
	Link      string
	Origin    string
	// Scope is empty if the sender gave none.
	Scope string
	// Times counts the messages of the scope, this one included.
	Times int
	// Created is when the first message of the scope came, Updated when this
	// one did.
	Created, Updated time.Time
	// Read and Saved are zero unless the person did so.
	Read, Saved time.Time
}

// Key is the item's place in the inbox, which is ordered by Updated and ID.
func (i Item) Key() Key { return Key{At: i.Updated, ID: i.ID} }

// Key is a place in an inbox. The zero value is no place.
type Key struct {
	At time.Time
	ID string
}

// MaxPage is the most items that a page has.
const MaxPage = 500

// Query selects items of an inbox; the zero value selects the 50 newest.
type Query struct {
	// IDs, unless nil, are those wanted; at most MaxPage.
	IDs []string
	// Read and Saved, unless nil, select what is or is not.
	Read, Saved *bool
	// MinSeverity, unless empty, selects what is as grave, or graver.
	MinSeverity Severity
	// Topic, unless empty, selects what is about it.
	Topic string
	// Search, unless empty, selects what has the text in title or text, in any
	// case.
	Search string
	// Since, unless zero, selects what came then or later.
	Since time.Time
	// Before, unless zero, selects older items than this: the Key of the last
	// one of the page before.
	Before Key
	// Offset leaves out the first items. It costs as much as reading them:
	// pages use Before.
	Offset int
	// Limit is the size of a page: 50 if 0, at most MaxPage.
	Limit int
}

// filter is a part of a statement with its values.
type filter struct {
	text []string
	args []any
}

func (f *filter) add(text string, args ...any) {
	f.text, f.args = append(f.text, text), append(f.args, args...)
}

func (f *filter) where() string { return strings.Join(f.text, " AND ") }

// conditions is what selects a person's items, but for the place.
func (q Query) conditions(person string) *filter {
	f := &filter{}
	f.add(`i.recipient = ?`, person)
	if q.IDs != nil {
		f.add(`i.id IN (`+sqldb.Placeholders(max(1, len(q.IDs)))+`)`, idArgs(q.IDs)...)
	}
	for column, wanted := range map[string]*bool{"i.read_at": q.Read, "i.saved_at": q.Saved} {
		switch {
		case wanted == nil:
		case *wanted:
			f.add(column + ` > 0`)
		default:
			f.add(column + ` = 0`)
		}
	}
	if q.MinSeverity != "" {
		f.add(`i.severity <= ?`, q.MinSeverity.rank())
	}
	if q.Topic != "" {
		f.add(`i.topic = ?`, q.Topic)
	}
	if !q.Since.IsZero() {
		f.add(`i.updated_at >= ?`, sqldb.Micros(q.Since))
	}
	if q.Search != "" {
		like := "%" + sqldb.EscapeLike(strings.ToLower(q.Search)) + "%"
		f.add(`(LOWER(m.title) LIKE ? ESCAPE '\' OR LOWER(m.body) LIKE ? ESCAPE '\')`, like, like)
	}
	return f
}

func idArgs(ids []string) []any {
	if len(ids) == 0 {
		return []any{""}
	}
	args := make([]any, len(ids))
	for n, id := range ids {
		args[n] = id
	}
	return args
}

func (q Query) check() error {
	if q.MinSeverity != "" && q.MinSeverity.rank() < 0 {
		return invalid("%q is no severity; write critical, high, normal or low", q.MinSeverity)
	}
	if len(q.IDs) > MaxPage {
		return invalid("at most %d notifications at once", MaxPage)
	}
	if hasControl(q.Search + q.Topic + strings.Join(q.IDs, "")) {
		return invalid("what to look for has no control characters")
	}
	return nil
}

// Inbox returns a page of the person's inbox, the newest first. Cost: the items
// of the page, and those that the conditions pass over.
func (s *Service) Inbox(ctx context.Context, person string, q Query) ([]Item, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	f := q.conditions(person)
	if q.Before != (Key{}) {
		f.add(`(i.updated_at, i.id) < (?, ?)`, sqldb.Micros(q.Before.At), q.Before.ID)
	}
	limit := 50
	if q.Limit > 0 {
		limit = min(q.Limit, MaxPage)
	}
	rows, err := s.db.SQL().QueryContext(ctx, s.db.Rebind(`
		SELECT i.id, i.recipient, i.topic, i.severity, m.title, m.body, m.link, i.origin, m.scope,
			i.times, i.created_at, i.updated_at, i.read_at, i.saved_at
		FROM notify_item i
		JOIN notify_message m ON m.id = i.message_id
		WHERE `+f.where()+`
		ORDER BY i.updated_at DESC, i.id DESC
		LIMIT ? OFFSET ?`), append(f.args, limit, max(0, q.Offset))...)
	if err != nil {
		return nil, sqldb.Classify(err)
	}
	defer rows.Close()
	items := []Item{}
	for rows.Next() {
		item, err := scanItem(rows)
		if err != nil {
			return nil, sqldb.Classify(err)
		}
		items = append(items, item)
	}
	return items, sqldb.Classify(rows.Err())
}

func scanItem(rows *sql.Rows) (i Item, err error) {
	var severity int
	var created, updated, read, saved int64
	err = rows.Scan(&i.ID, &i.Recipient, &i.Topic, &severity, &i.Title, &i.Text, &i.Link, &i.Origin, &i.Scope,
		&i.Times, &created, &updated, &read, &saved)
	i.Severity = severityOf(severity)
	i.Created, i.Updated = sqldb.FromMicros(created), sqldb.FromMicros(updated)
	i.Read, i.Saved = someTime(read), someTime(saved)
	return i, err
}

func severityOf(rank int) Severity {
	if all := Severities(); rank >= 0 && rank < len(all) {
		return all[rank]
	}
	return Normal
}

// someTime is a time that may not be.
func someTime(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return sqldb.FromMicros(us)
}

// Count returns how many items the query selects, whatever its page. Cost: as
// many entries of an index as there are.
func (s *Service) Count(ctx context.Context, person string, q Query) (int, error) {
	if err := q.check(); err != nil {
		return 0, err
	}
	f := q.conditions(person)
	join := ""
	if q.Search != "" {
		join = ` JOIN notify_message m ON m.id = i.message_id`
	}
	return s.count(ctx, `SELECT COUNT(*) FROM notify_item i`+join+` WHERE `+f.where(), f.args...)
}

func (s *Service) count(ctx context.Context, query string, args ...any) (n int, err error) {
	err = s.db.SQL().QueryRowContext(ctx, s.db.Rebind(query), args...).Scan(&n)
	return n, sqldb.Classify(err)
}

// UnreadUpTo returns how many items the person has not read, and limit if there
// are more: what is shown on every page, at the cost of limit.
func (s *Service) UnreadUpTo(ctx context.Context, person string, limit int) (int, error) {
	return s.count(ctx, `
		SELECT COUNT(*) FROM (
			SELECT 1 AS one FROM notify_item WHERE recipient = ? AND read_at = 0 LIMIT ?
		) AS unread`, person, limit)
}

// TopicsOf returns the topics of the items that the query selects, sorted.
func (s *Service) TopicsOf(ctx context.Context, person string, q Query) ([]string, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	f := q.conditions(person)
	rows, err := s.db.SQL().QueryContext(ctx, s.db.Rebind(`
		SELECT DISTINCT i.topic
		FROM notify_item i
		JOIN notify_message m ON m.id = i.message_id
		WHERE `+f.where()+`
		ORDER BY i.topic`), f.args...)
	if err != nil {
		return nil, sqldb.Classify(err)
	}
	defer rows.Close()
	topics := []string{}
	for rows.Next() {
		var topic string
		if err := rows.Scan(&topic); err != nil {
			return nil, sqldb.Classify(err)
		}
		topics = append(topics, topic)
	}
	return topics, sqldb.Classify(rows.Err())
}

// Mark is what to note of items; what is nil stays as it is.
type Mark struct{ Read, Saved *bool }

// Mark notes it of the person's items that are named. Names of no items, and of
// other people's, are left out.
func (s *Service) Mark(ctx context.Context, person string, ids []string, m Mark) error {
	if err := (Query{IDs: ids}).check(); err != nil || len(ids) == 0 {
		return err
	}
	now := sqldb.Micros(s.opts.Now())
	return s.db.InTx(ctx, func(tx *sql.Tx) error {
		for _, c := range []struct {
			to              *bool
			set, keep, none string
		}{
			{m.Read, `read_at = ?`, `read_at = 0`, `read_at = 0`},
			{m.Saved, `saved_at = ?`, `saved_at = 0`, `saved_at = 0`},
		} {
			if c.to == nil {
				continue
			}
			set, args, where := c.none, []any{}, ``
			if *c.to {
				set, args, where = c.set, append(args, now), ` AND `+c.keep
			}
			query := `UPDATE notify_item SET ` + set + ` WHERE recipient = ? AND id IN (` + sqldb.Placeholders(len(ids)) + `)` + where
			if _, err := tx.ExecContext(ctx, s.db.Rebind(query), append(append(args, person), idArgs(ids)...)...); err != nil {
				return err
			}
		}
		return changed.PublishTx(ctx, tx, s.bus, Changed{[]string{person}})
	})
}

// MarkAllRead notes that the person has read everything that came until then.
func (s *Service) MarkAllRead(ctx context.Context, person string, until time.Time) error {
	return s.db.InTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, s.db.Rebind(`
			UPDATE notify_item SET read_at = ?
			WHERE recipient = ? AND read_at = 0 AND updated_at <= ?`),
			sqldb.Micros(s.opts.Now()), person, sqldb.Micros(until))
		if err != nil {
			return err
		}
		return changed.PublishTx(ctx, tx, s.bus, Changed{[]string{person}})
	})
}

// Item returns one item of the person's, or CodeNotFound.
func (s *Service) Item(ctx context.Context, person, id string) (Item, error) {
	found, err := s.Inbox(ctx, person, Query{IDs: []string{id}, Limit: 1})
	if err != nil {
		return Item{}, err
	}
	if len(found) == 0 {
		return Item{}, &callboard.Error{Code: callboard.CodeNotFound, Message: "there is no such notification"}
	}
	return found[0], nil
}

// InTx runs fn in a transaction of the database that notifications are kept in.
func (s *Service) InTx(ctx context.Context, fn func(tx *sql.Tx) error) error {
	return s.db.InTx(ctx, fn)
}

// Watch receives whose inboxes change, until it is closed.
func (s *Service) Watch() *events.Subscription[Changed] { return changed.Subscribe(s.bus, 0) }
