// SPDX-License-Identifier: Apache-2.0

package searchtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/search"
)

// serve returns a service over an index with one source, up to date.
func serve(t *testing.T, x search.Index, src search.Source) *search.Service {
	t.Helper()
	s, err := search.New(x, []search.Source{src}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Sync(t.Context())
	return s
}

// found asks and returns the IDs of a page, in order.
func found(t *testing.T, s *search.Service, q search.Query) string {
	t.Helper()
	f, err := s.Search(t.Context(), q)
	if err != nil {
		t.Fatalf("Search(%+v): %v", q, err)
	}
	return listed(f)
}

func listed(f search.Found) string {
	var list []string
	for _, r := range f.Results {
		list = append(list, r.ID)
	}
	return strings.Join(list, " ")
}

func testSync(t *testing.T, x search.Index) {
	src := NewSource(search.Document{ID: "a", Title: "alpha"}, search.Document{ID: "b", Title: "beta"})
	s := serve(t, x, src)
	same(t, "first", "a", found(t, s, search.Query{Text: "alpha"}))
	src.Put("c", search.Document{ID: "c", Title: "gamma"})
	same(t, "what was written is read", "c", found(t, s, search.Query{Text: "gamma"}))
	src.Put("a")
	same(t, "what is gone", "", found(t, s, search.Query{Text: "alpha"}))
	src.Forget("b")
	same(t, "what is gone without a word", "", found(t, s, search.Query{Text: "beta"}))
	src.SetVersion("2")
	f, err := s.Search(t.Context(), search.Query{Text: "gamma"})
	if err != nil || !f.Behind || listed(f) != "c" {
		t.Errorf("while all is taken in anew: %q, behind %v, %v", listed(f), f.Behind, err)
	}
	s.Sync(t.Context())
	same(t, "anew", "c", ids(t, x, search.Probe{Within: everything()}))
	if err := s.Invalidate(t.Context()); err != nil {
		t.Fatal(err)
	}
	same(t, "before all is taken in anew", "c", found(t, s, search.Query{Text: "gamma"}))
	s.Sync(t.Context())
	counts, err := s.Counts(t.Context())
	if err != nil || counts["test"] != 1 {
		t.Errorf("Counts = %v, %v", counts, err)
	}
	for n := range 1500 { // more than one batch
		src.Put(fmt.Sprint(n), search.Document{ID: fmt.Sprint(n), Title: fmt.Sprintf("number %d", n)})
	}
	s.Sync(t.Context())
	same(t, "after many changes", "1499", found(t, s, search.Query{Text: "number-1499"}))
	if err := s.CheckHealth(t.Context()); err != nil {
		t.Errorf("CheckHealth = %v", err)
	}
}

func company() *Source {
	return NewSource(
		search.Document{ID: "checkout", Title: "checkout", Text: "Takes the customer from the basket to a paid order.", Keywords: []string{"go", "critical"}},
		search.Document{ID: "checkout-ui", Title: "checkout-ui", Text: "The pages."},
		search.Document{ID: "paymentsApi", Title: "paymentsApi", Names: []string{"Payments API"}, Text: "Authorise and capture. Deployed on the runtime."},
		search.Document{ID: "payments", Title: "Payments", Text: "Everything that moves money"},
		search.Document{ID: "tech-radar", Title: "Tech radar", Text: "What technology we use"},
		search.Document{ID: "team-tools", Title: "Team tools", Text: "For each team"},
		search.Document{ID: "runtime", Title: "runtime", Text: "Where deployments run: order events, and events of an order."},
		search.Document{ID: "order-events", Title: "order events", Text: "What happened to orders."},
		search.Document{ID: "ines", Type: "person", Title: "Inês Carvalho", Names: []string{"ines"}, Keywords: []string{"ines@example.com"}, Text: "Product"},
		search.Document{ID: "secret", Title: "checkout secret", Text: "checkout checkout"},
	)
}

func testQuestions(t *testing.T, x search.Index) {
	s := serve(t, x, company())
	for _, tt := range []struct{ q, want string }{
		{"checkout", "checkout checkout-ui"},
		{"CheckOut", "checkout checkout-ui"},
		{"check", "checkout checkout-ui"},
		{"heckou", "checkout checkout-ui"},
		{"chekout", "checkout checkout-ui"},
		{"chekcout ", "checkout checkout-ui"},
		{"payments-api", "paymentsApi"},
		{"paymentsapi", "paymentsApi"},
		{"payments", "payments paymentsApi"},
		{"payment", "payments paymentsApi"},
		{"tech", "tech-radar"},
		{"team", "team-tools"},
		{"tech ", "tech-radar"},
		{"deploys ", "paymentsApi runtime"},
		{"deployment", "paymentsApi runtime"},
		{`"order events"`, "order-events runtime"},
		{`"events of an order"`, "runtime"},
		{"order -runtime", "order-events checkout"},
		{"ines", "ines"},
		{"inês", "ines"},
		{"carvalo ", "ines"},
		{"ines@example.com", "ines"},
		{"the basket", "checkout"},
		{"basket nowhere", "checkout"},
		{"zzzz", ""},
		{"?!", ""},
		{"-checkout", ""},
	} {
		got := found(t, s, search.Query{Text: tt.q})
		if !strings.HasPrefix(got+" ", strings.TrimSpace(tt.want)+" ") && got != tt.want {
			t.Errorf("%q found %q, want %q first", tt.q, got, tt.want)
		}
	}
	f, err := s.Search(t.Context(), search.Query{Text: "basket", Facets: true})
	if err != nil || len(f.Results) != 1 {
		t.Fatalf("Search = %+v, %v", f, err)
	}
	same(t, "snippet", []search.Part{{Text: "Takes the customer from the "}, {Text: "basket", Mark: true}, {Text: " to a paid order."}}, f.Results[0].Snippet)
}

func testSight(t *testing.T, x search.Index) {
	s := serve(t, x, company())
	inside := callboard.WithIdentity(t.Context(), callboard.Identity{Subject: "user:default/ines"})
	for _, q := range []string{"checkout", "secret", "checkout secret", "checkot", "sec", "ecre", `"checkout secret"`, ""} {
		f, err := s.Search(t.Context(), search.Query{Text: q, Facets: true, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(listed(f), "secret") {
			t.Errorf("%q finds what is secret: %s", q, listed(f))
		}
		counted := 0
		for _, c := range f.Facets {
			counted += c.Count
		}
		if f.Total != len(f.Results) || counted != f.Total {
			t.Errorf("%q: %d results, %d in all, %d by type", q, len(f.Results), f.Total, counted)
		}
		f, err = s.Search(inside, search.Query{Text: q, Limit: 100})
		if err != nil || !strings.Contains(listed(f), "secret") {
			t.Errorf("%q does not find what is not secret: %s, %v", q, listed(f), err)
		}
	}
	nobody := callboard.WithIdentity(t.Context(), callboard.Identity{Subject: "nobody"})
	if _, err := s.Search(nobody, search.Query{Text: "checkout"}); callboard.CodeOf(err) != callboard.CodeForbidden {
		t.Errorf("who may see nothing gets %v", err)
	}
}

func testPages(t *testing.T, x search.Index) {
	var docs []search.Document
	for n := range 95 {
		d := search.Document{ID: fmt.Sprintf("s%02d", n), Title: fmt.Sprintf("service %02d", n), Text: "common"}
		if n%5 == 0 {
			d.Type = "person"
		}
		docs = append(docs, d)
	}
	s := serve(t, x, NewSource(docs...))
	for _, q := range []search.Query{{Text: "service", Limit: 10}, {Text: "common", Limit: 7}, {Limit: 30}, {Text: "service", Limit: 10, Types: []string{"person"}}} {
		want := 95
		if len(q.Types) > 0 {
			want = 19
		}
		seen := map[string]bool{}
		var last search.Found
		for pages := 0; ; pages++ {
			f, err := s.Search(t.Context(), q)
			if err != nil || f.Total != want || pages > want {
				t.Fatalf("Search(%+v) = %d in all, %v", q, f.Total, err)
			}
			for _, r := range f.Results {
				if seen[r.ID] {
					t.Errorf("%+v: %s comes twice", q, r.ID)
				}
				seen[r.ID] = true
			}
			if pages > 0 {
				back := q
				back.Cursor = f.Prev
				b, err := s.Search(t.Context(), back)
				if err != nil || listed(b) != listed(last) {
					t.Errorf("back = %s, %v; want %s", listed(b), err, listed(last))
				}
			}
			if last = f; f.Next == "" {
				break
			}
			q.Cursor = f.Next
		}
		if len(seen) != want {
			t.Errorf("%+v: the pages have %d, want %d", q, len(seen), want)
		}
	}
	f, err := s.Search(t.Context(), search.Query{Text: "service", Types: []string{"person"}, Facets: true})
	if err != nil || len(f.Facets) != 2 || f.Facets[0].Count != 76 || f.Facets[1].Count != 19 {
		t.Errorf("facets beside a type = %+v, %v", f.Facets, err)
	}
	f, err = s.Search(t.Context(), search.Query{Text: "service", Types: []string{"software-catalog"}})
	if err != nil || f.Total != 95 {
		t.Errorf("by another name of the types: %d, %v", f.Total, err)
	}
	if _, err := s.Search(t.Context(), search.Query{Text: "service", Cursor: "!"}); callboard.CodeOf(err) != callboard.CodeInvalid {
		t.Errorf("a wrong cursor gives %v", err)
	}
}

func testHostile(t *testing.T, x search.Index) {
	s := serve(t, x, company())
	for _, q := range []string{
		`"`, `""`, `"a`, `a"b"c`, `'`, `''`, `\`, `\'`, `a:*`, `names:checkout`, `facts : "level=secret"`, `NEAR(a b)`, `checkout NOT x`,
		`^checkout`, `{names body}: a`, `) OR (`, `a & b | !c <-> d`, `checkout'); DROP TABLE search_documents; --`, "\x00", "\xff\xfe", "a\x00b",
		strings.Repeat("a", 100_000), strings.Repeat("a ", 50_000), strings.Repeat(`"a" `, 1000), strings.Repeat("-a ", 1000), strings.Repeat("(", 5000),
		"level=secret", "@tag=blue", "*", "!", "\u202echeckout", "ＣＨＥＣＫＯＵＴ", "-", "--", "- -", `-"`, `-"checkout ui"`, "ß", "İ",
	} {
		if f, err := s.Search(t.Context(), search.Query{Text: q, Facets: true}); err != nil {
			t.Errorf("Search(%.40q): %v", q, err)
		} else if strings.Contains(listed(f), "secret") {
			t.Errorf("Search(%.40q) finds what is secret", q)
		}
	}
	if got := found(t, s, search.Query{Text: "checkout"}); got == "" {
		t.Error("nothing is found any more")
	}
}
