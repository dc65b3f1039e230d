// SPDX-License-Identifier: Apache-2.0

package catalogapi_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// testFilter holds the filter grammar against what the original documents and
// does: AND by comma, OR by repetition, no regard to case, existence, items of
// lists, relations.
func testFilter(t *testing.T, s *server) {
	for _, test := range []struct{ name, query, want string }{
		{"one condition", "filter=kind=group", "orders stock"},
		{"no regard to case", "filter=KIND=GROUP", "orders stock"},
		{"and", "filter=kind=component,spec.type=service,spec.lifecycle=production", "orders-api Billing"},
		{"or", "filter=kind=user&filter=kind=group,metadata.name=stock", "stock ines"},
		{"alternatives of one field", "filter=metadata.name=stock,metadata.name=orders,kind=group", "orders stock"},
		{"existence", "filter=metadata.annotations.example.com/repo", "orders-api"},
		{"existence beside a value says nothing", "filter=metadata.name,metadata.name=ines", "ines"},
		{"a value with an equals sign is cut at the first", "filter=metadata.name=a=b", ""},
		{"empty value", "filter=metadata.title=", ""},
		{"item of a list as value", "filter=metadata.tags=java", "orders-api Billing"},
		{"item of a list as key", "filter=metadata.tags.java", "orders-api Billing"},
		{"both items of a list", "filter=metadata.tags.java,metadata.tags.rest", "orders-api"},
		{"item of a list as key is true", "filter=metadata.tags.Java=true", "orders-api Billing"},
		{"relation", "filter=relations.ownedBy=group:default/orders", "orders-api orders-web"},
		{"relation without regard to case", "filter=relations.ownedby=Group:default/Orders", "orders-api orders-web"},
		{"white space and empty parts", "filter=%20,kind%20=%20group%20,,", "orders stock"},
		{"an empty filter is none", "filter=&filter=kind=user", "ines"},
		{"namespace", "filter=metadata.namespace=finance", "Billing"},
		{"nothing matches", "filter=kind=starship", ""},
		{"match: comma", `match=metadata.title=Orders\,%20returns%20and%20refunds`, "orders-api"},
		{"match: start", "match=metadata.name=orders-*", "orders-api orders-web"},
		{"match: part", "match=kind=component,metadata.title=*WEB*", "orders-web"},
		{"match: star and backslash themselves", `match=metadata.annotations.example.com/path=C:\\billing\\src\,%20main\*`, "Billing"},
		{"match: and, or", "match=kind=gr*,metadata.name=or*&match=kind=user", "orders ines"},
		{"match: alternatives", "match=kind=group,metadata.name=or*,metadata.name=st*", "orders stock"},
		{"match with filter", "filter=kind=component&match=metadata.name=orders*", "orders-api orders-web"},
		{"text", "fullTextFilterTerm=refunds", "orders-api"},
		{"text in fields", "fullTextFilterTerm=stock&fullTextFilterFields=metadata.name,metadata.title", "stock stock"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := s.in(t)
			query := strings.ReplaceAll(test.query, `\`, "%5C")
			page := s.get("/entities/by-query?" + query).page()
			if got := page.names(); got != test.want {
				t.Errorf("by-query?%s = %q, want %q", test.query, got, test.want)
			}
			if page.TotalItems != len(page.Items) {
				t.Errorf("by-query?%s: totalItems = %d of %d items", test.query, page.TotalItems, len(page.Items))
			}
			var plain []*entityJSON
			if strings.Contains(query, "fullText") {
				return
			}
			s.get("/entities?" + query).want(http.StatusOK).into(&plain)
			if got := names(plain); got != test.want {
				t.Errorf("/entities?%s = %q, want %q", test.query, got, test.want)
			}
		})
	}
}

// testPredicate asks the same in the newer format.
func testPredicate(t *testing.T, s *server) {
	for _, test := range []struct{ name, query, want string }{
		{"value", `{"kind":"group"}`, "orders stock"},
		{"no regard to case", `{"Kind":"GROUP"}`, "orders stock"},
		{"several fields", `{"kind":"component","spec.type":"service"}`, "stock orders-api Billing"},
		{"empty object", `{}`, "orders-api orders-web stock Billing orders stock root ines"},
		{"all", `{"$all":[{"kind":"component"},{"metadata.namespace":"finance"}]}`, "Billing"},
		{"empty all", `{"$all":[]}`, "orders-api orders-web stock Billing orders stock root ines"},
		{"any", `{"$any":[{"kind":"user"},{"kind":"location"}]}`, "root ines"},
		{"empty any", `{"$any":[]}`, ""},
		{"not", `{"$all":[{"kind":"component"},{"$not":{"spec.type":"service"}}]}`, "orders-web"},
		{"exists", `{"kind":"group","metadata.title":{"$exists":true}}`, "orders"},
		{"does not exist", `{"kind":"group","metadata.title":{"$exists":false}}`, "stock"},
		{"in", `{"spec.lifecycle":{"$in":["Deprecated","experimental"]}}`, "orders-web stock"},
		{"empty in", `{"kind":{"$in":[]}}`, ""},
		{"prefix", `{"metadata.name":{"$hasPrefix":"ORDERS-"}}`, "orders-api orders-web"},
		{"a wildcard is only a character", `{"metadata.name":{"$hasPrefix":"orders%"}}`, ""},
		{"part", `{"kind":"component","metadata.title":{"$hasPart":", returns"}}`, "orders-api"},
		{"comma", `{"metadata.title":"orders, returns and refunds"}`, "orders-api"},
		{"contains an item", `{"metadata.tags":{"$contains":"java"}}`, "orders-api Billing"},
		{"contains a relation", `{"relations":{"$contains":{"type":"ownedBy","targetRef":"group:default/stock"}}}`, "stock Billing"},
		{"contains a relation of a type", `{"kind":"component","relations":{"$contains":{"type":"OWNEDBY"}}}`, "orders-api orders-web stock Billing"},
		{"contains one of relations", `{"relations":{"$contains":{"type":"ownedBy","targetRef":{"$in":["group:default/orders","group:default/none"]}}}}`, "orders-api orders-web"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := s.in(t)
			body := `{"query":` + test.query + `}`
			if got, want := sorted(s.post("/entities/by-query", body).page().names()), sorted(test.want); got != want {
				t.Errorf("by-query %s = %q, want %q", body, got, want)
			}
			refs := `{"entityRefs":["component:orders-api","component:orders-web","component:stock","component:finance/billing",` +
				`"group:orders","group:stock","location:root","user:ines"],"query":` + test.query + `}`
			got := strings.ReplaceAll(s.post("/entities/by-refs", refs).page().names(), "null", "")
			if got, want := sorted(got), sorted(test.want); got != want {
				t.Errorf("by-refs %s = %q, want %q", refs, got, want)
			}
		})
	}
}

func sorted(names string) string {
	list := strings.Fields(names)
	slices.Sort(list)
	return strings.Join(list, " ")
}

// testOrder shows that every sort field counts, and that nothing is lost for
// lacking one: where the original is at fault.
func testOrder(t *testing.T, s *server) {
	for query, want := range map[string]string{
		"orderField=metadata.title":                                                         "orders-web orders-api stock Billing",
		"orderField=metadata.title,desc":                                                    "stock orders-api orders-web Billing",
		"orderField=spec.type,asc&orderField=metadata.name,desc":                            "stock orders-api Billing orders-web",
		"orderField=spec.lifecycle,desc&orderField=spec.type,asc&orderField=metadata.title": "orders-api Billing orders-web stock",
		"orderField=metadata.tags,asc":                                                      "orders-api Billing orders-web stock",
	} {
		if got := s.get("/entities/by-query?filter=kind=component&" + query).page(); got.names() != want || got.TotalItems != 4 {
			t.Errorf("by-query?%s = %q (%d in all), want %q", query, got.names(), got.TotalItems, want)
		}
	}
	var plain []*entityJSON
	s.get("/entities?filter=kind=component&order=desc:spec.type&order=asc:metadata.name").want(200).into(&plain)
	if got, want := names(plain), "orders-web Billing orders-api stock"; got != want {
		t.Errorf("/entities in order = %q, want %q", got, want)
	}
}

// testPaging walks forward and back, by GET and by POST.
func testPaging(t *testing.T, s *server) {
	first := func(limit string) map[string]pageJSON {
		return map[string]pageJSON{
			"GET":  s.get("/entities/by-query?orderField=metadata.name,asc&limit=" + limit).page(),
			"POST": s.post("/entities/by-query", `{"orderBy":[{"field":"metadata.name","order":"asc"}],"limit":`+limit+`}`).page(),
		}
	}
	for method, p := range first("3") {
		goOn := func(cursor string) pageJSON {
			if method == "GET" {
				return s.get("/entities/by-query?limit=3&cursor=" + url.QueryEscape(cursor)).page()
			}
			body, _ := json.Marshal(map[string]any{"cursor": cursor, "limit": 3})
			return s.post("/entities/by-query", string(body)).page()
		}
		var seen []string
		for range 10 {
			seen = append(seen, p.names())
			if p.TotalItems != 8 {
				t.Errorf("%s: totalItems = %d on page %d, want 8", method, p.TotalItems, len(seen))
			}
			if p.PageInfo.NextCursor == "" {
				break
			}
			p = goOn(p.PageInfo.NextCursor)
		}
		want := []string{"Billing ines orders", "orders-api orders-web root", "stock stock"}
		if diff := cmp.Diff(want, seen); diff != "" {
			t.Errorf("%s pages mismatch (-want +got):\n%s", method, diff)
		}
		back := goOn(p.PageInfo.PrevCursor)
		if got := back.names(); got != want[1] {
			t.Errorf("%s: the page before the last = %q, want %q", method, got, want[1])
		}
		if got := goOn(back.PageInfo.PrevCursor); got.names() != want[0] || got.PageInfo.PrevCursor != "" {
			t.Errorf("%s: the first page, gone back to = %q with prevCursor %q, want %q without", method, got.names(), got.PageInfo.PrevCursor, want[0])
		}
	}
	if p := s.get("/entities/by-query?limit=0").page(); p.TotalItems != 8 || len(p.Items) != 0 || p.PageInfo.NextCursor != "" {
		t.Errorf("limit=0: %+v, want the total alone", p)
	}
	if p := s.get("/entities/by-query?totalItems=exclude&limit=3").page(); p.TotalItems != 0 || len(p.Items) != 3 {
		t.Errorf("totalItems=exclude: %d in all, %d items; want 0 and 3", p.TotalItems, len(p.Items))
	}
	if p := s.get("/entities/by-query?offset=6&orderField=metadata.name,asc").page(); p.names() != "stock stock" {
		t.Errorf("offset=6: %q, want the last two", p.names())
	}
}

// testLegacyPaging follows the Link header of the older listing.
func testLegacyPaging(t *testing.T, s *server) {
	path, pages := "/entities?limit=3&offset=1&order=asc:metadata.name&filter=kind=component&filter=kind=group", []string{}
	for path != "" {
		a := s.get(path).want(http.StatusOK)
		var items []*entityJSON
		a.into(&items)
		pages = append(pages, names(items))
		link, rel, _ := strings.Cut(a.Header.Get("Link"), ">; ")
		if path = strings.TrimPrefix(link, "</api/catalog"); path != "" && rel != `rel="next"` {
			t.Errorf("Link = %q, want rel=next", a.Header.Get("Link"))
		}
	}
	if diff := cmp.Diff([]string{"orders orders-api orders-web", "stock stock"}, pages); diff != "" {
		t.Errorf("pages mismatch (-want +got):\n%s", diff)
	}
}

func testFields(t *testing.T, s *server) {
	for _, test := range []struct{ fields, want string }{
		{"kind,metadata.name", `{"kind":"Component","metadata":{"name":"orders-api"}}`},
		{"metadata.annotations.example.com/repo", `{"metadata":{"annotations":{"example.com/repo":"orders"}}}`},
		{"metadata.tags, spec.type ,spec.nothing,nothing.at.all", `{"metadata":{"tags":["java","rest"]},"spec":{"type":"service"}}`},
		{"relations", `{"relations":[{"type":"ownedBy","targetRef":"group:default/orders"}]}`},
		{"nothing", `{}`},
	} {
		var want any
		if err := json.Unmarshal([]byte(test.want), &want); err != nil {
			t.Fatal(err)
		}
		fields := url.QueryEscape(test.fields)
		var byQuery, byRefs struct{ Items []any }
		s.get("/entities/by-query?filter=metadata.name=orders-api&fields=" + fields).want(200).into(&byQuery)
		list, _ := json.Marshal(strings.Split(test.fields, ","))
		s.post("/entities/by-refs", `{"entityRefs":["component:default/orders-api"],"fields":`+string(list)+`}`).want(200).into(&byRefs)
		var plain []any
		s.get("/entities?filter=metadata.name=orders-api&fields=" + fields).want(200).into(&plain)
		for from, got := range map[string][]any{"by-query": byQuery.Items, "by-refs": byRefs.Items, "entities": plain} {
			if diff := cmp.Diff([]any{want}, got); diff != "" {
				t.Errorf("%s with fields %s mismatch (-want +got):\n%s", from, test.fields, diff)
			}
		}
	}
}

func testByRefs(t *testing.T, s *server) {
	got := s.post("/entities/by-refs",
		`{"entityRefs":["user:ines","component:default/none","Component:Finance/Billing","no reference","","user:ines","group:default/orders"]}`).page()
	if want := "ines null Billing null null ines orders"; got.names() != want {
		t.Errorf("by-refs = %q, want %q", got.names(), want)
	}
	if got := s.post("/entities/by-refs?filter=kind=user", `{"entityRefs":["user:ines","group:orders"]}`).page().names(); got != "ines null" {
		t.Errorf("by-refs with filter = %q, want %q", got, "ines null")
	}
	if got := s.post("/entities/by-refs", `{"entityRefs":[]}`).page(); len(got.Items) != 0 {
		t.Errorf("by-refs of nothing = %q", got.names())
	}
}

func testFacets(t *testing.T, s *server) {
	type bucket struct {
		Value string
		Count int
	}
	want := map[string][]bucket{
		"kind":          {{"Component", 4}, {"Group", 2}, {"Location", 1}, {"User", 1}},
		"metadata.tags": {{"java", 2}, {"node", 1}, {"rest", 1}},
		"spec.nothing":  {},
	}
	var got struct{ Facets map[string][]bucket }
	s.get("/entity-facets?facet=kind&facet=metadata.tags&facet=spec.nothing").want(200).into(&got)
	if diff := cmp.Diff(want, got.Facets); diff != "" {
		t.Errorf("facets mismatch (-want +got):\n%s", diff)
	}
	for _, a := range []*answer{
		s.get("/entity-facets?facet=spec.type&filter=relations.ownedBy=group:default/orders"),
		s.get("/entity-facets?facet=spec.type&match=metadata.name=orders-*"),
		s.post("/entity-facets", `{"facets":["spec.type"],"query":{"relations.ownedBy":"group:default/orders"}}`),
		s.post("/entity-facets", `{"facets":["spec.type"],"query":{"kind":"component"},"fullTextFilter":{"term":"orders-"}}`),
	} {
		clear(got.Facets)
		a.want(200).into(&got)
		if diff := cmp.Diff(map[string][]bucket{"spec.type": {{"service", 1}, {"website", 1}}}, got.Facets); diff != "" {
			t.Errorf("%s: filtered facets mismatch (-want +got):\n%s", a.what, diff)
		}
	}
}

// testWide shows that what the limits allow is answered.
func testWide(t *testing.T, s *server) {
	t.Helper()
	var filters strings.Builder
	for i := range 500 {
		filters.WriteString("&filter=metadata.name=x" + strconv.Itoa(i))
	}
	if got := s.get("/entities/by-query?filter=kind=user,metadata.name=ines" + filters.String()).page(); got.names() != "ines" {
		t.Errorf("500 filters = %q, want ines", got.names())
	}
	values := strings.Repeat(`"x",`, 9_999) + `"Orders-Web"`
	if got := s.post("/entities/by-query", `{"query":{"metadata.name":{"$in":[`+values+`]}}}`).page(); got.names() != "orders-web" {
		t.Errorf("$in of 10,000 = %q, want orders-web", got.names())
	}
	filters.Reset()
	for i := range 60 {
		filters.WriteString("&filter=metadata.name=x" + strconv.Itoa(i) + ",kind=component")
	}
	if got := s.get("/entities/by-query?filter=kind=user,metadata.name=ines" + filters.String()).page(); got.names() != "ines" {
		t.Errorf("60 filters of two conditions = %q, want ines", got.names())
	}
	deep := strings.Repeat(`{"$not":`, 30) + `{"kind":"user"}` + strings.Repeat("}", 30)
	if got := s.post("/entities/by-query", `{"query":`+deep+`}`).page(); got.names() != "ines" {
		t.Errorf("$not 30 times = %q, want ines", got.names())
	}
	parts := strings.Repeat(`{"kind":"x"},`, 450) + `{"kind":"user"}`
	if got := s.post("/entities/by-query", `{"query":{"$any":[`+parts+`]}}`).page(); got.names() != "ines" {
		t.Errorf("$any of 451 = %q, want ines", got.names())
	}
}
