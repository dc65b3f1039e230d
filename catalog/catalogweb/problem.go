// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"context"
	"fmt"
	"html/template"
	"strconv"
	"strings"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/entitypage"
	"github.com/callboard/callboard/portal/ui"
)

// problemRow is a problem as a page shows it: where, what, and how to mend it.
type problemRow struct {
	catalog.Problem
	Tone   ui.Tone
	Place  string
	Source string // where the file can be read, if a browser can
	Entity ui.Link
	Owner  ui.Link
}

func (w *Web) problemRows(n names, problems []catalog.Problem) []problemRow {
	var rows []problemRow
	for _, p := range problems {
		row := problemRow{Problem: p, Tone: ui.Bad, Place: place(p)}
		if p.Severity == catalog.SeverityWarning {
			row.Tone = ui.Warn
		}
		if at, isURL := strings.CutPrefix(p.Location, "url:"); isURL && webURL(at) {
			row.Source = at
		}
		row.Entity, row.Owner = w.refLink(n, p.Entity), w.refLink(n, p.Owner)
		row.Entity.Title = p.Entity // it may not exist, so its kind says more than a title
		rows = append(rows, row)
	}
	return rows
}

// refLink links a reference in text form; what is none is plain text.
func (w *Web) refLink(n names, text string) ui.Link {
	ref, err := catalog.ParseRef(text, catalog.Ref{})
	if err != nil {
		return ui.Link{Title: text}
	}
	return w.link(n, ref)
}

// place is location, document, line, column and pointer, as far as known.
func place(p catalog.Problem) string {
	s := p.Location
	if p.Line > 0 {
		s += ":" + strconv.Itoa(p.Line)
		if p.Column > 0 {
			s += ":" + strconv.Itoa(p.Column)
		}
	}
	if p.Document > 0 {
		s += fmt.Sprintf(", document %d", p.Document)
	}
	if p.Pointer != "" {
		s += ", at " + p.Pointer
	}
	return s
}

// problemNames reads what the problems are about and whose they are.
func (w *Web) problemNames(ctx context.Context, problems []catalog.Problem) (names, error) {
	var refs []catalog.Ref
	for _, p := range problems {
		for _, text := range []string{p.Entity, p.Owner} {
			if ref, err := catalog.ParseRef(text, catalog.Ref{}); err == nil {
				refs = append(refs, ref)
			}
		}
	}
	return w.names(ctx, refs...)
}

// problemsCard shows an entity's own problems and who else claims its name;
// without any it is left out.
func (w *Web) problemsCard(req entitypage.Request) (template.HTML, error) {
	ctx, ref := req.HTTP.Context(), req.Entity.Ref()
	problems, _, err := w.store.Problems(ctx, catalog.ProblemQuery{Ref: ref})
	if err != nil {
		return "", err
	}
	claims, err := w.store.Claims(ctx, ref)
	if err != nil {
		return "", err
	}
	card := struct {
		Rows   []problemRow
		Claims []catalog.ClaimInfo
	}{Rows: w.problemRows(names{}, problems)}
	for _, c := range claims {
		if c.Source.Location != claims[0].Source.Location {
			card.Claims = claims
		}
	}
	if len(card.Rows) == 0 && len(card.Claims) == 0 {
		return "", nil
	}
	return w.pages.Fragment(req.HTTP, "problemscard.html", card)
}

// problemsToTell returns problems for a part of a page that is about something
// else: a reader who may not see problems is told of none.
func (w *Web) problemsToTell(ctx context.Context, q catalog.ProblemQuery) ([]catalog.Problem, int, error) {
	problems, total, err := w.store.Problems(ctx, q)
	if callboard.Refused(err) {
		return nil, 0, nil
	}
	return problems, total, err
}
