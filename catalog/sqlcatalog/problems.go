// SPDX-License-Identifier: Apache-2.0

package sqlcatalog

import (
	"context"
	"database/sql"

	"github.com/callboard/callboard/catalog"
)

// problemRow is a stored problem.
type problemRow struct {
	source, firstSeen int64
	catalog.Problem
}

// problemKey is what makes two problems the same; n tells apart those that
// occur several times.
type problemKey struct {
	source                 int64
	rule, message, pointer string
	document, n            int
}

// problems replaces the problems of each source, keeping those that stay.
func (a *applying) problems(ctx context.Context, updates []catalog.SourceUpdate, sources []*source) error {
	stored, err := a.storedProblems(ctx, sources)
	if err != nil {
		return err
	}
	var args []any
	for i := range updates {
		if updates[i].Remove {
			continue
		}
		count := make(map[problemKey]int)
		for _, p := range updates[i].Problems {
			row := problemRow{source: sources[i].id, firstSeen: micros(a.cause.Time), Problem: cleanProblem(p)}
			k := keyOf(row)
			k.n = count[k]
			count[keyOf(row)]++
			old, ok := stored[k]
			delete(stored, k)
			if ok {
				row.ID, row.firstSeen = old.ID, old.firstSeen
			} else {
				row.ID = take(&a.ids.problem)
			}
			if !ok || row != old {
				args = append(args, problemArgs(row)...)
			}
		}
	}
	err = a.insert(ctx, `catalog_problems (id, source_id, severity, rule, message, remedy, document, line, col, pointer, entity, owner, first_seen)`, 13, args,
		`ON CONFLICT (id) DO UPDATE SET severity = excluded.severity, remedy = excluded.remedy, line = excluded.line, col = excluded.col,
			entity = excluded.entity, owner = excluded.owner`)
	if err != nil || len(stored) == 0 {
		return err
	}
	gone := make([]int64, 0, len(stored))
	for _, p := range stored {
		gone = append(gone, p.ID)
	}
	return a.exec(ctx, `DELETE FROM catalog_problems
		WHERE id`+a.in(), list(a.reader, gone))
}

func keyOf(p problemRow) problemKey {
	return problemKey{source: p.source, rule: p.Rule, message: p.Message, pointer: p.Pointer, document: p.Document}
}

// cleanProblem leaves the fields that are the source's own.
func cleanProblem(p catalog.Problem) catalog.Problem {
	return catalog.Problem{
		Severity: catalog.Severity(clean(string(p.Severity))),
		Rule:     clean(p.Rule), Message: clean(p.Message), Remedy: clean(p.Remedy),
		Document: p.Document, Line: p.Line, Column: p.Column, Pointer: clean(p.Pointer),
		Entity: clean(p.Entity), Owner: clean(p.Owner),
	}
}

func problemArgs(p problemRow) []any {
	return []any{p.ID, p.source, string(p.Severity), p.Rule, p.Message, p.Remedy, p.Document, p.Line, p.Column, p.Pointer, p.Entity, p.Owner, p.firstSeen}
}

func (a *applying) storedProblems(ctx context.Context, sources []*source) (map[problemKey]problemRow, error) {
	var ids []int64
	for _, s := range sources {
		if s.id != 0 && !s.isNew {
			ids = append(ids, s.id)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	stored := make(map[problemKey]problemRow)
	count := make(map[problemKey]int)
	query := `SELECT id, source_id, severity, rule, message, remedy, document, line, col, pointer, entity, owner, first_seen
		FROM catalog_problems
		WHERE source_id` + a.in() + `
		ORDER BY id`
	err := a.each(ctx, query, []any{list(a.reader, ids)}, func(rows *sql.Rows) error {
		var p problemRow
		err := rows.Scan(&p.ID, &p.source, &p.Severity, &p.Rule, &p.Message, &p.Remedy, &p.Document, &p.Line, &p.Column, &p.Pointer, &p.Entity, &p.Owner, &p.firstSeen)
		k := keyOf(p)
		k.n = count[k]
		count[keyOf(p)]++
		stored[k] = p
		return err
	})
	return stored, err
}

const fromProblems = ` FROM catalog_problems p JOIN catalog_sources s ON s.id = p.source_id`

// problemsWhere returns the conditions of a query, its place in the list aside.
func (s *Store) problemsWhere(q catalog.ProblemQuery) where {
	var w where
	if len(q.Owners) > 0 {
		dialect := reader{dialect: s.db.Dialect()}
		w.add(`p.owner`+dialect.in(), list(dialect, q.Owners))
	}
	if !q.Ref.IsZero() {
		w.text(`p.entity = ?`, refText(q.Ref))
	}
	w.text(`s.provider = ?`, q.Provider)
	w.text(`s.location = ?`, q.Location)
	w.text(`p.severity = ?`, string(q.Severity))
	// A file that is named twice counts once. The joined text keeps SQLite from
	// looking through all sources of the provider instead of those at the location.
	w.add(`NOT EXISTS (SELECT 1 FROM catalog_sources os
		JOIN catalog_problems o ON o.source_id = os.id
		WHERE os.location = s.location AND os.provider || '' = s.provider AND os.id <> s.id AND o.id < p.id AND o.document = p.document
			AND o.rule = p.rule AND o.pointer = p.pointer AND o.message = p.message)`)
	return w
}

func problemLimit(q catalog.ProblemQuery) int {
	if q.Limit <= 0 {
		return catalog.DefaultLimit
	}
	return q.Limit
}

// ProblemCounts counts problems by owner. Cost: the problems that match. See
// [catalog.ProblemReader].
func (s *Store) ProblemCounts(ctx context.Context, q catalog.ProblemQuery) ([]catalog.ProblemCount, error) {
	w := s.problemsWhere(q)
	query := `SELECT p.owner,
		SUM(CASE WHEN p.severity = 'warning' THEN 0 ELSE 1 END),
		SUM(CASE WHEN p.severity = 'warning' THEN 1 ELSE 0 END)` + fromProblems + w.String() + `
		GROUP BY p.owner
		ORDER BY COUNT(*) DESC, p.owner
		LIMIT ?`
	var out []catalog.ProblemCount
	err := s.read(ctx, "problem counts", func(r reader) error {
		out = nil
		return r.each(ctx, query, append(w.args, problemLimit(q)), func(rows *sql.Rows) error {
			var c catalog.ProblemCount
			err := rows.Scan(&c.Owner, &c.Errors, &c.Warnings)
			out = append(out, c)
			return err
		})
	})
	return out, err
}

// Problems returns problems in order of ID. See [catalog.ProblemReader].
func (s *Store) Problems(ctx context.Context, q catalog.ProblemQuery) ([]catalog.Problem, int, error) {
	w := s.problemsWhere(q)
	count, countArgs := `SELECT COUNT(*)`+fromProblems+w.String(), w.args
	w.add(`p.id > ?`, q.After)
	query := `SELECT p.id, p.severity, p.rule, p.message, p.remedy, p.document, p.line, p.col, p.pointer, p.entity, p.owner, p.first_seen,
		s.provider, s.location, s.checked` + fromProblems + w.String() + `
		ORDER BY p.id
		LIMIT ?`
	var out []catalog.Problem
	total := 0
	err := s.read(ctx, "problems", func(r reader) error {
		out = nil
		if err := r.one(ctx, count, countArgs, &total); err != nil {
			return err
		}
		return r.each(ctx, query, append(w.args, problemLimit(q)), func(rows *sql.Rows) error {
			p, err := scanProblem(rows)
			out = append(out, p)
			return err
		})
	})
	return out, total, err
}

func scanProblem(rows *sql.Rows) (catalog.Problem, error) {
	var p catalog.Problem
	var first, checked int64
	err := rows.Scan(&p.ID, &p.Severity, &p.Rule, &p.Message, &p.Remedy, &p.Document, &p.Line, &p.Column, &p.Pointer, &p.Entity, &p.Owner, &first,
		&p.Provider, &p.Location, &checked)
	p.FirstSeen, p.LastSeen = timeOf(first), timeOf(max(first, checked))
	return p, err
}
