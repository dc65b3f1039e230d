// SPDX-License-Identifier: Apache-2.0

package graph

// vertex is a box or a bend of a long line. In the layout, main runs along
// the direction and cross across it; the drawing turns them into x and y.
type vertex struct {
	box         int // index of the box, or -1 for a bend
	layer       int
	length      float64 // size along the direction
	breadth     float64 // size across it
	main, cross float64 // the middle
	in, out     []int
}

// link is what all edges between two boxes become. from and to are in the
// order of the layers once cycles are broken; a loop has both the same.
type link struct {
	from, to int // boxes
	edges    []int
	// heads says where the arrows stand, in terms of from and to.
	headFrom, headTo bool
	labels           []string
	tone             string
	reversed         bool
	chain            []int // vertices from from to to, both included
}

// layout is the state of one run.
type layout struct {
	opts     Options
	boxes    []Box
	links    []*link
	loops    []*link
	vertices []vertex
	layers   [][]int // vertices of each layer, in order
	loose    []int   // boxes without any link
}

// newLayout indexes the nodes and gathers the edges between each pair.
func newLayout(g Graph, o Options) *layout {
	l := &layout{opts: o}
	index := map[string]int{}
	add := func(n Node) int {
		if i, ok := index[n.ID]; ok {
			return i
		}
		index[n.ID] = len(l.boxes)
		l.boxes = append(l.boxes, newBox(n, o))
		return len(l.boxes) - 1
	}
	for _, n := range g.Nodes {
		add(n)
	}
	pairs := map[[2]int]*link{}
	for i, e := range g.Edges {
		l.connect(pairs, add(Node{ID: e.From}), add(Node{ID: e.To}), i, e)
	}
	return l
}

func (l *layout) connect(pairs map[[2]int]*link, from, to, i int, e Edge) {
	k, ok := pairs[[2]int{from, to}]
	turned := false
	if !ok {
		k, turned = pairs[[2]int{to, from}]
	}
	if k == nil {
		k = &link{from: from, to: to}
		pairs[[2]int{from, to}] = k
		if from == to {
			l.loops = append(l.loops, k)
		} else {
			l.links = append(l.links, k)
		}
	}
	k.edges = append(k.edges, i)
	k.headTo = k.headTo || !turned || e.Both
	k.headFrom = k.headFrom || turned || e.Both
	if e.Label != "" && !contains(k.labels, e.Label) {
		k.labels = append(k.labels, e.Label)
	}
	if k.tone == "" {
		k.tone = e.Tone
	}
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

// breakCycles turns the links that close a cycle, found by a walk in depth
// from the nodes that nothing leads to, in the order given.
func (l *layout) breakCycles() {
	out := make([][]*link, len(l.boxes))
	incoming := make([]int, len(l.boxes))
	for _, k := range l.links {
		out[k.from] = append(out[k.from], k)
		incoming[k.to]++
	}
	const (
		fresh = iota
		open
		closed
	)
	state := make([]int, len(l.boxes))
	var back []*link
	var visit func(v int)
	visit = func(v int) {
		state[v] = open
		for _, k := range out[v] {
			switch state[k.to] {
			case fresh:
				visit(k.to)
			case open:
				back = append(back, k)
			}
		}
		state[v] = closed
	}
	for pass := range 2 {
		for v := range l.boxes {
			if state[v] == fresh && (pass == 1 || incoming[v] == 0) {
				visit(v)
			}
		}
	}
	for _, k := range back {
		k.from, k.to = k.to, k.from
		k.headFrom, k.headTo = k.headTo, k.headFrom
		k.reversed = true
	}
}
