// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/callboard/callboard"
)

// sink takes what one provider delivers.
type sink struct {
	s        *Service
	provider string
	status   *statusBox
	mu       sync.Mutex // one delivery at a time
	// delivered is set by a delivery that ended well.
	delivered atomic.Bool
}

var _ Sink = (*sink)(nil)

// Replace implements [Sink].
func (k *sink) Replace(ctx context.Context, items iter.Seq2[Item, error]) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.deliver(ctx, "scan", func() (result, []SourceKey, int, error) {
		roots, followed, err := k.s.rootsOf(ctx, k.provider)
		if err != nil {
			return result{}, nil, 0, err
		}
		had, seen := len(roots), map[string]bool{}
		var again []SourceKey
		r, err := k.s.ingest(ctx, k.cause("scan"), func(yield func(inbound, error) bool) {
			for item, err := range items {
				if err != nil {
					yield(inbound{}, err)
					return
				}
				if seen[item.Location] {
					continue
				}
				seen[item.Location] = true
				in := k.inbound(item, roots[item.Location])
				delete(roots, item.Location)
				if item.Open != nil && followed[in.key] {
					k.s.follow.remember(in.key, item.Open)
					again = append(again, in.key)
				}
				if !yield(in, nil) {
					return
				}
			}
		})
		if err != nil {
			return r, again, 0, err
		}
		held, err := k.dropRest(ctx, roots, had, &r)
		return r, again, held, err
	})
}

// dropRest removes the sources that a full delivery left out, or holds back.
func (k *sink) dropRest(ctx context.Context, rest map[string]string, had int, r *result) (int, error) {
	missing := slices.Sorted(maps.Keys(rest))
	if k.s.opts.Guard.holds(had, len(missing)) {
		k.status.hold(missing, had)
		k.s.log.WarnContext(ctx, "a provider is held back: it dropped too much at once",
			"provider", k.provider, "dropped", len(missing), "had", had)
		return len(missing), nil
	}
	k.status.unhold()
	removed, err := k.s.ingest(ctx, k.cause("scan"), k.removals(missing))
	r.add(removed)
	return 0, err
}

// Update implements [Sink].
func (k *sink) Update(ctx context.Context, items []Item, removed []string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.deliver(ctx, "update", func() (result, []SourceKey, int, error) {
		r, again, err := k.s.update(ctx, k.cause("update"), items, removed)
		return r, again, k.status.held(), err
	})
}

// update takes in changed and removed root sources of the cause's provider.
func (s *Service) update(ctx context.Context, cause Cause, items []Item, removed []string) (result, []SourceKey, error) {
	k := &sink{s: s, provider: cause.Provider}
	var batch []inbound
	var again []SourceKey
	for _, item := range items {
		key := SourceKey{Provider: cause.Provider, Location: item.Location}
		known, err := s.hashOf(ctx, key)
		if err != nil {
			return result{}, nil, err
		}
		batch = append(batch, k.inbound(item, known))
		if item.Open != nil && s.follow.knows(key) {
			s.follow.remember(key, item.Open)
			again = append(again, key)
		}
	}
	for in := range k.removals(removed) {
		batch = append(batch, in)
	}
	r, err := s.ingest(ctx, cause, each(batch))
	return r, again, err
}

// deliver runs one delivery, follows the locations that it brought, even if it
// broke off then, and records how it went.
func (k *sink) deliver(ctx context.Context, reason string, run func() (result, []SourceKey, int, error)) error {
	start := k.s.opts.Now()
	k.status.begin(start)
	r, again, held, err := run()
	if followed := k.s.follow.after(ctx, k.cause(reason), r.locations, again); err == nil {
		err = followed
	}
	if err == nil {
		k.delivered.Store(true)
	}
	k.status.end(r, held, k.s.opts.Now(), err)
	return err
}

func (k *sink) cause(reason string) Cause { return Cause{Provider: k.provider, Reason: reason} }

func (k *sink) inbound(item Item, known string) inbound {
	return inbound{
		key:    SourceKey{Provider: k.provider, Location: item.Location},
		item:   item,
		origin: item.Location,
		known:  known,
	}
}

func (k *sink) removals(locations []string) iter.Seq2[inbound, error] {
	list := make([]inbound, len(locations))
	for i, l := range locations {
		list[i] = inbound{key: SourceKey{Provider: k.provider, Location: l}, remove: true}
	}
	return each(list)
}

// rootsOf returns the hashes of the sources that a provider itself brought, by
// location, and which of its sources declare a Location that was followed.
func (s *Service) rootsOf(ctx context.Context, provider string) (map[string]string, map[SourceKey]bool, error) {
	sources, err := s.store.Sources(ctx, SourceQuery{Provider: provider})
	if err != nil {
		return nil, nil, err
	}
	roots, followed := map[string]string{}, map[SourceKey]bool{}
	parent := ""
	for _, src := range sources {
		if src.Key.Parent == "" {
			roots[src.Key.Location] = cmp.Or(src.Hash, "?")
			continue
		}
		if src.Key.Parent == parent {
			continue
		}
		parent = src.Key.Parent
		if key, ok := s.follow.declarer(ctx, parent); ok {
			followed[key] = true
		}
	}
	return roots, followed, nil
}

// hashOf returns the hash of a stored source; empty if there is none.
func (s *Service) hashOf(ctx context.Context, key SourceKey) (string, error) {
	sources, err := s.store.Sources(ctx, SourceQuery{Provider: key.Provider, Location: key.Location, Parent: key.Parent})
	if err != nil {
		return "", err
	}
	for _, src := range sources {
		if src.Key == key {
			return cmp.Or(src.Hash, "?"), nil
		}
	}
	return "", nil
}

// statusBox is a provider's status, shared by its runner and its sink.
type statusBox struct {
	mu      sync.Mutex
	now     ProviderStatus
	missing []string // held back
}

func (b *statusBox) begin(at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now.LastRun = at.UTC()
}

func (b *statusBox) end(r result, held int, at time.Time, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := &b.now
	n.Duration = at.Sub(n.LastRun)
	n.Added, n.Changed, n.Removed, n.Unchanged = r.added, r.changed, r.removed, r.unchanged
	if err != nil {
		n.Error = callboard.MessageOf(err)
		if n.State == ProviderRunning {
			n.State = ProviderFailed // until a delivery ends well
		}
		return
	}
	n.LastSuccess, n.Error = at.UTC(), ""
	if n.State == ProviderFailed {
		n.State = ProviderRunning
	}
}

func (b *statusBox) hold(missing []string, had int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.missing, b.now.Held, b.now.Had = missing, len(missing), had
}

func (b *statusBox) unhold() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	missing := b.missing
	b.missing, b.now.Held, b.now.Had = nil, 0, 0
	return missing
}

func (b *statusBox) held() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now.Held
}

func (b *statusBox) missingNow() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.missing)
}

func (b *statusBox) state(st ProviderState, next time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now.State, b.now.Next = st, next
}

func (b *statusBox) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now.Error = callboard.MessageOf(err)
}

func (b *statusBox) get() ProviderStatus {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.now
	if n.Held > 0 {
		n.State = ProviderHeld
	}
	return n
}
