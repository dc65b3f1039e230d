// SPDX-License-Identifier: Apache-2.0

package catalogweb_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog/catalogtest"
	"github.com/callboard/callboard/portal/ui"
)

// shopSite is a small catalog to list.
func shopSite(t *testing.T) *site {
	t.Helper()
	s := newSite(t, nil)
	s.add(
		catalogtest.Group("web").Title("Web team"),
		catalogtest.Group("data"),
		catalogtest.System("shop").Owner("group:default/web"),
		catalogtest.Component("basket").Owner("group:default/web").Set("system", "shop").Set("lifecycle", "production").Tags("go").Description("Holds what a customer means to buy."),
		catalogtest.Component("ranking").Title("Basket").Owner("group:default/data").Set("type", "library").Set("lifecycle", "experimental"),
		catalogtest.API("orders").Owner("group:default/web"),
	)
	return s
}

func names(page node) []string { return page.texts("tbody th a") }

func TestListFilters(t *testing.T) {
	t.Parallel()
	s := shopSite(t)
	tests := []struct {
		query string
		want  []string
	}{
		{"", []string{"basket", "data", "orders", "Basket", "shop", "Web team"}},
		{"?sort=-name", []string{"Web team", "shop", "Basket", "orders", "data", "basket"}},
		{"?sort=lifecycle&kind=component", []string{"Basket", "basket"}},
		{"?kind=component", []string{"basket", "Basket"}},
		{"?kind=Component&lifecycle=production", []string{"basket"}},
		{"?kind=component&kind=api", []string{"basket", "orders", "Basket"}},
		{"?owner=group:default/data", []string{"Basket"}},
		{"?tag=go", []string{"basket"}},
		{"?q=means+buy", []string{"basket"}},
		{"?q=basket", []string{"basket", "Basket"}},
		{"?sort=colour&limit=7&view=odd&cursor=", []string{"basket", "data", "orders", "Basket", "shop", "Web team"}},
	}
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, names(s.get("/catalog"+tt.query, http.StatusOK))); diff != "" {
				t.Errorf("GET /catalog%s mismatch (-want +got):\n%s", tt.query, diff)
			}
		})
	}
}

func TestListRow(t *testing.T) {
	t.Parallel()
	page := shopSite(t).get("/catalog?kind=component", http.StatusOK)
	if diff := cmp.Diff([]string{"Name", "Kind", "Owner", "System", "Lifecycle"}, page.texts("thead th")); diff != "" {
		t.Errorf("columns mismatch (-want +got):\n%s", diff)
	}
	page.one(`thead th[aria-sort="ascending"]`).says("Name")
	rows := page.all("tbody tr")
	rows[0].says("basket", "Holds what a customer means to buy.", "Component", "service", "Web team", "shop", "production")
	rows[1].one("th").says("Basket", "ranking") // two are called basket
	rows[0].one(`td a[href="/catalog/default/group/web"]`)
	rows[0].one(`td a[href="/catalog/default/system/shop"]`)
}

func TestListFacets(t *testing.T) {
	t.Parallel()
	s := shopSite(t)
	facets := func(path string) map[string]string {
		found := map[string]string{}
		for _, label := range s.get(path, http.StatusOK).all(".facet label") {
			in := label.one("input")
			found[in.attr("name")+"="+in.attr("value")] = label.one(".count").text()
		}
		return found
	}
	// A facet counts under the conditions of the others, not under its own.
	got := facets("/catalog?kind=component&owner=group:default/web")
	for value, want := range map[string]string{"kind=Component": "1", "kind=API": "1", "kind=System": "1", "owner=group:default/web": "1", "owner=group:default/data": "1"} {
		if got[value] != want {
			t.Errorf("facet %s counts %q, want %s; all: %v", value, got[value], want, got)
		}
	}
	page := s.get("/catalog?kind=component&q=basket&sort=-kind", http.StatusOK)
	if len(page.all(`.facet input[checked]`)) != 1 {
		t.Errorf("checked facets: %v", page.texts(".facet label"))
	}
	page.one(`.facets input[name="sort"]`)
	if got := page.one(`.facets input[name="q"]`).attr("value"); got != "basket" {
		t.Errorf("the text field holds %q", got)
	}
}

func TestListEmpty(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.get("/catalog", http.StatusOK).one(".empty").says("The catalog is empty", "--catalog")
	s = shopSite(t)
	s.get("/catalog?q=nothing+like+it", http.StatusOK).one(".empty").one(`a[href="/catalog"]`)
	s.get("/catalog?view=starred", http.StatusOK).one(".empty").says("Nothing starred yet")
	s.get("/catalog?view=owned", http.StatusOK).one(".empty").says("Who are you?")
	s.identity = callboard.Identity{Subject: "user:default/ann", Name: "Ann", Owns: []string{"user:default/ann"}}
	s.get("/catalog?view=owned", http.StatusOK).one(".empty").says("You own nothing yet", "spec.owner")
	s.identity.Owns = append(s.identity.Owns, "group:default/data")
	if diff := cmp.Diff([]string{"Basket"}, names(s.get("/catalog?view=owned", http.StatusOK))); diff != "" {
		t.Errorf("owned mismatch (-want +got):\n%s", diff)
	}
}

func TestListPages(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	var all []*catalogtest.Builder
	for i := range 60 {
		all = append(all, catalogtest.Component(fmt.Sprintf("c%02d", i)))
	}
	s.add(all...)
	var pages [][]string
	path := "/catalog?sort=-name"
	for path != "" {
		page := s.get(path, http.StatusOK)
		pages = append(pages, names(page))
		path = ""
		if next := page.all(`a[rel="next"]`); len(next) == 1 {
			path = next[0].attr("href")
		} else {
			back := s.get(page.one(`a[rel="prev"]`).attr("href"), http.StatusOK)
			if diff := cmp.Diff(pages[len(pages)-2], names(back)); diff != "" {
				t.Errorf("the page before mismatch (-want +got):\n%s", diff)
			}
		}
	}
	if len(pages) != 3 || len(pages[0]) != 25 || pages[0][0] != "c59" || pages[2][9] != "c00" {
		t.Errorf("pages: %v", pages)
	}
	s.get("/catalog?cursor=made+up", http.StatusBadRequest)
	if got := len(names(s.get("/catalog?limit=50", http.StatusOK))); got != 50 {
		t.Errorf("limit=50 lists %d", got)
	}
}

func TestListColumns(t *testing.T) {
	t.Parallel()
	page := shopSite(t).get("/catalog?kind=component&col=tags&col=namespace", http.StatusOK)
	if diff := cmp.Diff([]string{"Name", "Tags", "Namespace"}, page.texts("thead th")); diff != "" {
		t.Errorf("columns mismatch (-want +got):\n%s", diff)
	}
	page.one(`.menu input[name="col"][value="tags"]`)
	page.one(`.menu-list input[name="kind"]`) // the choice keeps the filter
}

func TestExport(t *testing.T) {
	t.Parallel()
	s := shopSite(t)
	s.add(
		catalogtest.Component("basket").Title("=HYPERLINK(1)").Owner("group:default/web").Set("lifecycle", "production"),
		catalogtest.API("orders").Owner("group:default/web"),
		catalogtest.Group("web"),
	)
	rec := s.answer(httptest.NewRequest(http.MethodGet, "/catalog/export.csv?kind=component&kind=api&col=lifecycle", nil), http.StatusOK)
	if got := rec.Header().Get("Content-Disposition"); got != `attachment; filename="catalog.csv"` {
		t.Errorf("Content-Disposition = %q", got)
	}
	rows, err := csv.NewReader(rec.Body).ReadAll()
	want := [][]string{{"Reference", "Name", "Lifecycle"}, {"component:default/basket", "'=HYPERLINK(1)", "production"}, {"api:default/orders", "orders", "production"}}
	if diff := cmp.Diff(want, rows); diff != "" || err != nil {
		t.Errorf("CSV, error %v, mismatch (-want +got):\n%s", err, diff)
	}
	whole := s.answer(httptest.NewRequest(http.MethodGet, "/catalog/export.csv", nil), http.StatusOK).Body.String()
	if head, _, _ := strings.Cut(whole, "\n"); head != "Reference,Name,Kind,Type,Owner,System,Lifecycle,Tags,Namespace,Description" {
		t.Errorf("CSV without a choice begins with %q", head)
	}
	for path, want := range map[string]int{"/catalog/export.json?kind=api": 1, "/catalog/export.json": 3, "/catalog/export.json?q=nothing": 0} {
		var entities []struct{ Kind string }
		body := s.answer(httptest.NewRequest(http.MethodGet, path, nil), http.StatusOK).Body.Bytes()
		if err := json.Unmarshal(body, &entities); err != nil || len(entities) != want {
			t.Errorf("GET %s = %d entities, %v, want %d:\n%s", path, len(entities), err, want, body)
		}
	}
}

func TestStars(t *testing.T) {
	t.Parallel()
	s := shopSite(t)
	const basket = "/catalog/default/component/basket"
	form := s.get(basket, http.StatusOK).one(`form[action="/catalog/star"]`)
	if form.one("button").attr("aria-pressed") != "false" {
		t.Error("the star is on before anybody starred")
	}
	answer := s.post("/catalog/star", url.Values{"ref": {"component:default/basket"}, "on": {"true"}, "next": {basket}}, http.StatusSeeOther)
	if got := answer.header.Get("Location"); got != basket {
		t.Errorf("starring leads to %q", got)
	}
	cookie := answer.header.Get("Set-Cookie")
	if !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") {
		t.Errorf("the cookie is %q", cookie)
	}
	with := func(path string) node {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Cookie", strings.Split(cookie, ";")[0])
		return s.do(r, http.StatusOK)
	}
	if with(basket).one(`form[action="/catalog/star"] button`).attr("aria-pressed") != "true" {
		t.Error("the star is off after starring")
	}
	if diff := cmp.Diff([]string{"basket"}, names(with("/catalog?view=starred"))); diff != "" {
		t.Errorf("starred mismatch (-want +got):\n%s", diff)
	}
	s.post("/catalog/star", url.Values{"ref": {"::"}, "on": {"true"}}, http.StatusBadRequest)
	elsewhere := s.post("/catalog/star", url.Values{"ref": {"component:default/basket"}, "on": {"true"}, "next": {"https://evil.example"}}, http.StatusSeeOther)
	if got := elsewhere.header.Get("Location"); got != "/" {
		t.Errorf("starring leads out of the portal, to %q", got)
	}
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	s := shopSite(t)
	for term, want := range map[string][]string{"": {}, "  ": {}, "or": {"orders"}, "BASK": {"basket", "Basket"}, "team": {"Web team"}, "zzz": {}} {
		rec := s.answer(httptest.NewRequest(http.MethodGet, "/catalog/suggest?q="+url.QueryEscape(term), nil), http.StatusOK)
		var found []ui.Suggestion
		if err := json.Unmarshal(rec.Body.Bytes(), &found); err != nil {
			t.Fatal(err)
		}
		got := []string{}
		for _, f := range found {
			got = append(got, f.Title)
			if !strings.HasPrefix(f.URL, "/catalog/default/") || f.Icon == "dot" || f.Text == "" {
				t.Errorf("suggestion %+v", f)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("suggestions for %q mismatch (-want +got):\n%s", term, diff)
		}
	}
}
