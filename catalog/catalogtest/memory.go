// SPDX-License-Identifier: Apache-2.0

package catalogtest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

// MemoryStore is a [catalog.Store] that keeps everything in memory and answers
// every question by looking at everything: slow, simple, and so the judge of
// faster ones. Make one with [NewStore].
type MemoryStore struct {
	mu        sync.RWMutex
	sources   map[catalog.SourceKey]*source
	entities  map[catalog.Ref]*entity
	versions  []catalog.Version
	locations []catalog.Location
	cursors   map[string]cursor
	serial    int64
	applies   int
}

var _ catalog.Store = (*MemoryStore)(nil)

// source is one source with what it declares.
type source struct {
	catalog.Source
	claims   []*claim
	problems []catalog.Problem
}

// claim is a source's declaration of an entity, numbered in order of arrival.
type claim struct {
	catalog.Claim
	content   json.RawMessage
	source    catalog.SourceKey
	arrival   int64
	firstSeen time.Time
}

// entity is what is, or was, served under a reference.
type entity struct {
	uid, etag  string
	content    *catalog.Entity
	json       json.RawMessage // without uid, etag and relations
	relations  []catalog.Edge
	live       bool
	orphan     bool // restored by hand, with no source
	suppressed bool
	cause      catalog.Cause // of the last change
}

// NewStore returns an empty store. It needs no closing.
func NewStore() *MemoryStore {
	return &MemoryStore{
		sources:  map[catalog.SourceKey]*source{},
		entities: map[catalog.Ref]*entity{},
		cursors:  map[string]cursor{},
	}
}

// Applies returns how often Apply was called, for tests of what is not written.
func (s *MemoryStore) Applies() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.applies
}

// Apply implements [catalog.Applier].
func (s *MemoryStore) Apply(ctx context.Context, c catalog.Change) (catalog.Applied, error) {
	prepared, err := prepare(ctx, c)
	if err != nil {
		return catalog.Applied{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.applies++
	before := len(s.versions)
	touched := map[catalog.Ref]catalog.Cause{}
	order := []catalog.Ref{}
	for i, u := range c.Sources {
		cause := c.Cause
		cause.Provider = cmp.Or(cause.Provider, u.Key.Provider)
		cause.Location = cmp.Or(cause.Location, u.Key.Location)
		for _, ref := range s.applySource(u, prepared[i], cause) {
			if _, ok := touched[ref]; !ok {
				order = append(order, ref)
			}
			touched[ref] = cause
		}
	}
	for _, ref := range order {
		cause := touched[ref]
		if claims := s.claimsOn(ref); len(claims) > 0 { // the content is the winner's
			cause.Provider = cmp.Or(c.Cause.Provider, claims[0].source.Provider)
			cause.Location = cmp.Or(c.Cause.Location, claims[0].source.Location)
		}
		s.settle(ref, cause)
	}
	return applied(s.versions[before:]), nil
}

// prepare checks a change and renders its entities, before anything is touched.
func prepare(ctx context.Context, c catalog.Change) ([][]json.RawMessage, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	all := make([][]json.RawMessage, len(c.Sources))
	for i, u := range c.Sources {
		if u.Key.Provider == "" || u.Key.Location == "" {
			return nil, fail(callboard.CodeInvalid, "a source needs a provider and a location")
		}
		all[i] = make([]json.RawMessage, len(u.Claims))
		seen := map[catalog.Ref]bool{}
		for j, cl := range u.Claims {
			if seen[cl.Ref] || cl.Ref.IsZero() || (cl.Entity == nil && !cl.Keep) {
				return nil, fail(callboard.CodeInvalid, "%s: claim %d is empty or repeated", u.Key.Location, j)
			}
			seen[cl.Ref] = true
			if cl.Keep {
				continue
			}
			b, err := json.Marshal(bare(cl.Entity))
			if err != nil {
				return nil, fmt.Errorf("catalogtest: apply %s: %w", cl.Ref, err)
			}
			all[i][j] = b
		}
	}
	return all, nil
}

// bare is the entity without what the store adds.
func bare(e *catalog.Entity) *catalog.Entity {
	c := e.Clone()
	c.Metadata.UID, c.Metadata.ETag, c.Relations = "", "", nil
	return c
}

// applySource stores what a source declares and returns the references whose
// claims that may have changed.
func (s *MemoryStore) applySource(u catalog.SourceUpdate, contents []json.RawMessage, cause catalog.Cause) []catalog.Ref {
	src := s.sources[u.Key]
	if u.Remove {
		if src == nil {
			return nil
		}
		delete(s.sources, u.Key)
		return refsOf(src.claims)
	}
	if src == nil {
		src = &source{Source: catalog.Source{Key: u.Key, FirstSeen: cause.Time}}
		s.sources[u.Key] = src
	}
	old := src.claims
	src.claims = s.mergeClaims(u, contents, old, cause.Time)
	src.Hash, src.Checked, src.Next = u.Hash, u.Checked, u.Next
	src.Claims = len(src.claims)
	s.mergeProblems(src, u.Problems, cause.Time)
	return append(refsOf(src.claims), refsOf(old)...)
}

func (s *MemoryStore) mergeClaims(u catalog.SourceUpdate, contents []json.RawMessage, old []*claim, now time.Time) []*claim {
	known := map[catalog.Ref]*claim{}
	for _, c := range old {
		known[c.Ref] = c
	}
	merged := []*claim{}
	for i, cl := range u.Claims {
		c := known[cl.Ref]
		delete(known, cl.Ref)
		switch {
		case cl.Keep && c == nil:
			continue
		case c == nil:
			c = &claim{source: u.Key, arrival: s.next(), firstSeen: now}
			fallthrough
		case !cl.Keep:
			c.Claim, c.content = cl, contents[i]
			c.Entity = bare(cl.Entity)
			c.Relations = slices.Clone(cl.Relations)
		}
		merged = append(merged, c)
	}
	if u.KeepMissing {
		for _, c := range old {
			if known[c.Ref] != nil {
				merged = append(merged, c)
			}
		}
	}
	return merged
}

// mergeProblems replaces the problems of a source; one that was there before
// keeps its identity and first time.
func (s *MemoryStore) mergeProblems(src *source, problems []catalog.Problem, now time.Time) {
	type identity struct {
		rule, message, pointer string
		document               int
	}
	of := func(p catalog.Problem) identity {
		return identity{p.Rule, p.Message, p.Pointer, p.Document}
	}
	known := map[identity]catalog.Problem{}
	for _, p := range src.problems {
		known[of(p)] = p
	}
	merged := []catalog.Problem{}
	for _, p := range problems {
		old, ok := known[of(p)]
		delete(known, of(p))
		p.ID, p.FirstSeen = old.ID, old.FirstSeen
		if !ok {
			p.ID, p.FirstSeen = s.next(), now
		}
		p.Provider = src.Key.Provider
		p.Location = cmp.Or(p.Location, src.Key.Location)
		merged = append(merged, p)
	}
	src.problems = merged
	src.Problems = len(merged)
}

// settle makes what is served under ref true to the claims on it.
func (s *MemoryStore) settle(ref catalog.Ref, cause catalog.Cause) {
	e := s.entities[ref]
	claims := s.claimsOn(ref)
	if len(claims) == 0 || (e != nil && e.suppressed) {
		if e != nil && e.live && !e.orphan {
			s.record(ref, catalog.OpDelete, nil, cause)
			e.live = false
		}
		return
	}
	win, op := claims[0], catalog.OpUpdate
	switch {
	case e == nil:
		e = &entity{uid: fmt.Sprintf("00000000-0000-4000-8000-%012x", s.next())}
		s.entities[ref] = e
		op = catalog.OpCreate
	case !e.live:
		op = catalog.OpRestore
	case string(e.json) == string(win.content) && sameEdges(e.relations, win.Relations):
		e.orphan = false
		return
	}
	s.record(ref, op, win.content, cause)
	if string(e.json) != string(win.content) {
		e.etag = fmt.Sprintf("etag-%x", s.next())
	}
	e.live, e.orphan = true, false
	e.content, e.json, e.relations = win.Entity, win.content, win.Relations
}

// sameEdges compares the edges as sets, since their order is not served.
func sameEdges(a, b []catalog.Edge) bool {
	return maps.Equal(edgeSet(a), edgeSet(b))
}

func edgeSet(edges []catalog.Edge) map[catalog.Edge]bool {
	set := map[catalog.Edge]bool{}
	for _, e := range edges {
		set[e] = true
	}
	return set
}

// record writes a version; the entity still is as before the change.
func (s *MemoryStore) record(ref catalog.Ref, op catalog.Op, now json.RawMessage, cause catalog.Cause) {
	e := s.entities[ref]
	e.cause = cause
	s.versions = append(s.versions, catalog.Version{
		Number: int64(len(s.versions) + 1), Ref: ref, Op: op, Cause: cause, JSON: now, Previous: e.json,
	})
}

// claimsOn returns every claim on ref in order of arrival.
func (s *MemoryStore) claimsOn(ref catalog.Ref) []*claim {
	found := []*claim{}
	for _, src := range s.sources {
		for _, c := range src.claims {
			if c.Ref == ref {
				found = append(found, c)
			}
		}
	}
	slices.SortFunc(found, func(a, b *claim) int { return cmp.Compare(a.arrival, b.arrival) })
	return found
}

func (s *MemoryStore) next() int64 {
	s.serial++
	return s.serial
}

func refsOf(claims []*claim) []catalog.Ref {
	refs := make([]catalog.Ref, len(claims))
	for i, c := range claims {
		refs[i] = c.Ref
	}
	return refs
}

func applied(versions []catalog.Version) catalog.Applied {
	var a catalog.Applied
	for _, v := range versions {
		a.Changes = append(a.Changes, catalog.EntityChange{Ref: v.Ref, Op: v.Op, Version: v.Number})
	}
	return a
}

// live returns the references served, in order.
func (s *MemoryStore) live() []catalog.Ref {
	refs := slices.DeleteFunc(slices.Collect(maps.Keys(s.entities)),
		func(r catalog.Ref) bool { return !s.entities[r].live })
	slices.SortFunc(refs, catalog.Ref.Compare)
	return refs
}

func fail(code callboard.Code, format string, args ...any) error {
	return &callboard.Error{Code: code, Message: fmt.Sprintf(format, args...)}
}
