// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/callboard/callboard/portal/sqldb"
)

//go:embed migrations
var migrations embed.FS

// execer is a transaction; nothing but reading happens outside of one.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// record is what every request needs to know of a session; it is small, because
// it is read each time.
type record struct {
	ID      string `json:"id"`
	Subject string `json:"subject"`
	Method  string `json:"method"`
	// Claims are those of [callboard.Identity].
	Claims []string `json:"claims,omitempty"`
}

// detail is what few requests need to know of a session.
type detail struct {
	Issuer          string `json:"issuer,omitempty"`
	ProviderSubject string `json:"providerSubject,omitempty"`
	ProviderSession string `json:"providerSession,omitempty"`
	Browser         string `json:"browser,omitempty"`
	Address         string `json:"address,omitempty"`
	Hint            []byte `json:"hint,omitempty"`
	Steps           []Step `json:"steps,omitempty"`
}

// recordKey is the one value of a session.
const recordKey = "session"

// codec writes a session as JSON, so that it can be read in the database.
type codec struct{}

var _ scs.Codec = codec{}

type encodedSession struct {
	Deadline time.Time `json:"deadline"`
	Session  record    `json:"session"`
}

// Encode implements [scs.Codec].
func (codec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	rec, _ := values[recordKey].(record)
	return json.Marshal(encodedSession{deadline, rec})
}

// Decode implements [scs.Codec].
func (codec) Decode(data []byte) (time.Time, map[string]any, error) {
	var s encodedSession
	err := json.Unmarshal(data, &s)
	return s.Deadline, map[string]any{recordKey: s.Session}, err
}

// sessionStore keeps sessions in the database for scs. There is one for each
// operation, in the transaction of that.
type sessionStore struct {
	db    *sqldb.DB
	read  *sql.Stmt
	tx    execer
	now   time.Time
	limit SessionSettings
	// detail goes with the session that is committed.
	detail detail
	// seen is when the session that was found was seen last.
	seen time.Time
}

var _ scs.CtxStore = (*sessionStore)(nil)

// manager returns what works on the store. It keeps nothing itself.
func (s *sessionStore) manager() *scs.SessionManager {
	return &scs.SessionManager{Store: s, Codec: codec{}, Lifetime: s.limit.Lifetime}
}

// findQuery is prepared once: it runs for every request.
const findQuery = `
	SELECT data, seen_at
	FROM auth_session
	WHERE token_hash = ? AND expires_at > ? AND seen_at > ?`

// FindCtx implements [scs.CtxStore].
func (s *sessionStore) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	var seen int64
	err = s.read.QueryRowContext(ctx, hashOf(token), sqldb.Micros(s.now), sqldb.Micros(s.now.Add(-s.limit.Idle))).Scan(&data, &seen)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	s.seen = sqldb.FromMicros(seen)
	return data, err == nil, sqldb.Classify(err)
}

// CommitCtx implements [scs.CtxStore].
func (s *sessionStore) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	var e encodedSession
	if err := json.Unmarshal(data, &e); err != nil {
		return err
	}
	more, err := json.Marshal(s.detail)
	if err != nil {
		return err
	}
	now := sqldb.Micros(s.now)
	_, err = s.tx.ExecContext(ctx, s.db.Rebind(`
		INSERT INTO auth_session (id, token_hash, subject, issuer, provider_subject, provider_session, data, detail, created_at, seen_at, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
		e.Session.ID, hashOf(token), e.Session.Subject, s.detail.Issuer, s.detail.ProviderSubject, s.detail.ProviderSession,
		string(data), string(more), now, now, sqldb.Micros(expiry))
	return err
}

// DeleteCtx implements [scs.CtxStore].
func (s *sessionStore) DeleteCtx(ctx context.Context, token string) error {
	_, err := s.tx.ExecContext(ctx, s.db.Rebind(`DELETE FROM auth_session WHERE token_hash = ?`), hashOf(token))
	return err
}

// Find implements [scs.Store].
func (s *sessionStore) Find(token string) (data []byte, found bool, err error) {
	return s.FindCtx(context.Background(), token)
}

// Commit implements [scs.Store].
func (s *sessionStore) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete implements [scs.Store].
func (s *sessionStore) Delete(token string) error {
	return s.DeleteCtx(context.Background(), token)
}
