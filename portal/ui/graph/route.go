// SPDX-License-Identifier: Apache-2.0

package graph

import (
	"math"
	"slices"
	"strings"
)

// label returns all labels of a link, cut to fit the gap.
func (k *link) label() string {
	return fit(strings.Join(k.labels, ", "), maxLayerGap-36, labelSize)
}

// draw turns the layout into a drawing.
func (l *layout) draw(g Graph) Drawing {
	d := Drawing{
		Boxes: l.boxes, title: g.Title, description: g.Description,
		sprite: l.opts.Sprite, direction: l.opts.Direction,
	}
	for v := range l.boxes {
		l.putBox(&d.Boxes[v], l.vertices[v])
	}
	l.putLoose(&d)
	for _, k := range l.links {
		d.Routes = append(d.Routes, l.route(k, g))
	}
	for _, k := range l.loops {
		d.Routes = append(d.Routes, l.loop(k, d.Boxes[k.from], g))
	}
	if !l.opts.HideLabels {
		l.putLabels(&d)
	}
	d.measure()
	return d
}

// point turns main and cross into x and y.
func (l *layout) point(main, cross float64) Point {
	if l.opts.Direction == TopBottom {
		return Point{cross, main}
	}
	return Point{main, cross}
}

func (l *layout) putBox(b *Box, v vertex) {
	p := l.point(v.main, v.cross)
	b.X, b.Y = p.X-b.W/2, p.Y-b.H/2
}

// putLoose sets the boxes without links in rows below the rest.
func (l *layout) putLoose(d *Drawing) {
	wide, top := 480.0, margin
	loose := map[int]bool{}
	for _, v := range l.loose {
		loose[v] = true
	}
	for i, b := range d.Boxes {
		if !loose[i] {
			wide, top = max(wide, b.X+b.W), max(top, b.Y+b.H+2*nodeGap)
		}
	}
	reach := map[int]float64{} // what a loop adds to its box
	for _, k := range l.loops {
		reach[k.from] = loopReach
	}
	x, y, rowHeight := margin, top, 0.0
	for _, v := range l.loose {
		b := &d.Boxes[v]
		if x > margin && x+b.W > wide {
			x, y, rowHeight = margin, y+rowHeight+nodeGap, 0
		}
		b.X, b.Y = x, y
		x, rowHeight = x+b.W+reach[v]+nodeGap, max(rowHeight, b.H+reach[v])
	}
}

// route leads a link through its bends. From the box it runs straight to the
// edge of the layer, so that the curve lies in the gap, where no box is.
func (l *layout) route(k *link, g Graph) Route {
	r := l.newRoute(k, g)
	for i, v := range k.chain {
		at := l.vertices[v]
		low, high := l.layerEdges(at.layer)
		if i > 0 {
			r.Points = append(r.Points, l.point(low, at.cross))
		}
		switch {
		case i == 0:
			r.Points = append(r.Points, l.point(at.main+at.length/2, at.cross), l.point(high, at.cross))
		case i == len(k.chain)-1:
			r.Points = append(r.Points, l.point(at.main-at.length/2, at.cross))
		default:
			r.Points = append(r.Points, l.point(high, at.cross))
		}
	}
	l.spread(k, &r)
	return r
}

// spread moves the ends of several lines at one side of a box apart.
func (l *layout) spread(k *link, r *Route) {
	shift := func(v, other int, near []int, points ...*Point) {
		if len(near) < 2 {
			return
		}
		sorted := slices.Clone(near)
		slices.SortStableFunc(sorted, func(a, b int) int {
			switch {
			case l.vertices[a].cross < l.vertices[b].cross:
				return -1
			case l.vertices[a].cross > l.vertices[b].cross:
				return 1
			default:
				return a - b
			}
		})
		room := min(l.vertices[v].breadth-12, float64(len(near)-1)*6)
		step := room / float64(len(near)-1)
		by := math.Round((float64(slices.Index(sorted, other))*step-room/2)*2) / 2
		for _, p := range points {
			if l.opts.Direction == TopBottom {
				p.X += by
			} else {
				p.Y += by
			}
		}
	}
	n, c := len(r.Points), k.chain
	first, last := c[0], c[len(c)-1]
	shift(first, c[1], l.vertices[first].out, &r.Points[0], &r.Points[1])
	shift(last, c[len(c)-2], l.vertices[last].in, &r.Points[n-2], &r.Points[n-1])
}

func (l *layout) newRoute(k *link, g Graph) Route {
	r := Route{Edges: k.edges, From: k.from, To: k.to, HeadFrom: k.headFrom, HeadTo: k.headTo, Tone: k.tone}
	var titles []string
	for _, i := range k.edges {
		e := g.Edges[i]
		arrow := " → "
		if e.Both {
			arrow = " ↔ "
		}
		text := l.nameOf(e.From) + arrow + l.nameOf(e.To)
		if e.Label != "" {
			text = l.nameOf(e.From) + " " + e.Label + arrow + l.nameOf(e.To)
		}
		titles = append(titles, text)
	}
	r.Title = strings.Join(titles, "\n")
	if !l.opts.HideLabels {
		r.Label = k.label()
	}
	return r
}

func (l *layout) nameOf(id string) string {
	for _, b := range l.boxes {
		if b.Node.ID == id {
			return b.Node.name()
		}
	}
	return id
}

// loop draws a link from a box to itself, in the gap behind the box.
func (l *layout) loop(k *link, b Box, g Graph) Route {
	r := l.newRoute(k, g)
	if l.opts.Direction == TopBottom {
		y := b.Y + b.H
		r.Points = []Point{{b.X + b.W/2 - 8, y}, {b.X + b.W/2 - 20, y + loopReach}, {b.X + b.W/2 + 20, y + loopReach}, {b.X + b.W/2 + 8, y}}
	} else {
		x := b.X + b.W
		r.Points = []Point{{x, b.Y + b.H/2 - 7}, {x + loopReach, b.Y + b.H/2 - 18}, {x + loopReach, b.Y + b.H/2 + 18}, {x, b.Y + b.H/2 + 7}}
	}
	r.Label = ""
	return r
}

// layerEdges returns where the boxes of a layer begin and end.
func (l *layout) layerEdges(layer int) (low, high float64) {
	length := 0.0
	for _, v := range l.layers[layer] {
		length = max(length, l.vertices[v].length)
	}
	main := l.vertices[l.layers[layer][0]].main
	return main - length/2, main + length/2
}

// putLabels finds a free place for each label along the first curve of its
// line; a label without one is left to the hover text.
func (l *layout) putLabels(d *Drawing) {
	type area struct{ x, y, w, h float64 }
	var taken []area
	for i := range d.Routes {
		r := &d.Routes[i]
		if r.Label == "" || len(r.Points) < 4 {
			continue
		}
		w := textWidth(r.Label, labelSize) + 4
		free := false
		for _, t := range []float64{.5, .38, .62, .28, .72} {
			p := d.curve(r.Points[1], r.Points[2]).at(t)
			a := area{p.X - w/2, p.Y - 7, w, 14}
			free = !slices.ContainsFunc(taken, func(o area) bool {
				return a.x < o.x+o.w && o.x < a.x+a.w && a.y < o.y+o.h && o.y < a.y+a.h
			}) && !slices.ContainsFunc(d.Boxes, func(b Box) bool {
				return a.x < b.X+b.W && b.X < a.x+a.w && a.y < b.Y+b.H && b.Y < a.y+a.h
			})
			if free {
				taken, r.LabelAt = append(taken, a), p
				break
			}
		}
		if !free {
			r.Label = ""
		}
	}
}

// measure sets the size of the drawing.
func (d *Drawing) measure() {
	d.Width, d.Height = 2*margin, 2*margin
	for _, b := range d.Boxes {
		d.Width, d.Height = max(d.Width, b.X+b.W+margin), max(d.Height, b.Y+b.H+margin)
	}
	for _, r := range d.Routes {
		for _, p := range r.Points {
			d.Width, d.Height = max(d.Width, p.X+margin), max(d.Height, p.Y+margin)
		}
	}
	d.Width, d.Height = math.Ceil(d.Width), math.Ceil(d.Height)
}

// bezier is a cubic curve.
type bezier [4]Point

// curve returns the curve between two layers: it leaves and arrives along the
// direction, and stays between both.
func (d *Drawing) curve(a, b Point) bezier {
	if d.direction == TopBottom {
		m := (a.Y + b.Y) / 2
		return bezier{a, {a.X, m}, {b.X, m}, b}
	}
	m := (a.X + b.X) / 2
	return bezier{a, {m, a.Y}, {m, b.Y}, b}
}

// at returns the point at t of 0..1.
func (c bezier) at(t float64) Point {
	u := 1 - t
	mix := func(a, b, c, d float64) float64 {
		return u*u*u*a + 3*u*u*t*b + 3*u*t*t*c + t*t*t*d
	}
	return Point{mix(c[0].X, c[1].X, c[2].X, c[3].X), mix(c[0].Y, c[1].Y, c[2].Y, c[3].Y)}
}
