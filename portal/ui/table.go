// SPDX-License-Identifier: Apache-2.0

package ui

import "time"

// Column is the head of a table's column. A page that draws its own rows
// starts its table with template "ui/thead" and a slice of columns.
type Column struct {
	Title string
	// Num aligns the column to the right with tabular figures.
	Num bool
	// SortURL makes the head a link that sorts.
	SortURL string
	// Sort is "asc" or "desc" if the rows are sorted by this column.
	Sort string
	// Hidden keeps the title for readers only: a column of buttons or stars.
	Hidden bool
}

// AriaSort returns the value of aria-sort, or "".
func (c Column) AriaSort() string {
	switch c.Sort {
	case "asc":
		return "ascending"
	case "desc":
		return "descending"
	default:
		return ""
	}
}

// Icon returns the icon of a sortable head.
func (c Column) Icon() string {
	switch c.Sort {
	case "asc":
		return "sort-asc"
	case "desc":
		return "sort-desc"
	default:
		return "sort"
	}
}

// Table is a table of plain cells. Template "ui/table". In a narrow window
// each row becomes a block in which the heads stand beside the cells.
type Table struct {
	// Caption says what the table holds; readers hear it, nobody sees it.
	Caption string
	Columns []Column
	Rows    []Row
	// Empty is drawn in place of no rows.
	Empty *Empty
}

// Row is a table's row. The first cell names it.
type Row struct {
	Cells []Cell
	// Current marks the row that the page is about.
	Current bool
}

// Cell is one of a row. What is set is drawn, in the order of the fields.
type Cell struct {
	Chip *Chip
	// Icon is the name of an icon before the text; empty has none.
	Icon string
	// Text is the content, a link if URL is set.
	Text string
	URL  string
	// Note stands beside the text, quiet: the name behind a title.
	Note string
	// Sub stands below the text, quiet, in two lines at most.
	Sub string
	// Tone colours the text.
	Tone Tone
	// Mono uses the fixed-width face; Quiet greys the text.
	Mono, Quiet bool
	// Time is drawn relative.
	Time  time.Time
	Meter *Meter
	Spark *Sparkline
	// HTML comes from a template set.
	HTML HTML
}

// Cells draws every cell with its column, in order.
func (t Table) Cells(r Row) []ColumnCell {
	out := make([]ColumnCell, 0, len(r.Cells))
	for i, c := range r.Cells {
		cc := ColumnCell{Cell: c, First: i == 0}
		if i < len(t.Columns) {
			cc.Column = t.Columns[i]
		}
		out = append(out, cc)
	}
	return out
}

// ColumnCell is a cell with the column that it stands in.
type ColumnCell struct {
	Cell
	Column Column
	First  bool
}

// Class returns the classes of the cell.
func (c ColumnCell) Class() string {
	class := ""
	if c.Column.Num {
		class += "num "
	}
	if c.Mono {
		class += "mono "
	}
	if c.Quiet {
		class += "faint "
	}
	if tone := c.Tone.Class(); tone != "" {
		class += tone + "-text"
	}
	return class
}

// Pagination leads through a list by cursors. Template "ui/pagination".
type Pagination struct {
	// Prev and Next are the URLs of the neighbouring pages; empty is none.
	Prev, Next string
	// From, To and Total count items; From 0 leaves them out, Total 0 is
	// "unknown".
	From, To, Total int
	// Text replaces the counts.
	Text string
}
