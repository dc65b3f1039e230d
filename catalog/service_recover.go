// SPDX-License-Identifier: Apache-2.0

package catalog

import "context"

// recoverLocations finishes what an earlier process may have left half done:
// registered locations without their entity, and Locations that were stored
// but not followed.
func (s *Service) recoverLocations(ctx context.Context) error {
	if err := s.syncRegistered(ctx); err != nil {
		return err
	}
	locations, err := s.parents(ctx)
	if err != nil {
		return err
	}
	q := Query{Filter: In{Field: "kind", Values: []string{locationKind}}, Limit: 1000, SkipTotal: true}
	for {
		page, err := s.store.Query(ctx, q)
		if err != nil {
			return err
		}
		for _, r := range page.Items {
			locations = append(locations, r.Ref)
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	done := map[Ref]bool{}
	for _, ref := range locations {
		if done[ref] {
			continue
		}
		done[ref] = true
		if err := s.follow.run(ctx, Cause{Reason: "recover"}, []Ref{ref}, false); err != nil {
			return err
		}
	}
	return s.follow.sweep(ctx, Cause{Reason: "recover"})
}

// sweep removes sources below Locations that no provider leads to any more:
// two Locations that name each other would keep each other alive.
func (f *follower) sweep(ctx context.Context, cause Cause) error {
	parents, err := f.s.parents(ctx)
	if err != nil || len(parents) == 0 {
		return err
	}
	above := map[Ref][]Ref{}
	rooted := map[Ref]bool{}
	for _, ref := range parents {
		claims, err := f.s.store.Claims(ctx, ref)
		if err != nil {
			return err
		}
		for _, c := range claims {
			if c.Source.Parent == "" {
				rooted[ref] = true
			} else if up, err := ParseRef(c.Source.Parent, Ref{}); err == nil {
				above[ref] = append(above[ref], up)
			}
		}
	}
	spread(parents, above, rooted)
	for _, ref := range parents {
		if rooted[ref] {
			continue
		}
		if err := f.uproot(ctx, cause, ref); err != nil {
			return err
		}
	}
	return nil
}

// spread marks all that something rooted leads to.
func spread(refs []Ref, above map[Ref][]Ref, rooted map[Ref]bool) {
	for again := true; again; {
		again = false
		for _, ref := range refs {
			if rooted[ref] {
				continue
			}
			for _, up := range above[ref] {
				if rooted[up] {
					rooted[ref], again = true, true
				}
			}
		}
	}
}

// uproot removes all sources below a Location.
func (f *follower) uproot(ctx context.Context, cause Cause, ref Ref) error {
	defer f.lock(ref)()
	sources, err := f.s.store.Sources(ctx, SourceQuery{Parent: ref.String()})
	if err != nil {
		return err
	}
	list := make([]inbound, len(sources))
	for i, src := range sources {
		list[i] = inbound{key: src.Key, remove: true}
	}
	cause.Provider, cause.Location = "", ""
	_, err = f.s.ingest(ctx, cause, each(list))
	return err
}
