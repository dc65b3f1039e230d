// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/ui"
	"github.com/callboard/callboard/portal/ui/graph"
)

const (
	exploreBudget = 60
	exploreDepth  = 2
	maxDepth      = 6
	maxRoots      = 20
	// labelledEdges is up to how many relations their names are written.
	labelledEdges = 40
)

func (w *Web) exploreRoutes(r *mux.Router) {
	r.Handle("/explore", httpx.Handler(w.explore)).Methods(http.MethodGet).Name("catalog.explore")
}

// exploreState is all that the URL of the graph says.
type exploreState struct {
	Roots            []catalog.Ref
	Depth            int
	Down             bool
	List             bool
	Kinds, Relations []string
}

// readExplore returns what the URL says, the roots aside, and what of it is
// not understood.
func (w *Web) readExplore(q url.Values) (s exploreState, wrong []string) {
	s = exploreState{Depth: exploreDepth, Down: q.Get("direction") == "down", List: q.Get("view") == "list"}
	if text := q.Get("depth"); text != "" {
		d, err := strconv.Atoi(text)
		if err != nil || d < 1 || d > maxDepth {
			wrong = append(wrong, fmt.Sprintf("depth %q is no number from 1 to %d; it is %d steps instead.", text, maxDepth, exploreDepth))
		} else {
			s.Depth = d
		}
	}
	for _, text := range q["kind"] {
		if _, ok := w.kinds.Kind(text); !ok {
			wrong = append(wrong, fmt.Sprintf("There is no kind %q; it is left out of the filter.", text))
			continue
		}
		s.Kinds = append(s.Kinds, strings.ToLower(text))
	}
	for _, text := range q["relation"] {
		if !slices.Contains(w.relations.all(), text) {
			wrong = append(wrong, fmt.Sprintf("There is no relation %q; it is left out of the filter.", text))
			continue
		}
		s.Relations = append(s.Relations, text)
	}
	return s, wrong
}

func (s exploreState) values() url.Values {
	q := url.Values{}
	for _, r := range s.Roots {
		q.Add("root", r.String())
	}
	if s.Depth != exploreDepth {
		q.Set("depth", strconv.Itoa(s.Depth))
	}
	if s.Down {
		q.Set("direction", "down")
	}
	if s.List {
		q.Set("view", "list")
	}
	for _, k := range s.Kinds {
		q.Add("kind", k)
	}
	for _, t := range s.Relations {
		q.Add("relation", t)
	}
	return q
}

// explorePage is a part of the graph, as a picture or as a list, or the
// choice of where to start.
type explorePage struct {
	ui.Page
	State     exploreState
	Action    string
	Start     ui.Field
	Also      []alsoRoot
	How       []ui.Field
	Kinds     []choice
	Relations []choice
	Reset     string
	Graph     ui.GraphView
	Legend    legend
	Table     ui.Table
	Offers    []offer
	Empty     *ui.Empty
}

// alsoRoot is a root beside the first, and the same picture without it.
type alsoRoot struct {
	Ref    string
	Link   ui.Link
	Remove string
}

// choice is a checkbox.
type choice struct {
	Value, Title string
	Checked      bool
}

// legend says which marks the picture has.
type legend struct {
	More, Missing, Unlabelled bool
	Budget                    int
}

// explore serves GET /explore: the graph around the roots, or the choice of one.
func (w *Web) explore(rw http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	s, wrong := w.readExplore(q)
	start, err := w.findRoots(ctx, q["root"])
	if err != nil {
		return err
	}
	s.Roots = start.Roots
	page := w.explorePage(s, start.Typed)
	for _, text := range append(wrong, start.Wrong...) {
		page.Notices = append(page.Notices, ui.Notice{Tone: ui.Warn, Text: text})
	}
	page.Offers = start.Offers
	if len(s.Roots) == 0 {
		return w.exploreStart(rw, r, page)
	}
	n, err := w.neighbours(ctx, walk{Roots: s.Roots, Depth: s.Depth, Kinds: s.Kinds, Relations: s.Relations, Budget: exploreBudget})
	if err != nil {
		return err
	}
	w.showNeighbours(&page, n)
	return w.pages.Page(rw, r, "explore.html", page)
}

// howFields are the fields for the distance and the direction.
func howFields(s exploreState) []ui.Field {
	depth := ui.Field{Kind: ui.FieldSelect, Name: "depth", Label: "Steps away", Value: strconv.Itoa(s.Depth), Required: true}
	for d := 1; d <= maxDepth; d++ {
		depth.Options = append(depth.Options, ui.Option{Value: strconv.Itoa(d)})
	}
	direction := ui.Field{
		Kind: ui.FieldSelect, Name: "direction", Label: "Direction", Value: "right", Required: true,
		Options: []ui.Option{{Value: "right", Label: "To the right"}, {Value: "down", Label: "Downwards"}},
	}
	if s.Down {
		direction.Value = "down"
	}
	return []ui.Field{depth, direction}
}

// showNeighbours draws what was found, or lists it.
func (w *Web) showNeighbours(page *explorePage, n neighbourhood) {
	s := page.State
	var titles []string
	for i, ref := range s.Roots {
		titles = append(titles, n.Names.title(ref))
		if i > 0 {
			without := s
			without.Roots = slices.Delete(slices.Clone(s.Roots), i, i+1)
			page.Also = append(page.Also, alsoRoot{ref.String(), w.link(n.Names, ref), w.exploreURL(without)})
		}
	}
	page.Lead = "Around " + strings.Join(titles, ", ") + ": " + count(len(n.Refs), "entity", "entities") + " and " + count(len(n.Edges), "relation", "relations")
	hidden := 0
	for _, m := range n.More {
		hidden += m.Count
	}
	if hidden > 0 {
		page.Lead += ", " + count(hidden, "more is", "more are") + " counted"
	}
	page.Lead += "."
	if s.List {
		page.Table = w.edgeTable(n)
		return
	}
	opts := graph.Options{HideLabels: len(n.Edges) > labelledEdges}
	if s.Down {
		opts.Direction = graph.TopBottom
	}
	page.Graph = ui.GraphView{Label: "Relations of " + strings.Join(titles, ", "), SVG: w.picture(n, "Relations", s.Roots, opts, w.around(s)).SVG()}
	page.Legend = legend{More: hidden > 0, Unlabelled: opts.HideLabels, Budget: exploreBudget}
	for _, ref := range n.Refs {
		page.Legend.Missing = page.Legend.Missing || n.Names.missing(ref)
	}
}

func (w *Web) exploreURL(s exploreState) string {
	return withQuery(w.url("catalog.explore"), s.values())
}

// around leads to the same picture around another root; the root itself leads
// to its page.
func (w *Web) around(s exploreState) func(catalog.Ref) string {
	return func(ref catalog.Ref) string {
		if slices.Contains(s.Roots, ref) {
			return w.entityURL(ref)
		}
		to := s
		to.Roots = []catalog.Ref{ref}
		return w.exploreURL(to)
	}
}

func (w *Web) explorePage(s exploreState, typed string) explorePage {
	page := explorePage{
		Page:  ui.Page{Title: "Explore", Active: "catalog.explore", Wide: true},
		State: s, Action: w.url("catalog.explore"), Reset: w.url("catalog.explore"),
		Start: ui.Field{
			Kind: ui.FieldCombobox, Name: "root", Label: "Start from", Value: typed, Required: true, Suggest: w.url("catalog.suggest"),
			Placeholder: "checkout", Hint: "A name, or a reference such as system:default/shop.",
		},
	}
	if len(s.Roots) > 0 {
		for _, list := range []bool{false, true} {
			to := s
			to.List = list
			page.Tabs = append(page.Tabs, ui.Tab{Title: map[bool]string{false: "Graph", true: "List"}[list], URL: w.exploreURL(to), Current: s.List == list})
		}
	}
	page.How = howFields(s)
	for _, k := range w.kinds.All() {
		id := strings.ToLower(k.Name)
		page.Kinds = append(page.Kinds, choice{id, k.Title, slices.Contains(s.Kinds, id)})
	}
	for _, t := range w.relations.all() {
		page.Relations = append(page.Relations, choice{t, relationTitle(t), slices.Contains(s.Relations, t)})
	}
	return page
}
