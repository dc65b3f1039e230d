// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"context"

	"github.com/callboard/callboard"
)

// Explain tells why the entity is as it is, or why it is not there. See the
// function [Explain].
func (s *Service) Explain(ctx context.Context, ref Ref) (Explanation, error) {
	return Explain(ctx, s.store, ref)
}

// Explain tells why the entity is as it is, or why it is not there: all that
// declare it, how it was found, what is wrong with it, and whether somebody
// deleted it. A reference that nothing is known about is [callboard.CodeNotFound].
func Explain(ctx context.Context, store Store, ref Ref) (Explanation, error) {
	var x Explanation
	records, err := store.Records(ctx, []Ref{ref})
	if err != nil {
		return x, err
	}
	x.Record = records[0]
	if x.Claims, err = store.Claims(ctx, ref); err != nil {
		return x, err
	}
	if x.Sources, err = sourcesOf(ctx, store, x.Claims); err != nil {
		return x, err
	}
	if x.Ancestors, err = ancestors(ctx, store, x.Claims); err != nil {
		return x, err
	}
	if x.Problems, _, err = store.Problems(ctx, ProblemQuery{Ref: ref, Limit: 100}); err != nil {
		return x, err
	}
	if !x.Record.Found() {
		if x.Deleted, err = deletedAt(ctx, store, ref); err != nil {
			return x, err
		}
	}
	if !x.Record.Found() && x.Deleted == nil && len(x.Claims) == 0 && len(x.Problems) == 0 {
		return x, coded(callboard.CodeNotFound, "nothing is known about %s", ref)
	}
	return x, nil
}

func sourcesOf(ctx context.Context, store SourceReader, claims []ClaimInfo) ([]Source, error) {
	sources := make([]Source, len(claims))
	for i, c := range claims {
		list, err := store.Sources(ctx, SourceQuery{
			Provider: c.Source.Provider, Parent: c.Source.Parent, Location: c.Source.Location,
		})
		if err != nil {
			return nil, err
		}
		for _, src := range list {
			if src.Key == c.Source {
				sources[i] = src
			}
		}
	}
	return sources, nil
}

// ancestors returns the Locations that led to the winner, the nearest first.
func ancestors(ctx context.Context, store SourceReader, claims []ClaimInfo) ([]Ref, error) {
	found := []Ref{}
	for len(claims) > 0 && claims[0].Source.Parent != "" && len(found) <= 2*maxFollowDepth {
		ref, err := ParseRef(claims[0].Source.Parent, Ref{})
		if err != nil {
			return found, err
		}
		found = append(found, ref)
		if claims, err = store.Claims(ctx, ref); err != nil {
			return found, err
		}
	}
	return found, nil
}

// deletedAt finds the deleted entity of that reference, or nil.
func deletedAt(ctx context.Context, store Remover, ref Ref) (*DeletedEntity, error) {
	// The reference just before: the same without the last letter, and then
	// page on; in practice it is on the first page.
	after := ref
	if n := len(after.Name); n > 0 {
		after.Name = after.Name[:n-1]
	}
	for {
		list, err := store.Deleted(ctx, after, 100)
		if err != nil {
			return nil, err
		}
		for i := range list {
			switch c := list[i].Record.Ref.Compare(ref); {
			case c == 0:
				return &list[i], nil
			case c > 0:
				return nil, nil
			}
		}
		if len(list) < 100 {
			return nil, nil
		}
		after = list[len(list)-1].Record.Ref
	}
}
