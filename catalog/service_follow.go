// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/callboard/callboard"
)

// Limits on following Location entities.
const (
	maxFollowDepth   = 10
	maxFollowTargets = 10_000
	readTimeout      = time.Minute
)

// patternHash marks the source that stands for a target with wildcards: it
// declares nothing itself, and keeps when to look again.
const patternHash = "pattern"

// openFunc reads a file beside a source.
type openFunc = func(ctx context.Context, relative string) ([]byte, error)

// follower makes the sources below Location entities true to what those name.
// What it keeps in memory only saves work: the state is the store's.
type follower struct {
	s  *Service
	mu sync.Mutex
	// locks lets one goroutine at a time follow a Location.
	locks map[Ref]*followLock
	// opens read beside sources that declare Locations.
	opens map[SourceKey]openFunc
	// validators are what readers returned last.
	validators map[SourceKey]string
}

type followLock struct {
	mu      sync.Mutex
	waiting int
}

func newFollower(s *Service) *follower {
	return &follower{
		s: s, locks: map[Ref]*followLock{},
		opens: map[SourceKey]openFunc{}, validators: map[SourceKey]string{},
	}
}

func (f *follower) remember(key SourceKey, open openFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.opens[key] = open
}

func (f *follower) forget(key SourceKey) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.opens, key)
	delete(f.validators, key)
}

func (f *follower) knows(key SourceKey) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.opens[key] != nil
}

func (f *follower) opener(key SourceKey) openFunc {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.opens[key]
}

// lock waits for the turn on a Location and returns how to end it.
func (f *follower) lock(ref Ref) func() {
	f.mu.Lock()
	l := f.locks[ref]
	if l == nil {
		l = &followLock{}
		f.locks[ref] = l
	}
	l.waiting++
	f.mu.Unlock()
	l.mu.Lock()
	return func() {
		l.mu.Unlock()
		f.mu.Lock()
		defer f.mu.Unlock()
		if l.waiting--; l.waiting == 0 {
			delete(f.locks, ref)
		}
	}
}

// declarer returns the source whose claim on a Location counts.
func (f *follower) declarer(ctx context.Context, parent string) (SourceKey, bool) {
	ref, err := ParseRef(parent, Ref{})
	if err != nil {
		return SourceKey{}, false
	}
	claims, err := f.s.store.Claims(ctx, ref)
	if err != nil || len(claims) == 0 {
		return SourceKey{}, false
	}
	return claims[0].Source, true
}

// after follows the Locations that a delivery changed, and reads again what
// those of the sources delivered again name.
func (f *follower) after(ctx context.Context, cause Cause, changed []Ref, again []SourceKey) error {
	declared, err := f.declared(ctx, again)
	if err != nil {
		return err
	}
	reread := slices.DeleteFunc(declared, func(r Ref) bool { return slices.Contains(changed, r) })
	if err := f.run(ctx, cause, changed, false); err != nil {
		return err
	}
	return f.run(ctx, cause, reread, true)
}

// run follows Locations, and those that turn up while doing so, in order.
// Targets that are known already are read again if all is set.
func (f *follower) run(ctx context.Context, cause Cause, refs []Ref, all bool) error {
	type errand struct {
		ref Ref
		all bool
	}
	var queue []errand
	for _, ref := range refs {
		queue = append(queue, errand{ref, all})
	}
	removed, reread := 0, map[Ref]bool{}
	for i := 0; i < len(queue); i++ {
		if queue[i].all && reread[queue[i].ref] {
			continue
		}
		reread[queue[i].ref] = reread[queue[i].ref] || queue[i].all
		r, below, err := f.one(ctx, cause, queue[i].ref, queue[i].all)
		if err != nil {
			return fmt.Errorf("catalog: follow %s: %w", queue[i].ref, err)
		}
		removed += r.removed
		for _, ref := range r.locations {
			queue = append(queue, errand{ref, false})
		}
		for _, ref := range below {
			queue = append(queue, errand{ref, true})
		}
	}
	if removed > 0 {
		return f.sweep(ctx, cause)
	}
	return nil
}

// complete returns when all below a Location was followed, by whomever: the
// start of the service may be at it at the same time.
func (f *follower) complete(ctx context.Context, cause Cause, root Ref) error {
	seen := map[Ref]bool{root: true}
	for queue := []Ref{root}; len(queue) > 0; queue = queue[1:] {
		if _, _, err := f.one(ctx, cause, queue[0], false); err != nil {
			return fmt.Errorf("catalog: follow %s: %w", queue[0], err)
		}
		sources, err := f.s.store.Sources(ctx, SourceQuery{Parent: queue[0].String()})
		if err != nil {
			return err
		}
		keys := make([]SourceKey, len(sources))
		for i, src := range sources {
			keys[i] = src.Key
		}
		below, err := f.declared(ctx, keys)
		if err != nil {
			return err
		}
		for _, ref := range below {
			if !seen[ref] {
				seen[ref] = true
				queue = append(queue, ref)
			}
		}
	}
	return nil
}

// one makes the sources below one Location true to it. It also returns the
// Locations that what it read again declares, where only it can read on.
func (f *follower) one(ctx context.Context, cause Cause, ref Ref, all bool) (result, []Ref, error) {
	defer f.lock(ref)()
	have, err := f.s.store.Sources(ctx, SourceQuery{Parent: ref.String()})
	if err != nil {
		return result{}, nil, err
	}
	place, err := f.place(ctx, ref)
	if err != nil {
		return result{}, nil, err
	}
	n := &naming{follower: f, place: place, all: all, want: map[SourceKey]bool{}, have: map[SourceKey]Source{}}
	for _, src := range have {
		n.have[src.Key] = src
	}
	cause.Provider, cause.Location = place.provider, ""
	r, err := f.s.ingest(ctx, cause, n.sources(ctx))
	if err != nil {
		return r, nil, err
	}
	below, err := f.declared(ctx, n.again)
	return r, below, err
}

// declared returns the Locations that sources declare and that count.
func (f *follower) declared(ctx context.Context, keys []SourceKey) ([]Ref, error) {
	var refs []Ref
	for _, key := range keys {
		claims, err := f.s.store.ClaimsOf(ctx, key)
		if err != nil {
			return nil, err
		}
		for _, c := range claims {
			if c.Ref.Kind == locationKind && c.Winner {
				refs = append(refs, c.Ref)
			}
		}
	}
	return refs, nil
}

// place is a Location entity with where it stands.
type place struct {
	ref      Ref
	provider string
	entity   *Entity     // nil if it is not there
	base     SourceKey   // the source that declares it
	above    []SourceKey // the sources that led to it, base first
	origin   string      // the location at the root
}

func (f *follower) place(ctx context.Context, ref Ref) (place, error) {
	p := place{ref: ref}
	records, err := f.s.store.Records(ctx, []Ref{ref})
	if err != nil || !records[0].Found() {
		return p, err
	}
	at := ref
	for depth := 0; ; depth++ {
		claims, err := f.s.store.Claims(ctx, at)
		if err != nil {
			return p, err
		}
		if len(claims) == 0 || depth > 4*maxFollowDepth {
			return place{ref: ref}, nil // restored by hand, or hanging in the air
		}
		src := claims[0].Source
		p.above = append(p.above, src)
		p.origin = src.Location
		if src.Parent == "" {
			break
		}
		if at, err = ParseRef(src.Parent, Ref{}); err != nil {
			return place{ref: ref}, nil //nolint:nilerr // no Location has such a name
		}
	}
	p.base = p.above[0]
	p.provider = p.base.Provider
	p.entity = &Entity{}
	return p, p.entity.UnmarshalJSON(records[0].JSON)
}

// targets returns what the Location names, in order, without repetition.
func (p place) targets() (typ string, list []string) {
	if p.entity == nil {
		return "", nil
	}
	typ, _ = p.entity.Spec["type"].(string)
	if one, ok := p.entity.Spec["target"].(string); ok {
		list = append(list, one)
	}
	many, _ := p.entity.Spec["targets"].([]any)
	for _, v := range many {
		if s, ok := v.(string); ok && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return typ, list
}

func (p place) optional() bool {
	presence, _ := p.entity.Spec["presence"].(string)
	return presence == "optional"
}

func (f *follower) keepValidator(key SourceKey, res ReadResult) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(res.Items) > 0 && res.Items[0].Err != nil {
		delete(f.validators, key)
		return
	}
	f.validators[key] = res.Validator
}

func (f *follower) validator(key SourceKey) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.validators[key]
}

// read asks the reader of the type, which has its time and may not panic.
func (s *Service) read(ctx context.Context, typ, target, validator string) (res ReadResult, err error) {
	reader := s.readers[typ]
	if reader == nil {
		return res, invalid("this portal reads no locations of type %s", quote(typ))
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	defer func() {
		if v := recover(); v != nil {
			s.log.ErrorContext(ctx, "a location reader panicked", "type", typ, "target", target, "panic", v)
			err = coded(callboard.CodeInternal, "the reader of %s locations panicked; the log has the cause", typ)
		}
	}()
	return reader.Read(ctx, ReadRequest{Type: typ, Target: target, Validator: validator})
}
