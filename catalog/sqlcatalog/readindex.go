// SPDX-License-Identifier: Apache-2.0

package sqlcatalog

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/sqlcatalog/catalogindex"
)

// readIndex is the index that answers questions, from the first one on.
type readIndex struct {
	mu    sync.Mutex
	build *build // the last that was begun
}

// build is an index that is being built, and then kept up to date.
type build struct {
	*catalogindex.Index
	done chan struct{} // closed when it is built
	err  error
	// turn is held by who takes in changes.
	turn chan struct{}
	// next is the first version that the index lacks.
	next atomic.Int64
}

// built returns the index as it is, or nil while there is none.
func (x *readIndex) built() *build {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.build == nil || !x.build.ended() || x.build.err != nil {
		return nil
	}
	return x.build
}

func (b *build) ended() bool {
	select {
	case <-b.done:
		return true
	default:
		return false
	}
}

// begin returns the index, whose building it begins if need be. That goes on
// when the caller has gone, and ends with the database at the latest.
func (s *Store) begin(ctx context.Context) *build {
	s.index.mu.Lock()
	defer s.index.mu.Unlock()
	if b := s.index.build; b != nil && (!b.ended() || b.err == nil) {
		return b
	}
	b := &build{Index: catalogindex.New(), done: make(chan struct{}), turn: make(chan struct{}, 1)}
	s.index.build = b
	go func() {
		defer close(b.done)
		b.err = s.read(context.WithoutCancel(ctx), "build the index", func(r reader) error { return r.fill(context.WithoutCancel(ctx), b) })
	}()
	return b
}

// current returns the index with every change in it that was committed before
// the call, whoever made it.
func (s *Store) current(ctx context.Context) (*build, error) {
	b := s.begin(ctx)
	select {
	case <-b.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if b.err != nil {
		return nil, b.err
	}
	had := b.next.Load()
	next, err := s.nextVersion(ctx)
	switch {
	case err != nil || next == had:
		return b, err
	case next < had: // somebody put an older database in its place
		s.index.forget(b)
		return s.current(ctx)
	}
	return b, b.taking(ctx, func() error { return s.catchUp(ctx, b, next) })
}

// forget has the index built anew.
func (x *readIndex) forget(b *build) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.build == b {
		x.build = nil
	}
}

// nextVersion returns the number that the next version will have.
func (s *Store) nextVersion(ctx context.Context) (next int64, err error) {
	query := `SELECT version FROM catalog_ids WHERE one = 1`
	if s.watch != nil {
		s.watch(query, nil)
	}
	err = s.db.SQL().QueryRowContext(ctx, query).Scan(&next)
	return next, err
}

// taking runs fn while nobody else takes in changes. Whoever waits holds no
// connection, for fn may need one.
func (b *build) taking(ctx context.Context, fn func() error) error {
	select {
	case b.turn <- struct{}{}:
		defer func() { <-b.turn }()
		return fn()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// told is what a transaction does to entities, for the index.
type told struct {
	changes []heard
	// partial says that something changed whose content did not come with the
	// change, so that it must be read.
	partial bool
}

// heard is an entity and what it is served from now, or nil.
type heard struct {
	entity  *entity
	content *content
}

// tell notes what the index is to be told.
func (d *decisions) tell() {
	for _, c := range d.served {
		came := d.contents[c.after]
		d.told.changes = append(d.told.changes, heard{c.entity, came})
		d.told.partial = d.told.partial || c.after != 0 && came == nil
	}
}

// learn takes what was committed into the index. Should that fail, the next
// question does it.
func (s *Store) learn(ctx context.Context, w *writer) {
	b := s.index.built()
	from, next := w.ids.loaded[4], w.ids.version
	if b == nil || from == next {
		return
	}
	var changes []catalogindex.Change
	if !w.told.partial {
		changes = w.told.index()
	}
	_ = b.taking(ctx, func() error { //nolint:errcheck // see above
		if w.told.partial || b.next.Load() != from {
			return s.catchUp(ctx, b, next)
		}
		b.Update(changes...)
		b.next.Store(next)
		return nil
	})
}

// index returns the changes in the words of the index.
func (t *told) index() []catalogindex.Change {
	out := make([]catalogindex.Change, len(t.changes))
	abreast(len(out), func(i int) {
		h := t.changes[i]
		c := catalogindex.Change{Entity: h.entity.indexed()}
		if h.content != nil {
			e := *h.content.entity
			e.Relations, e.Metadata.UID = nil, uidOf(h.entity.ref)
			c.Served, c.Fields = true, catalog.Flatten(&e)
			c.Edges = make([]catalogindex.Edge, len(h.content.edges))
			for i, l := range h.content.edges {
				text := h.content.document.edges[i]
				c.Edges[i] = catalogindex.Edge{Source: indexed(l.source, text.source), Type: text.name, Target: indexed(l.target, text.target)}
			}
		}
		out[i] = c
	})
	return out
}

func (e *entity) indexed() catalogindex.Entity { return indexed(e.id, e.ref) }

// indexed names an entity to the index. Numbers are given out one by one, so
// that they fit.
func indexed(id int64, ref string) catalogindex.Entity {
	return catalogindex.Entity{Number: uint32(id), Ref: ref}
}

// abreast calls fn for the numbers up to n, several at once.
func abreast(n int, fn func(i int)) {
	workers := runtime.GOMAXPROCS(0)
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for i := w; i < n; i += workers {
				fn(i)
			}
		})
	}
	group.Wait()
}
