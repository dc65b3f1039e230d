// SPDX-License-Identifier: Apache-2.0

package stylepage

import (
	"fmt"
	"math"
	"time"

	"github.com/callboard/callboard/portal/ui"
	"github.com/callboard/callboard/portal/ui/graph"
)

func milliseconds(v float64) string {
	return ui.FormatDuration(time.Duration(v * float64(time.Millisecond)))
}

func (g *guidePage) addCharts(now time.Time) {
	g.Charts = []ui.Chart{
		trend(now).Chart(),
		ui.LineChart{Title: "Requests by region", Times: days(now, 14), FromZero: true, Series: []ui.Series{
			{Name: "eu", Values: wave(14, 400, 90)}, {Name: "us", Values: wave(14, 250, 60)}, {Name: "apac", Values: wave(14, 120, 50)},
		}}.Chart(),
		ui.BarChart{Title: "Deployments by week", Labels: []string{"W40", "W41", "W42", "W43", "W44", "W45", "W46"}, Series: []ui.Series{
			{Name: "succeeded", Values: []float64{12, 14, 9, 17, 15, 21, 18}}, {Name: "failed", Values: []float64{1, 0, 3, 1, 2, 0, 1}},
		}}.Chart(),
		ui.Timeline{Title: "Run 1931", Now: now, Spans: []ui.Span{
			{Label: "lint", From: now.Add(-128 * time.Second), To: now.Add(-107 * time.Second), Tone: ui.OK},
			{Label: "unit tests", From: now.Add(-128 * time.Second), To: now.Add(-56 * time.Second), Tone: ui.OK},
			{Label: "build image", From: now.Add(-104 * time.Second), To: now.Add(-56 * time.Second), Tone: ui.Bad},
			{Label: "contract tests", From: now.Add(-54 * time.Second), Tone: ui.Run},
		}}.Chart(),
	}
	g.NoChart = ui.LineChart{Title: "Crashes"}.Chart()
	g.Bars = []ui.BarItem{
		{Label: "image decode", Text: "243 ms", Value: 243, Max: 342, Tone: ui.Bad}, {Label: "ranking call", URL: "#charts", Text: "62 ms", Value: 62, Max: 342}, {Label: "layout", Text: "37 ms", Value: 37, Max: 342},
	}
	g.Stacked = ui.StackedBar{Title: "Tests", Parts: []ui.Part{{Label: "passed", Value: 1204, Text: "1,204", Tone: ui.OK}, {Label: "failed", Value: 31, Tone: ui.Bad}, {Label: "flaky", Value: 44, Tone: ui.Warn}, {Label: "skipped", Value: 120}}}
	g.Graph = ui.GraphView{Label: "Relations of checkout", Fit: true, SVG: graph.Layout(relations(), &graph.Options{Sprite: g.spriteURL}).SVG()}
	g.TallGraph = ui.GraphView{Label: "Relations of checkout, from top to bottom", SVG: graph.Layout(wider(), &graph.Options{Direction: graph.TopBottom, HideLabels: true}).SVG()}
}

// trend is the chart of the mock: p90 rises at a release.
func trend(now time.Time) ui.LineChart {
	values := []float64{684, 702, 666, 720, 738, 702, 756, 720, 774, 792, 756, 1080, 1134, 1098, 1152, 1116}
	s := ui.Series{Name: "p90", Values: values}
	for _, v := range values {
		s.Low, s.High = append(s.Low, v-40), append(s.High, v+40)
	}
	times := days(now, len(values))
	return ui.LineChart{
		Title: "Time to results, p90", Description: "It rises by 41 percent at release 8.41", Times: times, Series: []ui.Series{s}, Format: milliseconds,
		Markers: []ui.Marker{{At: times[4].Add(12 * time.Hour), Label: "8.40"}, {At: times[10].Add(12 * time.Hour), Label: "8.41 released, p < 0.001", Tone: ui.Bad}},
	}
}

func days(now time.Time, n int) []time.Time {
	out := make([]time.Time, n)
	for i := range out {
		out[i] = now.Truncate(24*time.Hour).AddDate(0, 0, i+1-n)
	}
	return out
}

func wave(n int, middle, swing float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = math.Round(middle + swing*math.Sin(float64(i)))
	}
	out[n/2] = math.NaN()
	return out
}

func relations() graph.Graph {
	g := graph.Graph{Title: "Relations of checkout", Description: "2 apps depend on it, it depends on 3 parts"}
	add := func(id, icon, tone string) {
		g.Nodes = append(g.Nodes, graph.Node{ID: id, Icon: icon, Tone: tone, Href: "#graph", Focus: id == "checkout", More: id == "+12 more"})
	}
	add("checkout", "component", "")
	add("ios-app", "component", "")
	add("web-shop", "component", "")
	add("payments-api", "api", "")
	add("stock", "component", "bad")
	add("orders-db", "database", "")
	add("ledger", "component", "")
	add("+12 more", "more", "")
	for _, e := range [][3]string{
		{"ios-app", "checkout", "depends on"}, {"web-shop", "checkout", "depends on"}, {"checkout", "payments-api", "provides"}, {"checkout", "stock", "consumes"},
		{"checkout", "ledger", "depends on"}, {"ledger", "orders-db", "depends on"}, {"checkout", "orders-db", "depends on"}, {"web-shop", "payments-api", "consumes"},
		{"+12 more", "checkout", ""}, {"stock", "web-shop", ""}, {"ledger", "ledger", "calls"},
	} {
		g.Edges = append(g.Edges, graph.Edge{From: e[0], To: e[1], Label: e[2]})
	}
	return g
}

// wider is a graph of some size, to see how the layers are kept apart.
func wider() graph.Graph {
	g := graph.Graph{Title: "A system of 24 parts"}
	for i := range 24 {
		g.Nodes = append(g.Nodes, graph.Node{ID: fmt.Sprint("part-", i), Href: "#graph", Focus: i == 0})
	}
	for i := 1; i < 24; i++ {
		g.Edges = append(g.Edges, graph.Edge{From: fmt.Sprint("part-", (i-1)/3), To: fmt.Sprint("part-", i)})
	}
	for i := 2; i < 22; i += 5 {
		g.Edges = append(g.Edges, graph.Edge{From: fmt.Sprint("part-", i), To: fmt.Sprint("part-", i+2), Both: true})
	}
	return g
}
