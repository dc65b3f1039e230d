// SPDX-License-Identifier: Apache-2.0

package graph

// layer gives each linked box its layer: as far along as its predecessors
// demand, then moved towards its successors where that shortens lines. Boxes
// without links are set aside.
func (l *layout) layer() {
	n := len(l.boxes)
	in, out := make([][]int, n), make([][]int, n)
	for _, k := range l.links {
		out[k.from] = append(out[k.from], k.to)
		in[k.to] = append(in[k.to], k.from)
	}
	sorted := topological(in, out)
	layer := make([]int, n)
	for _, v := range sorted {
		for _, u := range in[v] {
			layer[v] = max(layer[v], layer[u]+1)
		}
	}
	// A box with more lines out than in moves as late as its successors allow.
	for i := len(sorted) - 1; i >= 0; i-- {
		v := sorted[i]
		if len(out[v]) <= len(in[v]) {
			continue
		}
		latest := layer[out[v][0]] - 1
		for _, w := range out[v] {
			latest = min(latest, layer[w]-1)
		}
		layer[v] = max(layer[v], latest)
	}
	l.vertices = make([]vertex, n)
	for v := range l.boxes {
		l.vertices[v] = l.boxVertex(v, layer[v])
		if len(in[v])+len(out[v]) == 0 {
			l.loose = append(l.loose, v)
		}
	}
}

func (l *layout) boxVertex(v, layer int) vertex {
	b := l.boxes[v]
	if l.opts.Direction == TopBottom {
		return vertex{box: v, layer: layer, length: b.H, breadth: b.W}
	}
	return vertex{box: v, layer: layer, length: b.W, breadth: b.H}
}

// topological returns the boxes so that each comes after those that lead to it.
func topological(in, out [][]int) []int {
	waiting := make([]int, len(in))
	var sorted []int
	for v := range in {
		waiting[v] = len(in[v])
		if waiting[v] == 0 {
			sorted = append(sorted, v)
		}
	}
	for i := 0; i < len(sorted); i++ {
		for _, w := range out[sorted[i]] {
			if waiting[w]--; waiting[w] == 0 {
				sorted = append(sorted, w)
			}
		}
	}
	return sorted
}

// trunk names the bend that lines to one box share in a layer: they run
// together from there on, which is most of what keeps a large drawing legible.
// Lines with other heads keep apart, or one would lend the other its arrow.
type trunk struct {
	to, layer        int
	headFrom, headTo bool
}

// addDummies puts a bend into every layer that a long line passes, so that
// lines lead between neighbouring layers only.
func (l *layout) addDummies() {
	bends := map[trunk]int{}
	for _, k := range l.links {
		prev := k.from
		k.chain = []int{prev}
		shared := false
		for layer := l.vertices[k.from].layer + 1; layer < l.vertices[k.to].layer; layer++ {
			at := trunk{k.to, layer, k.headFrom, k.headTo}
			bend, found := bends[at]
			if !found {
				l.vertices = append(l.vertices, vertex{box: -1, layer: layer, breadth: bendBreadth})
				bend = len(l.vertices) - 1
				bends[at] = bend
			}
			if !shared {
				l.join(prev, bend)
			}
			shared = found
			k.chain = append(k.chain, bend)
			prev = bend
		}
		if !shared {
			l.join(prev, k.to)
		}
		k.chain = append(k.chain, k.to)
	}
	isLoose := make([]bool, len(l.vertices))
	for _, v := range l.loose {
		isLoose[v] = true
	}
	for v := range l.vertices {
		if isLoose[v] {
			continue
		}
		for len(l.layers) <= l.vertices[v].layer {
			l.layers = append(l.layers, nil)
		}
	}
	l.fillLayers(isLoose)
}

func (l *layout) join(u, v int) {
	l.vertices[u].out = append(l.vertices[u].out, v)
	l.vertices[v].in = append(l.vertices[v].in, u)
}

// fillLayers sets the first order: that of a walk along the lines, which keeps
// what belongs together side by side.
func (l *layout) fillLayers(skip []bool) {
	seen := make([]bool, len(l.vertices))
	var visit func(v int)
	visit = func(v int) {
		if seen[v] || skip[v] {
			return
		}
		seen[v] = true
		at := l.vertices[v].layer
		l.layers[at] = append(l.layers[at], v)
		for _, w := range l.vertices[v].out {
			visit(w)
		}
		for _, u := range l.vertices[v].in {
			visit(u)
		}
	}
	for v := range l.vertices {
		visit(v)
	}
}
