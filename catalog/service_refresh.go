// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"context"
	"slices"

	"github.com/callboard/callboard"
)

// Refresh reads again what declares the entity: its own sources, and for a
// Location also all that it names. The change is stored when it returns. An
// entity that nothing declares is [callboard.CodeNotFound]; one whose provider
// cannot read a single source is [callboard.CodeUnavailable].
func (s *Service) Refresh(ctx context.Context, ref Ref) error {
	claims, err := s.store.Claims(ctx, ref)
	if err != nil {
		return err
	}
	if len(claims) == 0 {
		return coded(callboard.CodeNotFound, "no source declares %s", ref)
	}
	keys := make([]SourceKey, len(claims))
	for i, c := range claims {
		keys[i] = c.Source
	}
	err = s.refreshSources(ctx, keys)
	if ref.Kind == locationKind && (err == nil || callboard.CodeOf(err) == callboard.CodeUnavailable) {
		return s.follow.run(ctx, s.refreshCause(ctx), []Ref{ref}, true)
	}
	return err
}

// RefreshLocation reads every source of that location, as type:target, again.
// One that no source has is [callboard.CodeNotFound].
func (s *Service) RefreshLocation(ctx context.Context, location string) error {
	sources, err := s.store.Sources(ctx, SourceQuery{Location: location})
	if err != nil {
		return err
	}
	if len(sources) == 0 {
		return coded(callboard.CodeNotFound, "nothing was read from %s", quote(location))
	}
	keys := make([]SourceKey, len(sources))
	for i, src := range sources {
		keys[i] = src.Key
		s.follow.stale(src.Key)
	}
	return s.refreshSources(ctx, keys)
}

func (s *Service) refreshCause(ctx context.Context) Cause {
	return Cause{Reason: "refresh", Actor: callboard.IdentityFrom(ctx).Subject}
}

// refreshSources reads sources again, those of one provider together.
func (s *Service) refreshSources(ctx context.Context, keys []SourceKey) error {
	own := map[string][]string{}
	providers := []string{}
	for _, key := range keys {
		if key.Parent != "" {
			s.follow.stale(key)
			if err := s.reread(ctx, key, "refresh"); err != nil {
				return err
			}
			continue
		}
		if own[key.Provider] == nil {
			providers = append(providers, key.Provider)
		}
		own[key.Provider] = append(own[key.Provider], key.Location)
	}
	for _, p := range providers {
		if err := s.refreshProvider(ctx, p, own[p]); err != nil {
			return err
		}
	}
	return nil
}

// refreshProvider asks a provider to read some of its own sources again.
func (s *Service) refreshProvider(ctx context.Context, provider string, locations []string) error {
	if provider == RegisteredProvider {
		return s.refreshRegistered(ctx, locations)
	}
	r := s.runner(provider)
	if r == nil {
		return coded(callboard.CodeUnavailable, "the provider %s is not part of this portal any more", quote(provider))
	}
	p, ok := r.provider.(Refresher)
	if !ok {
		return coded(callboard.CodeUnavailable, "the provider %s delivers by itself and cannot be asked", quote(provider))
	}
	items, removed, err := p.Refresh(ctx, locations)
	if err != nil {
		return err
	}
	r.sink.mu.Lock()
	defer r.sink.mu.Unlock()
	cause := s.refreshCause(ctx)
	cause.Provider = provider
	res, again, err := s.update(ctx, cause, items, removed)
	if err != nil {
		return err
	}
	return s.follow.after(ctx, cause, res.locations, again)
}

func (s *Service) refreshRegistered(ctx context.Context, locations []string) error {
	list, err := s.store.Locations(ctx)
	if err != nil {
		return err
	}
	refs := []Ref{}
	for _, l := range append(list, s.configured(ctx)...) {
		if slices.Contains(locations, l.String()) {
			refs = append(refs, registeredEntity(l).Ref())
		}
	}
	return s.follow.run(ctx, s.refreshCause(ctx), refs, true)
}

// stale makes the next read of a source not rely on the last.
func (f *follower) stale(key SourceKey) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.validators, key)
}
