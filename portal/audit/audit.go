// SPDX-License-Identifier: Apache-2.0

// Package audit keeps who changed what, when, from where and how it went: an
// append-only log in the portal's database, written in the transaction of the
// change itself.
//
//	log := audit.New(db, nil)
//	err := db.InTx(ctx, func(tx *sql.Tx) error {
//		…
//		return log.Record(ctx, tx, audit.Entry{
//			Action: "catalog.entity.suppress", Resource: ref, Before: old, After: new,
//		})
//	})
//
// Secrets do not enter the log: values of fields whose names sound like one, and
// passwords in URLs, are masked; see [Mask]. The database itself refuses to
// change or remove an entry.
package audit

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"fmt"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/sqldb"
)

//go:embed migrations
var migrations embed.FS

// Outcome is how an action went.
type Outcome string

// The outcomes.
const (
	// Done: the change was made.
	Done Outcome = "done"
	// Denied: the actor was not allowed to.
	Denied Outcome = "denied"
	// Failed: it was tried and did not succeed.
	Failed Outcome = "failed"
)

// Limits of an entry. Longer texts are cut; a longer Before or After is
// replaced by its size.
const (
	maxText = 1000
	maxJSON = 64 << 10
)

// Entry is one line of the log.
type Entry struct {
	// ID is given by Record's database, and grows.
	ID int64 `json:"id"`
	// At is when; Record fills in now.
	At time.Time `json:"at"`
	// Actor is who, as an entity reference or a service; Record fills in the
	// identity of its context, or "anonymous".
	Actor string `json:"actor"`
	// Action is what was done, such as "catalog.entity.suppress". Required.
	Action string `json:"action"`
	// Resource is what it was done to, such as an entity reference.
	Resource string `json:"resource"`
	// Outcome is how it went; Record fills in Done.
	Outcome Outcome `json:"outcome"`
	// Message says more, for a person.
	Message string `json:"message,omitempty"`
	// Before and After are the resource around the change, as JSON, or nil.
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
	// RequestID and RemoteAddr tell the request apart; Record fills in what
	// Options.Request says.
	RequestID  string `json:"requestId,omitempty"`
	RemoteAddr string `json:"remoteAddr,omitempty"`
}

// Key is the entry's place in the log.
func (e Entry) Key() Key { return Key{At: e.At, ID: e.ID} }

// Key is a place in the log, which is ordered by time and then by ID. The zero
// value is no place.
type Key struct {
	At time.Time
	ID int64
}

// Options are the settings of [New]; nil means the defaults.
type Options struct {
	// Now is the clock; default time.Now.
	Now func() time.Time
	// Request returns the request's ID and the remote address that a context
	// carries; default none.
	Request func(ctx context.Context) (id, remoteAddr string)
	// SecretFields are further names of fields to mask; see [Mask].
	SecretFields []string
}

// Log is the audit log; make one with [New]. It is safe for concurrent use.
type Log struct {
	db   *sqldb.DB
	opts Options
}

// New returns the log on db.
func New(db *sqldb.DB, opts *Options) *Log {
	l := &Log{db: db}
	if opts != nil {
		l.opts = *opts
	}
	if l.opts.Now == nil {
		l.opts.Now = time.Now
	}
	if l.opts.Request == nil {
		l.opts.Request = func(context.Context) (string, string) { return "", "" }
	}
	return l
}

// Migrate makes or updates the log's table.
func Migrate(ctx context.Context, db *sqldb.DB) error {
	return db.Migrate(ctx, "audit", migrations)
}

// Record appends an entry. With a transaction it is there when that commits,
// together with the change; tx may be nil, as for what was denied. An entry
// without an action, or whose Before or After is no JSON, is CodeInvalid.
func (l *Log) Record(ctx context.Context, tx *sql.Tx, e Entry) error {
	e, err := l.complete(ctx, e)
	if err != nil {
		return err
	}
	const query = `INSERT INTO audit_entry
			(at, actor, action, resource, outcome, message, before_json, after_json, request_id, remote_addr)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	args := []any{
		sqldb.Micros(e.At), e.Actor, e.Action, e.Resource, string(e.Outcome), e.Message,
		string(e.Before), string(e.After), e.RequestID, e.RemoteAddr,
	}
	if tx != nil {
		_, err = tx.ExecContext(ctx, l.db.Rebind(query), args...)
		return sqldb.Classify(err)
	}
	_, err = l.db.Exec(ctx, query, args...)
	return err
}

// complete fills in what the entry leaves open, masks and cuts.
func (l *Log) complete(ctx context.Context, e Entry) (Entry, error) {
	if e.Action == "" {
		return e, invalid("an audit entry names no action")
	}
	if e.At.IsZero() {
		e.At = l.opts.Now()
	}
	if e.Actor == "" {
		e.Actor = callboard.IdentityFrom(ctx).Subject
	}
	if e.Actor == "" {
		e.Actor = "anonymous"
	}
	if e.Outcome == "" {
		e.Outcome = Done
	}
	id, addr := l.opts.Request(ctx)
	if e.RequestID == "" {
		e.RequestID = id
	}
	if e.RemoteAddr == "" {
		e.RemoteAddr = addr
	}
	e.Message = maskURLs(e.Message)
	for _, text := range []*string{&e.Actor, &e.Action, &e.Resource, &e.Message, &e.RequestID, &e.RemoteAddr} {
		*text = cut(*text)
	}
	for _, doc := range []*json.RawMessage{&e.Before, &e.After} {
		masked, err := l.mask(*doc)
		if err != nil {
			return e, err
		}
		*doc = masked
	}
	return e, nil
}

func (l *Log) mask(doc json.RawMessage) (json.RawMessage, error) {
	if len(doc) == 0 {
		return nil, nil
	}
	masked, err := Mask(doc, l.opts.SecretFields...)
	if err != nil {
		return nil, err
	}
	if len(masked) > maxJSON {
		return json.RawMessage(fmt.Sprintf(`{"omitted":"%d bytes"}`, len(masked))), nil
	}
	return masked, nil
}

func invalid(message string) error {
	return &callboard.Error{Code: callboard.CodeInvalid, Message: message}
}
