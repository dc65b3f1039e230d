// SPDX-License-Identifier: Apache-2.0

package catalogtest

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

// Sources implements [catalog.SourceReader].
func (s *MemoryStore) Sources(ctx context.Context, q catalog.SourceQuery) ([]catalog.Source, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	found := []catalog.Source{}
	for _, k := range s.sourceKeys() {
		src := s.sources[k].Source
		switch {
		case q.Provider != "" && q.Provider != k.Provider,
			q.Parent != "" && q.Parent != k.Parent,
			q.Location != "" && q.Location != k.Location,
			!q.DueBefore.IsZero() && (src.Next.IsZero() || !src.Next.Before(q.DueBefore)),
			q.After != catalog.SourceKey{} && compareSources(k, q.After) <= 0:
			continue
		}
		found = append(found, src)
	}
	return first(found, q.Limit), nil
}

func (s *MemoryStore) sourceKeys() []catalog.SourceKey {
	return slices.SortedFunc(maps.Keys(s.sources), compareSources)
}

func compareSources(a, b catalog.SourceKey) int {
	return cmp.Or(cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Parent, b.Parent), cmp.Compare(a.Location, b.Location))
}

// Claims implements [catalog.SourceReader].
func (s *MemoryStore) Claims(ctx context.Context, ref catalog.Ref) ([]catalog.ClaimInfo, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.claimInfos(ref), nil
}

func (s *MemoryStore) claimInfos(ref catalog.Ref) []catalog.ClaimInfo {
	infos := []catalog.ClaimInfo{}
	for i, c := range s.claimsOn(ref) {
		infos = append(infos, catalog.ClaimInfo{Ref: ref, Source: c.source, Winner: i == 0, FirstSeen: c.firstSeen})
	}
	return infos
}

// ClaimsOf implements [catalog.SourceReader].
func (s *MemoryStore) ClaimsOf(ctx context.Context, key catalog.SourceKey) ([]catalog.ClaimInfo, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	infos := []catalog.ClaimInfo{}
	src := s.sources[key]
	if src == nil {
		return infos, nil
	}
	for _, c := range src.claims {
		wins := s.claimsOn(c.Ref)[0] == c
		infos = append(infos, catalog.ClaimInfo{Ref: c.Ref, Source: key, Winner: wins, FirstSeen: c.firstSeen})
	}
	return infos, nil
}

// Conflicts implements [catalog.SourceReader].
func (s *MemoryStore) Conflicts(ctx context.Context, after catalog.Ref, limit int) ([]catalog.Conflict, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	locations := map[catalog.Ref]map[string]bool{}
	for k, src := range s.sources {
		for _, c := range src.claims {
			if locations[c.Ref] == nil {
				locations[c.Ref] = map[string]bool{}
			}
			locations[c.Ref][k.Location] = true
		}
	}
	found := []catalog.Conflict{}
	for _, ref := range slices.SortedFunc(maps.Keys(locations), catalog.Ref.Compare) {
		if len(locations[ref]) > 1 && (after.IsZero() || ref.Compare(after) > 0) {
			found = append(found, catalog.Conflict{Ref: ref, Claims: s.claimInfos(ref)})
		}
	}
	return first(found, limit), nil
}

// Versions implements [catalog.HistoryReader].
func (s *MemoryStore) Versions(ctx context.Context, ref catalog.Ref, before int64, limit int) ([]catalog.Version, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	found := []catalog.Version{}
	for _, v := range slices.Backward(s.versions) {
		if (ref.IsZero() || v.Ref == ref) && (before == 0 || v.Number < before) {
			found = append(found, v)
		}
	}
	return first(found, limit), nil
}

// Changes implements [catalog.HistoryReader].
func (s *MemoryStore) Changes(ctx context.Context, after int64, limit int) ([]catalog.Version, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	found := []catalog.Version{}
	for _, v := range s.versions {
		if v.Number > after {
			found = append(found, v)
		}
	}
	return first(found, limit), nil
}

// Problems implements [catalog.ProblemReader].
func (s *MemoryStore) Problems(ctx context.Context, q catalog.ProblemQuery) ([]catalog.Problem, int, error) {
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	found := s.matchingProblems(q)
	total := len(found)
	found = slices.DeleteFunc(found, func(p catalog.Problem) bool { return p.ID <= q.After })
	return first(found, cmp.Or(q.Limit, catalog.DefaultLimit)), total, nil
}

// matchingProblems returns the problems that match, in order of ID.
func (s *MemoryStore) matchingProblems(q catalog.ProblemQuery) []catalog.Problem {
	found := []catalog.Problem{}
	for _, src := range s.sources {
		for _, p := range src.problems {
			p.LastSeen = src.Checked
			if p.LastSeen.Before(p.FirstSeen) {
				p.LastSeen = p.FirstSeen
			}
			if problemMatches(q, p) {
				found = append(found, p)
			}
		}
	}
	slices.SortFunc(found, func(a, b catalog.Problem) int { return cmp.Compare(a.ID, b.ID) })
	return s.once(found)
}

// once drops problems, in order of ID, that another source at the same location
// has too.
func (s *MemoryStore) once(found []catalog.Problem) []catalog.Problem {
	type text struct {
		provider, location, rule, message, pointer string
		document                                   int
	}
	source := map[int64]catalog.SourceKey{}
	for key, src := range s.sources {
		for _, p := range src.problems {
			source[p.ID] = key
		}
	}
	by := map[text]catalog.SourceKey{}
	return slices.DeleteFunc(found, func(p catalog.Problem) bool {
		k := text{p.Provider, p.Location, p.Rule, p.Message, p.Pointer, p.Document}
		if _, ok := by[k]; !ok {
			by[k] = source[p.ID]
		}
		return by[k] != source[p.ID]
	})
}

// ProblemCounts implements [catalog.ProblemReader].
func (s *MemoryStore) ProblemCounts(ctx context.Context, q catalog.ProblemQuery) ([]catalog.ProblemCount, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	byOwner := map[string]catalog.ProblemCount{}
	for _, p := range s.matchingProblems(q) {
		c := byOwner[p.Owner]
		c.Owner = p.Owner
		if p.Severity == catalog.SeverityWarning {
			c.Warnings++
		} else {
			c.Errors++
		}
		byOwner[p.Owner] = c
	}
	counts := slices.SortedFunc(maps.Values(byOwner), func(a, b catalog.ProblemCount) int {
		return cmp.Or(cmp.Compare(b.Errors+b.Warnings, a.Errors+a.Warnings), cmp.Compare(a.Owner, b.Owner))
	})
	return first(counts, cmp.Or(q.Limit, catalog.DefaultLimit)), nil
}

func problemMatches(q catalog.ProblemQuery, p catalog.Problem) bool {
	return (len(q.Owners) == 0 || slices.Contains(q.Owners, p.Owner)) &&
		(q.Ref.IsZero() || q.Ref.String() == p.Entity) &&
		(q.Provider == "" || q.Provider == p.Provider) &&
		(q.Location == "" || q.Location == p.Location) &&
		(q.Severity == "" || q.Severity == p.Severity)
}

// Remove implements [catalog.Remover].
func (s *MemoryStore) Remove(ctx context.Context, cause catalog.Cause, ref catalog.Ref, mode catalog.RemoveMode) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entities[ref]
	if e == nil || !e.live {
		return fail(callboard.CodeNotFound, "no entity %s", ref)
	}
	if claims := s.claimsOn(ref); len(claims) > 0 && mode != catalog.Suppress {
		return fail(callboard.CodeConflict, "%s is still declared by %s", ref, claims[0].source.Location)
	}
	e.suppressed = mode == catalog.Suppress
	s.record(ref, catalog.OpDelete, nil, cause)
	e.live, e.orphan = false, false
	return nil
}

// Restore implements [catalog.Remover].
func (s *MemoryStore) Restore(ctx context.Context, cause catalog.Cause, ref catalog.Ref) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entities[ref]
	if e == nil || e.live {
		return fail(callboard.CodeNotFound, "no deleted entity %s", ref)
	}
	e.suppressed = false
	if len(s.claimsOn(ref)) == 0 {
		s.record(ref, catalog.OpRestore, e.json, cause)
		e.live, e.orphan = true, true
		return nil
	}
	s.settle(ref, cause)
	return nil
}

// Deleted implements [catalog.Remover].
func (s *MemoryStore) Deleted(ctx context.Context, after catalog.Ref, limit int) ([]catalog.DeletedEntity, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	found := []catalog.DeletedEntity{}
	for _, ref := range slices.SortedFunc(maps.Keys(s.entities), catalog.Ref.Compare) {
		e := s.entities[ref]
		if !e.live && (after.IsZero() || ref.Compare(after) > 0) {
			found = append(found, catalog.DeletedEntity{
				Record: s.recordOf(ref, nil).Record, Cause: e.cause, Suppressed: e.suppressed,
			})
		}
	}
	return first(found, limit), nil
}

// Locations implements [catalog.LocationStore].
func (s *MemoryStore) Locations(ctx context.Context) ([]catalog.Location, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return append([]catalog.Location{}, s.locations...), nil
}

// AddLocation implements [catalog.LocationStore].
func (s *MemoryStore) AddLocation(ctx context.Context, l catalog.Location) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.locations {
		if x.ID == l.ID || (x.Type == l.Type && x.Target == l.Target) {
			return fail(callboard.CodeConflict, "the location %s:%s is registered already", l.Type, l.Target)
		}
	}
	s.locations = append(s.locations, l)
	slices.SortFunc(s.locations, func(a, b catalog.Location) int {
		return cmp.Or(cmp.Compare(a.Target, b.Target), cmp.Compare(a.Type, b.Type))
	})
	return nil
}

// RemoveLocation implements [catalog.LocationStore].
func (s *MemoryStore) RemoveLocation(ctx context.Context, id string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, x := range s.locations {
		if x.ID == id {
			s.locations = slices.Delete(s.locations, i, i+1)
			return nil
		}
	}
	return fail(callboard.CodeNotFound, "no registered location %q", id)
}

// first returns the first n of list, or all of it if n is 0.
func first[T any](list []T, n int) []T {
	if n > 0 && len(list) > n {
		return list[:n]
	}
	return list
}
