// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"fmt"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/ui"
	"github.com/callboard/callboard/portal/ui/graph"
)

// picture draws a neighbourhood. href says where a box leads.
func (w *Web) picture(n neighbourhood, title string, roots []catalog.Ref, opts graph.Options, href func(catalog.Ref) string) graph.Drawing {
	g := graph.Graph{Title: title, Description: fmt.Sprintf("%s, %s.", count(len(n.Refs), "entity", "entities"), count(len(n.Edges), "relation", "relations"))}
	isRoot := map[catalog.Ref]bool{}
	for _, r := range roots {
		isRoot[r] = true
	}
	for _, r := range n.Refs {
		node := graph.Node{ID: r.String(), Label: n.Names.title(r), Sub: w.kindTitle(r.Kind), Icon: ui.IconName(w.kindIcon(r.Kind)), Focus: isRoot[r]}
		if n.Names.missing(r) {
			node.Tone, node.Sub = "bad", "does not exist"
		} else {
			node.Href = href(r)
		}
		g.Nodes = append(g.Nodes, node)
	}
	for _, e := range n.Edges {
		g.Edges = append(g.Edges, graph.Edge{From: e.Source.String(), To: e.Target.String(), Label: relationTitle(e.Type)})
	}
	for _, m := range n.More {
		id := fmt.Sprintf("more %s %s %t", m.At, m.Type, m.Out)
		g.Nodes = append(g.Nodes, graph.Node{ID: id, Label: fmt.Sprintf("+%d more", m.Count), More: true, Href: w.tabURL(m.At, "relations")})
		edge := graph.Edge{From: m.At.String(), To: id, Label: relationTitle(m.Type)}
		if !m.Out {
			edge.From, edge.To = edge.To, edge.From
		}
		g.Edges = append(g.Edges, edge)
	}
	opts.Sprite = w.ui.Asset("icons.svg")
	return graph.Layout(g, &opts)
}

// edgeTable is the picture's twin for those who would rather read.
func (w *Web) edgeTable(n neighbourhood) ui.Table {
	t := ui.Table{
		Caption: "Relations",
		Columns: []ui.Column{{Title: "From"}, {Title: "Relation"}, {Title: "To"}},
		Empty:   &ui.Empty{Icon: "graph", Title: "No relations", Text: "Nothing that is shown is related to anything, with these relations and kinds."},
	}
	cell := func(r catalog.Ref) ui.Cell {
		l := w.link(n.Names, r)
		c := ui.Cell{Text: l.Title, URL: l.URL, Sub: w.kindTitle(r.Kind)}
		if n.Names.missing(r) {
			c.Sub, c.Tone = "does not exist", ui.Bad
		}
		return c
	}
	for _, e := range n.Edges {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{cell(e.Source), {Text: relationTitle(e.Type)}, cell(e.Target)}})
	}
	for _, m := range n.More {
		more := ui.Cell{Text: fmt.Sprintf("+%d more", m.Count), URL: w.tabURL(m.At, "relations")}
		row := []ui.Cell{cell(m.At), {Text: relationTitle(m.Type)}, more}
		if !m.Out {
			row[0], row[2] = row[2], row[0]
		}
		t.Rows = append(t.Rows, ui.Row{Cells: row})
	}
	return t
}
