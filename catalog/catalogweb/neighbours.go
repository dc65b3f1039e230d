// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"cmp"
	"context"
	"slices"

	"github.com/callboard/callboard/catalog"
)

// walk says which part of the graph to look at.
type walk struct {
	Roots []catalog.Ref
	// Depth is how many relations away from a root to go.
	Depth int
	// Relations and Kinds restrict what is followed; empty restricts nothing.
	Relations, Kinds []string
	// Budget is the most entities to show.
	Budget int
	// Star leaves out relations between entities that are no roots.
	Star bool
}

// neighbourhood is a part of the graph. Every relation of an entity that was
// followed is in it: as an edge, or counted in More.
type neighbourhood struct {
	Refs  []catalog.Ref // in the order found
	Names names
	Edges []catalog.Edge
	More  []moreEdges
}

// moreEdges counts relations of one entity whose other ends did not fit.
type moreEdges struct {
	At   catalog.Ref
	Type string
	// Out says that the edges lead away from At.
	Out   bool
	Count int
}

// neighbours walks the relations breadth first, one read for each step. Cost:
// Depth+1 reads and the relations of the entities shown.
func (w *Web) neighbours(ctx context.Context, s walk) (neighbourhood, error) {
	found := neighbourhood{Names: names{}}
	seen := map[catalog.Ref]bool{}
	level := []catalog.Ref{}
	for _, r := range s.Roots {
		if !seen[r] {
			seen[r] = true
			level = append(level, r)
		}
	}
	more := map[moreEdges]int{}
	for depth := 0; len(level) > 0; depth++ {
		found.Refs = append(found.Refs, level...)
		n, err := w.names(ctx, level...)
		if err != nil {
			return found, err
		}
		for r, e := range n {
			found.Names[r] = e
		}
		if depth == s.Depth {
			break
		}
		level = w.nextLevel(s, found, level, seen, more)
	}
	found.Edges = w.edgesAmong(s, found, seen)
	for m, count := range more {
		m.Count = count
		found.More = append(found.More, m)
	}
	slices.SortFunc(found.More, func(a, b moreEdges) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Type, b.Type), cmp.Compare(b2i(a.Out), b2i(b.Out)))
	})
	return found, nil
}

// nextLevel returns the entities one step further, within the budget; what
// does not fit is counted.
func (w *Web) nextLevel(s walk, found neighbourhood, level []catalog.Ref, seen map[catalog.Ref]bool, more map[moreEdges]int) []catalog.Ref {
	var next []catalog.Ref
	for _, at := range level {
		e := found.Names[at]
		if e == nil {
			continue
		}
		for _, r := range e.Relations {
			edge := w.relations.canonical(at, r)
			if seen[r.Target] || !s.follows(edge.Type, r.Target) {
				continue
			}
			if len(seen) >= s.Budget {
				more[moreEdges{At: at, Type: edge.Type, Out: edge.Source == at}]++
				continue
			}
			seen[r.Target] = true
			next = append(next, r.Target)
		}
	}
	return next
}

// edgesAmong returns every relation between two entities that are shown, once.
func (w *Web) edgesAmong(s walk, found neighbourhood, seen map[catalog.Ref]bool) []catalog.Edge {
	var edges []catalog.Edge
	done := map[catalog.Edge]bool{}
	for _, at := range found.Refs {
		e := found.Names[at]
		if e == nil || s.Star && !slices.Contains(s.Roots, at) {
			continue
		}
		for _, r := range e.Relations {
			edge := w.relations.canonical(at, r)
			if seen[r.Target] && s.followsType(edge.Type) && !done[edge] {
				done[edge] = true
				edges = append(edges, edge)
			}
		}
	}
	return edges
}

func (s walk) followsType(relation string) bool {
	return len(s.Relations) == 0 || slices.Contains(s.Relations, relation)
}

func (s walk) follows(relation string, target catalog.Ref) bool {
	return s.followsType(relation) && (len(s.Kinds) == 0 || slices.Contains(s.Kinds, target.Kind))
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
