// SPDX-License-Identifier: Apache-2.0

package sqlcatalog

import (
	"context"
	"database/sql"
	"slices"
	"sync"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/sqlcatalog/catalogindex"
)

// chunkIndex is how many entities are read at once for the index.
const chunkIndex = 1000

// catchUp takes the versions before next, and later ones if there are, into the
// index. The caller holds the index's turn.
func (s *Store) catchUp(ctx context.Context, b *build, next int64) error {
	if b.next.Load() >= next {
		return nil
	}
	return s.read(ctx, "bring the index up to date", func(r reader) error {
		return r.takeIn(ctx, b, `SELECT DISTINCT entity_id
			FROM catalog_versions
			WHERE number >= ?
			ORDER BY entity_id`, b.next.Load())
	})
}

// fill takes everything that is served into an empty index.
func (r reader) fill(ctx context.Context, b *build) error {
	return r.takeIn(ctx, b, `SELECT id
		FROM catalog_entities
		WHERE state = 1
		ORDER BY id`)
}

// takeIn takes the entities that the query names into the index, as they are.
func (r reader) takeIn(ctx context.Context, b *build, query string, args ...any) error {
	var next int64
	if err := r.one(ctx, `SELECT version FROM catalog_ids WHERE one = 1`, nil, &next); err != nil {
		return err
	}
	var ids []int64
	err := r.each(ctx, query, args, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return err
	}
	if err := r.takeInAll(ctx, b, ids); err != nil {
		return err
	}
	b.next.Store(next)
	return nil
}

// takeInAll takes entities in, and reads the next while the index takes some.
func (r reader) takeInAll(ctx context.Context, b *build, ids []int64) error {
	parts := make(chan []catalogindex.Change, 1)
	var taking sync.WaitGroup
	taking.Go(func() {
		for changes := range parts {
			b.Update(changes...)
		}
	})
	defer taking.Wait()
	defer close(parts)
	known := texts{refs: make(map[int64]string), names: make(map[int64]string)}
	for part := range slices.Chunk(ids, chunkIndex) {
		changes, err := r.states(ctx, part, known)
		if err != nil {
			return err
		}
		parts <- changes
	}
	return nil
}

// texts are references and names by number.
type texts struct{ refs, names map[int64]string }

// state is an entity as it is stored.
type state struct {
	id    int64
	ref   string
	text  []byte // nil if it is not served
	links []link
}

// states returns what the entities are now.
func (r reader) states(ctx context.Context, ids []int64, known texts) ([]catalogindex.Change, error) {
	found, err := r.readStates(ctx, ids)
	if err != nil {
		return nil, err
	}
	if err := r.resolve(ctx, found, known); err != nil {
		return nil, err
	}
	out := make([]catalogindex.Change, len(found))
	abreast(len(found), func(i int) { out[i] = found[i].change(known) })
	return out, nil
}

func (r reader) readStates(ctx context.Context, ids []int64) ([]state, error) {
	found := make([]state, 0, len(ids))
	query := `SELECT e.id, e.ref, d.json, COALESCE(d.edges, '')
		FROM catalog_entities e
		LEFT JOIN catalog_documents d ON d.id = e.document_id AND e.state = 1
		WHERE e.id` + r.in()
	err := r.each(ctx, query, []any{list(r, ids)}, func(rows *sql.Rows) error {
		var s state
		var edges string
		if err := rows.Scan(&s.id, &s.ref, &s.text, &edges); err != nil {
			return err
		}
		links, err := linksOf(edges)
		s.links = links
		found = append(found, s)
		return err
	})
	return found, err
}

// resolve makes known have all that the links of states name.
func (r reader) resolve(ctx context.Context, states []state, known texts) error {
	var refs, names []int64
	want := func(id int64, known map[int64]string, list *[]int64) {
		if _, ok := known[id]; !ok {
			known[id] = ""
			*list = append(*list, id)
		}
	}
	for _, s := range states {
		known.refs[s.id] = s.ref
	}
	for _, s := range states {
		for _, l := range s.links {
			want(l.source, known.refs, &refs)
			want(l.target, known.refs, &refs)
			want(l.name, known.names, &names)
		}
	}
	if err := r.textsOf(ctx, `SELECT id, ref FROM catalog_entities WHERE id`, refs, known.refs); err != nil {
		return err
	}
	return r.textsOf(ctx, `SELECT id, name FROM catalog_names WHERE id`, names, known.names)
}

func (r reader) textsOf(ctx context.Context, query string, ids []int64, known map[int64]string) error {
	if len(ids) == 0 {
		return nil
	}
	return r.each(ctx, query+r.in(), []any{list(r, ids)}, func(rows *sql.Rows) error {
		var id int64
		var text string
		err := rows.Scan(&id, &text)
		known[id] = text
		return err
	})
}

// change returns the state in the words of the index. A document that cannot be
// read, which only damage explains, is found by its reference and hides no other.
func (s *state) change(known texts) catalogindex.Change {
	c := catalogindex.Change{Entity: indexed(s.id, s.ref)}
	if s.text == nil {
		return c
	}
	ref := refOf(s.ref)
	e, err := catalog.Record{Ref: ref, JSON: s.text}.Entity()
	if err != nil {
		e = &catalog.Entity{Kind: ref.Kind, Metadata: catalog.Metadata{Namespace: ref.Namespace, Name: ref.Name, UID: uidOf(s.ref)}}
	}
	c.Served, c.Fields = true, catalog.Flatten(e)
	c.Edges = make([]catalogindex.Edge, len(s.links))
	for i, l := range s.links {
		c.Edges[i] = catalogindex.Edge{
			Source: indexed(l.source, known.refs[l.source]), Type: known.names[l.name], Target: indexed(l.target, known.refs[l.target]),
		}
	}
	return c
}
