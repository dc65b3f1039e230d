// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"github.com/callboard/callboard"
)

// The pause after a provider's failure grows from the first to the last.
const (
	firstPause = time.Second
	lastPause  = 5 * time.Minute
)

// runner runs one provider.
type runner struct {
	s        *Service
	provider Provider
	status   *statusBox
	sink     *sink
	active   atomic.Bool
}

func newRunner(s *Service, p Provider) *runner {
	box := &statusBox{now: ProviderStatus{Name: p.Name(), State: ProviderIdle}}
	return &runner{s: s, provider: p, status: box, sink: &sink{s: s, provider: p.Name(), status: box}}
}

// loop runs the provider wherever this replica leads, until ctx ends.
func (r *runner) loop(ctx context.Context) {
	r.active.Store(true)
	defer r.active.Store(false)
	for ctx.Err() == nil {
		err := r.s.opts.Leader.Lead(ctx, "catalog/provider/"+r.provider.Name(), r.lead)
		if err != nil && ctx.Err() == nil {
			r.s.log.ErrorContext(ctx, "cannot lead a catalog provider", "provider", r.provider.Name(), "error", err)
			pause(ctx, firstPause)
		}
	}
}

// lead runs the provider again and again while this replica leads.
func (r *runner) lead(ctx context.Context) error {
	defer r.status.state(ProviderIdle, time.Time{})
	failures := 0
	for ctx.Err() == nil {
		r.status.state(ProviderRunning, time.Time{})
		r.sink.delivered.Store(false)
		err := r.run(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if r.sink.delivered.Load() {
			failures = 0
		}
		state, wait := ProviderWaiting, jitter(r.s.opts.RefreshEvery)
		if err != nil {
			failures++
			state, wait = ProviderFailed, backoff(failures)
			r.status.fail(err)
			r.s.log.WarnContext(ctx, "a catalog provider failed", "provider", r.provider.Name(), "retry", wait, "error", err)
		}
		r.status.state(state, r.s.opts.Now().Add(wait).UTC())
		pause(ctx, wait)
	}
	return nil
}

func (r *runner) run(ctx context.Context) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &callboard.Error{
				Code:    callboard.CodeInternal,
				Message: "the provider panicked; the log has the cause",
				Err:     fmt.Errorf("panic: %v\n%s", v, debug.Stack()),
			}
		}
	}()
	return r.provider.Run(ctx, r.sink)
}

func (r *runner) ended() bool { return !r.active.Load() }

// Status returns how each provider is doing, in order of name.
func (s *Service) Status(context.Context) []ProviderStatus {
	list := make([]ProviderStatus, 0, len(s.runners))
	for _, r := range s.runners {
		list = append(list, r.status.get())
	}
	slices.SortFunc(list, func(a, b ProviderStatus) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// Held returns the locations that a provider would drop if it were released,
// in order; one that this replica does not hold back has none. An unknown one
// is [callboard.CodeNotFound].
func (s *Service) Held(_ context.Context, provider string) ([]string, error) {
	r := s.runner(provider)
	if r == nil {
		return nil, &callboard.Error{Code: callboard.CodeNotFound, Message: "no provider " + quote(provider)}
	}
	return r.status.missingNow(), nil
}

// Release lets a held provider drop, once, what it dropped. One that is not
// held by this replica is [callboard.CodeConflict], an unknown one
// [callboard.CodeNotFound].
func (s *Service) Release(ctx context.Context, provider string) error {
	r := s.runner(provider)
	if r == nil {
		return &callboard.Error{Code: callboard.CodeNotFound, Message: "no provider " + quote(provider)}
	}
	r.sink.mu.Lock()
	defer r.sink.mu.Unlock()
	if r.status.held() == 0 {
		return &callboard.Error{Code: callboard.CodeConflict, Message: "the provider " + quote(provider) + " is not held back"}
	}
	return r.sink.deliver(ctx, "release", func() (result, []SourceKey, int, error) {
		cause := r.sink.cause("release")
		cause.Actor = callboard.IdentityFrom(ctx).Subject
		res, err := s.ingest(ctx, cause, r.sink.removals(r.status.unhold()))
		return res, nil, 0, err
	})
}

func (s *Service) runner(provider string) *runner {
	for _, r := range s.runners {
		if r.provider.Name() == provider {
			return r
		}
	}
	return nil
}

func backoff(failures int) time.Duration {
	d := firstPause << min(failures-1, 16)
	return jitter(min(d, lastPause))
}

// jitter adds up to half of d, so that many do not come at once.
func jitter(d time.Duration) time.Duration {
	return d + rand.N(d/2+1)
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
