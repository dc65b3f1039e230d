// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"context"
	"iter"
	"net/url"
	"slices"
	"strings"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/ui"
)

// column is a column of the list, for the page and for the CSV export.
type column struct {
	id, title string
	// sort is the key in sortFields, if the column can be sorted by.
	sort string
	// always is shown whatever is chosen; standard unless others are chosen.
	always, standard bool
	// refs are what the cell names, so that it can be called by its title.
	refs func(*catalog.Entity) []catalog.Ref
	cell func(w *Web, n names, e *catalog.Entity) ui.Cell
}

func columns() []column {
	text := func(get func(*catalog.Entity) string) func(*Web, names, *catalog.Entity) ui.Cell {
		return func(_ *Web, _ names, e *catalog.Entity) ui.Cell { return ui.Cell{Text: get(e)} }
	}
	return []column{
		{id: "name", title: "Name", sort: "name", always: true, cell: nameCell},
		{id: "kind", title: "Kind", sort: "kind", standard: true, cell: func(w *Web, _ names, e *catalog.Entity) ui.Cell {
			return ui.Cell{Text: w.kindTitle(e.Kind), Sub: e.Type()}
		}},
		{id: "type", title: "Type", sort: "type", cell: text((*catalog.Entity).Type)},
		{id: "owner", title: "Owner", sort: "owner", standard: true, refs: owners, cell: refCell(owners)},
		{id: "system", title: "System", sort: "system", standard: true, refs: systems, cell: refCell(systems)},
		{id: "lifecycle", title: "Lifecycle", sort: "lifecycle", standard: true, cell: func(_ *Web, _ names, e *catalog.Entity) ui.Cell {
			if e.Lifecycle() == "" {
				return ui.Cell{}
			}
			chip := lifecycleChip(e.Lifecycle())
			return ui.Cell{Chip: &chip}
		}},
		{id: "tags", title: "Tags", cell: text(func(e *catalog.Entity) string { return strings.Join(e.Metadata.Tags, ", ") })},
		{id: "namespace", title: "Namespace", cell: text(func(e *catalog.Entity) string { return e.Ref().Namespace })},
		{id: "description", title: "Description", cell: text(func(e *catalog.Entity) string { return e.Metadata.Description })},
	}
}

// nameCell shows the name behind a title as well: titles are not unique.
func nameCell(w *Web, _ names, e *catalog.Entity) ui.Cell {
	c := ui.Cell{Icon: ui.IconName(w.kindIcon(e.Kind)), Text: e.DisplayName(), URL: w.entityURL(e.Ref()), Sub: e.Metadata.Description}
	if !strings.EqualFold(c.Text, e.Metadata.Name) {
		c.Note = e.Metadata.Name
	}
	return c
}

func owners(e *catalog.Entity) []catalog.Ref { return e.Targets(catalog.RelationOwnedBy) }

func systems(e *catalog.Entity) []catalog.Ref {
	return slices.DeleteFunc(e.Targets("partOf"), func(r catalog.Ref) bool { return r.Kind != "system" && r.Kind != "domain" })
}

// refCell shows the first of the references.
func refCell(refs func(*catalog.Entity) []catalog.Ref) func(*Web, names, *catalog.Entity) ui.Cell {
	return func(w *Web, n names, e *catalog.Entity) ui.Cell {
		all := refs(e)
		if len(all) == 0 {
			return ui.Cell{}
		}
		link := w.link(n, all[0])
		return ui.Cell{Text: link.Title, URL: link.URL}
	}
}

// lifecycleChip gives the common words their tone.
func lifecycleChip(lifecycle string) ui.Chip {
	tones := map[string]ui.Tone{"production": ui.OK, "experimental": ui.Run, "deprecated": ui.Warn}
	return ui.Chip{Tone: tones[strings.ToLower(lifecycle)], Text: lifecycle}
}

// chosenColumns returns the columns of the state, in their fixed order.
func chosenColumns(s listState) []column {
	return slices.DeleteFunc(columns(), func(c column) bool {
		if len(s.Cols) == 0 {
			return !c.always && !c.standard
		}
		return !c.always && !slices.Contains(s.Cols, c.id)
	})
}

// columnsForm lets the reader choose columns.
type columnsForm struct {
	Action  string
	Keep    []ui.Hidden
	Options []columnOption
}

type columnOption struct {
	ID, Title string
	Checked   bool
}

func (w *Web) columnsForm(s listState) columnsForm {
	f := columnsForm{Action: w.url("catalog.list")}
	without := s
	without.Cols = nil
	f.Keep = hidden(without.values())
	chosen := chosenColumns(s)
	for _, c := range columns() {
		if c.always {
			continue
		}
		f.Options = append(f.Options, columnOption{c.id, c.title, slices.ContainsFunc(chosen, func(x column) bool { return x.id == c.id })})
	}
	return f
}

func hidden(q url.Values) []ui.Hidden {
	var out []ui.Hidden
	for _, name := range slices.Sorted(mapKeys(q)) {
		for _, v := range q[name] {
			out = append(out, ui.Hidden{Name: name, Value: v})
		}
	}
	return out
}

func mapKeys(q url.Values) iter.Seq[string] {
	return func(yield func(string) bool) {
		for k := range q {
			if !yield(k) {
				return
			}
		}
	}
}

// listTable draws the entities.
func (w *Web) listTable(ctx context.Context, s listState, entities []*catalog.Entity, starred []catalog.Ref) (ui.Table, error) {
	cols := chosenColumns(s)
	n, err := w.columnNames(ctx, cols, entities)
	if err != nil {
		return ui.Table{}, err
	}
	t := ui.Table{Caption: "Entities", Empty: w.listEmpty(ctx, s)}
	for _, c := range cols {
		t.Columns = append(t.Columns, w.sortable(s, c))
	}
	for _, e := range entities {
		row := ui.Row{}
		for _, c := range cols {
			row.Cells = append(row.Cells, c.cell(w, n, e))
		}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}

func (w *Web) columnNames(ctx context.Context, cols []column, entities []*catalog.Entity) (names, error) {
	var refs []catalog.Ref
	for _, c := range cols {
		if c.refs == nil {
			continue
		}
		for _, e := range entities {
			refs = append(refs, c.refs(e)...)
		}
	}
	return w.names(ctx, refs...)
}

// sortable makes the head that sorts by the column, the other way round if it
// is sorted by it already.
func (w *Web) sortable(s listState, c column) ui.Column {
	head := ui.Column{Title: c.title}
	if c.sort == "" {
		return head
	}
	to := s
	to.Sort = c.sort
	switch {
	case s.Sort == c.sort, s.Sort == "" && c.sort == "name":
		head.Sort, to.Sort = "asc", "-"+c.sort
	case s.Sort == "-"+c.sort:
		head.Sort = "desc"
	}
	head.SortURL = withQuery(w.url("catalog.list"), to.values())
	return head
}

// csvText is a cell as text. A text that a spreadsheet would take for a
// formula is quoted, because entities come from anywhere.
func csvText(c ui.Cell) string {
	text := c.Text
	if c.Chip != nil {
		text = c.Chip.Text
	}
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		text = "'" + text
	}
	return text
}

// listEmpty says why there is nothing to see, and what to do about it.
func (w *Web) listEmpty(ctx context.Context, s listState) *ui.Empty {
	reset := &ui.Action{Label: "Show all", URL: w.url("catalog.list")}
	switch {
	case s.filtered():
		return &ui.Empty{Icon: "filter", Title: "Nothing matches", Text: "No entity has all of that. Take a filter away, or start again.", Action: reset}
	case s.View == viewStarred:
		return &ui.Empty{Icon: "star", Title: "Nothing starred yet", Text: "Star an entity on its page, and it is found here, in this browser.", Action: reset}
	case s.View == viewOwned && !callboard.IdentityFrom(ctx).SignedIn():
		return &ui.Empty{Icon: "user", Title: "Who are you?", Text: "Sign in, at the top right, and what you and your teams own is found here.", Action: reset}
	case s.View == viewOwned:
		return &ui.Empty{Icon: "users", Title: "You own nothing yet", Text: "An entity belongs to you if its spec.owner names you or a group that you are a member of.", Action: reset}
	}
	return &ui.Empty{Icon: "grid", Title: "The catalog is empty", Text: "Start the portal with files of your own:", Command: "go run ./examples/portal --catalog ./catalog-info.yaml"}
}
