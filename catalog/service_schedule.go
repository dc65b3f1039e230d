// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/callboard/callboard"
)

const (
	// tick is how often the schedule looks for what is due, and pollEvery how
	// often it asks the store for sources that another replica added.
	tick      = time.Second
	pollEvery = 30 * time.Second
	// sweepEvery is how often what hangs in the air is looked for.
	sweepEvery = 10 * time.Minute
	// atOnce is how many locations are read at once.
	atOnce = 8
	// longestPause between two attempts at a location that cannot be read.
	longestPause = time.Hour
)

// schedule knows when sources are to be read again. The store keeps the first
// time of each; the later ones are kept in memory, so that nothing is written
// while nothing changes.
type schedule struct {
	opts *ServiceOptions
	mu   sync.Mutex
	due  map[SourceKey]time.Time
	// failures counts the attempts in a row that failed.
	failures map[SourceKey]int
}

func newSchedule(opts *ServiceOptions) *schedule {
	return &schedule{opts: opts, due: map[SourceKey]time.Time{}, failures: map[SourceKey]int{}}
}

// after returns when a source is to be read again after a read that ended with
// err; every is the reader's wish, 0 for the usual.
func (d *schedule) after(key SourceKey, err error, every time.Duration) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	if every <= 0 {
		every = d.opts.RefreshEvery
	}
	if err == nil {
		delete(d.failures, key)
	} else {
		d.failures[key]++
		every = min(every<<min(d.failures[key]-1, 16), longestPause)
	}
	return d.opts.Now().Add(jitter(every)).UTC()
}

func (d *schedule) set(key SourceKey, at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.due[key] = at
}

func (d *schedule) remove(key SourceKey) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.due, key)
	delete(d.failures, key)
}

// take removes and returns what is due, in order of key.
func (d *schedule) take(now time.Time) []SourceKey {
	d.mu.Lock()
	defer d.mu.Unlock()
	keys := []SourceKey{}
	for key, at := range d.due {
		if !at.After(now) {
			keys = append(keys, key)
			delete(d.due, key)
		}
	}
	slices.SortFunc(keys, compareSourceKeys)
	return keys
}

// learn adds sources that are not known yet, from the store.
func (d *schedule) learn(sources []Source) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, src := range sources {
		if _, ok := d.due[src.Key]; !ok {
			d.due[src.Key] = src.Next
		}
	}
}

func (d *schedule) reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.due = map[SourceKey]time.Time{}
}

// loop reads what is due, on the one replica that leads.
func (d *schedule) loop(ctx context.Context, s *Service) {
	for ctx.Err() == nil {
		err := s.opts.Leader.Lead(ctx, "catalog/refresh", s.refreshing)
		if err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "catalog refreshes stopped and will go on", "error", err)
			pause(ctx, firstPause)
		}
	}
}

// refreshing is the leader's work until ctx ends.
func (s *Service) refreshing(ctx context.Context) error {
	s.due.reset()
	if err := s.recoverLocations(ctx); err != nil {
		return err
	}
	var running sync.WaitGroup
	defer running.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, w := range s.watchers() {
		running.Go(func() { s.watch(ctx, w) })
	}
	slots := make(chan struct{}, atOnce)
	polled, swept := time.Time{}, time.Now()
	for ctx.Err() == nil {
		if time.Since(polled) >= pollEvery {
			polled = time.Now()
			if err := s.poll(ctx); err != nil {
				return err
			}
		}
		if time.Since(swept) >= sweepEvery {
			swept = time.Now()
			if err := s.follow.sweep(ctx, Cause{Reason: "sweep"}); err != nil {
				return err
			}
		}
		for _, key := range s.due.take(s.opts.Now()) {
			select {
			case slots <- struct{}{}:
				running.Go(func() { s.readDue(ctx, key); <-slots })
			case <-ctx.Done():
			}
		}
		pause(ctx, tick)
	}
	return nil
}

// poll learns of sources that were due when they were stored.
func (s *Service) poll(ctx context.Context) error {
	sources, err := s.store.Sources(ctx, SourceQuery{DueBefore: s.opts.Now().Add(365 * 24 * time.Hour)})
	if err != nil {
		return err
	}
	s.due.learn(sources)
	return nil
}

// readDue reads a source again that is due.
func (s *Service) readDue(ctx context.Context, key SourceKey) {
	if err := s.reread(ctx, key, "refresh"); err != nil && ctx.Err() == nil {
		s.due.set(key, s.due.after(key, err, 0))
		s.log.WarnContext(ctx, "cannot refresh a location", "location", key.Location, "error", err)
	}
}

// reread reads one source below a Location again.
func (s *Service) reread(ctx context.Context, key SourceKey, reason string) error {
	ref, err := ParseRef(key.Parent, Ref{})
	if err != nil {
		return nil //nolint:nilerr // a provider's own source, which the provider reads
	}
	known, err := s.hashOf(ctx, key)
	if err != nil || known == "" {
		return err
	}
	cause := Cause{Provider: key.Provider, Reason: reason, Actor: callboard.IdentityFrom(ctx).Subject}
	typ, target := splitLocation(key.Location)
	if known == patternHash || s.readers[typ] == nil {
		return s.follow.run(ctx, cause, []Ref{ref}, true)
	}
	res, err := s.read(ctx, typ, target, s.follow.validator(key))
	if err != nil {
		res = ReadResult{Items: []Item{{Location: key.Location, Err: err}}}
	}
	if res.NotModified || len(res.Items) != 1 || res.Items[0].Location != key.Location {
		s.due.set(key, s.due.after(key, nil, res.Next))
		return nil
	}
	place, err := s.follow.place(ctx, ref)
	if err != nil || place.entity == nil {
		return err
	}
	s.follow.keepValidator(key, res)
	next := s.due.after(key, res.Items[0].Err, res.Next)
	in := inbound{key: key, item: res.Items[0], origin: place.origin, known: known, next: next}
	r, err := s.ingest(ctx, cause, each([]inbound{in}))
	if err != nil {
		return err
	}
	s.due.set(key, next)
	return s.follow.run(ctx, cause, r.locations, false)
}

func (s *Service) watchers() []LocationWatcher {
	list := []LocationWatcher{}
	for _, r := range s.opts.Readers {
		if w, ok := r.(LocationWatcher); ok {
			list = append(list, w)
		}
	}
	return list
}

// watch reads a location again as soon as its reader says that it changed.
func (s *Service) watch(ctx context.Context, w LocationWatcher) {
	for ctx.Err() == nil {
		err := w.Watch(ctx, func(location string) {
			if err := s.RefreshLocation(ctx, location); err != nil && callboard.CodeOf(err) != callboard.CodeNotFound {
				s.log.WarnContext(ctx, "cannot refresh a changed location", "location", location, "error", err)
			}
		})
		if err != nil {
			s.log.WarnContext(ctx, "watching locations stopped; they are read on schedule", "error", err)
			pause(ctx, lastPause)
			continue
		}
		pause(ctx, firstPause)
	}
}

// parents returns the Locations that have sources below them.
func (s *Service) parents(ctx context.Context) ([]Ref, error) {
	found := map[Ref]bool{}
	var after SourceKey
	for {
		list, err := s.store.Sources(ctx, SourceQuery{After: after, Limit: 1})
		if err != nil || len(list) == 0 {
			return slices.SortedFunc(maps.Keys(found), Ref.Compare), err
		}
		key := list[0].Key
		if ref, err := ParseRef(key.Parent, Ref{}); err == nil {
			found[ref] = true
		}
		after = SourceKey{Provider: key.Provider, Parent: key.Parent, Location: "\U0010FFFF"}
	}
}
