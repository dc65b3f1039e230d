// SPDX-License-Identifier: Apache-2.0

package catalogagent

import (
	"context"
	"slices"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/agent"
)

const (
	maxDepth = 4
	// maxNodes bounds the entities of a graph, maxEdges its relations.
	maxNodes = 200
	maxEdges = 1000
)

// graphInput says which part of the graph to look at.
type graphInput struct {
	Ref       string   `json:"ref" jsonschema:"the reference to start from, such as component:default/checkout"`
	Depth     int      `json:"depth,omitempty" jsonschema:"how many relations away to go, 1 if left out, 4 at most"`
	Relations []string `json:"relations,omitempty" jsonschema:"follow only these, such as dependsOn, dependencyOf, ownedBy, partOf, consumesApi, apiProvidedBy, memberOf"`
	Kinds     []string `json:"kinds,omitempty" jsonschema:"follow only to these kinds, in lower case"`
}

// node is an entity of the graph.
type node struct {
	Ref   catalog.Ref `json:"ref"`
	Title string      `json:"title,omitempty"`
	Type  string      `json:"type,omitempty"`
	Depth int         `json:"depth"`
	// Missing says that something names it, but it does not exist.
	Missing bool `json:"missing,omitempty"`
}

// edge is a relation, once, as the entity nearer to the start has it.
type edge struct {
	From     catalog.Ref `json:"from"`
	Relation string      `json:"relation"`
	To       catalog.Ref `json:"to"`
}

// neighbourhood is what was found.
type neighbourhood struct {
	Nodes []node `json:"nodes"`
	Edges []edge `json:"edges"`
	// Cut says that there is more than fits.
	Cut bool `json:"cut,omitempty"`
}

func (p Parts) graph() (agent.Tool, error) {
	return agent.Read(agent.Spec{
		Name: "catalog_graph", Title: "Relations around an entity", Permission: catalog.MayReadEntity,
		Description: "Walks the relations of an entity, breadth first: what it depends on, what depends on it, its system, APIs, owners. Returns entities with their distance and the relations between them. Use it for impact: relations dependencyOf and apiConsumedBy.",
	}, func(ctx context.Context, in graphInput) (neighbourhood, error) {
		if in.Depth == 0 {
			in.Depth = 1
		}
		if in.Depth < 0 || in.Depth > maxDepth {
			return neighbourhood{}, invalid("depth is 1 to %d", maxDepth)
		}
		start, err := p.record(ctx, in.Ref)
		if err != nil {
			return neighbourhood{}, err
		}
		return p.walk(ctx, in, start.Ref)
	})
}

// walk reads the entities of each step at once. Cost: Depth+1 reads.
func (p Parts) walk(ctx context.Context, in graphInput, start catalog.Ref) (neighbourhood, error) {
	out := neighbourhood{Nodes: []node{}, Edges: []edge{}}
	known := map[catalog.Ref]bool{start: true}
	done := map[catalog.Ref]bool{} // their relations are in it
	for level, depth := []catalog.Ref{start}, 0; len(level) > 0; depth++ {
		records, err := p.Store.Records(ctx, level)
		if err != nil {
			return out, err
		}
		var next []catalog.Ref
		for i, rec := range records {
			if !rec.Found() {
				out.Nodes = append(out.Nodes, node{Ref: level[i], Depth: depth, Missing: true})
				continue
			}
			e, err := rec.Entity()
			if err != nil {
				return out, err
			}
			out.Nodes = append(out.Nodes, node{Ref: rec.Ref, Title: summaryOf(e).Title, Type: e.Type(), Depth: depth})
			if depth < in.Depth {
				next = append(next, out.follow(in, e, known, done)...)
			}
		}
		level = next
	}
	return out, nil
}

// follow adds the relations of an entity and returns what is new behind them.
func (n *neighbourhood) follow(in graphInput, e *catalog.Entity, known, done map[catalog.Ref]bool) (found []catalog.Ref) {
	self := e.Ref()
	done[self] = true
	for _, r := range e.Relations {
		switch {
		case len(in.Relations) > 0 && !slices.Contains(in.Relations, r.Type):
			continue
		case len(in.Kinds) > 0 && !slices.Contains(in.Kinds, r.Target.Kind):
			continue
		case done[r.Target] && r.Target != self:
			continue // it has told of this relation already
		case !known[r.Target] && len(known) >= maxNodes, len(n.Edges) >= maxEdges:
			n.Cut = true
			continue
		}
		n.Edges = append(n.Edges, edge{self, r.Type, r.Target})
		if !known[r.Target] {
			known[r.Target] = true
			found = append(found, r.Target)
		}
	}
	return found
}
