// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"encoding/json"
	"html/template"
	"net/http"
	"slices"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/ui"
)

// browseCard offers the kinds to those who come to look.
func (w *Web) browseCard(r *http.Request) (template.HTML, error) {
	kinds, err := w.kindCounts(r.Context(), nil)
	if err != nil || len(kinds) == 0 {
		return "", err
	}
	return w.pages.Fragment(r, "hometiles.html", kinds)
}

// countsCard is the same for those who have work of their own.
func (w *Web) countsCard(r *http.Request) (template.HTML, error) {
	kinds, err := w.kindCounts(r.Context(), nil)
	if err != nil || len(kinds) == 0 {
		return "", err
	}
	return w.pages.Fragment(r, "homecounts.html", kinds)
}

// myProblemsCard lists problems of what the reader owns.
func (w *Web) myProblemsCard(r *http.Request) (template.HTML, error) {
	id := callboard.IdentityFrom(r.Context())
	problems, total, err := w.store.Problems(r.Context(), catalog.ProblemQuery{Owners: id.Owns, Limit: 4})
	if err != nil {
		return "", err
	}
	body := struct {
		Rows []problemRow
		More ui.Link
	}{Rows: w.problemRows(names{}, problems)}
	if total > 0 {
		body.More = ui.Link{Title: "All " + count(total, "problem", "problems"), URL: w.url("catalog.problems") + "?owner=me"}
	}
	return w.pages.Fragment(r, "homeproblems.html", body)
}

// allProblemsCard counts what is wrong in the catalog.
func (w *Web) allProblemsCard(r *http.Request) (template.HTML, error) {
	var stats []ui.Stat
	for _, s := range []struct {
		severity    catalog.Severity
		label, note string
		tone        ui.Tone
	}{
		{catalog.SeverityError, "Errors", "not taken in", ui.Bad},
		{catalog.SeverityWarning, "Warnings", "taken in, with a flaw", ui.Warn},
	} {
		_, total, err := w.store.Problems(r.Context(), catalog.ProblemQuery{Severity: s.severity, Limit: 1})
		if err != nil {
			return "", err
		}
		stat := ui.Stat{Label: s.label, Value: count(total, "", ""), Note: s.note, URL: w.url("catalog.problems")}
		if total > 0 {
			stat.Tone = s.tone
		}
		stats = append(stats, stat)
	}
	return w.pages.Fragment(r, "homestats.html", stats)
}

// starredCard lists what the reader starred in this browser.
func (w *Web) starredCard(r *http.Request) (template.HTML, error) {
	refs := w.starred(r)
	refs = refs[:min(len(refs), homeRows)]
	if len(refs) == 0 {
		return "", nil
	}
	n, err := w.names(r.Context(), refs...)
	if err != nil {
		return "", err
	}
	var rows []homeLink
	for _, ref := range refs {
		rows = append(rows, homeLink{Icon: ui.IconName(w.kindIcon(ref.Kind)), Link: w.link(n, ref), Note: w.kindTitle(ref.Kind)})
	}
	return w.pages.Fragment(r, "homelinks.html", rows)
}

// homeLink is a line of a card.
type homeLink struct {
	Icon string
	Link ui.Link
	Note string
}

// teamsCard lists the groups that the reader is a member of.
func (w *Web) teamsCard(r *http.Request) (template.HTML, error) {
	self, err := catalog.ParseRef(callboard.IdentityFrom(r.Context()).Subject, catalog.Ref{Kind: "user"})
	if err != nil {
		return "", err
	}
	n, err := w.names(r.Context(), self)
	if err != nil || n[self] == nil {
		return "", err
	}
	teams := n[self].Targets("memberOf")
	if n, err = w.names(r.Context(), teams...); err != nil {
		return "", err
	}
	var rows []homeLink
	for _, ref := range teams {
		row := homeLink{Icon: ui.IconName(w.kindIcon(ref.Kind)), Link: w.link(n, ref), Note: "does not exist"}
		if g := n[ref]; g != nil {
			row.Note = count(len(g.Targets("hasMember")), "person", "people") + ", owns " + count(len(g.Targets("ownerOf")), "entity", "entities")
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return "", nil
	}
	return w.pages.Fragment(r, "homelinks.html", rows)
}

// changesSeen is among how many of the newest changes the reader's own are
// looked for.
const changesSeen = 100

// changesCard lists the newest changes, of what the reader owns if they said
// who they are and there are any.
func (w *Web) changesCard(r *http.Request) (template.HTML, error) {
	versions, err := w.store.Versions(r.Context(), catalog.Ref{}, 0, changesSeen)
	if err != nil || len(versions) == 0 {
		return "", err
	}
	body := changesPage{Table: ui.Table{Caption: "Recent changes", Columns: []ui.Column{{Title: "What"}, {Title: "Change"}, {Title: "Through"}, {Title: "When", Num: true}}}}
	if id := callboard.IdentityFrom(r.Context()); id.SignedIn() {
		own := slices.DeleteFunc(slices.Clone(versions), func(v catalog.Version) bool { return !owns(id, v) })
		body.Text = "Of what you own."
		if versions = own; len(own) == 0 {
			body.Text = "None of the newest changes is to something that you own."
		}
	}
	for _, v := range versions[:min(len(versions), homeRows)] {
		row, err := w.changeRow(v)
		if err != nil {
			return "", err
		}
		body.Table.Rows = append(body.Table.Rows, row)
	}
	return w.pages.Fragment(r, "homechanges.html", body)
}

// changesPage is the body of the card of changes.
type changesPage struct {
	Text  string
	Table ui.Table
}

// owns reports whether the changed entity names an owner that the reader acts for.
func owns(id callboard.Identity, v catalog.Version) bool {
	var e struct {
		Spec struct {
			Owner any `json:"owner"`
		} `json:"spec"`
	}
	content := v.JSON
	if content == nil {
		content = v.Previous
	}
	if err := json.Unmarshal(content, &e); err != nil {
		return false
	}
	name, _ := e.Spec.Owner.(string)
	owner, err := catalog.ParseRef(name, catalog.Ref{Kind: "group", Namespace: v.Ref.Namespace})
	return err == nil && slices.Contains(id.Owns, owner.String())
}

func (w *Web) changeRow(v catalog.Version) (ui.Row, error) {
	record := catalog.Record{Ref: v.Ref, JSON: v.JSON}
	if !record.Found() {
		record.JSON = v.Previous
	}
	e, err := record.Entity()
	if err != nil {
		return ui.Row{}, err
	}
	chip := opChip(v.Op)
	name := nameCell(w, nil, e)
	name.Sub = ""
	through := ui.Cell{Text: v.Cause.Reason, Quiet: true}
	for _, who := range []string{v.Cause.Actor, v.Cause.Provider} {
		if who != "" {
			through.Text += " by " + who
			break
		}
	}
	return ui.Row{Cells: []ui.Cell{name, {Chip: &chip}, through, {Time: v.Cause.Time, Quiet: true}}}, nil
}

// opChip is what happened in a word.
func opChip(op catalog.Op) ui.Chip {
	switch op {
	case catalog.OpCreate:
		return ui.Chip{Tone: ui.OK, Text: "new"}
	case catalog.OpDelete:
		return ui.Chip{Tone: ui.Bad, Text: "deleted"}
	case catalog.OpRestore:
		return ui.Chip{Tone: ui.OK, Text: "restored"}
	}
	return ui.Chip{Text: "changed"}
}
