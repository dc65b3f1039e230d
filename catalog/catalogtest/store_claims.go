// SPDX-License-Identifier: Apache-2.0

package catalogtest

import (
	"time"

	"github.com/callboard/callboard/catalog"
)

func testWinner(x *storeTest) {
	shop := component("shop")
	x.expectOps([]string{"create component:default/shop"}, from("a", Component("shop").Title("a").Claim()))
	first := x.now
	x.expectOps([]string{}, from("b", Component("shop").Title("b").Claim()))
	x.expectOps([]string{}, from("c", Component("shop").Title("c").Claim()))
	x.expectOps([]string{}, from("b", Component("shop").Title("b2").Claim()))
	x.expectTitle(shop, "a")
	claims := must(x.store.Claims(x.Context(), shop))(x)
	equal(x, "Claims", []catalog.ClaimInfo{
		{Ref: shop, Source: sourceAt("a"), Winner: true, FirstSeen: first},
		{Ref: shop, Source: sourceAt("b"), FirstSeen: first.Add(time.Minute)},
		{Ref: shop, Source: sourceAt("c"), FirstSeen: first.Add(2 * time.Minute)},
	}, claims)
	equal(x, "ClaimsOf a loser", claims[2:], must(x.store.ClaimsOf(x.Context(), sourceAt("c")))(x))

	uid := x.record(shop).UID
	x.expectOps([]string{"update component:default/shop"}, gone("a"))
	x.expectTitle(shop, "b2")
	x.expectFound(catalog.In{Field: "metadata.title", Values: []string{"B2"}}, "shop")
	x.expectOps([]string{}, from("a", Component("shop").Title("late").Claim()))
	x.expectOps([]string{"update component:default/shop"}, from("b"))
	x.expectTitle(shop, "c")
	x.expectOps([]string{}, gone("a"))
	equal(x, "uid", uid, x.record(shop).UID)
	x.expectOps([]string{"delete component:default/shop"}, gone("c"))
	equal(x, "Claims", 0, len(must(x.store.Claims(x.Context(), shop))(x)))
}

// testParents: the same location by way of two parents is no conflict.
func testParents(x *storeTest) {
	shop := component("shop")
	one, two := from("x", Component("shop").Title("one").Claim()), from("x", Component("shop").Title("one").Claim())
	one.Key.Parent, two.Key.Parent = "location:default/one", "location:default/two"
	x.apply(one, two)
	equal(x, "Claims", 2, len(must(x.store.Claims(x.Context(), shop))(x)))
	equal(x, "Conflicts", 0, len(must(x.store.Conflicts(x.Context(), catalog.Ref{}, 10))(x)))
	one.Remove = true
	x.expectOps([]string{}, one)
	x.expectTitle(shop, "one")
	got := must(x.store.Sources(x.Context(), catalog.SourceQuery{Parent: two.Key.Parent}))(x)
	equal(x, "Sources by parent", 1, len(got))
	x.expectOps([]string{}, from("other", Component("shop").Title("other").Claim()))
	equal(x, "Conflicts", 1, len(must(x.store.Conflicts(x.Context(), catalog.Ref{}, 10))(x)))
}

func testConflicts(x *storeTest) {
	x.apply(
		from("a", Component("one").Claim(), Component("two").Claim(), Component("three").Claim()),
		from("b", Component("two").Claim(), Component("three").Claim(), Component("four").Claim()),
	)
	names := func(cs []catalog.Conflict) []string {
		out := []string{}
		for _, c := range cs {
			out = append(out, c.Ref.Name)
			if len(c.Claims) != 2 || !c.Claims[0].Winner || c.Claims[1].Winner || c.Claims[0].Source != sourceAt("a") {
				x.Errorf("conflict: %+v", c)
			}
		}
		return out
	}
	equal(x, "Conflicts", []string{"three", "two"}, names(must(x.store.Conflicts(x.Context(), catalog.Ref{}, 10))(x)))
	equal(x, "first of Conflicts", []string{"three"}, names(must(x.store.Conflicts(x.Context(), catalog.Ref{}, 1))(x)))
	equal(x, "rest of Conflicts", []string{"two"}, names(must(x.store.Conflicts(x.Context(), component("three"), 10))(x)))
	x.apply(gone("b"))
	equal(x, "Conflicts", 0, len(must(x.store.Conflicts(x.Context(), catalog.Ref{}, 10))(x)))
}

func testSources(x *storeTest) {
	key := func(provider, parent, location string) catalog.SourceKey {
		return catalog.SourceKey{Provider: provider, Parent: parent, Location: location}
	}
	start := x.now
	add := func(k catalog.SourceKey, next time.Duration) {
		u := catalog.SourceUpdate{Key: k, Hash: "h", Checked: start}
		if next != 0 {
			u.Next = start.Add(next)
		}
		x.apply(u)
	}
	add(key("b", "", "file:/2"), time.Hour)
	add(key("a", "location:default/l", "file:/9"), 2*time.Hour)
	add(key("a", "", "file:/3"), 0)
	add(key("a", "", "file:/1"), time.Minute)
	locations := func(q catalog.SourceQuery) []string {
		out := []string{}
		for _, s := range must(x.store.Sources(x.Context(), q))(x) {
			out = append(out, s.Key.Location)
		}
		return out
	}
	equal(x, "all", []string{"file:/1", "file:/3", "file:/9", "file:/2"}, locations(catalog.SourceQuery{}))
	equal(x, "of a provider", []string{"file:/1", "file:/3", "file:/9"}, locations(catalog.SourceQuery{Provider: "a"}))
	equal(x, "by location", []string{"file:/2"}, locations(catalog.SourceQuery{Location: "file:/2"}))
	equal(x, "due", []string{"file:/1", "file:/2"}, locations(catalog.SourceQuery{DueBefore: start.Add(2 * time.Hour)}))
	equal(x, "page", []string{"file:/1", "file:/3"}, locations(catalog.SourceQuery{Limit: 2}))
	equal(x, "next page", []string{"file:/9", "file:/2"}, locations(catalog.SourceQuery{After: key("a", "", "file:/3"), Limit: 2}))
}

func testRelations(x *storeTest) {
	shop, web := component("shop"), catalog.NewRef("group", "", "web")
	x.apply(from("a", Component("shop").Claim(owned(shop, "web")...)))
	relations := func(ref catalog.Ref) []catalog.Relation { return x.entity(ref).Relations }
	ownedBy := []catalog.Relation{{Type: "ownedBy", Target: web}}
	equal(x, "relations to nobody", ownedBy, relations(shop))
	x.expectFound(catalog.In{Field: "relations.ownedby", Values: []string{"Group:default/web"}}, "shop")

	x.expectOps([]string{"create group:default/web"}, from("b", Group("web").Claim()))
	equal(x, "relations of the target", []catalog.Relation{{Type: "ownerOf", Target: shop}}, relations(web))
	etag := x.record(web).ETag

	// A loser's edges are not served, nor edges twice; they are in order.
	till := component("till")
	x.apply(
		from("c", Component("shop").Claim(owned(shop, "other")...)),
		from("d", Component("till").Claim(append(owned(till, "web"), owned(till, "web")...)...)),
		from("e", System("sales").Claim(catalog.Edge{Source: web, Type: "hasPart", Target: catalog.NewRef("system", "", "sales")},
			catalog.Edge{Source: web, Type: "ownerOf", Target: till})),
	)
	equal(x, "relations of shop", ownedBy, relations(shop))
	equal(x, "relations of web", []catalog.Relation{
		{Type: "hasPart", Target: catalog.NewRef("system", "", "sales")},
		{Type: "ownerOf", Target: shop},
		{Type: "ownerOf", Target: till},
	}, relations(web))
	equal(x, "the target's etag", etag, x.record(web).ETag)

	// When the winner goes, its edges go and the next one's come.
	x.apply(gone("a"), gone("e"))
	equal(x, "relations of shop", []catalog.Relation{{Type: "ownedBy", Target: catalog.NewRef("group", "", "other")}}, relations(shop))
	equal(x, "relations of web", []catalog.Relation{{Type: "ownerOf", Target: till}}, relations(web))
	x.expectFound(catalog.Exists{Field: "relations.ownerOf"}, "web")
	x.apply(gone("c"), gone("d"))
	equal(x, "relations of web", 0, len(relations(web)))
	x.expectFound(catalog.Exists{Field: "relations.ownerOf"})
}

// testRelationChange: other edges are an update, though the entity is the same.
func testRelationChange(x *storeTest) {
	shop := component("shop")
	x.apply(from("a", Component("shop").Claim(owned(shop, "web")...)))
	etag := x.record(shop).ETag
	x.expectOps([]string{"update component:default/shop"}, from("a", Component("shop").Claim(owned(shop, "ops")...)))
	equal(x, "etag", etag, x.record(shop).ETag)
	x.expectFound(catalog.In{Field: "relations.ownedBy", Values: []string{"group:default/ops"}}, "shop")
	x.expectFound(catalog.In{Field: "relations.ownedBy", Values: []string{"group:default/web"}})
	reversed := owned(shop, "ops")
	reversed[0], reversed[1] = reversed[1], reversed[0]
	x.expectOps([]string{}, from("a", Component("shop").Claim(reversed...)))
	x.expectOps([]string{"update component:default/shop"}, from("a", Component("shop").Claim()))
	x.expectFound(catalog.Exists{Field: "relations.ownedBy"})
}
