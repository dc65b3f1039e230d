// SPDX-License-Identifier: Apache-2.0

package catalogtest

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

// oddTexts are texts that somebody's SQL, JSON or pattern once fell over.
func oddTexts() []string {
	return []string{
		`it's`, `"quoted"`, `100%`, `a_b`, `back\slash`, `semi;colon`, `a?b`, `$1`, `a,b`, `*`, `[x]`, `{x}`, "tab\there",
		`größe`, `日本語`, `🚀 rocket`, `--comment`, "\u00a0", `<b>&amp;<b>`, `ﬁ`, `null`, `true`, "line\nbreak",
	}
}

func testOddNames(x *storeTest) {
	for i, text := range oddTexts() {
		ref := catalog.NewRef("component", text, "n-"+text)
		e := New("Component", "N-"+text).Namespace(text).Entity()
		claim := catalog.Claim{Ref: ref, Entity: e, Relations: []catalog.Edge{{Source: ref, Type: text, Target: catalog.NewRef("kind", text, text)}}}
		u := catalog.SourceUpdate{Key: catalog.SourceKey{Provider: text, Parent: text, Location: "file:/" + text}, Claims: []catalog.Claim{claim}}
		u.Problems = []catalog.Problem{{Rule: text, Message: text, Pointer: text, Location: u.Key.Location}}
		x.apply(u)
		r := x.record(ref)
		equal(x, "reference", ref, r.Ref)
		got := must(r.Entity())(x)
		equal(x, "relations of "+text, claim.Relations[0].Type, got.Relations[0].Type)
		equal(x, "targets of "+text, claim.Relations[0].Target, got.Relations[0].Target)
		equal(x, "Claims", 1, len(must(x.store.Claims(x.Context(), ref))(x)))
		s := must(x.store.Sources(x.Context(), catalog.SourceQuery{Location: u.Key.Location}))(x)
		equal(x, "Sources", u.Key, s[0].Key)
		_, total, err := x.store.Problems(x.Context(), catalog.ProblemQuery{Provider: text})
		if total != 1 || err != nil {
			x.Errorf("Problems of provider %q: %d, %v", text, total, err)
		}
		equal(x, "all", i+1, len(x.walk(catalog.Query{Limit: 5})))
	}
}

func testOddText(x *storeTest) {
	var claims []catalog.Claim
	for i, text := range oddTexts() {
		claims = append(claims, Component(fmt.Sprintf("c%02d", i)).Title(text).Tags(text).Annotate("example.com/"+text, text).Claim())
	}
	x.apply(from("a", claims...))
	for i, text := range oddTexts() {
		name := fmt.Sprintf("c%02d", i)
		equal(x, "title", text, x.entity(component(name)).Metadata.Title)
		x.expectFound(catalog.In{Field: "metadata.title", Values: []string{text}}, name)
		x.expectFound(catalog.In{Field: "metadata.annotations.example.com/" + text, Values: []string{strings.ToUpper(text)}}, upper(text, name)...)
		x.expectFound(catalog.Exists{Field: "metadata.tags." + text}, name)
		x.expectFound(catalog.Prefix{Field: "metadata.title", Text: text}, name)
		x.expectFound(catalog.Contains{Field: "metadata.title", Text: text}, name)
	}
	n := len(oddTexts())
	for _, order := range [][]catalog.Order{{{Field: "metadata.title"}}, {{Field: "metadata.title", Desc: true}}} {
		equal(x, "pages", n, len(x.walk(catalog.Query{Order: order, Limit: 3})))
	}
	facets := must(x.store.Facets(x.Context(), catalog.FacetQuery{Fields: []string{"metadata.title"}}))(x)
	equal(x, "Facets", n, len(facets["metadata.title"]))
	for _, odd := range []string{"a\x00b", "\xff\xfe", "\x00"} {
		x.expectFound(catalog.In{Field: "metadata.title", Values: []string{odd}})
		x.expectFound(catalog.Exists{Field: odd})
		x.expectAbsent(component(odd))
		x.query(catalog.Query{Text: &catalog.Text{Term: odd}})
		_, err := x.store.RecordByUID(x.Context(), odd)
		x.expectCode("RecordByUID", err, callboard.CodeNotFound)
	}
	x.apply(from("nul", Component("nul").Title("a\x00b").Claim()))
	equal(x, "a title with NUL", "a\x00b", x.entity(component("nul")).Metadata.Title)
}

// upper returns the name unless upper and lower case do not lead back to text.
func upper(text, name string) []string {
	if strings.ToLower(strings.ToUpper(text)) != strings.ToLower(text) { //nolint:staticcheck // not what EqualFold asks
		return nil
	}
	return []string{name}
}

func testLongValues(x *storeTest) {
	long := strings.Repeat("long ", 20_000)
	edge := strings.Repeat("x", catalog.MaxFieldLength)
	x.apply(from("a", Component("long").Title(long).Description(edge).Tags(long).Claim(), Component("short").Title("a").Claim()))
	equal(x, "title", long, x.entity(component("long")).Metadata.Title)
	x.expectFound(catalog.Exists{Field: "metadata.title"}, "long", "short")
	x.expectFound(catalog.In{Field: "metadata.title", Values: []string{long}})
	x.expectFound(catalog.In{Field: "metadata.description", Values: []string{edge}}, "long")
	names, _ := x.query(catalog.Query{Order: []catalog.Order{{Field: "metadata.title", Desc: true}}})
	equal(x, "a value that is too long sorts as none", []string{"short", "long"}, names)
	facets := must(x.store.Facets(x.Context(), catalog.FacetQuery{Fields: []string{"metadata.title"}}))(x)
	equal(x, "Facets", []catalog.Bucket{{Value: "a", Count: 1}}, facets["metadata.title"])
	x.apply(gone("a"))
	x.expectFound(catalog.Exists{Field: "metadata.title"})
}

// testManyEntities: a change that is larger than any statement can be.
func testManyEntities(x *storeTest) {
	const n = 3000
	var claims []catalog.Claim
	for i := range n {
		name := fmt.Sprintf("c%04d", i)
		claims = append(claims, Component(name).Label("n", fmt.Sprint(i%7)).Claim(owned(component(name), "web")...))
	}
	x.apply(from("web", Group("web").Claim()))
	equal(x, "created", n, len(x.apply(from("a", claims...))))
	equal(x, "changed again", 0, len(x.apply(from("a", claims...))))
	names, p := x.query(catalog.Query{Limit: 5000, Filter: catalog.In{Field: "kind", Values: []string{"component"}}})
	equal(x, "found", []int{n, n}, []int{len(names), p.Total})
	equal(x, "relations", n, len(x.entity(catalog.NewRef("group", "", "web")).Relations))
	var refs []catalog.Ref
	for _, c := range claims {
		refs = append(refs, c.Ref)
	}
	for i, r := range must(x.store.Records(x.Context(), refs))(x) {
		if r.Ref != refs[i] {
			x.Fatalf("Records[%d] = %s, want %s", i, r.Ref, refs[i])
		}
	}
	equal(x, "deleted", n, len(x.apply(gone("a"))))
	x.expectFound(nil, "web")
}

// testCancelled: a cancelled context ends every call, and nothing is half done.
func testCancelled(x *storeTest) {
	x.apply(from("a", Component("shop").Claim()))
	ctx, cancel := context.WithCancel(x.Context())
	cancel()
	calls := map[string]func() error{
		"Records":     func() error { _, err := x.store.Records(ctx, []catalog.Ref{component("shop")}); return err },
		"RecordByUID": func() error { _, err := x.store.RecordByUID(ctx, "x"); return err },
		"Query":       func() error { _, err := x.store.Query(ctx, catalog.Query{}); return err },
		"Facets": func() error {
			_, err := x.store.Facets(ctx, catalog.FacetQuery{Fields: []string{"kind"}})
			return err
		},
		"Apply": func() error {
			_, err := x.store.Apply(ctx, catalog.Change{Sources: []catalog.SourceUpdate{gone("a"), from("b", Component("b").Claim())}})
			return err
		},
		"Remove":        func() error { return x.store.Remove(ctx, catalog.Cause{}, component("shop"), catalog.Suppress) },
		"Sources":       func() error { _, err := x.store.Sources(ctx, catalog.SourceQuery{}); return err },
		"ProblemCounts": func() error { _, err := x.store.ProblemCounts(ctx, catalog.ProblemQuery{}); return err },
		"Problems":      func() error { _, _, err := x.store.Problems(ctx, catalog.ProblemQuery{}); return err },
		"Changes":       func() error { _, err := x.store.Changes(ctx, 0, 1); return err },
		"AddLocation":   func() error { return x.store.AddLocation(ctx, catalog.Location{ID: "1", Type: "url", Target: "x"}) },
	}
	for name, call := range calls {
		x.expectCode(name+" with a cancelled context", call(), callboard.CodeTimeout)
	}
	x.record(component("shop"))
	x.expectAbsent(component("b"))
	equal(x, "Locations", 0, len(must(x.store.Locations(x.Context()))(x)))
}

// testConcurrent: writers and readers at once; each change is seen whole.
func testConcurrent(x *storeTest) {
	const writers, rounds = 4, 8
	ctx := background(x)
	var writing, reading sync.WaitGroup
	done := make(chan struct{})
	for w := range writers {
		writing.Go(func() {
			for i := range rounds {
				title := fmt.Sprintf("round %d", i)
				u := from(fmt.Sprint(w), Component(fmt.Sprintf("a%d", w)).Title(title).Claim(), Component(fmt.Sprintf("b%d", w)).Title(title).Claim(),
					Component("contested").Title(fmt.Sprint(w)).Claim())
				if _, err := x.store.Apply(ctx, catalog.Change{Sources: []catalog.SourceUpdate{u}}); err != nil {
					x.Errorf("Apply: %v", err)
				}
				// What Apply returned for is seen.
				r, err := x.store.Records(ctx, []catalog.Ref{u.Claims[0].Ref})
				if err != nil || !strings.Contains(string(r[0].JSON), title) {
					x.Errorf("after Apply of %q: %s, %v", title, r[0].JSON, err)
				}
			}
		})
	}
	for range 2 {
		reading.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					x.readWhole(ctx, writers)
				}
			}
		})
	}
	writing.Wait()
	close(done)
	reading.Wait()
	_, p := x.query(catalog.Query{})
	equal(x, "entities", 2*writers+1, p.Total)
	vs := must(x.store.Changes(ctx, 0, 1000))(x)
	equal(x, "versions", 2*writers*rounds+1, len(vs))
	equal(x, "claims", writers, len(must(x.store.Claims(ctx, component("contested")))(x)))
}

// readWhole checks that both entities of a writer come from the same change.
func (x *storeTest) readWhole(ctx context.Context, writers int) {
	for w := range writers {
		rs, err := x.store.Records(ctx, []catalog.Ref{component(fmt.Sprintf("a%d", w)), component(fmt.Sprintf("b%d", w))})
		if err != nil {
			x.Errorf("Records: %v", err)
			return
		}
		if !rs[0].Found() && !rs[1].Found() {
			continue
		}
		a, errA := rs[0].Entity()
		b, errB := rs[1].Entity()
		if errA != nil || errB != nil || a.Metadata.Title != b.Metadata.Title {
			x.Errorf("half a change is seen: %s and %s, %v, %v", rs[0].JSON, rs[1].JSON, errA, errB)
		}
	}
}
