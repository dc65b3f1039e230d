// SPDX-License-Identifier: Apache-2.0

package catalogweb_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogtest"
)

// broken is a document of the owner with an error, and with a warning if amiss.
func broken(name, owner string, amiss bool) string {
	text := "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: " + name + "}\nspec:\n  lifecycle: production\n  owner: " + owner + "\n"
	if amiss {
		text += "  system: 'not a name!'\n"
	}
	return text + "---\n"
}

func item(location string, documents ...string) catalog.Item {
	return catalog.Item{Location: location, Content: []byte(strings.Join(documents, ""))}
}

func TestProblemsEmpty(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.get("/problems", http.StatusOK).one(".empty").says("No problems")
	s.get("/problems?severity=warning", http.StatusOK).one(".empty").says("No such problems", "Show all")
	s.get("/problems?owner=me", http.StatusOK).one(".empty").says("Nothing is yours yet")
	s.get("/problems/conflicts", http.StatusOK).one(".empty").says("No conflicts")
}

func TestProblemsSayAll(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.deliver(
		item("test:groups", "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: web, title: Web team}\nspec: {type: team, children: []}\n"),
		item("test:a", "---\n", broken("shop", "web", false)),
		item("url:https://git.example.com/a.yaml", "kind: [\n"),
	)
	page := s.get("/problems", http.StatusOK)
	rows := page.all(".problems li")
	if len(rows) != 2 {
		t.Fatalf("%d problems, want 2: %q", len(rows), page.texts(".problems li"))
	}
	rows[0].says("error", "spec.type is missing", "test:a:5:1, document 1, at /spec/type", "Rule", "component:default/shop", "first seen", "last seen")
	rows[0].one(`a[href="/catalog/default/group/web"]`).says("Web team")
	rows[1].one(`a[href="https://git.example.com/a.yaml"]`)
}

func TestProblemsFilter(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.identity = callboard.Identity{Subject: "user:default/ann", Owns: []string{"group:default/web"}}
	s.deliver(
		item("test:a", broken("a1", "web", true), broken("a2", "web", false)),
		item("test:b", broken("b1", "data", false), "kind: Spaceship\n"),
	)
	tests := []struct {
		query string
		want  int
		from  []string // counts of the severities: both, errors, warnings
	}{
		{"", 6, []string{"6", "5", "1"}},
		{"owner=group:default/web", 3, []string{"3", "2", "1"}},
		{"owner=me", 3, []string{"3", "2", "1"}},
		{"owner=unknown", 2, []string{"2", "2", "0"}},
		{"owner=group:default/web&owner=group:default/data", 4, []string{"4", "3", "1"}},
		{"severity=warning", 1, []string{"6", "5", "1"}},
		{"severity=error&owner=group:default/web", 2, []string{"3", "2", "1"}},
		{"location=test:b", 3, []string{"3", "3", "0"}},
		{"severity=terrible", 6, []string{"6", "5", "1"}},
		{"after=x", 6, []string{"6", "5", "1"}},
	}
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			page := s.get("/problems?"+tt.query, http.StatusOK)
			if got := len(page.all(".problems li")); got != tt.want {
				t.Errorf("%d problems, want %d", got, tt.want)
			}
			page.one(".pagination").says(fmt.Sprint(tt.want, " problem"))
			if diff := cmp.Diff(tt.from, page.all(".facet")[0].texts(".count")); diff != "" {
				t.Errorf("counts mismatch (-want +got):\n%s", diff)
			}
		})
	}
	s.get("/problems?severity=terrible", http.StatusOK).one(".notices").says(`not "terrible"`)
	s.get("/problems?after=x", http.StatusOK).one(".notices").says("the first one")
	one := s.get("/problems?location=test:b&severity=error", http.StatusOK)
	one.one(`input[name="location"][value="test:b"]`)
	one.one(`main a[href="/problems?severity=error"]`).says("All locations")
	one.one(`.facets a[href="/problems"]`)
	if got := s.get("/problems?owner=group:default/web", http.StatusOK).one(`input[name="owner"][checked]`).attr("value"); got != "group:default/web" {
		t.Errorf("the owner %q is checked", got)
	}
}

// many delivers documents that are all broken, with owners of different size.
func many(s *site, n int) {
	var items []catalog.Item
	for i := 0; i < n; i += 100 {
		var docs []string
		for k := i; k < min(n, i+100); k++ {
			docs = append(docs, broken(fmt.Sprint("c", k), fmt.Sprint("team-", k%37), false))
		}
		items = append(items, item(fmt.Sprintf("test:%05d", i), docs...))
	}
	s.deliver(items...)
}

func TestProblemsPage(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	many(s, 500)
	seen := map[string]bool{}
	pages := 0
	for path := "/problems?owner=group:default/team-1&owner=group:default/team-2&owner=group:default/team-3&owner=group:default/team-4&owner=group:default/team-5"; path != ""; pages++ {
		page := s.get(path, http.StatusOK)
		for _, p := range page.texts(".problems li .mono") {
			seen[p] = true
		}
		path = ""
		for _, next := range page.all(`.pagination a[rel="next"]`) {
			path = next.attr("href")
		}
	}
	if len(seen) != 70 || pages != 2 {
		t.Errorf("%d pages show %d problems, want 2 with 70", pages, len(seen))
	}
	if got := len(s.get("/problems", http.StatusOK).all(`input[name="owner"]`)); got != 12 {
		t.Errorf("%d owners are offered, want the 12 with the most", got)
	}
}

func TestConflicts(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	whole := func(name string) *catalog.Entity { return catalogtest.Component(name).Entity() }
	var first, second []*catalog.Entity
	for i := range 60 {
		first = append(first, whole(fmt.Sprintf("c%02d", i)))
		second = append(second, whole(fmt.Sprintf("c%02d", i)))
	}
	s.deliver(catalog.Item{Location: "test:first", Entities: first})
	s.deliver(catalog.Item{Location: "test:first", Entities: first}, catalog.Item{Location: "test:another", Entities: second})
	page := s.get("/problems/conflicts", http.StatusOK)
	cards := page.all("main .card")
	if len(cards) != 50 {
		t.Fatalf("%d conflicts on the first page, want 50", len(cards))
	}
	cards[0].one(`h2 a[href="/catalog/default/component/c00"]`)
	claims := cards[0].all("li")
	claims[0].says("served", "test:first", "taken in first")
	claims[1].says("waiting", "test:another")
	next := s.get(page.one(`a[rel="next"]`).attr("href"), http.StatusOK)
	if got := len(next.all("main .card")); got != 10 {
		t.Errorf("%d conflicts on the second page, want 10", got)
	}
	s.get("/problems/conflicts?after=:::", http.StatusOK).one(".notices").says("the first one")
}

func BenchmarkProblems10k(b *testing.B) {
	s := newSite(b, nil)
	many(s, 10_000)
	b.ReportAllocs()
	for b.Loop() {
		rec := httptest.NewRecorder()
		s.router.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/problems", nil))
		if rec.Code != http.StatusOK {
			b.Fatal(rec.Code)
		}
	}
}
