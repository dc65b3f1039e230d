// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/callboard/callboard"
)

// RegisteredProvider is the name under which registered locations bring their
// entities; no other provider may have it.
const RegisteredProvider = "locations"

// Service takes entities in from providers, follows the locations that they
// name, and keeps a [Store] true to all of it. Its methods are safe for
// concurrent use, started or not: only providers and the schedule need Start.
type Service struct {
	store   Store
	opts    ServiceOptions
	log     *slog.Logger
	readers map[string]LocationReader
	pipe    *pipeline
	runners []*runner
	due     *schedule
	follow  *follower

	mu      sync.Mutex
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// ServiceOptions is what a [Service] may be given. The zero value has no
// providers and reads no locations.
type ServiceOptions struct {
	// Kinds are the kinds of entity that exist; nil means the built-in ones.
	Kinds *Kinds
	// Providers are run from Start to Close.
	Providers []Provider
	// Processors see each entity, in this order.
	Processors []Processor
	// Readers read the locations that Location entities and people name.
	Readers []LocationReader
	// Locations are followed from Start on, as though they were registered;
	// people cannot remove them. Any type that is read will do.
	Locations []Location
	// Rules say which kinds may come from where; none allows every kind.
	Rules []Rule
	// Guard holds back a provider that suddenly drops much of what it had.
	Guard Guard
	// Leader makes one replica of many run a provider; nil runs it here.
	Leader Leader
	// Changed is called after each change that altered an entity, by the
	// goroutine that made it; it should return quickly. Nil tells nobody.
	Changed func(ctx context.Context, cause Cause, a Applied)
	// Registrable are the types that [Service.AddLocation] takes; none means
	// url, as a path on the server is not for everybody to read.
	Registrable []string
	// RefreshEvery is the least time between two reads of a location; up to
	// half of it is added at random. 0 means 100 seconds.
	RefreshEvery time.Duration
	// Parallel is how many sources are decoded at once; 0 means one per CPU.
	Parallel int
	// ProcessTimeout is how long one processor may take over one entity; 0
	// means 30 seconds.
	ProcessTimeout time.Duration
	// Now tells the time; nil means [time.Now].
	Now func() time.Time
	// Logger takes what the service has to tell; nil means [slog.Default].
	Logger *slog.Logger
}

// Leader makes sure that one replica of many does a thing.
type Leader interface {
	// Lead waits until this replica holds the lease of that name, runs f, and
	// returns what f returned. The context of f ends when the lease is lost;
	// then Lead waits again. It returns nil when ctx ends.
	Lead(ctx context.Context, name string, f func(ctx context.Context) error) error
}

// NewService returns a service over the store. It starts nothing. Two
// providers of one name, two readers of one type, and rules that cannot be
// parsed are [callboard.CodeInvalid].
func NewService(store Store, opts *ServiceOptions) (*Service, error) {
	o := ServiceOptions{}
	if opts != nil {
		o = *opts
	}
	if err := o.setDefaults(); err != nil {
		return nil, err
	}
	s := &Service{store: store, opts: o, log: o.Logger, readers: map[string]LocationReader{}}
	if err := s.checkOptions(); err != nil {
		return nil, err
	}
	pipe, err := newPipeline(store, &s.opts, s.links)
	if err != nil {
		return nil, err
	}
	s.pipe = pipe
	s.due = newSchedule(&s.opts)
	s.follow = newFollower(s)
	for _, p := range o.Providers {
		s.runners = append(s.runners, newRunner(s, p))
	}
	return s, nil
}

func (o *ServiceOptions) setDefaults() error {
	if o.Kinds == nil {
		ks, err := NewKinds()
		if err != nil {
			return err
		}
		o.Kinds = ks
	}
	if o.Leader == nil {
		o.Leader = aloneLeader{}
	}
	if o.Changed == nil {
		o.Changed = func(context.Context, Cause, Applied) {}
	}
	if len(o.Registrable) == 0 {
		o.Registrable = []string{"url"}
	}
	if o.RefreshEvery <= 0 {
		o.RefreshEvery = 100 * time.Second
	}
	if o.ProcessTimeout <= 0 {
		o.ProcessTimeout = 30 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return nil
}

func (s *Service) checkOptions() error {
	names := map[string]bool{RegisteredProvider: true}
	for _, p := range s.opts.Providers {
		if p.Name() == "" || names[p.Name()] {
			return invalid("catalog: the provider name %q is empty, reserved or used twice", p.Name())
		}
		names[p.Name()] = true
	}
	for _, r := range s.opts.Readers {
		for _, typ := range r.Types() {
			if s.readers[typ] != nil {
				return invalid("catalog: two readers of locations of type %q", typ)
			}
			s.readers[typ] = r
		}
	}
	return nil
}

// Start runs the providers and the schedule of refreshes until Close. What was
// left undone when the last process ended, such as a location that was stored
// but not yet followed, is done now. The context is for starting only.
func (s *Service) Start(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cancel != nil {
		return &callboard.Error{Code: callboard.CodeConflict, Message: "the catalog service was already started"}
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.cancel = cancel
	for _, r := range s.runners {
		s.running.Go(func() { r.loop(run) })
	}
	s.running.Go(func() { s.due.loop(run, s) })
	return nil
}

// Close stops the providers and waits for them until ctx ends; then the error
// names those that did not stop.
func (s *Service) Close(ctx context.Context) error {
	s.mu.Lock()
	cancel := s.cancel
	s.mu.Unlock()
	if cancel == nil {
		return nil
	}
	cancel()
	done := make(chan struct{})
	go func() { s.running.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("catalog: stop the service: %v still running: %w", s.stuck(), ctx.Err())
	}
}

func (s *Service) stuck() []string {
	names := []string{}
	for _, r := range s.runners {
		if !r.ended() {
			names = append(names, r.provider.Name())
		}
	}
	return names
}

// aloneLeader leads at once: there is no other replica.
type aloneLeader struct{}

func (aloneLeader) Lead(ctx context.Context, _ string, f func(context.Context) error) error {
	return f(ctx)
}

// links asks the reader of a location for pages about it.
func (s *Service) links(location string) LocationLinks {
	typ, target := splitLocation(location)
	if l, ok := s.readers[typ].(LocationLinker); ok {
		return l.Links(target)
	}
	return LocationLinks{}
}

func invalid(format string, args ...any) error {
	return coded(callboard.CodeInvalid, format, args...)
}

func coded(code callboard.Code, format string, args ...any) error {
	return &callboard.Error{Code: code, Message: fmt.Sprintf(format, args...)}
}
