// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"database/sql"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/sqldb"
)

// MaxSubscriptions is how much a person can subscribe to.
const MaxSubscriptions = 1000

// Kinds returns what can be subscribed to.
func (s *Service) Kinds() []SubscriptionKind { return s.opts.Kinds }

// Kind returns the kind of subscription with the ID.
func (s *Service) Kind(id string) (SubscriptionKind, bool) {
	for _, k := range s.opts.Kinds {
		if k.ID == id {
			return k, true
		}
	}
	return SubscriptionKind{}, false
}

// Subscribe notes that a person wants to hear of a thing. The caller's identity
// in ctx is asked whether they may.
func (s *Service) Subscribe(ctx context.Context, person, kind, key string) error {
	k, ok := s.Kind(kind)
	if !ok || len(key) > maxID || hasControl(key) {
		return invalid("there is nothing like that to follow")
	}
	if _, err := k.Describe(ctx, key); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx *sql.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, s.db.Rebind(`SELECT COUNT(*) FROM notify_subscription WHERE person = ?`), person).Scan(&n); err != nil {
			return err
		}
		if n >= MaxSubscriptions {
			return &callboard.Error{Code: callboard.CodeTooLarge, Message: "you follow as much as one can; leave something first"}
		}
		_, err := tx.ExecContext(ctx, s.db.Rebind(`
			INSERT INTO notify_subscription (kind, key, person, created_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (kind, key, person) DO NOTHING`), kind, key, person, sqldb.Micros(s.opts.Now()))
		return err
	})
}

// Unsubscribe ends it; ending what is not is no error.
func (s *Service) Unsubscribe(ctx context.Context, person, kind, key string) error {
	_, err := s.db.Exec(ctx, `DELETE FROM notify_subscription WHERE kind = ? AND key = ? AND person = ?`, kind, key, person)
	return err
}

// Subscribed reports whether the person is told of the thing.
func (s *Service) Subscribed(ctx context.Context, person, kind, key string) (bool, error) {
	n, err := s.count(ctx, `SELECT COUNT(*) FROM notify_subscription WHERE kind = ? AND key = ? AND person = ?`, kind, key, person)
	return n > 0, err
}

// Subscriptions returns what the person subscribed to, in order of kind and key.
func (s *Service) Subscriptions(ctx context.Context, person string) ([]Subscription, error) {
	return s.subscriptions(ctx, `WHERE person = ? ORDER BY kind, key`, person)
}

// Subscribers returns the people who had subscribed to the thing by then, in
// order of reference: whoever did so later knows what was before.
func (s *Service) Subscribers(ctx context.Context, kind, key string, by time.Time) ([]string, error) {
	found, err := s.subscriptions(ctx, `WHERE kind = ? AND key = ? AND created_at <= ? ORDER BY person`, kind, key, sqldb.Micros(by))
	people := make([]string, len(found))
	for n, sub := range found {
		people[n] = sub.Person
	}
	return people, err
}

func (s *Service) subscriptions(ctx context.Context, where string, args ...any) ([]Subscription, error) {
	rows, err := s.db.SQL().QueryContext(ctx, s.db.Rebind(`SELECT person, kind, key, created_at FROM notify_subscription `+where), args...)
	if err != nil {
		return nil, sqldb.Classify(err)
	}
	defer rows.Close()
	var found []Subscription
	for rows.Next() {
		var sub Subscription
		var created int64
		if err := rows.Scan(&sub.Person, &sub.Kind, &sub.Key, &created); err != nil {
			return nil, sqldb.Classify(err)
		}
		sub.Created = sqldb.FromMicros(created)
		found = append(found, sub)
	}
	return found, sqldb.Classify(rows.Err())
}
