// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"math"
	"strconv"
	"time"
)

// BarChart is upright bars, one for each label; several series stand on top
// of each other.
type BarChart struct {
	Title, Description string
	Labels             []string
	Series             []Series
	// Format writes a value with its unit; nil writes the number.
	Format func(float64) string
}

// Chart draws the chart.
func (c BarChart) Chart() Chart {
	format := c.Format
	if format == nil {
		format = trim3
	}
	out := Chart{Title: c.Title, Description: c.Description, Legend: legend(c.Series), Solid: true, Numbers: c.numbers(format)}
	top := 0.0
	for i := range c.Labels {
		top = max(top, c.sum(i))
	}
	if len(c.Labels) == 0 || top == 0 {
		return out
	}
	y := newScale(0, top, plotBottom, plotTop)
	d := newDrawing(c.Title, c.Description)
	d.valueAxis(y, format)
	slot := (plotRight - plotLeft) / float64(len(c.Labels))
	width := min(slot*.7, 48)
	every := int(math.Ceil(float64(len(c.Labels)) / 12))
	for i, label := range c.Labels {
		middle := plotLeft + (float64(i)+.5)*slot
		c.stack(d, i, y, middle-width/2, width)
		if i%every == 0 {
			d.textAt(middle, plotBottom+20, "middle", label)
		}
	}
	out.SVG = d.end()
	return out
}

// stack draws the bars of one label, from the bottom up.
func (c BarChart) stack(d *drawing, i int, y scale, x, width float64) {
	base := 0.0
	for n, s := range c.Series[:min(len(c.Series), maxSeries)] {
		v := positive(s, i)
		if v == 0 {
			continue
		}
		d.add(`<rect class="fill s`, strconv.Itoa(n), `" x="`, coord(x), `" y="`, coord(y.at(base+v)),
			`" width="`, coord(width), `" height="`, coord(y.at(base)-y.at(base+v)), `"/>`)
		base += v
	}
}

func (c BarChart) sum(i int) float64 {
	total := 0.0
	for _, s := range c.Series[:min(len(c.Series), maxSeries)] {
		total += positive(s, i)
	}
	return total
}

// positive returns the i-th value; what a bar cannot show is zero.
func positive(s Series, i int) float64 {
	if i >= len(s.Values) || !(s.Values[i] > 0) || math.IsInf(s.Values[i], 0) {
		return 0
	}
	return s.Values[i]
}

func (c BarChart) numbers(format func(float64) string) Table {
	t := Table{Caption: c.Title, Columns: []Column{{Title: "Name"}}}
	for _, s := range c.Series {
		t.Columns = append(t.Columns, Column{Title: s.Name, Num: true})
	}
	for i, label := range c.Labels {
		row := Row{Cells: []Cell{{Text: label}}}
		for _, s := range c.Series {
			row.Cells = append(row.Cells, Cell{Text: valueText(s, i, format)})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// BarItem is one row of a bar list. Template "ui/bars" takes a slice of them:
// labels with values, and below each a bar in proportion.
type BarItem struct {
	Label string
	URL   string
	// Text is the value with its unit.
	Text  string
	Value float64
	Max   float64
	Tone  Tone
}

// Meter returns the item's bar.
func (b BarItem) Meter() Meter {
	tone := b.Tone
	if tone == Neutral {
		tone = Run
	}
	return Meter{Value: b.Value, Max: b.Max, Label: b.Text, Tone: tone}
}

// Part is a share of a whole.
type Part struct {
	Label string
	Value float64
	Tone  Tone
	// Text is the value with its unit; empty writes the number.
	Text string
}

// StackedBar shows how a whole is divided. Template "ui/stacked".
type StackedBar struct {
	Title string
	Parts []Part
}

// Segment is a part with its place, in per cent of the whole.
type Segment struct {
	Part
	X, Width float64
}

// Segments returns the parts that can be seen, one after the other.
func (s StackedBar) Segments() []Segment {
	total := 0.0
	for _, p := range s.Parts {
		total += max(p.Value, 0)
	}
	var out []Segment
	at := 0.0
	for _, p := range s.Parts {
		if !(p.Value > 0) || total <= 0 {
			continue
		}
		w := p.Value / total * 100
		out = append(out, Segment{p, at, w})
		at += w
	}
	return out
}

// Class returns the class that fills the segment.
func (s Segment) Class() string {
	if c := s.Tone.Class(); c != "" {
		return c
	}
	return "quiet"
}

// String returns the part's value as text.
func (p Part) String() string {
	if p.Text != "" {
		return p.Text
	}
	return trim3(p.Value)
}

// Span is one bar of a timeline.
type Span struct {
	Label    string
	From, To time.Time
	Tone     Tone
	// Text is written beside the bar, such as its duration; empty is that.
	Text string
}

// Timeline shows when things ran, beside each other.
type Timeline struct {
	Title, Description string
	Spans              []Span
	// Now ends spans that have no end; zero ends them at the last known time.
	Now time.Time
}

const (
	timelineLeft = 140.0
	timelineRow  = 26.0
)

// Chart draws the timeline.
func (t Timeline) Chart() Chart {
	out := Chart{Title: t.Title, Description: t.Description, Numbers: t.numbers()}
	from, to := t.bounds()
	if len(t.Spans) == 0 || !to.After(from) {
		return out
	}
	bottom := 8 + float64(len(t.Spans))*timelineRow
	d := newSizedDrawing(t.Title, t.Description, bottom+24)
	x := func(at time.Time) float64 {
		return timelineLeft + float64(at.Sub(from))/float64(to.Sub(from))*(plotRight-timelineLeft-70)
	}
	for i := range 5 {
		at := from.Add(to.Sub(from) * time.Duration(i) / 4)
		d.add(`<path class="axis" d="M`, coord(x(at)), " 4V", coord(bottom), `"/>`)
		d.textAt(x(at), bottom+16, "middle", "+"+FormatDuration(at.Sub(from).Round(time.Second)))
	}
	for i, s := range t.Spans {
		y := 8 + float64(i)*timelineRow
		end := t.end(s, to)
		d.text(0, y+15, "ink", clip(s.Label, 22))
		class := Segment{Part: Part{Tone: s.Tone}}.Class()
		d.add(`<rect class="fill `, class, `" rx="3" x="`, coord(x(s.From)), `" y="`, coord(y+3),
			`" width="`, coord(max(x(end)-x(s.From), 2)), `" height="16"/>`)
		d.text(x(end)+6, y+15, "", t.text(s, to))
	}
	out.SVG = d.end()
	return out
}

func (t Timeline) end(s Span, last time.Time) time.Time {
	switch {
	case !s.To.IsZero():
		return s.To
	case !t.Now.IsZero():
		return t.Now
	default:
		return last
	}
}

func (t Timeline) text(s Span, last time.Time) string {
	if s.Text != "" {
		return s.Text
	}
	return FormatDuration(t.end(s, last).Sub(s.From).Round(time.Second))
}

func (t Timeline) bounds() (from, to time.Time) {
	to = t.Now
	for i, s := range t.Spans {
		if i == 0 || s.From.Before(from) {
			from = s.From
		}
		for _, at := range []time.Time{s.From, s.To} {
			if at.After(to) {
				to = at
			}
		}
	}
	return from, to
}

func (t Timeline) numbers() Table {
	_, last := t.bounds()
	table := Table{Caption: t.Title, Columns: []Column{{Title: "What"}, {Title: "From"}, {Title: "Took", Num: true}}}
	for _, s := range t.Spans {
		table.Rows = append(table.Rows, Row{Cells: []Cell{
			{Text: s.Label}, {Text: s.From.UTC().Format("2 Jan 15:04:05")}, {Text: t.text(s, last)},
		}})
	}
	return table
}

// clip cuts text after n characters.
func clip(text string, n int) string {
	r := []rune(text)
	if len(r) <= n {
		return text
	}
	return string(r[:n-1]) + "…"
}
