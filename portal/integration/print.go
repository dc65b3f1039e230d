// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/callboard/callboard/portal/ui"
)

// Print writes a view as text, for a terminal.
func (v View) Print(out io.Writer) error {
	for i, b := range v.Blocks {
		if i > 0 {
			fmt.Fprintln(out)
		}
		if b.Title != "" {
			fmt.Fprintln(out, "## "+b.Title)
		}
		if err := b.print(out); err != nil {
			return err
		}
	}
	return nil
}

func (b ViewBlock) print(out io.Writer) error {
	switch {
	case b.Status != nil:
		fmt.Fprintln(out, line(chipText(b.Status.Chip), b.Status.Note, target(b.Status.Chip.URL)))
	case b.Table != nil:
		if err := printTable(out, *b.Table); err != nil {
			return err
		}
	case b.Chart != nil:
		if err := printTable(out, b.Chart.Numbers); err != nil {
			return err
		}
	case b.Facts != nil:
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		for _, f := range b.Facts {
			fmt.Fprintf(w, "%s:\t%s\n", f.Label, factText(f))
		}
		return w.Flush()
	default:
		if len(b.Links) == 0 {
			fmt.Fprintln(out, b.Empty)
		}
		for _, l := range b.Links {
			fmt.Fprintln(out, line("- "+l.Title, target(l.URL)))
		}
	}
	if b.More != "" {
		fmt.Fprintln(out, b.More)
	}
	return nil
}

func printTable(out io.Writer, t ui.Table) error {
	if len(t.Rows) == 0 {
		if t.Empty != nil {
			fmt.Fprintln(out, t.Empty.Title)
		}
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	var heads []string
	for _, c := range t.Columns {
		heads = append(heads, c.Title)
	}
	fmt.Fprintln(w, strings.Join(heads, "\t"))
	for _, r := range t.Rows {
		var cells []string
		for _, c := range r.Cells {
			cells = append(cells, cellText(c))
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	return w.Flush()
}

func cellText(c ui.Cell) string {
	text := c.Text
	link := c.URL
	switch {
	case c.Chip != nil:
		text, link = chipText(*c.Chip), c.Chip.URL
	case !c.Time.IsZero():
		text = moment(c.Time)
	case c.Tone != ui.Neutral:
		text = line("["+string(c.Tone)+"]", text)
	}
	return line(text, c.Sub, target(link))
}

func factText(f ui.KVItem) string {
	text, link := f.Text, f.URL
	if !f.Time.IsZero() {
		text = line(moment(f.Time), text)
	}
	for _, c := range f.Chips {
		text, link = line(chipText(c), text), c.URL
	}
	return line(text, target(link))
}

func chipText(c ui.Chip) string {
	if c.Tone == ui.Neutral {
		return c.Text
	}
	return "[" + string(c.Tone) + "] " + c.Text
}

func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func target(url string) string {
	if url == "" {
		return ""
	}
	return "<" + url + ">"
}

// line joins what is there.
func line(parts ...string) string {
	var there []string
	for _, p := range parts {
		if p != "" {
			there = append(there, p)
		}
	}
	return strings.Join(there, " ")
}
