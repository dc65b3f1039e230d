// SPDX-License-Identifier: Apache-2.0

package sqlcatalog

import (
	"cmp"
	"context"
	"fmt"

	"github.com/callboard/callboard/catalog"
)

// How much of a change is worked on at a time: enough to fill statements, not
// so much that memory grows with the change.
const (
	chunkClaims   = 1000
	chunkEntities = 500
)

// Apply takes in what sources now declare, in one transaction. See
// [catalog.Applier].
func (s *Store) Apply(ctx context.Context, c catalog.Change) (catalog.Applied, error) {
	if err := check(c); err != nil || len(c.Sources) == 0 {
		return catalog.Applied{}, cmp.Or(err, ctx.Err())
	}
	var out catalog.Applied
	err := s.write(ctx, "apply change", func(w *writer) error {
		a := newApplying(w, s.causeOf(c.Cause))
		for _, part := range split(c.Sources) {
			if err := a.take(ctx, part); err != nil {
				return err
			}
		}
		changes, err := a.settle(ctx)
		out.Changes = changes
		return err
	})
	if err != nil {
		return catalog.Applied{}, err
	}
	return out, nil
}

// check refuses a change that cannot be kept.
func check(c catalog.Change) error {
	for _, u := range c.Sources {
		if u.Key.Provider == "" || u.Key.Location == "" {
			return invalid("a source needs a provider and a location")
		}
		seen := make(map[string]struct{}, len(u.Claims))
		for i, in := range u.Claims {
			ref := refText(in.Ref)
			if _, twice := seen[ref]; twice {
				return invalid(fmt.Sprintf("%s claims %s twice", u.Key.Location, ref))
			}
			if in.Ref.IsZero() || in.Entity == nil && !in.Keep {
				return invalid(fmt.Sprintf("%s: claim %d is empty", u.Key.Location, i))
			}
			seen[ref] = struct{}{}
		}
	}
	return nil
}

// causeOf completes a cause.
func (s *Store) causeOf(c catalog.Cause) catalog.Cause {
	if c.Time.IsZero() {
		c.Time = s.now()
	}
	c.Time = c.Time.UTC()
	c.Provider, c.Location = clean(c.Provider), clean(c.Location)
	c.Actor, c.Reason = clean(c.Actor), clean(c.Reason)
	return c
}

// split cuts sources into parts of some [chunkClaims] claims in which no source
// occurs twice.
func split(sources []catalog.SourceUpdate) [][]catalog.SourceUpdate {
	var parts [][]catalog.SourceUpdate
	start, claims := 0, 0
	seen := make(map[catalog.SourceKey]struct{})
	for i, u := range sources {
		_, twice := seen[u.Key]
		if i > start && (twice || claims+len(u.Claims)+1 > chunkClaims) {
			parts = append(parts, sources[start:i])
			start, claims = i, 0
			clear(seen)
		}
		seen[u.Key] = struct{}{}
		claims += len(u.Claims) + 1
	}
	return append(parts, sources[start:])
}

// applying is one change on its way into the tables.
type applying struct {
	*writer
	cause   catalog.Cause
	touched []*entity
	seen    map[int64]bool // sources
	// contents has the documents that came with the change.
	contents map[int64]*content
	// ended are the claims that the change took away.
	ended map[int64]struct{}
	// stale documents were never served, and no claim has them now.
	stale []int64
}

// content is a document that came with a change.
type content struct {
	*document
	id     int64
	entity *catalog.Entity
	edges  []link
}

func newApplying(w *writer, cause catalog.Cause) *applying {
	return &applying{
		seen:     make(map[int64]bool),
		writer:   w,
		cause:    cause,
		contents: make(map[int64]*content),
		ended:    make(map[int64]struct{}),
	}
}

// touch notes that the claims on e changed because of the source.
func (a *applying) touch(e *entity, source catalog.SourceKey) {
	e.source = source
	if !e.touched {
		e.touched = true
		a.touched = append(a.touched, e)
	}
}

// take writes what a part of the sources declares; what that means for the
// entities is left to settle.
func (a *applying) take(ctx context.Context, updates []catalog.SourceUpdate) error {
	sources, err := a.sources(ctx, updates)
	if err != nil {
		return err
	}
	stored, err := a.storedClaims(ctx, sources)
	if err != nil {
		return err
	}
	d := &declared{applying: a}
	for i := range updates {
		if err := d.compare(&updates[i], sources[i], stored[sources[i].id]); err != nil {
			return err
		}
	}
	if err := d.write(ctx); err != nil {
		return err
	}
	return a.problems(ctx, updates, sources)
}
