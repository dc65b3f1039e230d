// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/sqldb"
)

const (
	// touchEvery is how often at most it is written down that a session or a key
	// was used.
	touchEvery = time.Minute
	// overlap is how long a session lives on after its person signed in anew in
	// the same browser, for the requests of other tabs that are under way.
	overlap = 30 * time.Second
)

// Session is a browser in which somebody is signed in.
type Session struct {
	// ID names the session; it is no secret, and opens nothing.
	ID string `json:"id"`
	// Method is the ID of the method that the person signed in with.
	Method string `json:"method"`
	// Browser is what the browser calls itself, Address where it was.
	Browser string `json:"browser"`
	Address string `json:"address"`
	// Created, Seen and Expires are when the person signed in, when the session
	// was used last, to a minute, and when it ends however much it is used.
	Created time.Time `json:"created"`
	Seen    time.Time `json:"seen"`
	Expires time.Time `json:"expires"`
	// Current says that this is the session that asks.
	Current bool `json:"current"`
}

// sessions keeps who is signed in. The database is the truth: whatever is
// revoked there is so for the next request to any replica.
type sessions struct {
	db    *sqldb.DB
	read  *sql.Stmt
	limit SessionSettings
	now   func() time.Time
}

func newSessions(ctx context.Context, db *sqldb.DB, limit SessionSettings, now func() time.Time) (*sessions, error) {
	read, err := db.SQL().PrepareContext(ctx, db.Rebind(findQuery))
	if err != nil {
		return nil, fmt.Errorf("auth: %w", sqldb.Classify(err))
	}
	return &sessions{db: db, read: read, limit: limit, now: now}, nil
}

// in returns the store for one operation; tx may be nil to read.
func (s *sessions) in(tx execer) *sessionStore {
	return &sessionStore{db: s.db, read: s.read, tx: tx, now: s.now(), limit: s.limit}
}

// find returns the session of the token, nil if there is none, and when it was
// seen last.
func (s *sessions) find(ctx context.Context, token string) (*record, time.Time, error) {
	if !isSecret(token) {
		return nil, time.Time{}, nil
	}
	store := s.in(nil)
	manager := store.manager()
	ctx, err := manager.Load(ctx, token)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("auth: read the session: %w", err)
	}
	rec, ok := manager.Get(ctx, recordKey).(record)
	if !ok {
		return nil, time.Time{}, nil
	}
	return &rec, store.seen, nil
}

// started is a session that begins.
type started struct {
	record
	detail
}

// detailOf returns what else is known of a session, or nothing if it has ended.
func (s *sessions) detailOf(ctx context.Context, id string) (detail, error) {
	var d detail
	var data []byte
	err := s.db.SQL().QueryRowContext(ctx, s.db.Rebind(`SELECT detail FROM auth_session WHERE id = ?`), id).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return d, nil
	}
	if err != nil {
		return d, fmt.Errorf("auth: read the session: %w", sqldb.Classify(err))
	}
	return d, json.Unmarshal(data, &d)
}

// begin begins a session in tx, which takes the place of the one whose token
// the browser had, and returns the new token. Somebody else's session ends at
// once, the person's own after an overlap.
func (s *sessions) begin(ctx context.Context, tx *sql.Tx, in started, had string) (string, error) {
	now := s.now()
	store := s.in(tx)
	store.detail = in.detail
	manager := store.manager()
	inner, err := manager.Load(ctx, "")
	if err != nil {
		return "", err
	}
	manager.SetDeadline(inner, now.Add(s.limit.Lifetime))
	manager.Put(inner, recordKey, in.record)
	token, _, err := manager.Commit(inner)
	if err != nil || !isSecret(had) {
		return token, err
	}
	_, err = tx.ExecContext(ctx, s.db.Rebind(`DELETE FROM auth_session WHERE token_hash = ? AND subject <> ?`), hashOf(had), in.Subject)
	if err != nil {
		return "", err
	}
	until := sqldb.Micros(now.Add(overlap))
	_, err = tx.ExecContext(ctx, s.db.Rebind(`UPDATE auth_session SET expires_at = ? WHERE token_hash = ? AND expires_at > ?`), until, hashOf(had), until)
	return token, err
}

// end ends the session of the token.
func (s *sessions) end(ctx context.Context, tx *sql.Tx, token string) error {
	return s.in(tx).DeleteCtx(ctx, token)
}

// list returns the person's sessions, the newest first.
func (s *sessions) list(ctx context.Context, subject, current string) ([]Session, error) {
	now := s.now()
	rows, err := s.db.SQL().QueryContext(ctx, s.db.Rebind(`
		SELECT data, detail, created_at, seen_at, expires_at
		FROM auth_session
		WHERE subject = ? AND expires_at > ? AND seen_at > ?
		ORDER BY created_at DESC, id`),
		subject, sqldb.Micros(now), sqldb.Micros(now.Add(-s.limit.Idle)))
	if err != nil {
		return nil, sqldb.Classify(err)
	}
	defer rows.Close()
	var all []Session
	for rows.Next() {
		var data, more []byte
		var created, seen, expires int64
		if err := rows.Scan(&data, &more, &created, &seen, &expires); err != nil {
			return nil, err
		}
		var e encodedSession
		var d detail
		if err := errors.Join(json.Unmarshal(data, &e), json.Unmarshal(more, &d)); err != nil {
			return nil, err
		}
		all = append(all, Session{
			ID: e.Session.ID, Method: e.Session.Method, Browser: d.Browser, Address: d.Address,
			Created: sqldb.FromMicros(created), Seen: sqldb.FromMicros(seen), Expires: sqldb.FromMicros(expires),
			Current: e.Session.ID == current,
		})
	}
	return all, rows.Err()
}

// revoke ends the person's session of that ID, or CodeNotFound.
func (s *sessions) revoke(ctx context.Context, tx *sql.Tx, subject, id string) error {
	res, err := tx.ExecContext(ctx, s.db.Rebind(`DELETE FROM auth_session WHERE id = ? AND subject = ?`), id, subject)
	return found(res, err, "you have no such session; it may have ended already")
}

// revokeOthers ends the person's sessions but the one of that ID.
func (s *sessions) revokeOthers(ctx context.Context, tx *sql.Tx, subject, but string) error {
	_, err := tx.ExecContext(ctx, s.db.Rebind(`DELETE FROM auth_session WHERE subject = ? AND id <> ?`), subject, but)
	return err
}

// errReplayed says that a logout token was taken already.
var errReplayed = &callboard.Error{Code: callboard.CodeUnauthenticated, Message: "the logout token was taken already"}

// logout ends the sessions that a provider says have ended. Its token is taken
// once.
func (s *sessions) logout(ctx context.Context, tx *sql.Tx, l Logout) (subjects []string, err error) {
	now := s.now()
	res, err := tx.ExecContext(ctx, s.db.Rebind(`
		INSERT INTO auth_logout (issuer, token_id, expires_at) VALUES (?, ?, ?)
		ON CONFLICT DO NOTHING`), l.Issuer, l.ID, sqldb.Micros(now.Add(logoutKept)))
	if err != nil {
		return nil, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return nil, errReplayed
	}
	column, value := "provider_session", l.Session
	if l.Session == "" {
		column, value = "provider_subject", l.Subject
	}
	rows, err := tx.QueryContext(ctx, s.db.Rebind(`
		DELETE FROM auth_session
		WHERE issuer = ? AND `+column+` = ?
		RETURNING subject`), l.Issuer, value)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var subject string
		if err := rows.Scan(&subject); err != nil {
			return nil, err
		}
		subjects = append(subjects, subject)
	}
	return subjects, rows.Err()
}

// logoutKept is how long a logout token is remembered; by then it is too old
// for any method to accept.
const logoutKept = 24 * time.Hour

// keysKept is how long an expired key is still listed.
const keysKept = 30 * 24 * time.Hour

// sweep removes what has expired.
func (s *sessions) sweep(ctx context.Context) error {
	now := sqldb.Micros(s.now())
	idle := sqldb.Micros(s.now().Add(-s.limit.Idle))
	return s.db.InTx(ctx, func(tx *sql.Tx) error {
		for _, table := range []string{"auth_session", "auth_flow", "auth_logout", "auth_device"} {
			if _, err := tx.ExecContext(ctx, s.db.Rebind(`DELETE FROM `+table+` WHERE expires_at <= ?`), now); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, s.db.Rebind(`DELETE FROM auth_session WHERE seen_at <= ?`), idle); err != nil {
			return err
		}
		gone := sqldb.Micros(s.now().Add(-keysKept))
		_, err := tx.ExecContext(ctx, s.db.Rebind(`DELETE FROM auth_key WHERE expires_at > 0 AND expires_at <= ?`), gone)
		return err
	})
}

// found returns err, or that no row was changed.
func found(res sql.Result, err error, message string) error {
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		err = &callboard.Error{Code: callboard.CodeNotFound, Message: message}
	}
	return err
}
