// SPDX-License-Identifier: Apache-2.0

package jobs

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"github.com/callboard/callboard"
)

var kindName = regexp.MustCompile(`^[a-z][a-z0-9]*([._-][a-z0-9]+)*$`)

// Options say how one job is enqueued; nil means the kind's own, and those
// default to the zero value.
type Options struct {
	// Queue, RunAt, Priority and MaxAttempts are as in [Request].
	Queue       string
	RunAt       time.Time
	Priority    int
	MaxAttempts int
	// Unique, unless empty, keeps a second job of the kind with the same text
	// from being enqueued while one is pending or running.
	Unique string
	// UniqueArgs does the same for jobs of the kind with equal arguments.
	UniqueArgs bool
}

// Kind is a kind of job with arguments of type A, which travel as JSON. Make
// one with [Define]; it is a value and may be a package variable.
type Kind[A any] struct {
	name     string
	defaults Options
}

// Define names a kind of job, such as "catalog.refresh". The name is stored
// with each job: changing it orphans those that wait. Define panics if the name
// is not made of lower-case words joined by ".", "_" or "-", or is longer than
// 100 bytes.
func Define[A any](name string, defaults *Options) Kind[A] {
	if !kindName.MatchString(name) || len(name) > 100 {
		panic(fmt.Sprintf("jobs: %q cannot name a kind of job", name))
	}
	k := Kind[A]{name: name}
	if defaults != nil {
		k.defaults = *defaults
	}
	return k
}

// Name returns the name the kind was defined with.
func (k Kind[A]) Name() string { return k.name }

// Enqueue stores a job that may run at once.
func (k Kind[A]) Enqueue(ctx context.Context, q Enqueuer, args A, opts *Options) (Ticket, error) {
	return k.EnqueueTx(ctx, nil, q, args, opts)
}

// EnqueueTx stores a job that exists if and when tx commits.
func (k Kind[A]) EnqueueTx(ctx context.Context, tx *sql.Tx, q Enqueuer, args A, opts *Options) (Ticket, error) {
	r, err := k.Request(args, opts)
	if err != nil {
		return Ticket{}, err
	}
	return q.Insert(ctx, tx, r)
}

// Request returns what [Kind.Enqueue] would insert.
func (k Kind[A]) Request(args A, opts *Options) (Request, error) {
	raw, err := json.Marshal(args)
	if err != nil {
		return Request{}, &callboard.Error{Code: callboard.CodeInvalid, Message: "the arguments of a " + k.name + " job are no JSON", Err: err}
	}
	if opts == nil {
		opts = &k.defaults
	}
	r := Request{
		Kind: k.name, Args: raw, Queue: opts.Queue, RunAt: opts.RunAt,
		Priority: opts.Priority, MaxAttempts: opts.MaxAttempts,
	}
	switch {
	case opts.Unique != "":
		r.UniqueKey = k.name + ":" + opts.Unique
	case opts.UniqueArgs:
		sum := sha256.Sum256(raw)
		r.UniqueKey = k.name + "#" + hex.EncodeToString(sum[:16])
	}
	return r.Normal()
}

// Normal returns the request with defaults filled in, or CodeInvalid: the check
// that every Queue makes first.
func (r Request) Normal() (Request, error) {
	if r.Queue == "" {
		r.Queue = DefaultQueue
	}
	if r.Priority == 0 {
		r.Priority = 2
	}
	if r.MaxAttempts == 0 {
		r.MaxAttempts = 10
	}
	if len(r.Args) == 0 {
		r.Args = json.RawMessage("{}")
	}
	switch {
	case !kindName.MatchString(r.Kind) || len(r.Kind) > 100:
		return r, invalid("%q is not the name of a kind of job", r.Kind)
	case !kindName.MatchString(r.Queue) || len(r.Queue) > 100:
		return r, invalid("%q is not the name of a queue", r.Queue)
	case r.Priority < 1 || r.Priority > 4:
		return r, invalid("priority %d of a %s job is not between 1 and 4", r.Priority, r.Kind)
	case r.MaxAttempts < 1 || r.MaxAttempts > 1000:
		return r, invalid("%d attempts of a %s job are not between 1 and 1000", r.MaxAttempts, r.Kind)
	case storable(r.UniqueKey, 1000) != r.UniqueKey:
		return r, invalid("the unique key of a %s job is longer than 1000 bytes or has odd characters", r.Kind)
	case !json.Valid(r.Args):
		return r, invalid("the arguments of a %s job are no JSON", r.Kind)
	}
	return r, nil
}

func invalid(format string, args ...any) error {
	return &callboard.Error{Code: callboard.CodeInvalid, Message: fmt.Sprintf(format, args...)}
}
