// SPDX-License-Identifier: Apache-2.0

package sqlsearch

import (
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/search"
	"github.com/callboard/callboard/portal/sqldb"
)

const (
	// maxKnown bounds how many words are remembered.
	maxKnown = 300_000
	// maxParams and maxParamsLite are how many parameters a statement has at
	// most. The driver of SQLite looks for each among all.
	maxParams, maxParamsLite = 10_000, 400
	// manyParents is from how many parents on a batch is of a listing.
	manyParents = 100
	// maxPosition is the last position that PostgreSQL knows in a text.
	maxPosition = 16_383
	// maxPositions is how often it keeps where a word stands.
	maxPositions = 255
)

// Apply implements [search.Index].
func (x *Index) Apply(ctx context.Context, b search.Batch) error {
	var words []string
	err := x.db.InTx(ctx, func(tx *sql.Tx) error {
		w := &writer{Index: x, tx: tx, batch: b}
		if err := w.advance(ctx); err != nil {
			return err
		}
		if err := w.pend(ctx); err != nil {
			return err
		}
		if err := w.replace(ctx); err != nil {
			return err
		}
		words = w.words
		return w.sweep(ctx)
	})
	if err == nil {
		x.remember(words, b.Sweep)
	}
	return err
}

// remember notes words that are in the database now. When a listing has ended
// there is little to remember them for.
func (x *Index) remember(words []string, ended bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if ended || len(x.known) > maxKnown {
		x.known = map[string]struct{}{}
	}
	for _, w := range words {
		x.known[w] = struct{}{}
	}
}

// writer is a batch on its way into the tables.
type writer struct {
	*Index
	tx    *sql.Tx
	batch search.Batch
	// words are new, with their forms.
	words []string
}

// advance moves the source's state, if it is what the batch goes on from.
func (w *writer) advance(ctx context.Context) error {
	if err := w.exec(ctx, `INSERT INTO search_sources (name, state) VALUES (?, '')
		ON CONFLICT (name) DO NOTHING`, w.batch.Source); err != nil {
		return err
	}
	res, err := w.tx.ExecContext(ctx, w.db.Rebind(`UPDATE search_sources
		SET state = ?
		WHERE name = ? AND state = ?`), w.batch.To, w.batch.Source, w.batch.From)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return &callboard.Error{Code: callboard.CodeConflict, Message: "the index of " + w.batch.Source + " was brought up to date by somebody else"}
}

// pend says how much may be pending in PostgreSQL's index of tokens: every
// question reads it, so it is little, but in a listing, whose many documents are
// taken in faster together.
func (w *writer) pend(ctx context.Context) error {
	if w.db.Dialect() != sqldb.Postgres {
		return nil
	}
	limit := `64kB`
	if len(w.batch.Replace) >= manyParents {
		limit = `8MB`
	}
	return w.exec(ctx, `SET LOCAL gin_pending_list_limit = '`+limit+`'`)
}

// stored is a document as the tables have it.
type stored struct {
	id   int64
	hash string
}

// replace writes what differs from what there is.
func (w *writer) replace(ctx context.Context) error {
	if len(w.batch.Replace) == 0 {
		return nil
	}
	had, err := w.stored(ctx)
	if err != nil {
		return err
	}
	var fresh []search.Entry
	var same, gone []int64
	changed := map[string]int64{}
	for _, r := range w.batch.Replace {
		for _, e := range r.Entries {
			old, ok := had[e.ID]
			delete(had, e.ID)
			switch {
			case ok && old.hash == e.Hash:
				same = append(same, old.id)
				continue
			case ok:
				gone = append(gone, old.id)
				changed[e.ID] = old.id
			}
			fresh = append(fresh, e)
		}
	}
	for _, old := range had {
		gone = append(gone, old.id)
	}
	if err := w.keep(ctx, same); err != nil {
		return err
	}
	if err := w.remove(ctx, gone); err != nil {
		return err
	}
	return w.insert(ctx, fresh, changed)
}

// stored returns the documents of the batch's parents, and those that have one
// of its IDs under another parent.
func (w *writer) stored(ctx context.Context) (map[string]stored, error) {
	var parents, ids []string
	for _, r := range w.batch.Replace {
		parents = append(parents, r.Parent)
		for _, e := range r.Entries {
			ids = append(ids, e.ID)
		}
	}
	had := map[string]stored{}
	for _, by := range []struct {
		column string
		values []string
	}{{"parent", parents}, {"doc", ids}} {
		for part := range slices.Chunk(by.values, w.params()) {
			err := w.read(ctx, `SELECT id, doc, hash
				FROM search_documents
				WHERE source = ? AND `+by.column+` IN (`+sqldb.Placeholders(len(part))+`)`, append([]any{w.batch.Source}, anys(part)...), func(rows *sql.Rows) error {
				var s stored
				var doc string
				err := rows.Scan(&s.id, &doc, &s.hash)
				had[doc] = s
				return err
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return had, nil
}

// keep notes that the round has documents as they are.
func (w *writer) keep(ctx context.Context, ids []int64) error {
	return w.chunks(ids, func(part []int64) error {
		return w.exec(ctx, `UPDATE search_documents
			SET round = ?
			WHERE id IN (`+sqldb.Placeholders(len(part))+`)`, append([]any{w.batch.Round}, anys(part)...)...)
	})
}

// remove takes documents out of every table. Words stay: nobody is shown them.
func (w *writer) remove(ctx context.Context, ids []int64) error {
	statements := []string{
		`DELETE FROM search_documents WHERE id IN `,
		`DELETE FROM search_keys WHERE document_id IN `,
	}
	if w.db.Dialect() == sqldb.SQLite {
		statements = append(statements, `DELETE FROM search_tokens WHERE rowid IN `)
	}
	return w.chunks(ids, func(part []int64) error {
		for _, s := range statements {
			if err := w.exec(ctx, s+`(`+sqldb.Placeholders(len(part))+`)`, anys(part)...); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *writer) chunks(ids []int64, fn func(part []int64) error) error {
	for part := range slices.Chunk(ids, w.params()) {
		if err := fn(part); err != nil {
			return err
		}
	}
	return nil
}

// sweep removes what the round did not bring.
func (w *writer) sweep(ctx context.Context) error {
	if !w.batch.Sweep {
		return nil
	}
	var ids []int64
	err := w.read(ctx, `SELECT id
		FROM search_documents
		WHERE source = ? AND round <> ?`, []any{w.batch.Source, w.batch.Round}, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return err
	}
	if err := w.remove(ctx, ids); err != nil {
		return err
	}
	if w.db.Dialect() != sqldb.Postgres {
		return w.exec(ctx, `INSERT INTO search_tokens (search_tokens) VALUES ('optimize')`)
	}
	for _, tidy := range []string{
		`SELECT gin_clean_pending_list('search_documents_tokens')`, `ANALYZE search_documents`, `ANALYZE search_keys`, `ANALYZE search_words`, `ANALYZE search_forms`,
	} {
		if err := w.exec(ctx, tidy); err != nil {
			return err
		}
	}
	return nil
}

// insert adds documents; one that changed keeps its number.
func (w *writer) insert(ctx context.Context, entries []search.Entry, changed map[string]int64) error {
	numbers, err := w.insertDocuments(ctx, entries, changed)
	if err != nil {
		return err
	}
	var keys, tokens [][]any
	words, forms := map[string]struct{}{}, map[search.Form]struct{}{}
	for _, e := range entries {
		id := numbers[e.ID]
		for _, k := range e.Keys {
			keys = append(keys, []any{k, id})
		}
		if w.db.Dialect() == sqldb.SQLite {
			tokens = append(tokens, []any{id, strings.Join(e.NameWords, " "), strings.Join(e.Body, " "), strings.Join(e.Facts, " ")})
		}
		w.collect(&e, words, forms)
	}
	if err := w.rows(ctx, `INSERT INTO search_keys (key, document_id) VALUES `, keys); err != nil {
		return err
	}
	if err := w.rows(ctx, `INSERT INTO search_tokens (rowid, names, body, facts) VALUES `, tokens); err != nil {
		return err
	}
	return w.insertWords(ctx, words, forms)
}

func (w *writer) insertDocuments(ctx context.Context, entries []search.Entry, changed map[string]int64) (map[string]int64, error) {
	numbers := map[string]int64{}
	next, err := w.numbers(ctx, len(entries)-len(changed))
	if err != nil {
		return nil, err
	}
	head, vectors := `INSERT INTO search_documents (id, source, parent, doc, type, title, names, location, owner, more, hash, round, text`, w.db.Dialect() == sqldb.Postgres
	if vectors {
		head += `, named, body, facts) OVERRIDING SYSTEM VALUE VALUES `
	} else {
		head += `) VALUES `
	}
	rows := make([][]any, 0, len(entries))
	for _, e := range entries {
		id, ok := changed[e.ID]
		if !ok {
			id, next = next[0], next[1:]
		}
		numbers[e.ID] = id
		rest, err := json.Marshal(more{e.Icon, e.Hint, e.Fields})
		if err != nil {
			return nil, err
		}
		row := []any{id, e.Source, e.Parent, e.ID, e.Type, e.Title, linesOf(e.Names), e.Location, e.Owner, string(rest), e.Hash, w.batch.Round, e.Text}
		if vectors {
			row = append(row, vector(e.NameWords), vector(e.Body), vector(e.Facts))
		}
		rows = append(rows, row)
	}
	return numbers, w.rows(ctx, head, rows)
}

// numbers returns n numbers that no document has.
func (w *writer) numbers(ctx context.Context, n int) ([]int64, error) {
	query, arg := `SELECT COALESCE(MAX(id), 0) FROM search_documents`, []any(nil)
	if w.db.Dialect() == sqldb.Postgres {
		query, arg = `SELECT nextval(pg_get_serial_sequence('search_documents', 'id')) FROM generate_series(1, CAST(? AS bigint))`, []any{n}
	}
	var out []int64
	err := w.read(ctx, query, arg, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		out = append(out, id)
		return err
	})
	if err != nil || w.db.Dialect() == sqldb.Postgres {
		return out, err
	}
	first := out[0]
	out = out[:0]
	for i := range n {
		out = append(out, first+int64(i)+1)
	}
	return out, nil
}

// vector writes words with their positions as PostgreSQL reads a vector.
func vector(words []string) string {
	at := map[string][]string{}
	for i, word := range words {
		if len(at[word]) < maxPositions {
			at[word] = append(at[word], strconv.Itoa(min(i+1, maxPosition)))
		}
	}
	var b strings.Builder
	for _, word := range slices.Sorted(maps.Keys(at)) {
		b.WriteString(postgresQuote(word))
		b.WriteByte(':')
		b.WriteString(strings.Join(at[word], ","))
		b.WriteByte(' ')
	}
	return b.String()
}

// collect gathers the words that may be new.
func (w *writer) collect(e *search.Entry, words map[string]struct{}, forms map[search.Form]struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, word := range e.Vocabulary {
		if _, ok := w.known[word]; !ok {
			words[word] = struct{}{}
		}
	}
	for _, f := range e.Forms {
		if _, ok := w.known[formed+f.Word]; !ok {
			forms[f] = struct{}{}
		}
	}
}

// formed begins a word that is known with its forms.
const formed = "\x00"

// insertWords adds words and forms, sorted, so that replicas never wait for each
// other in a circle.
func (w *writer) insertWords(ctx context.Context, words map[string]struct{}, forms map[search.Form]struct{}) error {
	var rows [][]any
	for _, word := range slices.Sorted(maps.Keys(words)) {
		rows = append(rows, []any{word})
		w.words = append(w.words, word)
	}
	if err := w.rowsUnless(ctx, `INSERT INTO search_words (word) VALUES `, rows); err != nil {
		return err
	}
	list := slices.SortedFunc(maps.Keys(forms), func(a, b search.Form) int {
		if a.Kind != b.Kind {
			return int(a.Kind - b.Kind)
		}
		if c := strings.Compare(a.Text, b.Text); c != 0 {
			return c
		}
		return strings.Compare(a.Word, b.Word)
	})
	rows = nil
	for _, f := range list {
		rows = append(rows, []any{int(f.Kind), f.Text, f.Word})
		w.words = append(w.words, formed+f.Word)
	}
	return w.rowsUnless(ctx, `INSERT INTO search_forms (kind, form, word) VALUES `, rows)
}

func (w *writer) rows(ctx context.Context, head string, rows [][]any) error {
	return w.insertRows(ctx, head, rows, "")
}

// rowsUnless leaves out rows that are there.
func (w *writer) rowsUnless(ctx context.Context, head string, rows [][]any) error {
	return w.insertRows(ctx, head, rows, ` ON CONFLICT DO NOTHING`)
}

func (w *writer) insertRows(ctx context.Context, head string, rows [][]any, tail string) error {
	if len(rows) == 0 {
		return nil
	}
	width := len(rows[0])
	row := "(" + sqldb.Placeholders(width) + ")"
	for part := range slices.Chunk(rows, max(1, w.params()/width)) {
		var args []any
		for _, r := range part {
			args = append(args, r...)
		}
		if err := w.exec(ctx, head+strings.Repeat(row+", ", len(part)-1)+row+tail, args...); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) params() int {
	if w.db.Dialect() == sqldb.Postgres {
		return maxParams
	}
	return maxParamsLite
}

func (w *writer) exec(ctx context.Context, query string, args ...any) error {
	_, err := w.tx.ExecContext(ctx, w.db.Rebind(query), args...)
	return err
}

func (w *writer) read(ctx context.Context, query string, args []any, fn func(*sql.Rows) error) error {
	return readRows(ctx, w.tx, w.db.Rebind(query), args, fn)
}
