// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Chart is a drawn chart with its numbers. Template "ui/chart". The charts of
// this package return one from their Chart method.
type Chart struct {
	// Title and Description are what readers who cannot see the chart hear.
	Title, Description string
	// Legend names the series, if there are several.
	Legend []string
	// Solid draws the legend as areas, for bars.
	Solid bool
	// SVG is empty if there is nothing to draw.
	SVG HTML
	// Numbers is what the chart shows, as a table.
	Numbers Table
}

// Series is a line, or the bars of one kind.
type Series struct {
	Name string
	// Values has one value for each place on the axis; NaN is a gap.
	Values []float64
	// Low and High bound a band around the line; empty has none.
	Low, High []float64
}

// Marker is an upright line at a time, such as a release.
type Marker struct {
	At    time.Time
	Label string
	Tone  Tone
}

// LineChart is a trend over time, with bands and markers.
type LineChart struct {
	Title, Description string
	// Times are the places on the axis, in order.
	Times   []time.Time
	Series  []Series
	Markers []Marker
	// Format writes a value with its unit; nil writes the number.
	Format func(float64) string
	// FromZero begins the axis at zero even if all values are far above it.
	FromZero bool
}

// The measures of a chart, in the units of its viewBox.
const (
	chartWidth  = 560.0
	chartHeight = 230.0
	plotLeft    = 52.0
	plotRight   = 548.0
	plotTop     = 16.0
	plotBottom  = 200.0
	maxSeries   = 4
)

// Chart draws the chart. Series beyond the fourth are in the numbers only.
func (c LineChart) Chart() Chart {
	out := Chart{Title: c.Title, Description: c.Description, Legend: legend(c.Series), Numbers: c.numbers()}
	lo, hi, ok := c.extent()
	if !ok || len(c.Times) == 0 {
		return out
	}
	y := newScale(lo, hi, plotBottom, plotTop)
	d := newDrawing(c.Title, c.Description)
	d.valueAxis(y, c.format())
	d.timeAxis(c.Times)
	series := c.Series[:min(len(c.Series), maxSeries)]
	p := plot{d, y, c.x, len(c.Times)}
	for i, s := range series {
		p.band(s, i)
	}
	for i, s := range series {
		p.line(s, i)
	}
	d.markers(c.Markers, c.Times)
	out.SVG = d.end()
	return out
}

func (c LineChart) format() func(float64) string {
	if c.Format != nil {
		return c.Format
	}
	return trim3
}

// x returns the place of the i-th time: times lie as far apart as they are.
func (c LineChart) x(i int) float64 { return timeX(c.Times[i], c.Times) }

func timeX(at time.Time, times []time.Time) float64 {
	first, last := times[0], times[len(times)-1]
	whole := last.Sub(first)
	if whole <= 0 {
		return (plotLeft + plotRight) / 2
	}
	return plotLeft + 6 + float64(at.Sub(first))/float64(whole)*(plotRight-plotLeft-12)
}

func (c LineChart) extent() (lo, hi float64, ok bool) {
	var all []float64
	for _, s := range c.Series[:min(len(c.Series), maxSeries)] {
		all = append(append(append(all, s.Values...), s.Low...), s.High...)
	}
	for _, v := range all {
		ok = ok || isFinite(v)
	}
	lo, hi = extent(all)
	if c.FromZero {
		lo, hi = min(lo, 0), max(hi, 0)
	}
	return lo, hi, ok
}

func (c LineChart) numbers() Table {
	t := Table{Caption: c.Title, Columns: []Column{{Title: "Time"}}}
	for _, s := range c.Series {
		t.Columns = append(t.Columns, Column{Title: s.Name, Num: true})
	}
	format := c.format()
	for i, at := range c.Times {
		row := Row{Cells: []Cell{{Text: at.UTC().Format("2 Jan 2006 15:04")}}}
		for _, s := range c.Series {
			row.Cells = append(row.Cells, Cell{Text: valueText(s, i, format)})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func valueText(s Series, i int, format func(float64) string) string {
	if i >= len(s.Values) || !isFinite(s.Values[i]) {
		return "–"
	}
	text := format(s.Values[i])
	if i < len(s.Low) && i < len(s.High) {
		text += " (" + format(s.Low[i]) + " to " + format(s.High[i]) + ")"
	}
	return text
}

func legend(series []Series) []string {
	if len(series) < 2 {
		return nil
	}
	var names []string
	for _, s := range series[:min(len(series), maxSeries)] {
		names = append(names, s.Name)
	}
	return names
}

// scale turns values into places, between round numbers.
type scale struct {
	lo, hi, step, from, to float64
}

// newScale widens lo to hi to round numbers with about four steps between.
func newScale(lo, hi, from, to float64) scale {
	if hi <= lo {
		pad := math.Max(math.Abs(lo)*.1, 1)
		lo, hi = lo-pad, hi+pad
		if lo < 0 && lo+pad >= 0 {
			lo = 0
		}
	}
	step := math.Pow(10, math.Floor(math.Log10((hi-lo)/4)))
	for _, f := range []float64{1, 2, 2.5, 5, 10} {
		if (hi-lo)/(step*f) <= 5 {
			step *= f
			break
		}
	}
	return scale{math.Floor(lo/step) * step, math.Ceil(hi/step) * step, step, from, to}
}

func (s scale) at(v float64) float64 { return s.from + (v-s.lo)/(s.hi-s.lo)*(s.to-s.from) }

func (s scale) ticks() []float64 {
	var out []float64
	for i := 0; i <= 12; i++ {
		v := s.lo + float64(i)*s.step
		if v > s.hi+s.step/2 {
			break
		}
		out = append(out, v)
	}
	return out
}

// drawing is an SVG document in the making.
type drawing struct{ b strings.Builder }

func newDrawing(title, description string) *drawing {
	return newSizedDrawing(title, description, chartHeight)
}

func newSizedDrawing(title, description string, height float64) *drawing {
	d := &drawing{}
	name := title
	if description != "" {
		name += ". " + description
	}
	d.add(`<svg viewBox="0 0 `, coord(chartWidth), " ", coord(height), `" role="img" aria-label="`, template.HTMLEscapeString(name), `">`)
	if description != "" {
		d.add("<desc>", template.HTMLEscapeString(description), "</desc>")
	}
	return d
}

func (d *drawing) add(parts ...string) {
	for _, p := range parts {
		d.b.WriteString(p)
	}
}

func (d *drawing) end() HTML {
	d.add("</svg>")
	return HTML(d.b.String())
}

func (d *drawing) text(x, y float64, class, text string) {
	d.add(`<text x="`, coord(x), `" y="`, coord(y), `"`)
	if class != "" {
		d.add(` class="`, class, `"`)
	}
	d.add(">", template.HTMLEscapeString(text), "</text>")
}

func (d *drawing) textAt(x, y float64, anchor, text string) {
	d.add(`<text x="`, coord(x), `" y="`, coord(y), `" text-anchor="`, anchor, `">`, template.HTMLEscapeString(text), "</text>")
}

func (d *drawing) valueAxis(y scale, format func(float64) string) {
	for _, v := range y.ticks() {
		d.add(`<path class="axis" d="M`, coord(plotLeft), " ", coord(y.at(v)), "H", coord(plotRight), `"/>`)
		d.textAt(plotLeft-8, y.at(v)+4, "end", format(v))
	}
}

// timeAxis writes up to six dates, or clock times within a day.
func (d *drawing) timeAxis(times []time.Time) {
	layout := "2 Jan"
	if times[len(times)-1].Sub(times[0]) <= 36*time.Hour {
		layout = "15:04"
	}
	step := max((len(times)-1+3)/4, 1)
	before := ""
	for i := 0; i < len(times); i += step {
		if text := times[i].UTC().Format(layout); text != before {
			d.textAt(timeX(times[i], times), plotBottom+20, "middle", text)
			before = text
		}
	}
}

// plot is where series are drawn: how values and indexes become places.
type plot struct {
	*drawing
	y      scale
	x      func(int) float64
	places int
}

func (p plot) line(s Series, n int) {
	p.add(`<path class="line s`, strconv.Itoa(n), `" d="`)
	pen := "M"
	for i, v := range s.Values {
		if i >= p.places {
			break
		}
		if !isFinite(v) {
			pen = "M"
			continue
		}
		p.add(pen, coord(p.x(i)), " ", coord(p.y.at(v)))
		pen = "L"
	}
	p.add(`"/>`)
}

func (p plot) band(s Series, n int) {
	var known []int
	for i := range min(len(s.Low), len(s.High), p.places) {
		if isFinite(s.Low[i]) && isFinite(s.High[i]) {
			known = append(known, i)
		}
	}
	if len(known) < 2 {
		return
	}
	p.add(`<path class="band fill s`, strconv.Itoa(n), `" d="`)
	pen := "M"
	for _, i := range known {
		p.add(pen, coord(p.x(i)), " ", coord(p.y.at(s.High[i])))
		pen = "L"
	}
	for _, i := range slices.Backward(known) {
		p.add("L", coord(p.x(i)), " ", coord(p.y.at(s.Low[i])))
	}
	p.add(`Z"/>`)
}

func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// markers draws upright lines; a label that would meet its neighbour goes one
// row down.
func (d *drawing) markers(markers []Marker, times []time.Time) {
	last, row := math.Inf(-1), 0
	for _, m := range markers {
		if m.At.Before(times[0]) || m.At.After(times[len(times)-1]) {
			continue
		}
		x := timeX(m.At, times)
		if x < last {
			row = (row + 1) % 3
		} else {
			row = 0
		}
		width := float64(len([]rune(m.Label)))*6 + 12
		last = x + width
		d.add(`<path class="mark `, m.Tone.Class(), `" d="M`, coord(x), " ", coord(plotTop), "V", coord(plotBottom), `"/>`)
		if last > plotRight {
			x -= width
		}
		d.text(x+6, plotTop+10+float64(row)*14, m.Tone.Class(), m.Label)
	}
}
