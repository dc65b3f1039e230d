// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/fetch"
)

const (
	// staleFor is how long an answer that is no longer fresh is still shown.
	staleFor = time.Hour
	// troubleFor is how long a trouble holds, unless the tool says otherwise.
	troubleFor = 30 * time.Second
	// waitFor is how long a reader waits for an answer; it is less than what a
	// slot of a page may take.
	waitFor = 4 * time.Second
)

// Instance is a definition as a company uses it.
type Instance struct {
	// ID names it in the configuration: the definition's, or one of several.
	ID         string
	Definition *Definition
	// Settings are all of the definition's, defaults included.
	Settings map[string]string
	// Named are the settings that the operator wrote: hosts that they name may
	// have private addresses, for they were named on purpose.
	Named []string
	// Credentials are the secrets by name.
	Credentials map[string]config.Secret
}

// Options is what [New] may be given; nil and zero fields mean the defaults.
type Options struct {
	// Now is the clock; default time.Now.
	Now func() time.Time
	// Logger takes what calls fail with; nil discards.
	Logger *slog.Logger
	// Wait is how long Load waits for an answer; default 4s.
	Wait time.Duration
}

// Engine asks tools, within limits, and remembers what they answered. It is
// safe for concurrent use. [Engine.Close] ends what it began.
type Engine struct {
	byID  map[string]*integration
	order []string
	cache *cache
	opts  Options

	mu      sync.Mutex
	closed  bool
	closing chan struct{}
	work    sync.WaitGroup
}

// integration is an instance with its state.
type integration struct {
	Instance
	client      *fetch.Client
	credentials []credential
	missing     []string // credentials that are not configured
	limiter     *rate.Limiter
	breaker     breaker
	mu          sync.Mutex
	stats       stats
}

// New returns an engine over the instances. Of the client it uses how to reach
// others, not what is allowed or which tokens are sent: each integration may
// reach its own address alone. It starts nothing.
func New(instances []Instance, client *fetch.Client, opts *Options) (*Engine, error) {
	e := &Engine{byID: map[string]*integration{}, closing: make(chan struct{})}
	if opts != nil {
		e.opts = *opts
	}
	if e.opts.Now == nil {
		e.opts.Now = time.Now
	}
	if e.opts.Logger == nil {
		e.opts.Logger = slog.New(slog.DiscardHandler)
	}
	e.opts.Wait = or(e.opts.Wait, waitFor)
	var all []error
	var err error
	if e.cache, err = newCache(); err != nil {
		return nil, err
	}
	for _, i := range instances {
		in, err := newIntegration(i, client)
		if err != nil {
			all = append(all, err)
			continue
		}
		if e.byID[i.ID] != nil {
			all = append(all, fmt.Errorf("integration: two have the ID %q", i.ID))
			continue
		}
		e.byID[i.ID], e.order = in, append(e.order, i.ID)
	}
	return e, errors.Join(all...)
}

func newIntegration(i Instance, client *fetch.Client) (*integration, error) {
	in := &integration{Instance: i}
	limit := i.Definition.Source.RateLimit
	per, requests := or(limit.Per, time.Minute), or(limit.Requests, defaultRequests)
	in.limiter = rate.NewLimiter(rate.Every(per/time.Duration(requests)), requests)
	for _, name := range slices.Sorted(maps.Keys(i.Definition.Credentials)) {
		c := credential{i.Definition.Credentials[name], name, i.Credentials[name]}
		if c.secret.IsZero() && !c.Optional {
			in.missing = append(in.missing, name)
		}
		in.credentials = append(in.credentials, c)
	}
	grant, err := i.grant()
	if err != nil {
		return nil, err
	}
	in.client, err = client.Only(grant)
	return in, err
}

// grant is what the integration may read: the addresses of its requests.
func (i Instance) grant() (g fetch.Grant, err error) {
	requests := []request{i.Definition.program.source}
	for _, a := range i.Definition.program.actions {
		requests = append(requests, a.request)
	}
	for _, r := range requests {
		origin := r.url.origin(i.Settings)
		rule, err := fetch.ParseRule(origin)
		if err != nil {
			return g, fmt.Errorf("integration: %s: %w", i.ID, err)
		}
		g.Allow = append(g.Allow, rule)
		u, err := url.Parse(origin)
		if err == nil && i.named(r.url) {
			g.AllowPrivate = append(g.AllowPrivate, u.Host)
		}
	}
	return g, nil
}

// named reports whether the operator wrote the host.
func (i Instance) named(u urlTemplate) bool {
	if u.base != "" {
		return slices.Contains(i.Named, u.base)
	}
	return len(u.head) == 1 && u.head[0].inside && slices.Contains(i.Named, settingOf(u.head[0]))
}

// Close ends calls under way and returns when they have ended.
func (e *Engine) Close() error {
	e.mu.Lock()
	if !e.closed {
		e.closed = true
		close(e.closing)
	}
	e.mu.Unlock()
	e.work.Wait()
	for _, in := range e.byID {
		in.client.Close()
	}
	return nil
}

// Instances returns what there is, in the order of the configuration.
func (e *Engine) Instances() []Instance {
	var all []Instance
	for _, id := range e.order {
		all = append(all, e.byID[id].Instance)
	}
	return all
}

// Applies reports whether the integration is for the subject. It asks nobody.
func (e *Engine) Applies(id string, s Subject) bool {
	in := e.byID[id]
	return in != nil && in.Definition.applies(s, in.Settings, e.opts.Now())
}

// Outcome is what there is to show.
type Outcome struct {
	// Result is nil if there is none, as at first.
	Result *Result
	// At is when it was fetched.
	At time.Time
	// Stale says that the result is no longer fresh.
	Stale bool
	// Trouble is why there is no result, or no fresh one.
	Trouble *Trouble
}

// Load returns what the integration says of the subject: from memory where it
// is fresh, the old while a new one is fetched, and otherwise what is fetched
// now. Many that ask at once are one call. There is always an outcome; the
// error is [callboard.CodeNotFound] for an integration that is not configured.
func (e *Engine) Load(ctx context.Context, id string, s Subject) (Outcome, error) {
	in := e.byID[id]
	if in == nil {
		return Outcome{}, unknown(id)
	}
	now := e.opts.Now()
	q := in.question(ctx, s, now)
	if !q.canBeAsked() {
		return Outcome{Trouble: q.trouble}, nil
	}
	known, _ := e.cache.get(q.key)
	out := in.outcome(known, now)
	if out.settled() || known.trouble != nil && now.Before(known.retry) {
		return out, nil
	}
	done := e.start(ctx, in, q)
	if out.Result != nil {
		return out, nil
	}
	return e.wait(ctx, in, q.key, done), nil
}

// question is what to ask about a subject, and how to remember the answer.
type question struct {
	subject Subject
	vars    map[string]any
	call    call
	key     string
	trouble *Trouble // why it cannot be asked
}

func (q question) canBeAsked() bool { return q.trouble == nil }

// question puts the values in, or says why that cannot be.
func (in *integration) question(ctx context.Context, s Subject, now time.Time) question {
	if t := in.incomplete(); t != nil {
		return question{trouble: t}
	}
	q := question{subject: s, vars: s.vars(in.Settings, now)}
	var err error
	if q.call, err = in.Definition.program.source.call(ctx, in.Settings, q.vars); err == nil {
		q.key, err = in.key(ctx, s, q.call)
	}
	if err != nil {
		q.trouble = in.trouble(err, s, now)
	}
	return q
}

// wait waits for a call, not longer than a page can.
func (e *Engine) wait(ctx context.Context, in *integration, key string, done <-chan struct{}) Outcome {
	timer := time.NewTimer(e.opts.Wait)
	defer timer.Stop()
	select {
	case <-done:
		known, _ := e.cache.get(key)
		return in.outcome(known, e.opts.Now())
	case <-ctx.Done():
	case <-timer.C:
	}
	return Outcome{Trouble: &Trouble{
		Reason: ReasonLoading, Title: in.Definition.Title + " takes its time",
		Text: "The answer is kept when it comes. Open this page again in a moment.",
	}}
}

// outcome is what an entry is worth at a time.
func (in *integration) outcome(k entry, now time.Time) Outcome {
	out := Outcome{Trouble: k.trouble}
	freshUntil := k.at.Add(or(in.Definition.Source.Cache, defaultCache))
	if k.result != nil && now.Before(freshUntil.Add(staleFor)) {
		out.Result, out.At, out.Stale = k.result, k.at, !now.Before(freshUntil)
	}
	return out
}

// settled reports whether there is a fresh result.
func (o Outcome) settled() bool { return o.Result != nil && !o.Stale }

// key tells calls apart. Where a request holds the time, such as the range of a
// query, it does not count: the call is the same one a minute later.
func (in *integration) key(ctx context.Context, s Subject, c call) (string, error) {
	if in.Definition.program.timed {
		var err error
		if c, err = in.Definition.program.source.call(ctx, in.Settings, s.vars(in.Settings, time.Unix(0, 0).UTC())); err != nil {
			return "", err
		}
	}
	return in.ID + "\x00" + s.Ref + "\x00" + digest(c.String()), nil
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:12])
}

// start makes the call unless it is under way, and returns what is closed when
// it has landed. The call outlives who asked, but not the engine.
func (e *Engine) start(ctx context.Context, in *integration, q question) <-chan struct{} {
	done, mine := e.cache.flight(q.key)
	if !mine {
		return done
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		e.cache.land(q.key, entry{subject: q.subject.Ref, trouble: &Trouble{Reason: ReasonInternal, Title: "The portal is stopping", Text: "Nothing is asked any more."}})
		return done
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), or(in.Definition.Source.Timeout, defaultTimeout))
	e.work.Go(func() {
		defer cancel()
		go func() { // ends with ctx
			select {
			case <-e.closing:
				cancel()
			case <-ctx.Done():
			}
		}()
		e.cache.land(q.key, e.fly(ctx, in, q))
	})
	return done
}

// fly makes the call, whatever it does.
func (e *Engine) fly(ctx context.Context, in *integration, q question) (landed entry) {
	landed.subject = q.subject.Ref
	defer func() {
		if r := recover(); r != nil {
			e.opts.Logger.Error("integration: a call panicked", "integration", in.ID, "panic", r, "stack", string(debug.Stack()))
			landed.result, landed.trouble = nil, in.trouble(errors.New("integration: panic"), q.subject, e.opts.Now())
		}
		if t := landed.trouble; t != nil {
			landed.retry = e.opts.Now().Add(troubleFor)
			if !t.Until.IsZero() {
				landed.retry = t.Until
			}
		}
	}()
	landed.result, landed.trouble = e.ask(ctx, in, q)
	landed.at = e.opts.Now()
	if landed.result != nil {
		landed.result.stamp(in.ID, q.subject.Ref, landed.at)
	}
	return landed
}

// ask makes a call within the limits and evaluates its answer.
func (e *Engine) ask(ctx context.Context, in *integration, q question) (*Result, *Trouble) {
	var result *Result
	t := e.within(in, q.subject, func() error {
		p := pager{d: in.Definition, vars: q.vars, send: func(ctx context.Context, c call, maxBytes int64) (*fetch.Response, error) {
			return e.send(ctx, in, c, maxBytes)
		}}
		got, err := p.read(ctx, q.call)
		if err != nil {
			return err
		}
		result, err = in.Definition.evaluate(ctx, q.vars, got.response, got.items)
		return err
	})
	return result, t
}

// within does what calls the tool, behind the breaker, and keeps the score.
func (e *Engine) within(in *integration, s Subject, do func() error) *Trouble {
	now := e.opts.Now()
	if t := in.breaker.enter(in.Definition.Title, now); t != nil {
		return t
	}
	told := false
	defer func() {
		if !told { // it panicked; who recovers says so
			in.breaker.skip()
		}
	}()
	err := do()
	told = true
	ended := e.opts.Now()
	if err == nil {
		in.breaker.leave(nil, ended)
		in.note(now, ended, nil)
		return nil
	}
	t := in.trouble(err, s, ended)
	if t.ours || isGone(err) {
		in.breaker.skip()
		return t
	}
	in.breaker.leave(t, ended)
	in.note(now, ended, t)
	e.opts.Logger.Warn("integration: call failed", "integration", in.ID, "subject", s.Ref, "reason", t.Reason, "error", err)
	return t
}

// take counts a request against the portal's own limit.
func (in *integration) take(now time.Time) error {
	if in.limiter.AllowN(now, 1) {
		return nil
	}
	wait := time.Duration(float64(time.Second) / float64(in.limiter.Limit()))
	return &Trouble{
		Reason: ReasonRateLimited, Title: "Too many requests to " + in.Definition.Title, Until: now.Add(wait), ours: true,
		Text: "The portal's own limit, source.rateLimit, is reached.",
	}
}

// send sends one request with the credentials.
func (e *Engine) send(ctx context.Context, in *integration, c call, maxBytes int64) (*fetch.Response, error) {
	if err := in.take(e.opts.Now()); err != nil {
		return nil, err
	}
	query, header := url.Values{}, c.header.Clone()
	maps.Copy(query, c.query)
	authorize(in.credentials, query, header)
	target := c.url
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	return in.client.Get(ctx, target, &fetch.Request{Method: c.method, Header: header, Body: c.body, MaxBytes: maxBytes})
}

// incomplete says which credentials are missing.
func (in *integration) incomplete() *Trouble {
	if len(in.missing) == 0 {
		return nil
	}
	var paths []string
	for _, name := range in.missing {
		paths = append(paths, in.credentialPath()+"."+name)
	}
	return &Trouble{
		Reason: ReasonCredential, Title: in.Definition.Title + " is not configured completely",
		Text: "Set " + strings.Join(paths, " and ") + " in the configuration of the portal.",
	}
}

func unknown(id string) error {
	return &callboard.Error{Code: callboard.CodeNotFound, Message: "no integration " + id + " is configured"}
}

// Facts returns what the integration knows of the subject, for scorecards. The
// error is a [*Trouble] where there is nothing to go by.
func (e *Engine) Facts(ctx context.Context, id string, s Subject) ([]Fact, error) {
	out, err := e.Load(ctx, id, s)
	switch {
	case err != nil:
		return nil, err
	case out.Result == nil:
		return nil, cmp.Or(out.Trouble, &Trouble{Reason: ReasonInternal, Title: id, Text: "There is no answer."})
	}
	return out.Result.Facts, nil
}

// Documents returns what can be searched for of the subject, as Facts does.
func (e *Engine) Documents(ctx context.Context, id string, s Subject) ([]Document, error) {
	out, err := e.Load(ctx, id, s)
	switch {
	case err != nil:
		return nil, err
	case out.Result == nil:
		return nil, cmp.Or(out.Trouble, &Trouble{Reason: ReasonInternal, Title: id, Text: "There is no answer."})
	}
	return out.Result.Documents, nil
}
