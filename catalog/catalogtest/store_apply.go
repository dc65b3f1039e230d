// SPDX-License-Identifier: Apache-2.0

package catalogtest

import (
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

func testRecord(x *storeTest) {
	b := Component("Shop").Title("The shop").Tags("go").Annotate("example.com/x", "y")
	x.expectOps([]string{"create component:default/shop"}, from("a", b.Claim()))
	r := x.record(component("shop"))
	e := must(r.Entity())(x)
	if r.UID == "" || r.ETag == "" {
		x.Errorf("record without identity: %+v", r)
	}
	equal(x, "Record's reference", component("shop"), r.Ref)
	equal(x, "identity in JSON", []string{r.UID, r.ETag}, []string{e.Metadata.UID, e.Metadata.ETag})
	want := b.Entity()
	want.Metadata.UID, want.Metadata.ETag = r.UID, r.ETag
	e.Relations = nil
	equal(x, "entity", want, e)
	equal(x, "RecordByUID", r.Ref, must(x.store.RecordByUID(x.Context(), r.UID))(x).Ref)

	x.apply(from("b", Component("till").Claim()))
	refs := []catalog.Ref{component("till"), component("none"), component("shop"), component("till")}
	got := must(x.store.Records(x.Context(), refs))(x)
	for i, want := range []string{"till", "", "shop", "till"} {
		if got[i].Ref.Name != want || got[i].Found() != (want != "") {
			x.Errorf("Records[%d] = %v, want %q", i, got[i].Ref, want)
		}
	}
}

func testNoChange(x *storeTest) {
	u := from("a", Component("shop").Claim(owned(component("shop"), "web")...), API("cart").Claim())
	u.Hash, u.Checked = "h1", x.now
	u.Problems = []catalog.Problem{{Rule: "r", Severity: catalog.SeverityWarning, Message: "m", Location: u.Key.Location}}
	x.apply(u)
	r := x.record(component("shop"))
	u.Checked, u.Next = x.now.Add(time.Hour), x.now.Add(2*time.Hour)
	x.expectOps([]string{}, u)
	again := x.record(component("shop"))
	equal(x, "record after no change", string(r.JSON), string(again.JSON))
	equal(x, "Changes after no change", 2, len(must(x.store.Changes(x.Context(), 0, 100))(x)))
	s := must(x.store.Sources(x.Context(), catalog.SourceQuery{}))(x)
	equal(x, "Sources", []catalog.Source{{Key: u.Key, Hash: "h1", Claims: 2, Problems: 1,
		FirstSeen: s[0].FirstSeen, Checked: u.Checked, Next: u.Next}}, s)
}

func testUpdate(x *storeTest) {
	x.apply(from("a", Component("shop").Title("one").Claim(), Component("till").Claim()))
	before, other := x.record(component("shop")), x.record(component("till"))
	x.expectOps([]string{"update component:default/shop"}, from("a", Component("shop").Title("two").Claim(), Component("till").Claim()))
	after := x.record(component("shop"))
	x.expectTitle(component("shop"), "two")
	if before.UID != after.UID || before.ETag == after.ETag {
		x.Errorf("update: uid %s to %s, etag %s to %s", before.UID, after.UID, before.ETag, after.ETag)
	}
	equal(x, "the neighbour's etag", other.ETag, x.record(component("till")).ETag)
	x.expectFound(catalog.In{Field: "metadata.title", Values: []string{"two"}}, "shop")
	x.expectFound(catalog.In{Field: "metadata.title", Values: []string{"one"}})
	// The order within a file is kept and is no change to an entity.
	x.expectOps([]string{}, from("a", Component("till").Claim(), Component("shop").Title("two").Claim()))
	claims := must(x.store.ClaimsOf(x.Context(), sourceAt("a")))(x)
	equal(x, "ClaimsOf", []catalog.Ref{component("till"), component("shop")}, []catalog.Ref{claims[0].Ref, claims[1].Ref})
}

// testInvalidChange: a change that is refused leaves nothing behind.
func testInvalidChange(x *storeTest) {
	good := from("a", Component("shop").Claim())
	cases := map[string]catalog.SourceUpdate{
		"no provider":   {Key: catalog.SourceKey{Location: "file:/b"}},
		"no location":   {Key: catalog.SourceKey{Provider: "test"}},
		"no entity":     from("b", catalog.Claim{Ref: component("x")}),
		"no reference":  from("b", catalog.Claim{Entity: Component("x").Entity()}),
		"claimed twice": from("b", Component("x").Claim(), Component("x").Claim()),
		"no JSON form":  from("b", Component("x").Set("bad", make(chan int)).Claim()),
	}
	for name, bad := range cases {
		_, err := x.store.Apply(x.Context(), catalog.Change{Sources: []catalog.SourceUpdate{good, bad}})
		if err == nil {
			x.Errorf("Apply with %s: no error", name)
		}
		if name != "no JSON form" {
			x.expectCode("Apply with "+name, err, callboard.CodeInvalid)
		}
	}
	x.expectAbsent(component("shop"))
	equal(x, "Sources", 0, len(must(x.store.Sources(x.Context(), catalog.SourceQuery{}))(x)))
}

func testSourceRemoval(x *storeTest) {
	x.apply(from("a", Component("shop").Claim(), Component("till").Claim()), from("b", Component("cart").Claim()))
	uid := x.record(component("shop")).UID
	x.expectOps([]string{"delete component:default/till"}, from("a", Component("shop").Claim()))
	x.expectOps([]string{"delete component:default/shop"}, gone("a"))
	x.expectOps([]string{}, gone("a"))
	x.expectAbsent(component("shop"), component("till"))
	x.expectFound(nil, "cart")
	_, err := x.store.RecordByUID(x.Context(), uid)
	x.expectCode("RecordByUID of a deleted entity", err, callboard.CodeNotFound)
	equal(x, "Sources", 1, len(must(x.store.Sources(x.Context(), catalog.SourceQuery{}))(x)))

	x.expectOps([]string{"restore component:default/shop"}, from("c", Component("shop").Title("back").Claim()))
	equal(x, "uid after the return", uid, x.record(component("shop")).UID)
	x.expectFound(catalog.Exists{Field: "metadata.title"}, "shop")
}

func testKeep(x *storeTest) {
	keep := func(name string) catalog.Claim { return catalog.Claim{Ref: component(name), Keep: true} }
	x.expectOps([]string{}, from("a", keep("shop")))
	x.apply(from("a", Component("shop").Title("good").Claim(owned(component("shop"), "web")...), Component("till").Claim()))
	x.expectOps([]string{"delete component:default/till"}, from("a", keep("shop"), keep("never")))
	x.expectTitle(component("shop"), "good")
	equal(x, "relations kept", 1, len(x.entity(component("shop")).Relations))
	x.expectOps([]string{"update component:default/shop"}, from("a", Component("shop").Title("better").Claim()))
	equal(x, "ClaimsOf", 1, len(must(x.store.ClaimsOf(x.Context(), sourceAt("a")))(x)))
}

func testKeepMissing(x *storeTest) {
	x.apply(from("a", Component("one").Claim(), Component("two").Claim(), Component("three").Claim()))
	u := from("a", Component("three").Title("new").Claim(), Component("four").Claim())
	u.KeepMissing = true
	x.apply(u)
	x.expectFound(nil, "four", "one", "three", "two")
	x.expectTitle(component("three"), "new")
	var order []string
	for _, c := range must(x.store.ClaimsOf(x.Context(), u.Key))(x) {
		order = append(order, c.Ref.Name)
	}
	equal(x, "ClaimsOf", []string{"three", "four", "one", "two"}, order)
	failed := catalog.SourceUpdate{Key: u.Key, KeepMissing: true}
	x.expectOps([]string{}, failed)
	x.expectFound(nil, "four", "one", "three", "two")
}

// testMoveBetweenSources: a file that is renamed does not make its entities
// come and go.
func testMoveBetweenSources(x *storeTest) {
	x.apply(from("old", Component("shop").Title("one").Claim()))
	x.expectOps([]string{}, gone("old"), from("new", Component("shop").Title("one").Claim()))
	x.expectOps([]string{"update component:default/shop"}, from("newer", Component("shop").Title("two").Claim()), gone("new"))
	x.expectTitle(component("shop"), "two")
	equal(x, "Claims", sourceAt("newer"), must(x.store.Claims(x.Context(), component("shop")))(x)[0].Source)
	// The same source twice: each in its turn.
	x.apply(from("twice", Component("a").Claim()), from("twice", Component("b").Claim()), gone("newer"))
	x.expectFound(nil, "b")
}

// owned returns the edges between ref and the group that owns it.
func owned(ref catalog.Ref, group string) []catalog.Edge {
	g := catalog.NewRef("group", "", group)
	return []catalog.Edge{{Source: ref, Type: "ownedBy", Target: g}, {Source: g, Type: "ownerOf", Target: ref}}
}
