// SPDX-License-Identifier: Apache-2.0

package sqlcatalog

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// link is an edge by numbers.
type link struct{ source, name, target int64 }

// linksText is the form in which a document keeps its edges.
func linksText(links []link) string {
	b := make([]byte, 1, 2+24*len(links))
	b[0] = '['
	for i, l := range links {
		for j, n := range [...]int64{l.source, l.name, l.target} {
			if i+j > 0 {
				b = append(b, ',')
			}
			b = strconv.AppendInt(b, n, 10)
		}
	}
	return string(append(b, ']'))
}

// linksOf is the reverse of linksText.
func linksOf(text string) ([]link, error) {
	inner := strings.TrimSuffix(strings.TrimPrefix(text, "["), "]")
	if inner == "" {
		return nil, nil
	}
	links := make([]link, 0, len(inner)/16)
	var numbers [3]int64
	i := 0
	for part := range strings.SplitSeq(inner, ",") {
		n, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("the edges of a document are %.80q: %w", text, err)
		}
		numbers[i%3] = n
		if i++; i%3 == 0 {
			links = append(links, link{numbers[0], numbers[1], numbers[2]})
		}
	}
	return links, nil
}

// relation is a row of catalog_relations: a link and who declares it.
type relation struct {
	link
	entity int64
}

func (a relation) compare(b relation) int {
	return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.name, b.name), cmp.Compare(a.target, b.target), cmp.Compare(a.entity, b.entity))
}

// relate brings catalog_relations to what entities declare now.
func (d *decisions) relate(ctx context.Context) error {
	if err := d.readLinks(ctx); err != nil {
		return err
	}
	var gone, added []relation
	for _, c := range d.served {
		before, after := d.links(c.before), d.links(c.after)
		for _, l := range without(before, after) {
			gone = append(gone, relation{l, c.entity.id})
		}
		for _, l := range without(after, before) {
			added = append(added, relation{l, c.entity.id})
		}
	}
	if err := d.deleteRelations(ctx, gone); err != nil {
		return err
	}
	slices.SortFunc(added, relation.compare) // neighbours in the index
	args := make([]any, 0, 4*len(added))
	for _, r := range added {
		args = append(args, r.source, r.name, r.target, r.entity)
	}
	return d.insert(ctx, `catalog_relations (source_id, name_id, target_id, entity_id)`, 4, args, "")
}

// without returns the links that are not among others.
func without(links, others []link) []link {
	if len(others) == 0 {
		return links
	}
	known := make(map[link]struct{}, len(others))
	for _, l := range others {
		known[l] = struct{}{}
	}
	return slices.DeleteFunc(slices.Clone(links), func(l link) bool {
		_, ok := known[l]
		return ok
	})
}

// links returns the edges of a document, which was read; 0 has none.
func (d *decisions) links(document int64) []link {
	if c := d.contents[document]; c != nil {
		return c.edges
	}
	return d.stored[document]
}

// readLinks reads the edges of documents that did not come with the change.
func (d *decisions) readLinks(ctx context.Context) error {
	d.stored = make(map[int64][]link)
	var ids []int64
	for _, c := range d.served {
		for _, id := range [...]int64{c.before, c.after} {
			if id != 0 && d.contents[id] == nil {
				ids = append(ids, id)
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	query := `SELECT id, edges
		FROM catalog_documents
		WHERE id` + d.in()
	return d.each(ctx, query, []any{list(d.reader, ids)}, func(rows *sql.Rows) error {
		var id int64
		var text string
		if err := rows.Scan(&id, &text); err != nil {
			return err
		}
		links, err := linksOf(text)
		d.stored[id] = links
		return err
	})
}

func (w *writer) deleteRelations(ctx context.Context, gone []relation) error {
	return chunks(gone, w.rowsAtOnce(4), func(part []relation) error {
		args := make([]any, 0, 4*len(part))
		for _, r := range part {
			args = append(args, r.source, r.name, r.target, r.entity)
		}
		const row = `(CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT))`
		return w.exec(ctx, `DELETE FROM catalog_relations
			WHERE (source_id, name_id, target_id, entity_id) IN (VALUES `+strings.Repeat(row+`, `, len(part)-1)+row+`)`, args...)
	})
}

// edgeRow is a relation as it is read.
type edgeRow struct {
	source       int64
	name, target string
}

// relationsOf returns the relations that start at the entities.
func (r reader) relationsOf(ctx context.Context, entities []int64) (map[int64][]edgeRow, error) {
	out := make(map[int64][]edgeRow, len(entities))
	query := `SELECT DISTINCT r.source_id, n.name, t.ref
		FROM catalog_relations r
		JOIN catalog_names n ON n.id = r.name_id
		JOIN catalog_entities t ON t.id = r.target_id
		WHERE r.source_id` + r.in()
	err := r.each(ctx, query, []any{list(r, entities)}, func(rows *sql.Rows) error {
		var e edgeRow
		if err := rows.Scan(&e.source, &e.name, &e.target); err != nil {
			return err
		}
		out[e.source] = append(out[e.source], e)
		return nil
	})
	return out, err
}
