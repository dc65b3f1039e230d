// SPDX-License-Identifier: Apache-2.0

package catalogtest

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

// titleIn returns the title in an entity's JSON, or "-" if there is none.
func titleIn(x *storeTest, b json.RawMessage) string {
	if b == nil {
		return "-"
	}
	var e catalog.Entity
	if err := json.Unmarshal(b, &e); err != nil {
		x.Fatalf("a version's JSON: %v", err)
	}
	if e.Relations != nil {
		x.Errorf("a version has relations: %s", b)
	}
	return e.Metadata.Title
}

// history describes versions as "op previous→now @location".
func history(x *storeTest, vs []catalog.Version) []string {
	out := []string{}
	for _, v := range vs {
		out = append(out, string(v.Op)+" "+titleIn(x, v.Previous)+"→"+titleIn(x, v.JSON)+" @"+v.Cause.Location)
	}
	return out
}

func testVersions(x *storeTest) {
	shop := component("shop")
	x.apply(from("a", Component("shop").Title("one").Claim()))
	created := x.now
	x.apply(from("b", Component("shop").Title("rival").Claim()))
	x.apply(from("a", Component("shop").Title("two").Claim()))
	x.apply(gone("a"))
	x.apply(gone("b"))
	x.apply(from("c", Component("shop").Title("back").Claim()))
	vs := must(x.store.Versions(x.Context(), shop, 0, 100))(x)
	equal(x, "Versions", []string{
		"restore rival→back @file:/c",
		"delete rival→- @file:/b",
		"update two→rival @file:/b",
		"update one→two @file:/a",
		"create -→one @file:/a",
	}, history(x, vs))
	first := vs[len(vs)-1]
	equal(x, "the first cause", catalog.Cause{Provider: "test", Location: "file:/a", Actor: "user:default/ines", Reason: "scan", Time: created}, first.Cause)
	equal(x, "reference", shop, first.Ref)
	equal(x, "page", history(x, vs[1:3]), history(x, must(x.store.Versions(x.Context(), shop, vs[0].Number, 2))(x)))
	x.apply(from("d", Component("late").Title("new").Claim()))
	equal(x, "of all", []string{"create -→new @file:/d", "restore rival→back @file:/c"}, history(x, must(x.store.Versions(x.Context(), catalog.Ref{}, 0, 2))(x)))
	equal(x, "of all before", []string{"restore rival→back @file:/c"}, history(x, must(x.store.Versions(x.Context(), catalog.Ref{}, vs[0].Number+1, 1))(x)))
	equal(x, "of another", 0, len(must(x.store.Versions(x.Context(), component("other"), 0, 10))(x)))
}

func testChanges(x *storeTest) {
	ctx := x.Context()
	x.apply(from("a", Component("one").Claim(), Component("two").Claim()))
	all := must(x.store.Changes(ctx, 0, 10))(x)
	equal(x, "Changes", 2, len(all))
	changes := x.apply(from("b", Component("three").Claim()))
	got := must(x.store.Changes(ctx, all[1].Number, 10))(x)
	equal(x, "Changes behind the last", 1, len(got))
	equal(x, "number of Applied", changes[0].Version, got[0].Number)
	if all[0].Number >= all[1].Number || all[1].Number >= got[0].Number {
		x.Errorf("numbers do not grow: %d, %d, %d", all[0].Number, all[1].Number, got[0].Number)
	}
	equal(x, "page of Changes", 1, len(must(x.store.Changes(ctx, 0, 1))(x)))
	// A cause that names its origin keeps it.
	_, err := x.store.Apply(ctx, catalog.Change{
		Cause:   catalog.Cause{Provider: "p", Location: "url:x", Reason: "register", Time: x.tick()},
		Sources: []catalog.SourceUpdate{from("c", Component("four").Claim())},
	})
	if err != nil {
		x.Fatal(err)
	}
	four := must(x.store.Versions(ctx, component("four"), 0, 1))(x)
	equal(x, "cause", catalog.Cause{Provider: "p", Location: "url:x", Reason: "register", Time: x.now}, four[0].Cause)
}

func testProblems(x *storeTest) {
	problem := func(rule, message string, line int) catalog.Problem {
		return catalog.Problem{Severity: catalog.SeverityError, Rule: rule, Message: message, Remedy: "mend it",
			Location: "file:/a", Document: 2, Line: line, Column: 3, Pointer: "/spec", Entity: "component:default/shop", Owner: "group:default/web"}
	}
	u := from("a", Component("shop").Claim())
	u.Checked = x.now.Add(time.Minute)
	u.Problems = []catalog.Problem{problem("name", "bad", 4), problem("owner", "none", 5)}
	x.apply(u)
	first := x.now
	list := func() []catalog.Problem {
		x.Helper()
		got, total, err := x.store.Problems(x.Context(), catalog.ProblemQuery{})
		if err != nil || total != len(got) {
			x.Fatalf("Problems: %d of %d, %v", len(got), total, err)
		}
		return got
	}
	got := list()
	want := problem("name", "bad", 4)
	want.ID, want.Provider, want.FirstSeen, want.LastSeen = got[0].ID, "test", first, u.Checked
	equal(x, "Problems", want, got[0])
	equal(x, "Problems", 2, len(got))

	// One stays, though it moved; one is mended; one is new.
	u.Checked = x.now.Add(time.Hour)
	u.Problems = []catalog.Problem{problem("link", "evil", 1), problem("name", "bad", 9)}
	x.apply(u)
	want.Line, want.LastSeen = 9, u.Checked
	got = list()
	equal(x, "the one that stayed", want, got[0])
	equal(x, "the new one", "link", got[1].Rule)
	equal(x, "the new one's first time", x.now, got[1].FirstSeen)
	if got[1].ID <= got[0].ID {
		x.Errorf("a new problem has the ID %d, an old one %d", got[1].ID, got[0].ID)
	}
	u.Problems = nil
	x.apply(u)
	equal(x, "mended", 0, len(list()))
	u.Problems = []catalog.Problem{problem("name", "bad", 4)}
	x.apply(u)
	equal(x, "broken anew", x.now, list()[0].FirstSeen)
	x.apply(gone("a"))
	equal(x, "after removal", 0, len(list()))
}

func testProblemQuery(x *storeTest) {
	for _, l := range []string{"a", "b", "c"} {
		u := from(l)
		for _, owner := range []string{"group:default/one", "group:default/two"} {
			u.Problems = append(u.Problems, catalog.Problem{Severity: catalog.SeverityError, Rule: l, Message: owner,
				Location: u.Key.Location, Entity: "component:default/" + l, Owner: owner})
		}
		u.Problems[1].Severity = catalog.SeverityWarning
		x.apply(u)
	}
	find := func(q catalog.ProblemQuery) (found, total int) {
		x.Helper()
		got, total, err := x.store.Problems(x.Context(), q)
		if err != nil {
			x.Fatal(err)
		}
		return len(got), total
	}
	cases := []struct {
		name      string
		q         catalog.ProblemQuery
		found, of int
	}{
		{"all", catalog.ProblemQuery{}, 6, 6},
		{"owner", catalog.ProblemQuery{Owners: []string{"group:default/one"}}, 3, 3},
		{"entity", catalog.ProblemQuery{Ref: component("b")}, 2, 2},
		{"location", catalog.ProblemQuery{Location: "file:/c"}, 2, 2},
		{"provider", catalog.ProblemQuery{Provider: "other"}, 0, 0},
		{"severity", catalog.ProblemQuery{Severity: catalog.SeverityWarning}, 3, 3},
		{"limit", catalog.ProblemQuery{Limit: 4}, 4, 6},
	}
	for _, c := range cases {
		if found, of := find(c.q); found != c.found || of != c.of {
			x.Errorf("Problems by %s: %d of %d, want %d of %d", c.name, found, of, c.found, c.of)
		}
	}
	testProblemCounts(x)
	first, _, err := x.store.Problems(x.Context(), catalog.ProblemQuery{Limit: 4})
	if err != nil {
		x.Fatal(err)
	}
	if found, of := find(catalog.ProblemQuery{After: first[3].ID}); found != 2 || of != 6 {
		x.Errorf("Problems behind the fourth: %d of %d, want 2 of 6", found, of)
	}

	again := from("c") // the same file, named by a Location too
	again.Key.Parent = "location:default/all"
	again.Problems = []catalog.Problem{{Severity: catalog.SeverityError, Rule: "c", Message: "group:default/one", Location: "file:/c"}, {Severity: catalog.SeverityError, Rule: "c", Message: "another", Location: "file:/c"}}
	x.apply(again)
	if found, total := find(catalog.ProblemQuery{}); found != 7 || total != 7 {
		x.Errorf("with a file named twice there are %d of %d problems, want 7", found, total)
	}
	x.apply(gone("c"))
	if found, total := find(catalog.ProblemQuery{Location: "file:/c"}); found != 2 || total != 2 {
		x.Errorf("without the first source there are %d of %d problems, want 2", found, total)
	}
}

func testProblemCounts(x *storeTest) {
	x.Helper()
	u := from("d")
	for _, line := range []int{1, 2} {
		u.Problems = append(u.Problems, catalog.Problem{Severity: catalog.SeverityWarning, Rule: "d", Message: "nobody's", Line: line, Document: line, Location: u.Key.Location})
	}
	twice := u // the same file, named by a Location: its problems count once
	twice.Key.Parent = "location:default/all"
	x.apply(u, twice)
	one, two, nobody := catalog.ProblemCount{Owner: "group:default/one", Errors: 3}, catalog.ProblemCount{Owner: "group:default/two", Warnings: 3}, catalog.ProblemCount{Warnings: 2}
	cases := []struct {
		name string
		q    catalog.ProblemQuery
		want []catalog.ProblemCount
	}{
		{"all", catalog.ProblemQuery{}, []catalog.ProblemCount{one, two, nobody}},
		{"limit", catalog.ProblemQuery{Limit: 1}, []catalog.ProblemCount{one}},
		{"owners", catalog.ProblemQuery{Owners: []string{"", two.Owner}}, []catalog.ProblemCount{two, nobody}},
		{"severity", catalog.ProblemQuery{Severity: catalog.SeverityError}, []catalog.ProblemCount{one}},
		{"location", catalog.ProblemQuery{Location: "file:/d"}, []catalog.ProblemCount{nobody}},
		{"nothing", catalog.ProblemQuery{Provider: "other"}, nil},
	}
	for _, c := range cases {
		got := must(x.store.ProblemCounts(x.Context(), c.q))(x)
		if !slices.Equal(got, c.want) {
			x.Errorf("ProblemCounts by %s = %v, want %v", c.name, got, c.want)
		}
	}
	if _, total, err := x.store.Problems(x.Context(), catalog.ProblemQuery{Owners: []string{""}}); err != nil || total != 2 {
		x.Errorf("Problems of nobody: %d, %v; want 2", total, err)
	}
	twice.Remove = true
	x.apply(gone("d"), twice)
}

func testRemove(x *storeTest) {
	ctx, shop := x.Context(), component("shop")
	cause := func() catalog.Cause {
		return catalog.Cause{Actor: "user:default/bo", Reason: "delete", Time: x.tick()}
	}
	x.expectCode("Remove of nothing", x.store.Remove(ctx, cause(), shop, catalog.RemoveOrphan), callboard.CodeNotFound)
	x.expectCode("Restore of nothing", x.store.Restore(ctx, cause(), shop), callboard.CodeNotFound)
	x.apply(from("a", Component("shop").Claim()))
	x.expectCode("Remove of the declared", x.store.Remove(ctx, cause(), shop, catalog.RemoveOrphan), callboard.CodeConflict)
	x.expectCode("Restore of the living", x.store.Restore(ctx, cause(), shop), callboard.CodeNotFound)
	x.record(shop)
	equal(x, "Versions", 1, len(must(x.store.Versions(ctx, shop, 0, 10))(x)))
}

func testSuppress(x *storeTest) {
	ctx, shop := x.Context(), component("shop")
	cause := catalog.Cause{Actor: "user:default/bo", Reason: "delete", Time: x.tick()}
	x.apply(from("a", Component("shop").Title("one").Claim(owned(shop, "web")...)), from("b", Group("web").Claim()))
	uid := x.record(shop).UID
	if err := x.store.Remove(ctx, cause, shop, catalog.Suppress); err != nil {
		x.Fatal(err)
	}
	x.expectAbsent(shop)
	x.expectFound(catalog.In{Field: "kind", Values: []string{"component"}})
	equal(x, "relations of the neighbour", 0, len(x.entity(catalog.NewRef("group", "", "web")).Relations))
	x.expectCode("Remove again", x.store.Remove(ctx, cause, shop, catalog.Suppress), callboard.CodeNotFound)
	// It stays away, whatever is declared.
	x.expectOps([]string{}, from("a", Component("shop").Title("two").Claim(owned(shop, "web")...)))
	x.expectOps([]string{}, gone("a"), from("c", Component("shop").Title("three").Claim(owned(shop, "web")...)))
	x.expectAbsent(shop)
	equal(x, "Claims", 1, len(must(x.store.Claims(ctx, shop))(x)))

	cause.Reason = "restore"
	if err := x.store.Restore(ctx, cause, shop); err != nil {
		x.Fatal(err)
	}
	x.expectTitle(shop, "three")
	equal(x, "uid", uid, x.record(shop).UID)
	equal(x, "relations of the neighbour", 1, len(x.entity(catalog.NewRef("group", "", "web")).Relations))
	vs := must(x.store.Versions(ctx, shop, 0, 10))(x)
	equal(x, "Versions", []catalog.Op{catalog.OpRestore, catalog.OpDelete, catalog.OpCreate}, []catalog.Op{vs[0].Op, vs[1].Op, vs[2].Op})
	equal(x, "actor", "user:default/bo", vs[1].Cause.Actor)
	equal(x, "previous", []string{"one", "three"}, []string{titleIn(x, vs[0].Previous), titleIn(x, vs[0].JSON)})
	x.expectOps([]string{"update component:default/shop"}, from("c", Component("shop").Title("four").Claim()))
}

// testRestoreOrphan: what nothing declares any more can be brought back, with
// its relations, and be removed or taken over again.
func testRestoreOrphan(x *storeTest) {
	ctx, shop := x.Context(), component("shop")
	cause := catalog.Cause{Actor: "user:default/bo", Reason: "restore", Time: x.tick()}
	x.apply(from("a", Component("shop").Title("one").Claim(owned(shop, "web")...)))
	x.apply(gone("a"))
	if err := x.store.Restore(ctx, cause, shop); err != nil {
		x.Fatal(err)
	}
	x.expectTitle(shop, "one")
	equal(x, "relations", 1, len(x.entity(shop).Relations))
	x.expectFound(catalog.Exists{Field: "metadata.title"}, "shop")
	equal(x, "Claims", 0, len(must(x.store.Claims(ctx, shop))(x)))
	x.expectOps([]string{}, gone("a"))
	x.record(shop)

	if err := x.store.Remove(ctx, cause, shop, catalog.RemoveOrphan); err != nil {
		x.Fatal(err)
	}
	x.expectAbsent(shop)
	if err := x.store.Restore(ctx, cause, shop); err != nil {
		x.Fatal(err)
	}
	x.expectOps([]string{"update component:default/shop"}, from("b", Component("shop").Title("two").Claim()))
	equal(x, "relations", 0, len(x.entity(shop).Relations))
	x.expectOps([]string{"delete component:default/shop"}, gone("b"))

	// Suppressed, it does not come back by itself.
	if err := x.store.Restore(ctx, cause, shop); err != nil {
		x.Fatal(err)
	}
	if err := x.store.Remove(ctx, cause, shop, catalog.Suppress); err != nil {
		x.Fatal(err)
	}
	x.expectOps([]string{}, from("c", Component("shop").Claim()))
	x.expectAbsent(shop)
}

func testDeleted(x *storeTest) {
	ctx := x.Context()
	x.apply(from("a", Component("one").Title("first").Claim(), Component("two").Claim(), Component("three").Claim()))
	cause := catalog.Cause{Actor: "user:default/bo", Reason: "delete", Time: x.tick()}
	if err := x.store.Remove(ctx, cause, component("two"), catalog.Suppress); err != nil {
		x.Fatal(err)
	}
	x.apply(from("a", Component("three").Claim()))
	got := must(x.store.Deleted(ctx, catalog.Ref{}, 10))(x)
	if len(got) != 2 || got[0].Record.Ref != component("one") || got[1].Record.Ref != component("two") {
		x.Fatalf("Deleted = %+v", got)
	}
	equal(x, "suppressed", []bool{false, true}, []bool{got[0].Suppressed, got[1].Suppressed})
	equal(x, "actor", "user:default/bo", got[1].Cause.Actor)
	equal(x, "content", "first", must(got[0].Record.Entity())(x).Metadata.Title)
	equal(x, "page", 1, len(must(x.store.Deleted(ctx, catalog.Ref{}, 1))(x)))
	rest := must(x.store.Deleted(ctx, component("one"), 10))(x)
	equal(x, "rest", component("two"), rest[0].Record.Ref)
}

func testLocations(x *storeTest) {
	ctx := x.Context()
	a := catalog.Location{ID: "1", Type: "url", Target: "https://example.com/b.yaml"}
	b := catalog.Location{ID: "2", Type: "file", Target: "./a.yaml"}
	for _, l := range []catalog.Location{a, b} {
		if err := x.store.AddLocation(ctx, l); err != nil {
			x.Fatal(err)
		}
	}
	equal(x, "Locations", []catalog.Location{b, a}, must(x.store.Locations(ctx))(x))
	again := a
	again.ID = "3"
	x.expectCode("AddLocation again", x.store.AddLocation(ctx, again), callboard.CodeConflict)
	x.expectCode("RemoveLocation of nothing", x.store.RemoveLocation(ctx, "9"), callboard.CodeNotFound)
	if err := x.store.RemoveLocation(ctx, "1"); err != nil {
		x.Fatal(err)
	}
	equal(x, "Locations", []catalog.Location{b}, must(x.store.Locations(ctx))(x))
	if err := x.store.AddLocation(ctx, again); err != nil {
		x.Fatal(err)
	}
}
