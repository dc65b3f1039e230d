// SPDX-License-Identifier: Apache-2.0

// Package graph draws directed graphs in layers, as SVG with links:
//
//	d := graph.Layout(graph.Graph{
//		Title: "Relations of checkout",
//		Nodes: []graph.Node{{ID: "checkout", Label: "checkout", Focus: true}, {ID: "ledger", Label: "ledger"}},
//		Edges: []graph.Edge{{From: "checkout", To: "ledger", Label: "depends on"}},
//	}, nil)
//	html := d.SVG()
//
// The layout is deterministic: the same graph gives the same drawing. Nodes
// never overlap, lines run around nodes, and every edge is drawn: edges
// between the same two nodes share one line, and a node that only an edge
// names is added. The method is that of Sugiyama: break cycles, layer, order
// each layer to lessen crossings, place, route.
//
// How many nodes a picture may have is the caller's decision; 60 take about a
// millisecond.
package graph

// Direction is where edges lead.
type Direction int

// The directions.
const (
	LeftRight Direction = iota
	TopBottom
)

// Graph is what to draw.
type Graph struct {
	// Title and Description are what readers who cannot see the drawing hear.
	Title, Description string
	Nodes              []Node
	Edges              []Edge
}

// Node is a box.
type Node struct {
	// ID is unique; of two nodes with one ID the first counts.
	ID string
	// Label is the text; empty is the ID. It is cut to fit, with the whole on
	// hover.
	Label string
	// Sub stands below the label, small.
	Sub string
	// Icon is the name of an icon of the sprite; empty has none.
	Icon string
	// Href makes the box a link.
	Href string
	// Tone is "ok", "warn", "bad", "run" or empty.
	Tone string
	// Focus marks the node that the drawing is about.
	Focus bool
	// More marks a node that stands for others, such as "+12 more".
	More bool
}

// Edge is a line from one node to another, by ID.
type Edge struct {
	From, To string
	Label    string
	// Both has an arrow at each end.
	Both bool
	// Tone is "ok", "warn", "bad", "run" or empty.
	Tone string
}

// Options configures [Layout]; nil and zero values mean defaults.
type Options struct {
	// Direction is LeftRight by default.
	Direction Direction
	// MaxWidth is the greatest width of a box in px; 0 is 190.
	MaxWidth float64
	// Sprite is the URL of the icons' sprite; empty draws no icons.
	Sprite string
	// HideLabels leaves the labels of edges to the hover text.
	HideLabels bool
}

// Box is a node with its place, in px from the top left.
type Box struct {
	Node       Node
	X, Y, W, H float64
	lines      []string
}

// Point is a place in the drawing.
type Point struct{ X, Y float64 }

// Route is a line between two boxes.
type Route struct {
	// Edges are the indexes of the graph's edges that share this line.
	Edges []int
	// From and To are the indexes of the boxes that the points lead between.
	From, To int
	// Points are the corners: a straight line within a layer, a curve between
	// two layers, in turn. A loop has four points of one curve.
	Points []Point
	// Label is what the line says, cut to fit; LabelAt is its middle. It is
	// empty if there is no free place: the hover text has it.
	Label   string
	LabelAt Point
	// Title is the hover text.
	Title string
	// HeadTo and HeadFrom say at which end an arrow stands.
	HeadTo, HeadFrom bool
	// Tone is that of the first edge which has one.
	Tone string
}

// Drawing is a placed graph.
type Drawing struct {
	Width, Height float64
	Boxes         []Box
	Routes        []Route

	title, description, sprite string
	direction                  Direction
}

// Layout places g.
func Layout(g Graph, opts *Options) Drawing {
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.MaxWidth <= 0 {
		o.MaxWidth = 190
	}
	l := newLayout(g, o)
	l.breakCycles()
	l.layer()
	l.addDummies()
	l.order()
	l.place()
	return l.draw(g)
}
