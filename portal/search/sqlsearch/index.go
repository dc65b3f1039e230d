// SPDX-License-Identifier: Apache-2.0

// Package sqlsearch keeps the search index in the portal's database: on SQLite
// in FTS5, on PostgreSQL in text search vectors with a GIN index.
//
//	if err := sqlsearch.Migrate(ctx, db); err != nil { … }
//	index := sqlsearch.New(db)
//
// Both are given the same words, cut and reduced by package search, and neither
// cuts or ranks: FTS5 has a tokenizer that splits at spaces, and PostgreSQL is
// given vectors, not texts. Names that are known in part or with a typing error
// are found by their forms in a plain table, so no extension is needed.
package sqlsearch

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/callboard/callboard/portal/search"
	"github.com/callboard/callboard/portal/sqldb"
)

//go:embed migrations
var migrations embed.FS

// Migrate makes or updates the tables. Any number of replicas may call it at once.
func Migrate(ctx context.Context, db *sqldb.DB) error { return db.Migrate(ctx, "search", migrations) }

// Index is the index in a database. It is safe for concurrent use.
type Index struct {
	db *sqldb.DB

	mu sync.Mutex
	// known are words that are in the database, so that they are not written
	// again; none is ever taken out of it.
	known map[string]struct{}

	// common says how common words are, on PostgreSQL.
	common common
}

var _ search.Index = (*Index)(nil)

// New returns the index in a database that was migrated.
func New(db *sqldb.DB) *Index { return &Index{db: db, known: map[string]struct{}{}} }

// State implements [search.Index].
func (x *Index) State(ctx context.Context) (map[string]string, error) {
	out := map[string]string{}
	err := x.each(ctx, `SELECT name, state FROM search_sources`, nil, func(rows *sql.Rows) error {
		var name, state string
		err := rows.Scan(&name, &state)
		out[name] = state
		return err
	})
	return out, err
}

// Count implements [search.Index].
func (x *Index) Count(ctx context.Context) (map[string]int, error) {
	out := map[string]int{}
	err := x.each(ctx, `SELECT source, COUNT(*)
		FROM search_documents
		GROUP BY source`, nil, func(rows *sql.Rows) error {
		var name string
		var n int
		err := rows.Scan(&name, &n)
		out[name] = n
		return err
	})
	return out, err
}

// last is behind every word that begins as the text before it.
const last = "\U0010FFFF"

// Vocabulary implements [search.Index].
func (x *Index) Vocabulary(ctx context.Context, q search.WordQuery) ([]string, error) {
	query, args := wordQuery(q)
	if query == "" || q.Limit <= 0 {
		return nil, nil
	}
	var words []string
	err := x.each(ctx, query, append(args, q.Limit), func(rows *sql.Rows) error {
		var w string
		err := rows.Scan(&w)
		words = append(words, w)
		return err
	})
	return words, err
}

func wordQuery(q search.WordQuery) (query string, args []any) {
	switch {
	case len(q.Words) > 0:
		return `SELECT word
			FROM search_words
			WHERE word IN (` + sqldb.Placeholders(len(q.Words)) + `)
			ORDER BY word
			LIMIT ?`, anys(q.Words)
	case q.Prefix != "":
		return `SELECT word
			FROM search_words
			WHERE word >= ? AND word < ?
			ORDER BY word
			LIMIT ?`, []any{q.Prefix, q.Prefix + last}
	case q.Within != "":
		return `SELECT word
			FROM search_forms
			WHERE kind = 1 AND form >= ? AND form < ?
			ORDER BY form, word
			LIMIT ?`, []any{q.Within, q.Within + last}
	case len(q.Near) > 0:
		return `SELECT DISTINCT word
			FROM search_forms
			WHERE kind = 2 AND form IN (` + sqldb.Placeholders(len(q.Near)) + `)
			ORDER BY word
			LIMIT ?`, anys(q.Near)
	}
	return "", nil
}

func anys[T any](list []T) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

// Documents implements [search.Index].
func (x *Index) Documents(ctx context.Context, numbers []int64) (map[int64]search.Document, error) {
	out := make(map[int64]search.Document, len(numbers))
	if len(numbers) == 0 {
		return out, nil
	}
	err := x.each(ctx, `SELECT d.id, d.doc, d.parent, d.type, d.title, d.names, d.location, d.owner, d.more, d.text
		FROM search_documents d
		WHERE d.id IN (`+sqldb.Placeholders(len(numbers))+`)`, anys(numbers), func(rows *sql.Rows) error {
		var id int64
		var d search.Document
		var names string
		var rest []byte
		if err := rows.Scan(&id, &d.ID, &d.Parent, &d.Type, &d.Title, &names, &d.Location, &d.Owner, &rest, &d.Text); err != nil {
			return err
		}
		var m more
		err := json.Unmarshal(rest, &m)
		d.Names, d.Fields, d.Icon, d.Hint = namesOf(names), m.Fields, m.Icon, m.Hint
		out[id] = d
		return err
	})
	return out, err
}

// Named implements [search.Index].
func (x *Index) Named(ctx context.Context, key string, prefix search.Prefix, limit int) ([]search.Hit, error) {
	where, args := `k.key = ?`, []any{key}
	if prefix == search.Beginning {
		where, args = `k.key >= ? AND k.key < ?`, []any{key, key + last}
	}
	return x.hits(ctx, x.each, columns+`search_keys k
		JOIN search_documents d ON d.id = k.document_id
		WHERE `+where+`
		ORDER BY k.key, k.document_id
		LIMIT ?`, append(args, limit))
}

// Find implements [search.Index].
func (x *Index) Find(ctx context.Context, p search.Probe) ([]search.Hit, error) {
	if x.db.Dialect() == sqldb.Postgres {
		return x.findPostgres(ctx, p)
	}
	query, args := sqliteStatement(p)
	return x.hits(ctx, x.each, query, args)
}

const columns = `SELECT d.id, d.source, d.parent, d.doc, d.type, d.title, d.names
	FROM `

// reading runs a query that reads, and calls fn for each row.
type reading func(ctx context.Context, query string, args []any, fn func(*sql.Rows) error) error

// hits returns each document once.
func (x *Index) hits(ctx context.Context, each reading, query string, args []any) ([]search.Hit, error) {
	var hits []search.Hit
	seen := map[int64]bool{}
	err := each(ctx, query, args, func(rows *sql.Rows) error {
		var h search.Hit
		var names string
		if err := rows.Scan(&h.Number, &h.Source, &h.Parent, &h.ID, &h.Type, &h.Title, &names); err != nil {
			return err
		}
		if !seen[h.Number] {
			seen[h.Number] = true
			h.Names = namesOf(names)
			hits = append(hits, h)
		}
		return nil
	})
	return hits, err
}

// Names stand on a line each.
func namesOf(lines string) []string {
	if lines == "" {
		return nil
	}
	return strings.Split(lines, "\n")
}

func linesOf(names []string) string {
	lines := make([]string, len(names))
	for i, n := range names {
		lines[i] = strings.Join(strings.Fields(n), " ")
	}
	return strings.Join(lines, "\n")
}

// more is what a document has beside its columns.
type more struct {
	Icon   string              `json:"icon,omitempty"`
	Hint   string              `json:"hint,omitempty"`
	Fields map[string][]string `json:"fields,omitempty"`
}

// each is [reading] outside of a transaction. PostgreSQL plans the query anew
// each time: how common the words are decides how to find them.
func (x *Index) each(ctx context.Context, query string, args []any, fn func(*sql.Rows) error) error {
	if x.db.Dialect() == sqldb.Postgres {
		args = append([]any{pgx.QueryExecModeExec}, args...)
	}
	return sqldb.Classify(readRows(ctx, x.db.SQL(), x.db.Rebind(query), args, fn))
}

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func readRows(ctx context.Context, q querier, query string, args []any, fn func(*sql.Rows) error) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // Err has it
	for rows.Next() {
		if err := fn(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
