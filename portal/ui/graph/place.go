// SPDX-License-Identifier: Apache-2.0

package graph

import "math"

const (
	margin      = 12.0 // around the drawing
	nodeGap     = 16.0 // between boxes of a layer
	bendGap     = 10.0 // between a bend and its neighbour
	bendBreadth = 2.0
	minLayerGap = 56.0 // between layers, more for labels
	maxLayerGap = 150.0
	loopReach   = 26.0 // of a line from a box to itself
	rounds      = 12   // of the placement, a fixed number
)

// place gives each vertex its coordinates.
func (l *layout) place() {
	l.placeMain()
	for _, layer := range l.layers {
		l.pack(layer)
	}
	for i := range rounds {
		l.align(i%2 == 0)
	}
	l.shiftToOrigin()
}

// placeMain sets the layers behind each other, as far apart as the longest
// label between them needs.
func (l *layout) placeMain() {
	gaps := make([]float64, len(l.layers))
	for i := range gaps {
		gaps[i] = minLayerGap
	}
	for _, k := range l.links {
		at := l.vertices[k.from].layer
		if w := l.labelLength(k); w > 0 {
			gaps[at] = min(max(gaps[at], w+36), maxLayerGap)
		}
	}
	main := 0.0
	for i, layer := range l.layers {
		length := 0.0
		for _, v := range layer {
			length = max(length, l.vertices[v].length)
		}
		for _, v := range layer {
			l.vertices[v].main = main + length/2
		}
		main += length + gaps[i]
	}
}

// labelLength returns how much of the gap a link's label takes.
func (l *layout) labelLength(k *link) float64 {
	if l.opts.HideLabels || len(k.labels) == 0 {
		return 0
	}
	if l.opts.Direction == TopBottom {
		return labelSize
	}
	return textWidth(k.label(), labelSize)
}

// pack puts the vertices of a layer side by side.
func (l *layout) pack(layer []int) {
	at := 0.0
	for i, v := range layer {
		if i > 0 {
			at += l.separation(layer[i-1], v)
		}
		l.vertices[v].cross = at
	}
}

// separation returns the least distance between the middles of neighbours.
func (l *layout) separation(u, v int) float64 {
	a, b := l.vertices[u], l.vertices[v]
	gap := nodeGap
	if a.box < 0 || b.box < 0 {
		gap = bendGap
	}
	return (a.breadth+b.breadth)/2 + gap
}

// align moves each layer towards its neighbours before (forward) or after it.
func (l *layout) align(forward bool) {
	n := len(l.layers)
	for i := range n {
		at := i
		if !forward {
			at = n - 1 - i
		}
		l.alignLayer(l.layers[at], forward)
	}
}

// block is a run of vertices that touch, in the solution of alignLayer.
type block struct {
	sum, weight float64
	count       int
}

// alignLayer finds the positions nearest to the wished ones (in least squares)
// that keep the order and the distances: the distances are taken out, and what
// remains is the isotonic regression, solved by pooling adjacent violators.
func (l *layout) alignLayer(layer []int, forward bool) {
	offsets := make([]float64, len(layer))
	var blocks []block
	for i, v := range layer {
		if i > 0 {
			offsets[i] = offsets[i-1] + l.separation(layer[i-1], v)
		}
		wish, weight := l.wish(v, forward)
		blocks = append(blocks, block{(wish - offsets[i]) * weight, weight, 1})
		for n := len(blocks); n > 1 && blocks[n-2].sum/blocks[n-2].weight > blocks[n-1].sum/blocks[n-1].weight; n-- {
			blocks[n-2].sum += blocks[n-1].sum
			blocks[n-2].weight += blocks[n-1].weight
			blocks[n-2].count += blocks[n-1].count
			blocks = blocks[:n-1]
		}
	}
	i := 0
	for _, b := range blocks {
		for range b.count {
			l.vertices[layer[i]].cross = b.sum/b.weight + offsets[i]
			i++
		}
	}
}

// wish returns where a vertex would stand best and how much that counts. A
// bend counts more: long lines shall be straight.
func (l *layout) wish(v int, forward bool) (at, weight float64) {
	near := l.vertices[v].in
	if !forward {
		near = l.vertices[v].out
	}
	if len(near) == 0 {
		return l.vertices[v].cross, .1
	}
	weight = float64(len(near))
	for _, u := range near {
		at += l.vertices[u].cross
		if l.vertices[v].box < 0 && l.vertices[u].box < 0 {
			weight += 8
		}
	}
	return at / float64(len(near)), weight
}

// shiftToOrigin moves everything into view and rounds to half a pixel, which
// keeps lines crisp and the result the same on all machines.
func (l *layout) shiftToOrigin() {
	low := math.Inf(1)
	for _, layer := range l.layers {
		for _, v := range layer {
			low = min(low, l.vertices[v].cross-l.vertices[v].breadth/2)
		}
	}
	for _, layer := range l.layers {
		for i, v := range layer {
			at := math.Round((l.vertices[v].cross-low+margin)*2) / 2
			if i > 0 {
				before := layer[i-1]
				at = max(at, math.Ceil((l.vertices[before].cross+l.separation(before, v))*2)/2)
			}
			l.vertices[v].cross = at
			l.vertices[v].main = math.Round((l.vertices[v].main+margin)*2) / 2
		}
	}
}
