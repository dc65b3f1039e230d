// SPDX-License-Identifier: Apache-2.0

package sqlcatalog

// Watch has fn called with each query that reads from now on.
func (s *Store) Watch(fn func(query string, args []any)) { s.watch = fn }

// LookupText returns the query for entities by reference, which is prepared.
func (s *Store) LookupText() string { return s.named.text(reader{dialect: s.db.Dialect()}.in()) }

// List makes the parameter for a list of references.
func (s *Store) List(refs []string) any { return list(reader{dialect: s.db.Dialect()}, refs) }
