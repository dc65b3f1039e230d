// SPDX-License-Identifier: Apache-2.0

package guardedcatalog

import (
	"cmp"
	"context"
	"slices"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

const (
	// batch is how much is read at a time to find what a caller may see.
	batch = 500
	// mostRead bounds how much is looked through for one answer.
	mostRead = 50_000
)

// sieve reads on until it has as many as asked for that a caller may see, or
// nothing is left, or it has looked through enough. next reads behind the last
// of a batch; keep returns what of it the caller may see.
func sieve[T any](limit int, next func(last *T, n int) ([]T, error), keep func([]T) ([]T, error)) ([]T, error) {
	found := []T{}
	var last *T
	for read := 0; read < mostRead; {
		part, err := next(last, batch)
		if err != nil {
			return nil, err
		}
		kept, err := keep(slices.Clone(part))
		if err != nil {
			return nil, err
		}
		found = append(found, kept...)
		if len(part) < batch || limit > 0 && len(found) >= limit {
			break
		}
		read += len(part)
		last = &part[len(part)-1]
	}
	if limit > 0 {
		found = found[:min(limit, len(found))]
	}
	return found, nil
}

// Sources returns the sources of what the caller may see, with counts of that.
// For a caller who sees a part it costs a read for each source.
func (s *Store) Sources(ctx context.Context, q catalog.SourceQuery) ([]catalog.Source, error) {
	if err := s.may.Require(ctx, catalog.MayReadLocation); err != nil {
		return nil, err
	}
	v, err := s.sight(ctx, catalog.MayReadEntity)
	if err != nil {
		return nil, err
	}
	if v.all() {
		return s.all.Sources(ctx, q)
	}
	return sieve(q.Limit, func(last *catalog.Source, n int) ([]catalog.Source, error) {
		if last != nil {
			q.After = last.Key
		}
		q.Limit = n
		return s.all.Sources(ctx, q)
	}, func(part []catalog.Source) ([]catalog.Source, error) {
		var kept []catalog.Source
		for _, src := range part {
			claims, err := s.ClaimsOf(ctx, src.Key)
			if err != nil {
				return nil, err
			}
			if src.Claims > 0 && len(claims) == 0 {
				continue
			}
			src.Claims = len(claims)
			kept = append(kept, src)
		}
		return kept, nil
	})
}

// Claims returns the claims on what the caller may see.
func (s *Store) Claims(ctx context.Context, ref catalog.Ref) ([]catalog.ClaimInfo, error) {
	claims, err := s.all.Claims(ctx, ref)
	if err != nil {
		return nil, err
	}
	return s.claims(ctx, claims)
}

// ClaimsOf returns what a source claims that the caller may see.
func (s *Store) ClaimsOf(ctx context.Context, key catalog.SourceKey) ([]catalog.ClaimInfo, error) {
	claims, err := s.all.ClaimsOf(ctx, key)
	if err != nil {
		return nil, err
	}
	return s.claims(ctx, claims)
}

func (s *Store) claims(ctx context.Context, claims []catalog.ClaimInfo) ([]catalog.ClaimInfo, error) {
	v, err := s.sight(ctx, catalog.MayReadEntity)
	if err != nil || v.all() {
		return claims, err
	}
	ok, err := s.seen(ctx, v, refsOf(claims, func(c catalog.ClaimInfo) catalog.Ref { return c.Ref }))
	return slices.DeleteFunc(claims, func(c catalog.ClaimInfo) bool { return !ok.has(c.Ref) }), err
}

// Conflicts returns those about what the caller may see.
func (s *Store) Conflicts(ctx context.Context, after catalog.Ref, limit int) ([]catalog.Conflict, error) {
	v, err := s.sight(ctx, catalog.MayReadEntity)
	if err != nil {
		return nil, err
	}
	if v.all() {
		return s.all.Conflicts(ctx, after, limit)
	}
	return sieve(limit, func(last *catalog.Conflict, n int) ([]catalog.Conflict, error) {
		if last != nil {
			after = last.Ref
		}
		return s.all.Conflicts(ctx, after, n)
	}, func(part []catalog.Conflict) ([]catalog.Conflict, error) {
		ok, err := s.seen(ctx, v, refsOf(part, func(c catalog.Conflict) catalog.Ref { return c.Ref }))
		return slices.DeleteFunc(part, func(c catalog.Conflict) bool { return !ok.has(c.Ref) }), err
	})
}

// Versions returns versions of what the caller may see, and might have seen
// then. Those of a deleted entity are for who may restore it.
func (s *Store) Versions(ctx context.Context, ref catalog.Ref, before int64, limit int) ([]catalog.Version, error) {
	return s.versions(ctx, limit, func(last *catalog.Version, n int) ([]catalog.Version, error) {
		if last != nil {
			before = last.Number
		}
		return s.all.Versions(ctx, ref, before, n)
	})
}

// Changes returns versions as [Store.Versions] does.
func (s *Store) Changes(ctx context.Context, after int64, limit int) ([]catalog.Version, error) {
	return s.versions(ctx, limit, func(last *catalog.Version, n int) ([]catalog.Version, error) {
		if last != nil {
			after = last.Number
		}
		return s.all.Changes(ctx, after, n)
	})
}

func (s *Store) versions(ctx context.Context, limit int, next func(*catalog.Version, int) ([]catalog.Version, error)) ([]catalog.Version, error) {
	v, err := s.sight(ctx, catalog.MayReadEntity)
	if err != nil {
		return nil, err
	}
	restore, err := s.sight(ctx, catalog.MayRestoreEntity)
	if callboard.Refused(err) {
		restore, err = sight{catalog.Any{}}, nil
	}
	if err != nil {
		return nil, err
	}
	if v.all() && restore.all() {
		return next(nil, limit)
	}
	return sieve(limit, next, func(part []catalog.Version) ([]catalog.Version, error) { return s.visible(ctx, v, restore, part) })
}

// visible returns the versions that a caller may see.
func (s *Store) visible(ctx context.Context, v, restore sight, part []catalog.Version) ([]catalog.Version, error) {
	refs := refsOf(part, func(x catalog.Version) catalog.Ref { return x.Ref })
	records, err := s.all.Records(ctx, refs)
	if err != nil {
		return nil, err
	}
	fate := map[catalog.Ref]sight{} // what the contents of its versions are held against
	for i, rec := range records {
		fate[refs[i]] = v.and(restore)
		if !rec.Found() {
			continue
		}
		e, err := rec.Entity()
		if err != nil {
			return nil, err
		}
		if fate[refs[i]] = v; !v.covers(e) {
			fate[refs[i]] = sight{catalog.Any{}}
		}
	}
	var kept []catalog.Version
	for _, x := range part {
		now, err := s.declared(fate[x.Ref], x.JSON)
		if err != nil {
			return nil, err
		}
		then, err := s.declared(fate[x.Ref], x.Previous)
		if err != nil {
			return nil, err
		}
		if now && then {
			kept = append(kept, x)
		}
	}
	return kept, nil
}

// Deleted returns deleted entities that the caller may restore.
func (s *Store) Deleted(ctx context.Context, after catalog.Ref, limit int) ([]catalog.DeletedEntity, error) {
	restore, err := s.sight(ctx, catalog.MayRestoreEntity)
	if err != nil {
		return nil, err
	}
	read, err := s.sight(ctx, catalog.MayReadEntity)
	if err != nil {
		return nil, err
	}
	v := read.and(restore)
	if v.all() {
		return s.all.Deleted(ctx, after, limit)
	}
	return sieve(limit, func(last *catalog.DeletedEntity, n int) ([]catalog.DeletedEntity, error) {
		if last != nil {
			after = last.Record.Ref
		}
		return s.all.Deleted(ctx, after, n)
	}, func(part []catalog.DeletedEntity) ([]catalog.DeletedEntity, error) {
		var kept []catalog.DeletedEntity
		for _, d := range part {
			ok, err := s.declared(v, d.Record.JSON)
			if err != nil {
				return nil, err
			}
			if ok {
				kept = append(kept, d)
			}
		}
		return kept, nil
	})
}

// Problems returns those of what the caller may see. Those of what was never
// taken in are for callers who see all.
func (s *Store) Problems(ctx context.Context, q catalog.ProblemQuery) ([]catalog.Problem, int, error) {
	v, err := s.problemSight(ctx)
	if err != nil {
		return nil, 0, err
	}
	if v.all() {
		return s.all.Problems(ctx, q)
	}
	after, limit := q.After, cmp.Or(q.Limit, catalog.DefaultLimit)
	q.After = 0
	found, err := s.problems(ctx, v, q)
	if err != nil {
		return nil, 0, err
	}
	total := len(found)
	found = slices.DeleteFunc(found, func(p catalog.Problem) bool { return p.ID <= after })
	return found[:min(limit, len(found))], total, nil
}

// ProblemCounts counts what [Store.Problems] returns.
func (s *Store) ProblemCounts(ctx context.Context, q catalog.ProblemQuery) ([]catalog.ProblemCount, error) {
	v, err := s.problemSight(ctx)
	if err != nil {
		return nil, err
	}
	if v.all() {
		return s.all.ProblemCounts(ctx, q)
	}
	q.After = 0
	found, err := s.problems(ctx, v, q)
	if err != nil {
		return nil, err
	}
	counts := map[string]*catalog.ProblemCount{}
	for _, p := range found {
		c := counts[p.Owner]
		if c == nil {
			c = &catalog.ProblemCount{Owner: p.Owner}
			counts[p.Owner] = c
		}
		if p.Severity == catalog.SeverityError {
			c.Errors++
		} else {
			c.Warnings++
		}
	}
	list := make([]catalog.ProblemCount, 0, len(counts))
	for _, c := range counts {
		list = append(list, *c)
	}
	slices.SortFunc(list, func(a, b catalog.ProblemCount) int {
		return cmp.Or(cmp.Compare(b.Errors+b.Warnings, a.Errors+a.Warnings), cmp.Compare(a.Owner, b.Owner))
	})
	return list, nil
}

func (s *Store) problemSight(ctx context.Context) (sight, error) {
	v, err := s.sight(ctx, catalog.MayReadProblem)
	if err != nil {
		return sight{}, err
	}
	read, err := s.sight(ctx, catalog.MayReadEntity)
	return v.and(read), err
}

func (s *Store) problems(ctx context.Context, v sight, q catalog.ProblemQuery) ([]catalog.Problem, error) {
	return sieve(0, func(last *catalog.Problem, n int) ([]catalog.Problem, error) {
		if last != nil {
			q.After = last.ID
		}
		q.Limit = n
		part, _, err := s.all.Problems(ctx, q)
		return part, err
	}, func(part []catalog.Problem) ([]catalog.Problem, error) {
		about := make([]catalog.Ref, len(part))
		for i, p := range part {
			if ref, err := catalog.ParseRef(p.Entity, catalog.Ref{}); err == nil {
				about[i] = ref
			}
		}
		ok, err := s.seen(ctx, v, unique(about))
		if err != nil {
			return nil, err
		}
		var kept []catalog.Problem
		for i, p := range part {
			if ok.has(about[i]) {
				kept = append(kept, p)
			}
		}
		return kept, nil
	})
}

func refsOf[T any](list []T, ref func(T) catalog.Ref) []catalog.Ref {
	refs := make([]catalog.Ref, len(list))
	for i, x := range list {
		refs[i] = ref(x)
	}
	return unique(refs)
}

func unique(refs []catalog.Ref) []catalog.Ref {
	met := map[catalog.Ref]bool{}
	var out []catalog.Ref
	for _, ref := range refs {
		if !ref.IsZero() && !met[ref] {
			met[ref] = true
			out = append(out, ref)
		}
	}
	return out
}
