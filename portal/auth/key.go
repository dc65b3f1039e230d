// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/sqldb"
)

// Limits of a key.
const (
	maxKeys      = 100 // of one subject
	maxKeyName   = 80
	maxKeyLimits = 50
)

// servicePrefix begins the subject of a token that no person holds.
const servicePrefix = "service:"

// Key is an API key of a person, or a token of a service, without the secret.
type Key struct {
	// ID names the key; it is no secret, and opens nothing.
	ID string `json:"id"`
	// Subject is on whose behalf requests with the key are made.
	Subject string `json:"subject"`
	// Name says what the key is for.
	Name string `json:"name"`
	// Limits is what the key may do of what its subject may; nil is everything.
	Limits []callboard.Limit `json:"limits"`
	// CreatedBy is who made it.
	CreatedBy string    `json:"createdBy"`
	Created   time.Time `json:"created"`
	// Expires is when it ends, Used when it was used last, to a minute; zero is
	// never.
	Expires time.Time `json:"expires,omitzero"`
	Used    time.Time `json:"used,omitzero"`
}

// Expired reports whether the key has ended.
func (k Key) Expired(now time.Time) bool { return !k.Expires.IsZero() && !k.Expires.After(now) }

// Keys keeps keys and tokens. It is safe for concurrent use.
type Keys struct {
	db  *sqldb.DB
	log *audit.Log
	now func() time.Time
}

// NewKeys returns the keys in db, whose tables it makes or brings up to date.
// The clock is time.Now if now is nil.
func NewKeys(ctx context.Context, db *sqldb.DB, log *audit.Log, now func() time.Time) (*Keys, error) {
	if err := db.Migrate(ctx, "auth", migrations); err != nil {
		return nil, fmt.Errorf("auth: %w", err)
	}
	if now == nil {
		now = time.Now
	}
	return &Keys{db: db, log: log, now: now}, nil
}

// Create makes a key of what k says: subject, name, limits, expiry and creator.
// The secret is returned this once.
func (k *Keys) Create(ctx context.Context, key Key) (Key, string, error) {
	var secret string
	err := k.db.InTx(ctx, func(tx *sql.Tx) (err error) {
		key, secret, err = k.createTx(ctx, tx, key)
		return err
	})
	return key, secret, err
}

func (k *Keys) createTx(ctx context.Context, tx *sql.Tx, key Key) (Key, string, error) {
	key.ID, key.Created = newID(), k.now().UTC().Truncate(time.Microsecond)
	key.Name = strings.TrimSpace(key.Name)
	if err := key.check(); err != nil {
		return key, "", err
	}
	var has int
	err := tx.QueryRowContext(ctx, k.db.Rebind(`SELECT count(*) FROM auth_key WHERE subject = ? AND (expires_at = 0 OR expires_at > ?)`),
		key.Subject, sqldb.Micros(key.Created)).Scan(&has)
	if err != nil {
		return key, "", err
	}
	if has >= maxKeys {
		return key, "", &callboard.Error{Code: callboard.CodeConflict, Message: fmt.Sprintf("%s has %d keys already; revoke one first", key.Subject, has)}
	}
	limits, err := json.Marshal(key.Limits)
	if err != nil {
		return key, "", err
	}
	secret := newKey()
	_, err = tx.ExecContext(ctx, k.db.Rebind(`
		INSERT INTO auth_key (id, hash, subject, name, limits, created_by, created_at, expires_at, used_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)`),
		key.ID, hashOf(secret), key.Subject, key.Name, string(limits), key.CreatedBy, sqldb.Micros(key.Created), microsOf(key.Expires))
	if err != nil {
		return key, "", err
	}
	after, err := json.Marshal(key)
	if err != nil {
		return key, "", err
	}
	return key, secret, k.log.Record(ctx, tx, audit.Entry{Actor: key.CreatedBy, Action: "auth.key.create", Resource: keyResource(key.ID), After: after})
}

func keyResource(id string) string { return "key:" + id }

var (
	limitPermission = regexp.MustCompile(`^[a-z*][a-zA-Z0-9.*-]{0,199}$`)
	limitResource   = regexp.MustCompile(`^[a-zA-Z0-9:/._*-]{0,500}$`)
	serviceSubject  = regexp.MustCompile(`^service:[a-z0-9][a-z0-9-]{0,62}$`)
)

// check says what is wrong with a key that is to be made.
func (k Key) check() error {
	message := ""
	switch {
	case k.Name == "" || utf8.RuneCountInString(k.Name) > maxKeyName || !printable(k.Name):
		message = fmt.Sprintf("a key has a name of 1 to %d characters, which says what it is for", maxKeyName)
	case strings.HasPrefix(k.Subject, servicePrefix) && !serviceSubject.MatchString(k.Subject) || k.Subject == AdminSubject:
		message = "a service is called service:NAME, of lower-case letters, digits and dashes, and not " + AdminSubject
	case !k.Expires.IsZero() && !k.Expires.After(k.Created):
		message = "a key ends later than it begins"
	case len(k.Limits) > maxKeyLimits:
		message = fmt.Sprintf("a key has %d limits at most", maxKeyLimits)
	}
	for _, l := range k.Limits {
		if !limitPermission.MatchString(l.Permission) || !limitResource.MatchString(l.Resource) {
			message = fmt.Sprintf("the limit %q is no permission such as catalog.entity.read or catalog.*, with a resource such as component:default/* or none", strings.TrimSpace(l.Permission+" "+l.Resource))
		}
	}
	if message != "" {
		return &callboard.Error{Code: callboard.CodeInvalid, Message: message}
	}
	return nil
}

func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

func microsOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return sqldb.Micros(t)
}

func timeOf(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return sqldb.FromMicros(micros)
}

const keyColumns = `id, subject, name, limits, created_by, created_at, expires_at, used_at`

func scanKey(scan func(...any) error) (Key, error) {
	var k Key
	var limits string
	var created, expires, used int64
	if err := scan(&k.ID, &k.Subject, &k.Name, &limits, &k.CreatedBy, &created, &expires, &used); err != nil {
		return k, err
	}
	k.Created, k.Expires, k.Used = timeOf(created), timeOf(expires), timeOf(used)
	return k, json.Unmarshal([]byte(limits), &k.Limits)
}

// Find returns the key of a secret; what is no key, was revoked or has expired
// is CodeUnauthenticated.
func (k *Keys) Find(ctx context.Context, secret string) (Key, error) {
	if !isKey(secret) {
		return Key{}, errBadToken()
	}
	row := k.db.SQL().QueryRowContext(ctx, k.db.Rebind(`SELECT `+keyColumns+` FROM auth_key WHERE hash = ?`), hashOf(secret))
	key, err := scanKey(row.Scan)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Key{}, errBadToken()
	case err != nil:
		return Key{}, fmt.Errorf("auth: read the key: %w", sqldb.Classify(err))
	case key.Expired(k.now()):
		return Key{}, errBadToken()
	}
	return key, nil
}

// Of returns the keys of a subject, the newest first; an empty one has those
// of all services.
func (k *Keys) Of(ctx context.Context, subject string) ([]Key, error) {
	where, arg := `subject = ?`, subject
	if subject == "" {
		where, arg = `subject LIKE ?`, servicePrefix+"%"
	}
	rows, err := k.db.SQL().QueryContext(ctx, k.db.Rebind(`SELECT `+keyColumns+` FROM auth_key WHERE `+where+` ORDER BY created_at DESC, id`), arg)
	if err != nil {
		return nil, sqldb.Classify(err)
	}
	defer rows.Close()
	var all []Key
	for rows.Next() {
		key, err := scanKey(rows.Scan)
		if err != nil {
			return nil, err
		}
		all = append(all, key)
	}
	return all, rows.Err()
}

// Revoke ends the key of that ID if it is the subject's, or of a service if the
// subject is empty; otherwise it is CodeNotFound. By is who revokes it.
func (k *Keys) Revoke(ctx context.Context, subject, id, by string) error {
	where, arg := `subject = ?`, subject
	if subject == "" {
		where, arg = `subject LIKE ?`, servicePrefix+"%"
	}
	return k.db.InTx(ctx, func(tx *sql.Tx) error {
		row := tx.QueryRowContext(ctx, k.db.Rebind(`DELETE FROM auth_key WHERE id = ? AND `+where+` RETURNING `+keyColumns), id, arg)
		key, err := scanKey(row.Scan)
		if errors.Is(err, sql.ErrNoRows) {
			return &callboard.Error{Code: callboard.CodeNotFound, Message: "there is no such key; it may be revoked already"}
		}
		if err != nil {
			return err
		}
		before, err := json.Marshal(key)
		if err != nil {
			return err
		}
		return k.log.Record(ctx, tx, audit.Entry{Actor: by, Action: "auth.key.revoke", Resource: keyResource(id), Before: before})
	})
}

// AdminSubject is the subject of the administrator's token.
const AdminSubject = servicePrefix + "admin"

// tokenError is a bearer token that does not count.
type tokenError struct{ err *callboard.Error }

var _ Challenger = tokenError{}

// Error implements error.
func (e tokenError) Error() string { return e.err.Error() }

// Unwrap returns the error with its code.
func (e tokenError) Unwrap() error { return e.err }

// Challenge implements [Challenger].
func (e tokenError) Challenge() string { return `Bearer error="invalid_token"` }

func errBadToken() error {
	return tokenError{&callboard.Error{Code: callboard.CodeUnauthenticated, Message: "the token in the Authorization header is unknown, revoked or expired; make a new one in the portal's settings"}}
}
