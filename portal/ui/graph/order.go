// SPDX-License-Identifier: Apache-2.0

package graph

import (
	"slices"
)

// sweeps is how often the order of all layers is improved: a fixed number, so
// that the result does not depend on the machine.
const sweeps = 16

// order reorders the layers, there and back, by the middle of each vertex's
// neighbours, and keeps the order with the fewest crossings.
func (l *layout) order() {
	best := l.cloneLayers()
	fewest := l.crossings()
	for i := range sweeps {
		if fewest == 0 {
			break
		}
		l.sweep(i%2 == 0, i%4 < 2)
		l.swapNeighbours()
		if c := l.crossings(); c < fewest {
			fewest, best = c, l.cloneLayers()
		}
	}
	l.layers = best
}

func (l *layout) cloneLayers() [][]int {
	out := make([][]int, len(l.layers))
	for i, layer := range l.layers {
		out[i] = slices.Clone(layer)
	}
	return out
}

// sweep orders each layer by its neighbours in the one before (forward) or
// after it.
func (l *layout) sweep(forward, median bool) {
	n := len(l.layers)
	pos := l.positions()
	for i := range n {
		layer := l.layers[i]
		if !forward {
			layer = l.layers[n-1-i]
		}
		key := make(map[int]float64, len(layer))
		for at, v := range layer {
			near := l.vertices[v].in
			if !forward {
				near = l.vertices[v].out
			}
			key[v] = middleOf(near, pos, float64(at), median)
		}
		slices.SortStableFunc(layer, func(a, b int) int {
			switch {
			case key[a] < key[b]:
				return -1
			case key[a] > key[b]:
				return 1
			default:
				return 0
			}
		})
		for at, v := range layer {
			pos[v] = at
		}
	}
}

// middleOf returns the median or the mean of the neighbours' positions, or
// own if there are none.
func middleOf(near, pos []int, own float64, median bool) float64 {
	if len(near) == 0 {
		return own
	}
	if !median {
		sum := 0
		for _, v := range near {
			sum += pos[v]
		}
		return float64(sum) / float64(len(near))
	}
	at := make([]int, len(near))
	for i, v := range near {
		at[i] = pos[v]
	}
	slices.Sort(at)
	m := len(at) / 2
	if len(at)%2 == 1 {
		return float64(at[m])
	}
	return float64(at[m-1]+at[m]) / 2
}

func (l *layout) positions() []int {
	pos := make([]int, len(l.vertices))
	for _, layer := range l.layers {
		for at, v := range layer {
			pos[v] = at
		}
	}
	return pos
}

// swapNeighbours exchanges neighbours in a layer while that lessens crossings.
func (l *layout) swapNeighbours() {
	pos := l.positions()
	for range 4 {
		improved := false
		for _, layer := range l.layers {
			for i := 0; i+1 < len(layer); i++ {
				v, w := layer[i], layer[i+1]
				if l.pairCrossings(v, w, pos) > l.pairCrossings(w, v, pos) {
					layer[i], layer[i+1] = w, v
					pos[v], pos[w] = i+1, i
					improved = true
				}
			}
		}
		if !improved {
			return
		}
	}
}

// pairCrossings counts the crossings of the lines of v and w if v comes first.
func (l *layout) pairCrossings(v, w int, pos []int) int {
	count := func(a, b []int) int {
		n := 0
		for _, x := range a {
			for _, y := range b {
				if pos[x] > pos[y] {
					n++
				}
			}
		}
		return n
	}
	return count(l.vertices[v].in, l.vertices[w].in) + count(l.vertices[v].out, l.vertices[w].out)
}

// crossings counts the crossings of all lines.
func (l *layout) crossings() int {
	pos := l.positions()
	total := 0
	for _, layer := range l.layers {
		var ends []int
		for _, v := range layer {
			from := len(ends)
			for _, w := range l.vertices[v].out {
				ends = append(ends, pos[w])
			}
			slices.Sort(ends[from:])
		}
		total += inversions(ends)
	}
	return total
}

// inversions counts the pairs that are out of order, by insertion from the
// right into a sorted list.
func inversions(list []int) int {
	n := 0
	var sorted []int
	for i := len(list) - 1; i >= 0; i-- {
		at, _ := slices.BinarySearch(sorted, list[i])
		n += at
		sorted = slices.Insert(sorted, at, list[i])
	}
	return n
}
