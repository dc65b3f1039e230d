// SPDX-License-Identifier: Apache-2.0

package catalogtest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

// TestStore checks that a [catalog.Store] keeps its whole contract. open
// returns an empty store that lives as long as the test; it is called once for
// each case.
func TestStore(t *testing.T, open func(tb testing.TB) catalog.Store) {
	cases := []struct {
		name string
		run  func(x *storeTest)
	}{
		{"Empty", testEmpty},
		{"Record", testRecord},
		{"NoChange", testNoChange},
		{"Update", testUpdate},
		{"Invalid", testInvalidChange},
		{"Removal", testSourceRemoval},
		{"Keep", testKeep},
		{"KeepMissing", testKeepMissing},
		{"Move", testMoveBetweenSources},
		{"Winner", testWinner},
		{"Parents", testParents},
		{"Conflicts", testConflicts},
		{"Sources", testSources},
		{"Relations", testRelations},
		{"RelationChange", testRelationChange},
		{"Versions", testVersions},
		{"Changes", testChanges},
		{"Problems", testProblems},
		{"ProblemQuery", testProblemQuery},
		{"Remove", testRemove},
		{"Suppress", testSuppress},
		{"RestoreOrphan", testRestoreOrphan},
		{"Deleted", testDeleted},
		{"Locations", testLocations},
		{"Filter", testFilter},
		{"Text", testText},
		{"Within", testWithin},
		{"Order", testOrder},
		{"Pages", testPages},
		{"PagesWhileChanging", testPagesWhileChanging},
		{"Limits", testLimits},
		{"Facets", testFacets},
		{"OddNames", testOddNames},
		{"OddText", testOddText},
		{"LongValues", testLongValues},
		{"ManyEntities", testManyEntities},
		{"Cancelled", testCancelled},
		{"Concurrent", testConcurrent},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(&storeTest{T: t, store: open(t), now: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)})
		})
	}
}

// storeTest is one case with its own store and clock.
type storeTest struct {
	*testing.T
	store catalog.Store
	now   time.Time
}

// tick moves the clock on and returns it.
func (x *storeTest) tick() time.Time {
	x.now = x.now.Add(time.Minute)
	return x.now
}

// from is a source of the provider "test" with its claims.
func from(location string, claims ...catalog.Claim) catalog.SourceUpdate {
	return catalog.SourceUpdate{Key: sourceAt(location), Claims: claims}
}

func sourceAt(location string) catalog.SourceKey {
	return catalog.SourceKey{Provider: "test", Location: "file:/" + location}
}

// gone removes the source.
func gone(location string) catalog.SourceUpdate {
	return catalog.SourceUpdate{Key: sourceAt(location), Remove: true}
}

// apply takes the sources in, a minute later than the last time.
func (x *storeTest) apply(sources ...catalog.SourceUpdate) []catalog.EntityChange {
	x.Helper()
	got, err := x.store.Apply(x.Context(), catalog.Change{
		Cause:   catalog.Cause{Actor: "user:default/ines", Reason: "scan", Time: x.tick()},
		Sources: sources,
	})
	if err != nil {
		x.Fatalf("Apply: %v", err)
	}
	return got.Changes
}

// ops describes changes as "op reference".
func ops(changes []catalog.EntityChange) []string {
	out := []string{}
	for _, c := range changes {
		out = append(out, string(c.Op)+" "+c.Ref.String())
	}
	return out
}

// expectOps applies the sources and checks what that did.
func (x *storeTest) expectOps(want []string, sources ...catalog.SourceUpdate) {
	x.Helper()
	equal(x, "Apply", want, ops(x.apply(sources...)))
}

func component(name string) catalog.Ref { return catalog.NewRef("component", "", name) }

// record returns what is served under ref, which must exist.
func (x *storeTest) record(ref catalog.Ref) catalog.Record {
	x.Helper()
	r := x.lookup(ref)
	if !r.Found() {
		x.Fatalf("Records(%s): not found", ref)
	}
	return r
}

func (x *storeTest) lookup(ref catalog.Ref) catalog.Record {
	x.Helper()
	got, err := x.store.Records(x.Context(), []catalog.Ref{ref})
	if err != nil || len(got) != 1 {
		x.Fatalf("Records(%s) = %d records, %v", ref, len(got), err)
	}
	return got[0]
}

// entity returns what is served under ref, decoded.
func (x *storeTest) entity(ref catalog.Ref) *catalog.Entity {
	x.Helper()
	e, err := x.record(ref).Entity()
	if err != nil {
		x.Fatalf("%s: %v", ref, err)
	}
	return e
}

// expectTitle checks which content is served.
func (x *storeTest) expectTitle(ref catalog.Ref, want string) {
	x.Helper()
	if got := x.entity(ref).Metadata.Title; got != want {
		x.Errorf("%s has the title %q, want %q", ref, got, want)
	}
}

func (x *storeTest) expectAbsent(refs ...catalog.Ref) {
	x.Helper()
	for _, ref := range refs {
		if r := x.lookup(ref); r.Found() {
			x.Errorf("Records(%s) is found: %s", ref, r.JSON)
		}
	}
}

// query returns the names on a page, and the page.
func (x *storeTest) query(q catalog.Query) ([]string, catalog.Page) {
	x.Helper()
	p, err := x.store.Query(x.Context(), q)
	if err != nil {
		x.Fatalf("Query(%+v): %v", q, err)
	}
	names := []string{}
	for _, r := range p.Items {
		names = append(names, r.Ref.Name)
	}
	return names, p
}

// expectFound checks which entities a filter selects, by name.
func (x *storeTest) expectFound(f catalog.Filter, want ...string) {
	x.Helper()
	got, p := x.query(catalog.Query{Filter: f, Limit: 1000})
	if want == nil {
		want = []string{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		x.Errorf("Query(%#v) mismatch (-want +got):\n%s", f, diff)
	}
	if p.Total != len(want) {
		x.Errorf("Query(%#v).Total = %d, want %d", f, p.Total, len(want))
	}
}

// must takes a call's value.
func must[V any](v V, err error) func(x *storeTest) V {
	return func(x *storeTest) V {
		x.Helper()
		if err != nil {
			x.Fatal(err)
		}
		return v
	}
}

// equal compares; what names the call.
func equal[V any](x *storeTest, what string, want, got V) {
	x.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		x.Errorf("%s mismatch (-want +got):\n%s", what, diff)
	}
}

// expectCode checks the code of an error.
func (x *storeTest) expectCode(what string, err error, want callboard.Code) {
	x.Helper()
	if got := callboard.CodeOf(err); got != want {
		x.Errorf("%s has the code %q, want %q: %v", what, got, want, err)
	}
}

func testEmpty(x *storeTest) {
	ctx := x.Context()
	x.expectAbsent(component("a"))
	equal(x, "Records(nil)", 0, len(must(x.store.Records(ctx, nil))(x)))
	_, err := x.store.RecordByUID(ctx, "none")
	x.expectCode("RecordByUID", err, callboard.CodeNotFound)
	names, p := x.query(catalog.Query{})
	equal(x, "Query", []string{}, names)
	equal(x, "Query's page", []any{0, "", ""}, []any{p.Total, p.Next, p.Prev})
	facets := must(x.store.Facets(ctx, catalog.FacetQuery{Fields: []string{"kind", "relations.ownedBy"}}))(x)
	equal(x, "Facets", 2, len(facets))
	equal(x, "Facets' buckets", 0, len(facets["kind"])+len(facets["relations.ownedBy"]))
	equal(x, "Sources", 0, len(must(x.store.Sources(ctx, catalog.SourceQuery{}))(x)))
	equal(x, "Claims", 0, len(must(x.store.Claims(ctx, component("a")))(x)))
	equal(x, "ClaimsOf", 0, len(must(x.store.ClaimsOf(ctx, sourceAt("a")))(x)))
	equal(x, "Conflicts", 0, len(must(x.store.Conflicts(ctx, catalog.Ref{}, 10))(x)))
	equal(x, "Versions", 0, len(must(x.store.Versions(ctx, component("a"), 0, 10))(x)))
	equal(x, "Changes", 0, len(must(x.store.Changes(ctx, 0, 10))(x)))
	equal(x, "Deleted", 0, len(must(x.store.Deleted(ctx, catalog.Ref{}, 10))(x)))
	equal(x, "Locations", 0, len(must(x.store.Locations(ctx))(x)))
	_, total, err := x.store.Problems(ctx, catalog.ProblemQuery{})
	if total != 0 || err != nil {
		x.Errorf("Problems: %d, %v", total, err)
	}
	x.expectOps([]string{})
	x.expectOps([]string{}, gone("never"))
}

// background runs work that must not be ended with the case's context.
func background(x *storeTest) context.Context { return context.WithoutCancel(x.Context()) }
