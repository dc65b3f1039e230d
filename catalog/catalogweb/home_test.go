// SPDX-License-Identifier: Apache-2.0

package catalogweb_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogtest"
)

// home draws the catalog's cards for the reader; silent ones are left out.
func (s *site) home() map[string]node {
	s.tb.Helper()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r = r.WithContext(callboard.WithIdentity(r.Context(), s.identity))
	cards := map[string]node{}
	for _, c := range s.web.HomeCards() {
		body, err := c.Render(r)
		if err != nil {
			s.tb.Fatalf("home card %s: %v", c.ID, err)
		}
		if body == "" {
			continue
		}
		doc, err := html.Parse(strings.NewReader(string(body)))
		if err != nil {
			s.tb.Fatal(err)
		}
		cards[c.ID] = node{s.tb, doc, "home card " + c.ID, nil}
	}
	return cards
}

func (s *site) lead() string {
	s.tb.Helper()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	text, err := s.web.HomeLead().Text(r.WithContext(callboard.WithIdentity(r.Context(), s.identity)))
	if err != nil {
		s.tb.Fatal(err)
	}
	return text
}

func ids(cards map[string]node) []string {
	var out []string
	for id := range cards {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

func TestHomeOfAnEmptyCatalog(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	if diff := cmp.Diff([]string{"catalog.problems"}, ids(s.home())); diff != "" {
		t.Errorf("cards for a guest mismatch (-want +got):\n%s", diff)
	}
	s.identity = callboard.Identity{Subject: "user:default/ann", Name: "Ann", Owns: []string{"user:default/ann"}}
	s.home()["catalog.owned"].one(".empty").says("You own nothing yet")
	if got := s.lead(); got != "You and your teams own nothing in the catalog yet." {
		t.Errorf("lead = %q", got)
	}
}

func TestHomeOfAGuest(t *testing.T) {
	t.Parallel()
	s := shopSite(t)
	cards := s.home()
	if diff := cmp.Diff([]string{"catalog.browse", "catalog.changes", "catalog.problems"}, ids(cards)); diff != "" {
		t.Errorf("cards mismatch (-want +got):\n%s", diff)
	}
	cards["catalog.browse"].one(`a[href="/catalog?kind=Component"]`).says("Components", "2")
	cards["catalog.browse"].one(`a[href="/catalog?kind=API"]`).says("API", "1")
	cards["catalog.changes"].one(`a[href="/catalog/default/component/basket"]`)
	if got := s.lead(); got != "6 entities and how they belong together." {
		t.Errorf("lead = %q", got)
	}
}

func TestHomeOfAPerson(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	broken := catalog.Item{Location: "test:broken", Content: []byte("apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: torn}\nspec: {owner: web, type: service}\n")}
	s.deliver(catalog.Item{Location: "test:all", Entities: []*catalog.Entity{
		catalogtest.Group("web").Title("Web team").Entity(),
		catalogtest.User("ann", "web").Entity(),
		catalogtest.API("a-first").Owner("group:default/web").Entity(),
		catalogtest.Component("basket").Owner("group:default/web").Set("lifecycle", "production").Entity(),
		catalogtest.Component("theirs").Owner("group:default/other").Entity(),
	}}, broken)
	s.identity = callboard.Identity{Subject: "user:default/ann", Name: "Ann", Owns: []string{"user:default/ann", "group:default/web"}}
	cards := s.home()
	if diff := cmp.Diff([]string{"catalog.changes", "catalog.counts", "catalog.myproblems", "catalog.owned", "catalog.teams"}, ids(cards)); diff != "" {
		t.Errorf("cards mismatch (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"basket", "a-first"}, cards["catalog.owned"].texts("tbody th a")); diff != "" {
		t.Errorf("owned mismatch, components come first (-want +got):\n%s", diff)
	}
	cards["catalog.owned"].one(`a[href="/catalog?kind=Component&view=owned"]`).says("1 Component")
	cards["catalog.teams"].one(`a[href="/catalog/default/group/web"]`).says("Web team")
	cards["catalog.teams"].one("li").says("1 person, owns 2 entities")
	cards["catalog.myproblems"].one(".problems li").says("test:broken")
	if got := cards["catalog.changes"].texts("tbody th a"); slices.Contains(got, "theirs") || !slices.Contains(got, "basket") {
		t.Errorf("changes of what Ann owns: %v", got)
	}
	if got := s.lead(); got != "You and your teams own 2 entities. 1 problem to mend." {
		t.Errorf("lead = %q", got)
	}
}
