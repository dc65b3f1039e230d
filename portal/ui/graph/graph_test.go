// SPDX-License-Identifier: Apache-2.0

package graph_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard/portal/ui/graph"
)

func shop() graph.Graph {
	return graph.Graph{
		Title: "Relations of checkout", Description: "6 nodes, 7 relations",
		Nodes: []graph.Node{
			{ID: "checkout", Label: "checkout", Sub: "service", Icon: "component", Focus: true, Href: "/catalog/checkout"},
			{ID: "ios", Label: "ios-app", Icon: "component", Href: "/catalog/ios"},
			{ID: "web", Label: "web-shop with a name that does not fit its box", Href: "/catalog/web"},
			{ID: "stock", Label: "stock", Tone: "bad", Href: "/catalog/stock"},
			{ID: "db", Label: "orders-db", Href: "/catalog/db"},
			{ID: "more", Label: "+12 more", More: true, Href: "/explore"},
		},
		Edges: []graph.Edge{
			{From: "ios", To: "checkout", Label: "depends on"},
			{From: "web", To: "checkout", Label: "depends on"},
			{From: "checkout", To: "stock", Label: "consumes"},
			{From: "checkout", To: "db", Label: "depends on"},
			{From: "db", To: "checkout", Label: "dependency of"},
			{From: "web", To: "stock"},
			{From: "checkout", To: "more", Both: true},
		},
	}
}

// random returns a graph with cycles, parallel edges, loops and loose nodes.
func random(seed uint64, nodes, edges int) graph.Graph {
	r := rand.New(rand.NewPCG(seed, 1))
	g := graph.Graph{Title: "random"}
	for i := range nodes {
		n := graph.Node{ID: fmt.Sprint("n", i), Label: strings.Repeat("node-", 1+r.IntN(6)) + fmt.Sprint(i), Href: "/n"}
		if r.IntN(3) == 0 {
			n.Sub = "component"
		}
		g.Nodes = append(g.Nodes, n)
	}
	for range edges {
		g.Edges = append(g.Edges, graph.Edge{
			From: fmt.Sprint("n", r.IntN(nodes)), To: fmt.Sprint("n", r.IntN(nodes)),
			Label: []string{"", "depends on", "owns"}[r.IntN(3)], Both: r.IntN(5) == 0,
		})
	}
	return g
}

func TestLayoutInvariants(t *testing.T) {
	t.Parallel()
	graphs := map[string]graph.Graph{
		"empty": {}, "shop": shop(),
		"one":         {Nodes: []graph.Node{{ID: "a"}}},
		"loop":        {Edges: []graph.Edge{{From: "a", To: "a"}}},
		"two ways":    {Edges: []graph.Edge{{From: "a", To: "b"}, {From: "b", To: "a"}}},
		"unknown end": {Nodes: []graph.Node{{ID: "a"}}, Edges: []graph.Edge{{From: "a", To: "missing"}}},
		"same ID":     {Nodes: []graph.Node{{ID: "a", Label: "1"}, {ID: "a", Label: "2"}}},
		"odd text":    {Nodes: []graph.Node{{ID: "\xff<script>", Label: strings.Repeat("界", 5000)}, {ID: "", Sub: "&"}}},
	}
	for seed := range uint64(12) {
		graphs[fmt.Sprint("random ", seed)] = random(seed, 3+int(seed)*5, 4+int(seed)*9)
	}
	for name, g := range graphs {
		for _, dir := range []graph.Direction{graph.LeftRight, graph.TopBottom} {
			t.Run(fmt.Sprintf("%s/%d", name, dir), func(t *testing.T) {
				t.Parallel()
				d := graph.Layout(g, &graph.Options{Direction: dir, Sprite: "/assets/icons.svg"})
				checkNodes(t, g, d)
				checkEdges(t, g, d, dir)
				checkLabels(t, d)
				checkXML(t, string(d.SVG()))
				if diff := cmp.Diff(string(d.SVG()), string(graph.Layout(g, &graph.Options{Direction: dir, Sprite: "/assets/icons.svg"}).SVG())); diff != "" {
					t.Errorf("Layout is not deterministic (-first +second):\n%s", diff)
				}
			})
		}
	}
}

func checkNodes(t *testing.T, g graph.Graph, d graph.Drawing) {
	t.Helper()
	ids := map[string]bool{}
	for _, n := range g.Nodes {
		ids[n.ID] = true
	}
	for _, e := range g.Edges {
		ids[e.From], ids[e.To] = true, true
	}
	if len(d.Boxes) != len(ids) {
		t.Errorf("%d boxes, want %d", len(d.Boxes), len(ids))
	}
	for i, a := range d.Boxes {
		if a.X < 0 || a.Y < 0 || a.X+a.W > d.Width || a.Y+a.H > d.Height {
			t.Errorf("box %q lies outside the drawing: %v", a.Node.ID, a)
		}
		for _, b := range d.Boxes[i+1:] {
			if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				t.Errorf("boxes %q and %q overlap", a.Node.ID, b.Node.ID)
			}
		}
	}
}

// checkEdges fails unless each edge is on exactly one line, and no line runs
// through a box that is not its end.
func checkEdges(t *testing.T, g graph.Graph, d graph.Drawing, dir graph.Direction) {
	t.Helper()
	drawn := make([]int, len(g.Edges))
	for _, r := range d.Routes {
		ends := map[string]bool{d.Boxes[r.From].Node.ID: true, d.Boxes[r.To].Node.ID: true}
		for _, i := range r.Edges {
			drawn[i]++
			if !ends[g.Edges[i].From] || !ends[g.Edges[i].To] {
				t.Errorf("edge %d is on the line of %v", i, ends)
			}
		}
		for _, p := range samples(r, dir) {
			for i, b := range d.Boxes {
				if i != r.From && i != r.To && p.X > b.X+.5 && p.X < b.X+b.W-.5 && p.Y > b.Y+.5 && p.Y < b.Y+b.H-.5 {
					t.Errorf("line %s runs through box %q at %v", r.Title, b.Node.ID, p)
				}
			}
		}
	}
	for i, n := range drawn {
		if n != 1 {
			t.Errorf("edge %d (%v) is drawn %d times, want once", i, g.Edges[i], n)
		}
	}
}

// checkLabels fails unless each label is clear of the boxes and of the others.
func checkLabels(t *testing.T, d graph.Drawing) {
	t.Helper()
	var before []graph.Route
	for _, r := range d.Routes {
		if r.Label == "" {
			continue
		}
		half := float64(len(r.Label)) * 2.2 // the narrowest face of the pages
		for _, b := range d.Boxes {
			if r.LabelAt.X+half > b.X && r.LabelAt.X-half < b.X+b.W && r.LabelAt.Y+5 > b.Y && r.LabelAt.Y-5 < b.Y+b.H {
				t.Errorf("label %q at %v lies on box %q", r.Label, r.LabelAt, b.Node.ID)
			}
		}
		for _, o := range before {
			if math.Abs(r.LabelAt.Y-o.LabelAt.Y) < 10 && math.Abs(r.LabelAt.X-o.LabelAt.X) < half+float64(len(o.Label))*2.2 {
				t.Errorf("labels %q and %q lie on each other at %v", r.Label, o.Label, r.LabelAt)
			}
		}
		before = append(before, r)
	}
}

// TestLinesShareTheirWay holds the bends of lines to one box to one per layer.
func TestLinesShareTheirWay(t *testing.T) {
	t.Parallel()
	g := graph.Graph{Edges: []graph.Edge{{From: "a", To: "b"}, {From: "b", To: "end"}}}
	for i := range 8 {
		g.Edges = append(g.Edges, graph.Edge{From: fmt.Sprint("s", i), To: "a"}, graph.Edge{From: fmt.Sprint("s", i), To: "end"})
	}
	ends := map[graph.Point]bool{}
	for _, r := range graph.Layout(g, nil).Routes {
		if strings.HasPrefix(r.Title, "s") && strings.HasSuffix(r.Title, "end") {
			ends[r.Points[len(r.Points)-3]] = true
		}
	}
	if len(ends) != 1 {
		t.Errorf("eight lines arrive at end from %d places, want them joined in one", len(ends))
	}
}

// samples returns points along a route: its corners and the curves between.
func samples(r graph.Route, dir graph.Direction) []graph.Point {
	var out []graph.Point
	for i := 1; i < len(r.Points); i++ {
		a, b := r.Points[i-1], r.Points[i]
		for k := range 21 {
			f := float64(k) / 20
			eased := f
			if i%2 == 0 { // a curve: eased across the direction
				eased = f * f * (3 - 2*f)
			}
			p := graph.Point{X: a.X + (b.X-a.X)*f, Y: a.Y + (b.Y-a.Y)*eased}
			if dir == graph.TopBottom {
				p = graph.Point{X: a.X + (b.X-a.X)*eased, Y: a.Y + (b.Y-a.Y)*f}
			}
			out = append(out, p)
		}
	}
	return out
}

func checkXML(t *testing.T, svg string) {
	t.Helper()
	dec := xml.NewDecoder(strings.NewReader(svg))
	for {
		_, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("SVG is not well formed: %v\n%s", err, svg)
		}
	}
}

var update = flag.Bool("update", false, "rewrite testdata/*.golden")

func TestSVGGolden(t *testing.T) {
	t.Parallel()
	for name, dir := range map[string]graph.Direction{"left-right": graph.LeftRight, "top-bottom": graph.TopBottom} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := strings.ReplaceAll(string(graph.Layout(shop(), &graph.Options{Direction: dir, Sprite: "/icons.svg"}).SVG()), "><", ">\n<")
			file := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("SVG differs from %s (-want +got):\n%s", file, diff)
			}
		})
	}
}

func TestSVGRefusesScriptLinks(t *testing.T) {
	t.Parallel()
	d := graph.Layout(graph.Graph{Nodes: []graph.Node{{ID: "a", Href: "javascript:alert(1)", Label: `"><script>`}}}, nil)
	if svg := string(d.SVG()); strings.Contains(svg, "javascript:") || strings.Contains(svg, "<script") {
		t.Errorf("SVG() = %s", svg)
	}
}

func TestLayoutCrossesLittle(t *testing.T) {
	t.Parallel()
	// A tree can be drawn without any crossing, whatever the order of its edges.
	g := graph.Graph{}
	for i := 30; i >= 1; i-- {
		g.Edges = append(g.Edges, graph.Edge{From: fmt.Sprint("t", (i-1)/3), To: fmt.Sprint("t", i)})
	}
	d := graph.Layout(g, nil)
	for i, r := range d.Routes {
		for _, o := range d.Routes[i+1:] {
			a, b := d.Boxes[r.From], d.Boxes[o.From]
			c, e := d.Boxes[r.To], d.Boxes[o.To]
			if a.X == b.X && (a.Y-b.Y)*(c.Y-e.Y) < 0 {
				t.Errorf("lines %q and %q cross", r.Title, o.Title)
			}
		}
	}
}

func TestLayoutIsQuick(t *testing.T) {
	t.Parallel()
	start := time.Now()
	graph.Layout(random(7, 60, 120), nil).SVG()
	if took := time.Since(start); took > 500*time.Millisecond {
		t.Errorf("60 nodes and 120 edges took %v; the benchmark says a few ms", took)
	}
}

func BenchmarkLayout(b *testing.B) {
	for _, n := range []int{20, 60, 200} {
		g := random(7, n, 2*n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var buf bytes.Buffer
				buf.WriteString(string(graph.Layout(g, nil).SVG()))
			}
		})
	}
}

func ExampleLayout() {
	d := graph.Layout(graph.Graph{
		Title: "Relations of checkout",
		Nodes: []graph.Node{{ID: "checkout", Focus: true}, {ID: "ledger"}},
		Edges: []graph.Edge{{From: "checkout", To: "ledger", Label: "depends on"}},
	}, nil)
	for _, r := range d.Routes {
		fmt.Println(r.Title)
	}
	// Output: checkout depends on → ledger
}
