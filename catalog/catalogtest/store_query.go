// SPDX-License-Identifier: Apache-2.0

package catalogtest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

// seed fills the store with a small catalog for questions.
func (x *storeTest) seed() {
	x.Helper()
	x.apply(
		from("shop", Component("Shop").Title("The Shop").Description("Sells 100% of the goods").Tags("go", "Web").
			Set("type", "website").Label("tier", "1").Claim(owned(component("shop"), "web")...)),
		from("till", Component("till").Tags("java", "go").Set("type", "Service").Owner("group:default/ops").
			Claim(owned(component("till"), "ops")...)),
		from("cart", API("cart").Title("Cart").Tags("rest").Set("type", "openapi").Claim(owned(catalog.NewRef("api", "", "cart"), "web")...)),
		from("web", Group("web").Description("a_b").Claim()),
		from("bo", User("bo", "web").Claim()),
	)
}

func testFilter(x *storeTest) {
	x.seed()
	in := func(field string, values ...string) catalog.In { return catalog.In{Field: field, Values: values} }
	kind := in("kind", "component")
	cases := []struct {
		filter catalog.Filter
		want   []string
	}{
		{nil, []string{"cart", "shop", "till", "web", "bo"}},
		{kind, []string{"shop", "till"}},
		{in("KIND", "COMPONENT", "api", "none"), []string{"cart", "shop", "till"}},
		{in("kind"), nil},
		{in("nothing", "x"), nil},
		{in("metadata.tags", "GO"), []string{"shop", "till"}},
		{in("metadata.tags.web", "true"), []string{"shop"}},
		{in("spec.type", "service"), []string{"till"}},
		{in("metadata.labels.tier", "1"), []string{"shop"}},
		{in("relations.ownedBy", "group:default/web"), []string{"cart", "shop"}},
		{in("relations.ownedBy", "group:default/ops", "group:default/web"), []string{"cart", "shop", "till"}},
		{in("metadata.name", "shop"), []string{"shop"}},
		{in("metadata.namespace", "default"), []string{"cart", "shop", "till", "web", "bo"}},
		{catalog.Exists{Field: "metadata.title"}, []string{"cart", "shop"}},
		{catalog.Exists{Field: "relations.ownerOf"}, []string{"web"}},
		{catalog.Exists{Field: "spec.nothing"}, nil},
		{catalog.Prefix{Field: "metadata.name", Text: "SH"}, []string{"shop"}},
		{catalog.Prefix{Field: "metadata.title", Text: ""}, []string{"cart", "shop"}},
		{catalog.Prefix{Field: "relations.ownedBy", Text: "group:default/o"}, []string{"till"}},
		{catalog.Contains{Field: "metadata.description", Text: "0% of"}, []string{"shop"}},
		{catalog.Contains{Field: "metadata.description", Text: "%"}, []string{"shop"}},
		{catalog.Contains{Field: "metadata.description", Text: "_"}, []string{"web"}},
		{catalog.Contains{Field: "relations.ownedBy", Text: "/WEB"}, []string{"cart", "shop"}},
		{catalog.All{}, []string{"cart", "shop", "till", "web", "bo"}},
		{catalog.Any{}, nil},
		{catalog.All{kind, in("metadata.tags", "java")}, []string{"till"}},
		{catalog.Any{in("kind", "user"), in("metadata.tags", "java")}, []string{"till", "bo"}},
		{catalog.Not{Filter: kind}, []string{"cart", "web", "bo"}},
		{catalog.Not{Filter: catalog.All{}}, nil},
		{catalog.All{catalog.Not{Filter: catalog.Exists{Field: "metadata.tags"}}, catalog.Any{in("kind", "group"), kind}}, []string{"web"}},
	}
	for _, c := range cases {
		x.expectFound(c.filter, c.want...)
	}
}

func testText(x *storeTest) {
	x.seed()
	cases := []struct {
		term   string
		fields []string
		want   []string
	}{
		{"", nil, []string{"cart", "shop", "till", "web", "bo"}},
		{"  ", nil, []string{"cart", "shop", "till", "web", "bo"}},
		{"SHO", nil, []string{"shop"}},
		{"goods shop", nil, []string{"shop"}},
		{"goods till", nil, nil},
		{"group:default/ops", nil, []string{"till"}},
		{"java", []string{"metadata.tags"}, []string{"till"}},
		{"shop", []string{"metadata.description"}, nil},
		{"100%", nil, []string{"shop"}},
		{"a_b", nil, []string{"web"}},
		{"a%b", nil, nil},
		{"openapi", []string{"kind", "SPEC.type"}, []string{"cart"}},
		{"/ops", []string{"metadata.name", "relations.ownedBy"}, []string{"till"}},
		{`\`, nil, nil},
		{`'"`, nil, nil},
	}
	for _, c := range cases {
		got, p := x.query(catalog.Query{Text: &catalog.Text{Term: c.term, Fields: c.fields}})
		if !slices.Equal(got, c.want) && len(got)+len(c.want) > 0 || p.Total != len(c.want) {
			x.Errorf("Query(text %q in %v) = %v of %d, want %v", c.term, c.fields, got, p.Total, c.want)
		}
	}
	got, _ := x.query(catalog.Query{Text: &catalog.Text{Term: "go"}, Filter: catalog.In{Field: "spec.type", Values: []string{"service"}}})
	equal(x, "text and filter", []string{"till"}, got)
}

// testWithin shows that what a caller may see narrows every question, and that
// a cursor neither carries it nor leads around it.
func testWithin(x *storeTest) {
	x.seed()
	within := catalog.Any{
		catalog.In{Field: "relations.ownedBy", Values: []string{"group:default/web"}},
		catalog.All{catalog.In{Field: "kind", Values: []string{"user"}}, catalog.Not{Filter: catalog.Exists{Field: "metadata.tags"}}},
	}
	for _, c := range []struct {
		q    catalog.Query
		want []string
	}{
		{catalog.Query{}, []string{"cart", "shop", "bo"}},
		{catalog.Query{Filter: catalog.In{Field: "metadata.tags", Values: []string{"go"}}}, []string{"shop"}},
		{catalog.Query{Text: &catalog.Text{Term: "till"}}, nil},
		{catalog.Query{Order: []catalog.Order{{Field: "metadata.name", Desc: true}}}, []string{"shop", "cart", "bo"}},
	} {
		c.q.Within = within
		got, p := x.query(c.q)
		if !slices.Equal(got, c.want) && len(got)+len(c.want) > 0 || p.Total != len(c.want) {
			x.Errorf("Query(%+v) = %v of %d, want %v", c.q, got, p.Total, c.want)
		}
	}
	_, all := x.query(catalog.Query{Limit: 1})
	got, p := x.query(catalog.Query{Cursor: all.Next, Limit: 10, Within: within})
	if want := []string{"shop", "bo"}; !slices.Equal(got, want) || p.Total != 3 {
		x.Errorf("behind a cursor of somebody who sees all = %v of %d, want %v of 3", got, p.Total, want)
	}
	_, narrow := x.query(catalog.Query{Limit: 1, Within: within})
	if got, p := x.query(catalog.Query{Cursor: narrow.Next, Limit: 10}); len(got) != 4 || p.Total != 5 {
		x.Errorf("behind a cursor of somebody who sees less = %v of %d, want all that is left of 5", got, p.Total)
	}
	facets, err := x.store.Facets(x.Context(), catalog.FacetQuery{Fields: []string{"kind"}, Within: within, Filter: catalog.Exists{Field: "metadata.tags"}})
	if err != nil {
		x.Fatal(err)
	}
	equal(x, "facets within", []catalog.Bucket{{Value: "API", Count: 1}, {Value: "Component", Count: 1}}, facets["kind"])
	testRelationsWithin(x)
	testMatches(x, within)
}

// testMatches asks a store that can tell which entities a filter selects.
func testMatches(x *storeTest, filter catalog.Filter) {
	m, ok := x.store.(catalog.Matcher)
	if !ok {
		return // it need not
	}
	refs := []catalog.Ref{component("shop"), component("nowhere"), component("till"), catalog.NewRef("user", "", "bo"), component("shop")}
	served, matching, err := m.Matches(x.Context(), filter, refs)
	if err != nil {
		x.Fatal(err)
	}
	equal(x, "served", []bool{true, false, true, true, true}, served)
	equal(x, "matching", []bool{true, false, false, true, true}, matching)
}

// testRelationsWithin shows that a relation to what a caller may not see is not
// there, whichever way it is asked for.
func testRelationsWithin(x *storeTest) {
	within := catalog.Not{Filter: catalog.In{Field: "metadata.name", Values: []string{"shop", "till"}}}
	field := "relations.ownerOf"
	for what, f := range map[string]catalog.Filter{
		"by name":   catalog.In{Field: field, Values: []string{"component:default/shop", "component:default/till"}},
		"by prefix": catalog.Prefix{Field: field, Text: "component:"},
		"by part":   catalog.Contains{Field: field, Text: "/shop"},
	} {
		if got, p := x.query(catalog.Query{Filter: f, Within: within}); len(got) > 0 || p.Total > 0 {
			x.Errorf("%s: a hidden relation finds %v", what, got)
		}
		if got, _ := x.query(catalog.Query{Filter: f}); len(got) == 0 {
			x.Errorf("%s: nothing is found without Within", what)
		}
	}
	got, _ := x.query(catalog.Query{Filter: catalog.Exists{Field: field}, Within: within})
	equal(x, "who owns anything that is seen", []string{"web"}, got)
	got, _ = x.query(catalog.Query{Text: &catalog.Text{Term: "shop", Fields: []string{field}}, Within: within})
	equal(x, "text in hidden relations", 0, len(got))
	facets, err := x.store.Facets(x.Context(), catalog.FacetQuery{Fields: []string{field}, Within: within})
	if err != nil {
		x.Fatal(err)
	}
	equal(x, "facets of relations", []catalog.Bucket{{Value: "api:default/cart", Count: 1}}, facets[field])
	_, err = x.store.Query(x.Context(), catalog.Query{Within: within, Order: []catalog.Order{{Field: "Relations.ownerOf"}}})
	x.expectCode("order by relations within", err, callboard.CodeInvalid)
}

func testOrder(x *storeTest) {
	x.apply(from("a",
		Component("a").Title("Beta").Label("rank", "2").Claim(),
		Component("b").Title("alpha").Label("rank", "2").Claim(),
		Component("c").Label("rank", "1").Tags("z", "a").Claim(),
		Component("d").Title("Alpha").Claim(),
		Component("e").Title("BETA").Label("rank", "1").Tags("m").Claim(owned(component("e"), "web")...),
	))
	asc := func(f string) catalog.Order { return catalog.Order{Field: f} }
	desc := func(f string) catalog.Order { return catalog.Order{Field: f, Desc: true} }
	cases := []struct {
		order []catalog.Order
		want  string
	}{
		{nil, "abcde"},
		{[]catalog.Order{asc("metadata.title")}, "bdaec"},
		{[]catalog.Order{desc("metadata.title")}, "aebdc"},
		{[]catalog.Order{desc("metadata.name")}, "edcba"},
		{[]catalog.Order{asc("metadata.labels.rank"), desc("Metadata.Title")}, "ecabd"},
		{[]catalog.Order{desc("metadata.labels.rank"), asc("metadata.title")}, "baecd"},
		{[]catalog.Order{asc("metadata.labels.rank"), asc("metadata.title"), desc("metadata.name")}, "ecbad"},
		{[]catalog.Order{asc("metadata.tags")}, "ceabd"},
		{[]catalog.Order{desc("metadata.tags")}, "ecabd"},
		{[]catalog.Order{asc("relations.ownedBy"), desc("metadata.name")}, "edcba"},
		{[]catalog.Order{asc("nothing")}, "abcde"},
	}
	for _, c := range cases {
		got, _ := x.query(catalog.Query{Order: c.order})
		equal(x, fmt.Sprintf("Query(order %v)", c.order), c.want, strings.Join(got, ""))
		for _, size := range []int{1, 2, 4} {
			equal(x, fmt.Sprintf("pages of %d, order %v", size, c.order), c.want, strings.Join(x.walk(catalog.Query{Order: c.order, Limit: size}), ""))
		}
	}
}

// walk pages forwards to the end and back to the start, and checks that both
// ways see the same.
func (x *storeTest) walk(q catalog.Query) []string {
	x.Helper()
	names, p := x.query(q)
	all := slices.Clone(names)
	total := p.Total
	for p.Next != "" && len(all) <= total {
		names, p = x.query(catalog.Query{Cursor: p.Next, Limit: q.Limit})
		all = append(all, names...)
		if p.Total != total {
			x.Errorf("Total = %d on a later page, %d on the first", p.Total, total)
		}
	}
	back := slices.Clone(names)
	for p.Prev != "" && len(back) <= total {
		names, p = x.query(catalog.Query{Cursor: p.Prev, Limit: q.Limit})
		back = append(slices.Clone(names), back...)
		if p.Next == "" {
			x.Errorf("no way on from a page that was reached backwards")
		}
	}
	equal(x, fmt.Sprintf("the way back of %+v", q), all, back)
	return all
}

func testPages(x *storeTest) {
	var claims []catalog.Claim
	for i := range 50 {
		b := Component(fmt.Sprintf("c%02d", i)).Label("group", fmt.Sprint(i%3))
		if i%4 != 0 {
			b.Title(fmt.Sprintf("Title %d", i%5))
		}
		claims = append(claims, b.Claim())
	}
	x.apply(from("a", claims...))
	for _, order := range [][]catalog.Order{
		nil,
		{{Field: "metadata.title"}},
		{{Field: "metadata.title", Desc: true}},
		{{Field: "metadata.labels.group", Desc: true}, {Field: "metadata.title"}},
	} {
		all, first := x.query(catalog.Query{Order: order, Limit: 100})
		equal(x, "Total", 50, first.Total)
		equal(x, "cursors of the only page", "", first.Next+first.Prev)
		for _, size := range []int{1, 7, 25, 50} {
			equal(x, fmt.Sprintf("pages of %d, order %v", size, order), all, x.walk(catalog.Query{Order: order, Limit: size}))
		}
		some, p := x.query(catalog.Query{Order: order, Offset: 10, Limit: 5})
		equal(x, "offset", all[10:15], some)
		before, _ := x.query(catalog.Query{Cursor: p.Prev, Limit: 4})
		equal(x, "before the offset", all[6:10], before)
		after, _ := x.query(catalog.Query{Cursor: p.Next, Limit: 4})
		equal(x, "behind the offset", all[15:19], after)
		none, _ := x.query(catalog.Query{Order: order, Offset: 100})
		equal(x, "beyond the end", 0, len(none))
	}
	filtered := catalog.Query{
		Filter: catalog.All{catalog.In{Field: "metadata.labels.group", Values: []string{"1", "2"}}, catalog.Not{Filter: catalog.Exists{Field: "none"}},
			catalog.Any{catalog.Prefix{Field: "metadata.name", Text: "c"}, catalog.Contains{Field: "kind", Text: "zz"}}},
		Text:  &catalog.Text{Term: "title"},
		Order: []catalog.Order{{Field: "metadata.title", Desc: true}},
	}
	all, _ := x.query(catalog.Query{Filter: filtered.Filter, Text: filtered.Text, Order: filtered.Order, Limit: 100})
	filtered.Limit = 4
	equal(x, "pages with filter and text", all, x.walk(filtered))
	_, p := x.query(catalog.Query{SkipTotal: true})
	equal(x, "Total when skipped", -1, p.Total)
}

// testPagesWhileChanging: what is added or removed between two pages makes no
// other entity appear twice or be missed.
func testPagesWhileChanging(x *storeTest) {
	claims := func(names ...string) []catalog.Claim {
		var out []catalog.Claim
		for _, n := range names {
			out = append(out, Component(n).Title(n).Claim())
		}
		return out
	}
	x.apply(from("a", claims("b", "d", "f", "h", "j", "l")...))
	q := catalog.Query{Order: []catalog.Order{{Field: "metadata.title"}}, Limit: 2}
	names, p := x.query(q)
	equal(x, "first page", []string{"b", "d"}, names)
	x.apply(from("a", claims("a", "b", "c", "f", "g", "j", "l")...)) // d, where the cursor stands, is gone
	names, p = x.query(catalog.Query{Cursor: p.Next, Limit: 2})
	equal(x, "second page", []string{"f", "g"}, names)
	names, p = x.query(catalog.Query{Cursor: p.Prev, Limit: 2})
	equal(x, "back", []string{"b", "c"}, names)
	x.apply(from("a", claims("a")...))
	names, p = x.query(catalog.Query{Cursor: p.Next, Limit: 2})
	equal(x, "a page whose entities are gone", 0, len(names))
	equal(x, "Total", 1, p.Total)
}

func testLimits(x *storeTest) {
	x.seed()
	for name, q := range map[string]catalog.Query{
		"negative limit":  {Limit: -1},
		"great limit":     {Limit: catalog.MaxLimit + 1},
		"negative offset": {Offset: -1},
		"no cursor":       {Cursor: "no cursor"},
		"empty object":    {Cursor: "e30"},
		"null":            {Cursor: "bnVsbA"},
	} {
		_, err := x.store.Query(x.Context(), q)
		x.expectCode("Query with "+name, err, callboard.CodeInvalid)
	}
	got, _ := x.query(catalog.Query{Limit: catalog.MaxLimit})
	equal(x, "Query with the greatest limit", 5, len(got))
}

func testFacets(x *storeTest) {
	x.seed()
	x.apply(from("more", Component("m").Tags("GO", "web").Set("type", "service").Claim()))
	facets := func(f catalog.Filter, t *catalog.Text, field string) string {
		x.Helper()
		got := must(x.store.Facets(x.Context(), catalog.FacetQuery{Filter: f, Text: t, Fields: []string{field}}))(x)
		var parts []string
		for _, b := range got[field] {
			parts = append(parts, fmt.Sprintf("%s=%d", b.Value, b.Count))
		}
		return strings.Join(parts, " ")
	}
	component := catalog.In{Field: "kind", Values: []string{"component"}}
	cases := []struct {
		filter catalog.Filter
		text   *catalog.Text
		field  string
		want   string
	}{
		{nil, nil, "kind", "API=1 Component=3 Group=1 User=1"},
		{nil, nil, "KIND", "API=1 Component=3 Group=1 User=1"},
		{nil, nil, "metadata.tags", "GO=3 java=1 rest=1 Web=2"},
		{component, nil, "spec.type", "Service=2 website=1"},
		{catalog.In{Field: "metadata.name", Values: []string{"m"}}, nil, "spec.type", "service=1"},
		{catalog.Not{Filter: component}, nil, "spec.type", "openapi=1 team=1"},
		{nil, &catalog.Text{Term: "web"}, "kind", "Component=2 Group=1"},
		{nil, nil, "relations.ownedBy", "group:default/ops=1 group:default/web=2"},
		{component, nil, "relations.ownedBy", "group:default/ops=1 group:default/web=1"},
		{nil, nil, "nothing", ""},
	}
	for _, c := range cases {
		equal(x, fmt.Sprintf("Facets(%v, %v, %s)", c.filter, c.text, c.field), c.want, facets(c.filter, c.text, c.field))
	}
	got := must(x.store.Facets(x.Context(), catalog.FacetQuery{Fields: []string{"kind", "nothing", "spec.type"}}))(x)
	equal(x, "number of fields", 3, len(got))
	if got["nothing"] == nil {
		x.Errorf("Facets has no entry for a field that nothing has")
	}
	// After a change of spelling the old one is gone.
	x.apply(gone("more"))
	equal(x, "tags", "go=2 java=1 rest=1 Web=1", facets(nil, nil, "metadata.tags"))
}
