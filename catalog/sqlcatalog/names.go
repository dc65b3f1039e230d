// SPDX-License-Identifier: Apache-2.0

package sqlcatalog

import (
	"context"
	"database/sql"
	"sync"
)

// nameCache remembers numbers of names, which are types of relations. None is
// ever deleted or renumbered, so what was committed once stays true, whatever
// other processes do.
type nameCache struct {
	mu    sync.RWMutex
	names map[string]int64
}

// maxNames is the most that the cache holds; when it is full it starts anew.
const maxNames = 10_000

func newNameCache() *nameCache { return &nameCache{names: make(map[string]int64)} }

// learn takes in what a transaction found, now that it is committed.
func (c *nameCache) learn(w *writer) {
	if len(w.names) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.names)+len(w.names) > maxNames {
		clear(c.names)
	}
	for name, id := range w.names {
		c.names[name] = id
	}
}

// internNames makes w.names know each name.
func (w *writer) internNames(ctx context.Context, names []string) error {
	unknown := w.unknownNames(names)
	if len(unknown) == 0 {
		return nil
	}
	query := `SELECT id, name
		FROM catalog_names
		WHERE name` + w.in()
	err := w.each(ctx, query, []any{list(w.reader, unknown)}, func(rows *sql.Rows) error {
		var id int64
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return err
		}
		w.names[name] = id
		return nil
	})
	if err != nil {
		return err
	}
	var args []any
	for _, name := range unknown {
		if w.names[name] == 0 {
			w.names[name] = take(&w.ids.name)
			args = append(args, w.names[name], name)
		}
	}
	return w.insert(ctx, `catalog_names (id, name)`, 2, args, "")
}

func (w *writer) unknownNames(names []string) []string {
	w.known.mu.RLock()
	defer w.known.mu.RUnlock()
	var unknown []string
	for _, name := range names {
		if _, ok := w.names[name]; ok {
			continue
		}
		id := w.known.names[name]
		w.names[name] = id
		if id == 0 {
			unknown = append(unknown, name)
		}
	}
	return unknown
}
