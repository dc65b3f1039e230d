// SPDX-License-Identifier: Apache-2.0

package graph

import (
	"html/template"
	"strconv"
	"strings"
)

// SVG returns the drawing. Its look comes from the style sheet of portal/ui:
// put it into an element of class "graph".
func (d Drawing) SVG() template.HTML {
	var b strings.Builder
	w, h := num(d.Width), num(d.Height)
	b.WriteString(`<svg class="nodes" width="` + w + `" height="` + h + `" viewBox="0 0 ` + w + " " + h + `" role="group" aria-label="` + esc(d.label()) + `">`)
	if d.description != "" {
		b.WriteString("<desc>" + esc(d.description) + "</desc>")
	}
	b.WriteString("<g>")
	for _, r := range d.Routes {
		d.writeRoute(&b, r)
	}
	b.WriteString("</g>")
	for _, box := range d.Boxes {
		d.writeBox(&b, box)
	}
	for _, r := range d.Routes {
		if r.Label != "" {
			b.WriteString(`<text class="edge-label" aria-hidden="true" text-anchor="middle" x="` + num(r.LabelAt.X) + `" y="` + num(r.LabelAt.Y+3) + `">` + esc(r.Label) + "</text>")
		}
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

func (d Drawing) label() string {
	if d.description == "" {
		return d.title
	}
	return d.title + ". " + d.description
}

// Path returns the d attribute of a route's line.
func (d Drawing) Path(r Route) string {
	if r.From == r.To {
		p := r.Points
		return "M" + pair(p[0]) + "C" + pair(p[1]) + " " + pair(p[2]) + " " + pair(p[3])
	}
	var b strings.Builder
	b.WriteString("M" + pair(r.Points[0]))
	for i := 1; i < len(r.Points); i++ {
		a, c := r.Points[i-1], r.Points[i]
		switch {
		case i%2 == 1 || a.X == c.X || a.Y == c.Y:
			if a != c {
				b.WriteString("L" + pair(c))
			}
		default:
			k := d.curve(a, c)
			b.WriteString("C" + pair(k[1]) + " " + pair(k[2]) + " " + pair(k[3]))
		}
	}
	return b.String()
}

func (d Drawing) writeRoute(b *strings.Builder, r Route) {
	b.WriteString(`<g><title>` + esc(r.Title) + `</title><path class="edge ` + toneClass(r.Tone) + `" d="` + d.Path(r) + `"/>`)
	if r.HeadTo {
		b.WriteString(d.head(r.Points[len(r.Points)-1], r.From == r.To, false))
	}
	if r.HeadFrom {
		b.WriteString(d.head(r.Points[0], r.From == r.To, true))
	}
	b.WriteString("</g>")
}

// head returns an arrow head whose tip is p. At the end of a line it points
// along the direction; at its start, and on a loop, against it.
func (d Drawing) head(p Point, loop, start bool) string {
	back := -7.0
	if loop || start {
		back = 7
	}
	a, c := Point{p.X + back, p.Y - 3.5}, Point{p.X + back, p.Y + 3.5}
	if d.direction == TopBottom {
		a, c = Point{p.X - 3.5, p.Y + back}, Point{p.X + 3.5, p.Y + back}
	}
	return `<path class="arrow" d="M` + pair(p) + "L" + pair(a) + "L" + pair(c) + `Z"/>`
}

func (d Drawing) writeBox(b *strings.Builder, box Box) {
	n := box.Node
	class := "node " + toneClass(n.Tone)
	if n.Focus {
		class += " focus"
	}
	if n.More {
		class += " more"
	}
	class = strings.TrimSpace(strings.Join(strings.Fields(class), " "))
	open, end := `<g class="`+class+`">`, "</g>"
	if n.Href != "" {
		open, end = `<a class="`+class+`" href="`+esc(safeHref(n.Href))+`">`, "</a>"
	}
	title := n.name()
	if n.Sub != "" {
		title += ", " + n.Sub
	}
	b.WriteString(open + "<title>" + esc(title) + `</title><rect x="` + num(box.X) + `" y="` + num(box.Y) + `" width="` + num(box.W) + `" height="` + num(box.H) + `" rx="6"/>`)
	x := box.X + padding
	anchor := ""
	if n.Icon != "" && d.sprite != "" {
		b.WriteString(`<svg class="i" x="` + num(x) + `" y="` + num(box.Y+box.H/2-7) + `" width="14" height="14"><use href="` + esc(d.sprite+"#"+n.Icon) + `"/></svg>`)
		x += iconSpace
	} else {
		x, anchor = box.X+box.W/2, ` text-anchor="middle"`
	}
	y := box.Y + box.H/2 + 4
	if len(box.lines) > 1 {
		y = box.Y + 17.5
		b.WriteString(`<text class="sub"` + anchor + ` x="` + num(x) + `" y="` + num(box.Y+32.5) + `">` + esc(box.lines[1]) + "</text>")
	}
	b.WriteString(`<text` + anchor + ` x="` + num(x) + `" y="` + num(y) + `">` + esc(box.lines[0]) + "</text>" + end)
}

// safeHref lets through paths, fragments and web addresses only.
func safeHref(href string) string {
	lower := strings.ToLower(strings.TrimSpace(href))
	for _, ok := range []string{"/", "#", "?", "http://", "https://"} {
		if strings.HasPrefix(lower, ok) {
			return href
		}
	}
	return "#"
}

func toneClass(tone string) string {
	switch tone {
	case "ok", "warn", "bad", "run":
		return tone
	default:
		return ""
	}
}

func esc(s string) string { return template.HTMLEscapeString(s) }

func pair(p Point) string { return num(p.X) + " " + num(p.Y) }

func num(v float64) string {
	text := strings.TrimSuffix(strings.TrimSuffix(strconv.FormatFloat(v, 'f', 2, 64), "0"), "0")
	return strings.TrimSuffix(text, ".")
}
