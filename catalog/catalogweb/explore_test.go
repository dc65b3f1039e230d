// SPDX-License-Identifier: Apache-2.0

package catalogweb_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard/catalog/catalogtest"
)

// shop is a few entities that are related.
func shop(s *site) {
	s.add(
		catalogtest.New("Domain", "trade").Owner("group:default/web"),
		catalogtest.System("ordering").Set("domain", "trade"),
		catalogtest.Component("checkout").Set("system", "ordering").Set("dependsOn", []any{"component:ledger", "resource:gone"}),
		catalogtest.Component("ledger"),
		catalogtest.API("ledger"),
		catalogtest.Group("web"),
	)
}

func TestExploreStart(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.get("/explore", http.StatusOK).one(".empty").says("no entities", "Locations")
	shop(s)
	page := s.get("/explore", http.StatusOK)
	page.one(".empty").says("Choose where to start")
	if diff := cmp.Diff([]string{"Domains", "Systems"}, page.texts("main .card h2")); diff != "" {
		t.Errorf("offers mismatch (-want +got):\n%s", diff)
	}
	page.one(`a.chip[href="/explore?root=system%3Adefault%2Fordering"]`)
	page.none(".tabs a")
}

func TestExploreRoots(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	shop(s)
	tests := []struct{ name, query, focus, says string }{
		{"reference", "root=component:default/checkout", "checkout", "Around checkout"},
		{"kind may lack", "root=default/checkout", "checkout", "Around checkout"},
		{"name alone", "root=Checkout", "checkout", "Around checkout"},
		{"several have the name", "root=ledger", "", `2 entities are called "ledger"; choose one.`},
		{"a part of a name", "root=check", "", `There is no entity "check".`},
		{"missing", "root=system:default/checkout", "", `There is no entity "system:default/checkout"`},
		{"no reference", "root=a:b:c/d", "", "a:b:c/d"},
		{"two", "root=checkout&root=trade", "checkout", "Around checkout, trade"},
		{"one of two", "root=checkout&root=nothing", "checkout", `There is no entity "nothing".`},
		{"empty", "root=+", "", "Choose where to start"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			page := s.get("/explore?"+tt.query, http.StatusOK)
			page.one("main").says(tt.says)
			focus := page.texts("svg.nodes .focus text")
			if tt.focus == "" && len(focus) > 0 || tt.focus != "" && !slices.Contains(focus, tt.focus) {
				t.Errorf("focus is on %q, want %q", focus, tt.focus)
			}
		})
	}
	if links := s.get("/explore?root=check", http.StatusOK).texts("main a.chip"); !slices.Contains(links, "checkout · Component") {
		t.Errorf("offered are %q, want checkout among them", links)
	}
}

func TestExploreFilters(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	shop(s)
	rows := func(query string) []string {
		var out []string
		for _, tr := range s.get("/explore?view=list&"+query, http.StatusOK).all("tbody tr") {
			out = append(out, tr.one("th a").text()+" "+tr.all("td")[0].text()+" "+tr.all("td")[1].text())
		}
		slices.Sort(out)
		return out
	}
	near := []string{"checkout depends on gone does not exist", "checkout depends on ledger Component", "checkout owned by team does not exist", "checkout part of ordering System"}
	// The entities found may be related among themselves.
	among := []string{"ledger owned by team does not exist", "ordering owned by team does not exist"}
	if diff := cmp.Diff(sorted(near, among), rows("root=checkout&depth=1")); diff != "" {
		t.Errorf("one step mismatch (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"checkout depends on ledger Component"}, rows("root=checkout&kind=component")); diff != "" {
		t.Errorf("components mismatch (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"checkout part of ordering System", "ordering part of trade Domain"}, rows("root=checkout&relation=partOf")); diff != "" {
		t.Errorf("partOf mismatch (-want +got):\n%s", diff)
	}
}

func sorted(lists ...[]string) []string {
	out := slices.Concat(lists...)
	slices.Sort(out)
	return out
}

func TestExploreStateStaysInLinks(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	shop(s)
	page := s.get("/explore?root=checkout&root=trade&depth=3&direction=down&kind=system&kind=domain&relation=partOf", http.StatusOK)
	page.one(`.tabs a[href="/explore?depth=3&direction=down&kind=system&kind=domain&relation=partOf&root=component%3Adefault%2Fcheckout&root=domain%3Adefault%2Ftrade&view=list"]`)
	page.one(`svg.nodes a[href="/explore?depth=3&direction=down&kind=system&kind=domain&relation=partOf&root=system%3Adefault%2Fordering"]`)
	page.one(`svg.nodes a[href="/catalog/default/component/checkout"]`)
	page.one(`input[name="root"][value="domain:default/trade"]`)
	page.one(`option[value="3"]`).has("selected")
	if got := len(page.all(`input[checked]`)); got != 3 {
		t.Errorf("%d boxes are checked, want 3", got)
	}
	page.one(".legend").says("start, opens its page")
}

func TestExploreBadQuery(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	shop(s)
	for query, want := range map[string]string{
		"depth=0":          `depth "0" is no number from 1 to 6`,
		"depth=-1":         `depth "-1" is no number from 1 to 6`,
		"depth=7":          `depth "7" is no number from 1 to 6`,
		"depth=x":          `depth "x" is no number from 1 to 6`,
		"kind=Spaceship":   `There is no kind "Spaceship"`,
		"relation=flewTo":  `There is no relation "flewTo"`,
		"root=" + "nobody": `There is no entity "nobody"`,
	} {
		page := s.get("/explore?root=checkout&"+query, http.StatusOK)
		page.one(".notices").says(want)
		page.one("svg.nodes")
	}
	many := strings.Repeat("&root=checkout", 30)
	s.get("/explore?"+many[1:], http.StatusOK).one(".notices").says("20 starts at most")
}

// TestExploreLosesNoRelation draws random graphs and checks that each relation
// of an entity that was followed is a row of the list or counted in one.
func TestExploreLosesNoRelation(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		s := newSite(t, nil)
		r := rand.New(rand.NewPCG(seed, 7))
		nodes, depth := 20+r.IntN(150), 1+r.IntN(3)
		edges := map[[2]string]bool{} // from depends on to
		near := map[string][]string{}
		var list []*catalogtest.Builder
		for i := range nodes {
			b := catalogtest.Component(fmt.Sprint("n", i))
			var to []any
			for range r.IntN(1 + r.IntN(8)) {
				name := fmt.Sprint("n", r.IntN(nodes+5)) // some do not exist
				to = append(to, "component:"+name)
				edges[[2]string{fmt.Sprint("n", i), name}] = true
			}
			list = append(list, b.Set("dependsOn", to))
		}
		s.add(list...)
		for e := range edges {
			near[e[0]], near[e[1]] = append(near[e[0]], e[1]), append(near[e[1]], e[0])
		}
		page := s.get(fmt.Sprintf("/explore?view=list&root=n0&relation=dependsOn&depth=%d", depth), http.StatusOK)
		drawn, counted := rowsOf(t, page)
		for name, dist := range distances(near, "n0") {
			if dist >= depth || !drawn.names[name] {
				continue
			}
			hidden := map[string]int{}
			for e := range edges {
				switch {
				case e[0] != name && e[1] != name || drawn.edges[e]:
				case e[0] == name:
					hidden[name+" out"]++
				default:
					hidden[name+" in"]++
				}
			}
			for _, way := range []string{name + " out", name + " in"} {
				if hidden[way] != counted[way] {
					t.Errorf("seed %d: %s: %d relations are not drawn, %d are counted", seed, way, hidden[way], counted[way])
				}
			}
		}
		if len(drawn.names) > 60 {
			t.Errorf("seed %d: %d entities, more than the 60 allowed", seed, len(drawn.names))
		}
	}
}

// listed is what the list says is drawn.
type listed struct {
	names map[string]bool
	edges map[[2]string]bool
}

// rowsOf reads the list: the edges, and how many are counted where.
func rowsOf(t *testing.T, page node) (listed, map[string]int) {
	t.Helper()
	l, counted := listed{map[string]bool{"n0": true}, map[[2]string]bool{}}, map[string]int{}
	for _, tr := range page.all("tbody tr") {
		from, to := strings.Fields(tr.one("th").text())[0], strings.Fields(tr.all("td")[1].text())[0]
		switch {
		case strings.HasPrefix(from, "+"):
			counted[to+" in"] += number(t, from)
		case strings.HasPrefix(to, "+"):
			counted[from+" out"] += number(t, to)
		default:
			if e := [2]string{from, to}; l.edges[e] {
				t.Errorf("%v is listed twice", e)
			}
			l.edges[[2]string{from, to}] = true
			l.names[from], l.names[to] = true, true
		}
	}
	return l, counted
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimPrefix(text, "+"))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func distances(near map[string][]string, from string) map[string]int {
	dist := map[string]int{from: 0}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		for _, to := range near[queue[0]] {
			if _, seen := dist[to]; !seen {
				dist[to] = dist[queue[0]] + 1
				queue = append(queue, to)
			}
		}
	}
	return dist
}

// crowd is 200 components that depend on each other; 60 of them are drawn.
func crowd(s *site) {
	var list []*catalogtest.Builder
	for i := range 200 {
		list = append(list, catalogtest.Component(fmt.Sprint("n", i)).Set("dependsOn", []any{
			fmt.Sprint("component:n", (i*7+1)%200), fmt.Sprint("component:n", (i*3+5)%200),
		}))
	}
	s.add(list...)
}

func TestExploreBudget(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	crowd(s)
	page := s.get("/explore?root=n0&depth=6", http.StatusOK)
	if got := len(page.all("svg.nodes .node")) - len(page.all("svg.nodes .more")); got != 60 {
		t.Errorf("%d entities are drawn, want 60", got)
	}
	if len(page.all("svg.nodes .more")) == 0 {
		t.Error("no box counts what is not drawn")
	}
	page.one(".legend").says("beyond the 60 entities drawn")
	page.one(".lead").says("60 entities", "more are counted")
}

func BenchmarkExplore60(b *testing.B) {
	s := newSite(b, nil)
	crowd(s)
	b.ReportAllocs()
	for b.Loop() {
		rec := httptest.NewRecorder()
		s.router.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/explore?root=component:default/n0&depth=6", nil))
		if rec.Code != http.StatusOK {
			b.Fatal(rec.Code)
		}
	}
}
