// SPDX-License-Identifier: Apache-2.0

package search

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/callboard/callboard"
)

// Options is what [New] may be given; nil and zero fields mean the defaults.
type Options struct {
	// Logger takes what goes wrong beside a question; nil discards.
	Logger *slog.Logger
	// Every is how often the sources are asked for changes that no question
	// asked for; 0 is two seconds.
	Every time.Duration
}

// Service finds documents of all sources, and keeps the index as they are. It is
// safe for concurrent use.
type Service struct {
	index   Index
	sources []Source
	types   []Type
	of      map[string]Source // by type
	log     *slog.Logger
	every   time.Duration

	// turn is held by who brings the index up to date in this process.
	turn chan struct{}
	// wake has what Start began go on at once.
	wake   chan struct{}
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu     sync.Mutex
	failed map[string]failure
}

// failure is what a source cannot be brought up to date for.
type failure struct {
	since time.Time
	err   error
}

// New returns a service over an index. Two sources of one name, or with one
// type, are an error.
func New(index Index, sources []Source, opts *Options) (*Service, error) {
	s := &Service{
		index: index, sources: sources, of: map[string]Source{}, log: slog.New(slog.DiscardHandler), every: 2 * time.Second,
		turn: make(chan struct{}, 1), wake: make(chan struct{}, 1), cancel: func() {}, failed: map[string]failure{},
	}
	if opts != nil && opts.Logger != nil {
		s.log = opts.Logger
	}
	if opts != nil && opts.Every > 0 {
		s.every = opts.Every
	}
	names := map[string]bool{}
	for _, src := range sources {
		if names[src.Name()] || src.Name() == "" {
			return nil, fmt.Errorf("search: two sources have the name %q", src.Name())
		}
		names[src.Name()] = true
		for _, t := range src.Types() {
			if other, taken := s.of[t.ID]; taken {
				return nil, fmt.Errorf("search: the type %q is of the sources %s and %s", t.ID, other.Name(), src.Name())
			}
			s.of[t.ID] = src
			s.types = append(s.types, t)
		}
	}
	slices.SortStableFunc(s.types, func(a, b Type) int { return a.Order - b.Order })
	return s, nil
}

// Types returns the types of all sources, in order.
func (s *Service) Types() []Type { return slices.Clone(s.types) }

// Type returns the type with the ID.
func (s *Service) Type(id string) (Type, bool) {
	at := slices.IndexFunc(s.types, func(t Type) bool { return t.ID == id })
	if at < 0 {
		return Type{}, false
	}
	return s.types[at], true
}

// typesNamed returns the IDs of the types that are called so, by ID or by the
// name that the field's clients know.
func (s *Service) typesNamed(names []string) []string {
	var ids []string
	for _, t := range s.types {
		if slices.Contains(names, t.ID) || t.Also != "" && slices.Contains(names, t.Also) {
			ids = append(ids, t.ID)
		}
	}
	return ids
}

// Start begins to keep the index up to date.
func (s *Service) Start(ctx context.Context) error {
	ctx, s.cancel = context.WithCancel(ctx)
	s.done.Go(func() {
		for {
			s.Sync(ctx)
			select {
			case <-ctx.Done():
				return
			case <-s.wake:
			case <-time.After(s.every):
			}
		}
	})
	return nil
}

// Close ends what [Service.Start] began.
func (s *Service) Close() error {
	s.cancel()
	s.done.Wait()
	return nil
}

// HealthName returns "search".
func (s *Service) HealthName() string { return "search" }

// patience is for how long a source may fail before the portal is not well.
const patience = time.Minute

// CheckHealth returns which source could not be brought up to date for a while.
func (s *Service) CheckHealth(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, src := range s.sources {
		if f, ok := s.failed[src.Name()]; ok && time.Since(f.since) > patience {
			errs = append(errs, fmt.Errorf("the index of %s is behind since %s: %w", src.Name(), f.since.UTC().Format(time.RFC3339), f.err))
		}
	}
	return errors.Join(errs...)
}

// note remembers how it went to bring a source up to date.
func (s *Service) note(ctx context.Context, src Source, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, failing := s.failed[src.Name()]
	switch {
	case err == nil:
		delete(s.failed, src.Name())
	case ctx.Err() != nil: // it was not given the time
	case !failing || before.err.Error() != err.Error():
		s.log.WarnContext(ctx, "search: the index cannot be brought up to date", "source", src.Name(), "error", err)
		fallthrough
	default:
		if !failing {
			before.since = time.Now()
		}
		s.failed[src.Name()] = failure{before.since, err}
	}
}

// sights are what the caller may see of the sources.
type sights struct {
	// filter holds for it; nil is everything.
	filter Filter
	// refusal is that of the first source that shows nothing.
	refusal error
	// failed are sources that did not say.
	failed []string
}

// sight asks the sources what the caller may see. It is an error if all refuse.
func (s *Service) sight(ctx context.Context) (v sights, err error) {
	either := Any{}
	open := true
	for _, src := range s.sources {
		sight, err := ask(ctx, src, limitAsked, src.Sight)
		switch {
		case callboard.Refused(err):
			open = false
			v.refusal = cmp.Or(v.refusal, err)
		case ctx.Err() != nil:
			return v, ctx.Err()
		case err != nil:
			open = false
			v.failed = append(v.failed, src.Name())
			s.log.WarnContext(ctx, "search: a source does not say what a caller may see", "source", src.Name(), "error", err)
		default:
			open = open && always(simple(sight))
			either = append(either, All{ofSource(src.Name()), sight})
		}
	}
	if len(either) == 0 && v.refusal != nil {
		return v, v.refusal
	}
	if !open {
		v.filter = either
	}
	return v, nil
}

// visible leaves the hits that the caller may see, by asking their sources.
// Those of a source that does not say are left out, and the source is noted.
func (a *asked) visible(ctx context.Context, hits []Hit) ([]Hit, error) {
	bySource := map[string][]int{}
	for i, h := range hits {
		bySource[h.Source] = append(bySource[h.Source], i)
	}
	keep := make([]bool, len(hits))
	for _, src := range a.sources {
		at := bySource[src.Name()]
		if len(at) == 0 || slices.Contains(a.failed, src.Name()) {
			continue
		}
		ok, err := a.visibleOf(ctx, src, hits, at)
		switch {
		case callboard.Refused(err):
			continue
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			a.failed = append(a.failed, src.Name())
			a.log.WarnContext(ctx, "search: a source does not say what a caller may see", "source", src.Name(), "error", err)
			continue
		}
		for i, n := range at {
			keep[n] = ok[i] && a.of[hits[n].Type] == src
		}
	}
	kept := hits[:0:0]
	for i, h := range hits {
		if keep[i] {
			kept = append(kept, h)
		}
	}
	return kept, nil
}

// visibleOf asks one source about its hits.
func (a *asked) visibleOf(ctx context.Context, src Source, hits []Hit, at []int) ([]bool, error) {
	own := make([]Hit, len(at))
	for i, n := range at {
		own[i] = hits[n]
	}
	ok, err := ask(ctx, src, limitAsked, func(ctx context.Context) ([]bool, error) { return src.Visible(ctx, own) })
	if err == nil && len(ok) != len(own) {
		err = fmt.Errorf("search: the source %s was asked for %d documents and answered for %d", src.Name(), len(own), len(ok))
	}
	return ok, err
}

// Counts returns how many documents there are of each source, whoever asks.
func (s *Service) Counts(ctx context.Context) (map[string]int, error) { return s.index.Count(ctx) }

// SourceNames returns the names of the sources, sorted.
func (s *Service) SourceNames() []string {
	names := make([]string, len(s.sources))
	for i, src := range s.sources {
		names[i] = src.Name()
	}
	slices.SortFunc(names, strings.Compare)
	return names
}
