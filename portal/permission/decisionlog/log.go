// SPDX-License-Identifier: Apache-2.0

package decisionlog

import (
	"context"
	"hash/maphash"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/permission"
	"github.com/callboard/callboard/portal/sqldb"
)

// The defaults of [Options].
const (
	defaultPerDay = 4000
	defaultEvery  = time.Minute
)

// Options are what [New] may be told. The zero value is the default.
type Options struct {
	// Claims are the names of the claims to keep, as [permission.Roles.ClaimNames]
	// returns them; nil keeps none.
	Claims []string
	// PerDay is how many different decisions of a day are kept; 0 is 4000.
	PerDay int
	// Every is how often what was noted is written; 0 is a minute.
	Every time.Duration
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Logger is told of what cannot be written; nil is slog.Default.
	Logger *slog.Logger
}

// Log keeps decisions. It is safe for concurrent use.
type Log struct {
	db     *sqldb.DB
	opts   Options
	claims map[string]bool
	seed   maphash.Seed

	mu      sync.Mutex
	pending map[key]*entry
	missed  time.Time // when something was not noted, for want of room

	writing sync.Mutex // held by Flush
	trimmed int64      // the day in which Flush removed what was too old

	stop func()
	done chan struct{}
}

// key is a caller, by hash, and a permission.
type key struct {
	caller     uint64
	permission string
}

// entry is a decision that is not written yet.
type entry struct {
	question permission.Question
	decision permission.Decision
	made     int64
	last     time.Time
}

// New returns a log in the database, whose table it makes or updates.
func New(ctx context.Context, db *sqldb.DB, opts *Options) (*Log, error) {
	l := &Log{db: db, claims: map[string]bool{}, seed: maphash.MakeSeed(), pending: map[key]*entry{}}
	if opts != nil {
		l.opts = *opts
	}
	if l.opts.PerDay == 0 {
		l.opts.PerDay = defaultPerDay
	}
	if l.opts.Every == 0 {
		l.opts.Every = defaultEvery
	}
	if l.opts.Now == nil {
		l.opts.Now = time.Now
	}
	if l.opts.Logger == nil {
		l.opts.Logger = slog.Default()
	}
	for _, name := range l.opts.Claims {
		l.claims[name] = true
	}
	return l, db.Migrate(ctx, "permission", migrations)
}

// Note notes a decision, to be written later. Give it to
// [permission.Checker.Watch].
func (l *Log) Note(q permission.Question, d permission.Decision) {
	k := key{l.hash(q), q.Permission.ID}
	now := l.opts.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.pending[k]
	if e == nil {
		if len(l.pending) >= l.opts.PerDay {
			l.missed = now
			return
		}
		e = &entry{question: q}
		l.pending[k] = e
	}
	e.decision, e.last = d, now
	e.made++
}

// hash tells callers apart by all that is kept of them.
func (l *Log) hash(q permission.Question) uint64 {
	var h maphash.Hash
	h.SetSeed(l.seed)
	texts := func(list []string) {
		for _, t := range list {
			_, _ = h.WriteString(t)
			_ = h.WriteByte(0)
		}
		_ = h.WriteByte(1)
	}
	_, _ = h.WriteString(q.Identity.Subject)
	_ = h.WriteByte(flag(q.Local) | flag(q.Identity.Limits != nil)<<1)
	texts(q.Identity.Owns)
	for _, c := range q.Identity.Claims {
		if l.keeps(c) {
			_, _ = h.WriteString(c)
			_ = h.WriteByte(0)
		}
	}
	for _, limit := range q.Identity.Limits {
		texts([]string{limit.Permission, limit.Resource})
	}
	return h.Sum64()
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// keeps reports whether a claim is one of those that are kept.
func (l *Log) keeps(claim string) bool {
	if len(l.claims) == 0 {
		return false
	}
	name, _, _ := strings.Cut(claim, "=")
	return l.claims[name]
}

// kept returns the claims of an identity that are kept.
func (l *Log) kept(id callboard.Identity) []string {
	var claims []string
	for _, c := range id.Claims {
		if l.keeps(c) {
			claims = append(claims, c)
		}
	}
	return claims
}

// Start writes what is noted, now and then, until [Log.Close].
func (l *Log) Start(ctx context.Context) error {
	ctx, l.stop = context.WithCancel(ctx)
	l.done = make(chan struct{})
	go func() {
		defer close(l.done)
		tick := time.NewTicker(l.opts.Every)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			l.flushWhole(ctx)
		}
	}()
	return nil
}

// flushLimit is how long writing may take.
const flushLimit = 10 * time.Second

// flushWhole writes what is noted, also when [Log.Close] comes in between: what
// was taken would be lost.
func (l *Log) flushWhole(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushLimit)
	defer cancel()
	if err := l.Flush(ctx); err != nil {
		l.opts.Logger.WarnContext(ctx, "decisions for trying policies are lost", "error", err)
	}
}

// Close ends what [Log.Start] began, and writes what is left.
func (l *Log) Close(ctx context.Context) error {
	if l.stop == nil {
		return nil
	}
	l.stop()
	<-l.done
	return l.Flush(ctx)
}

// take returns what was noted, and forgets it.
func (l *Log) take() map[key]*entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := l.pending
	l.pending = make(map[key]*entry, len(taken))
	return taken
}
