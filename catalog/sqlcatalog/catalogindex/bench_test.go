// SPDX-License-Identifier: Apache-2.0

package catalogindex_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogbench"
	"github.com/callboard/callboard/catalog/sqlcatalog/catalogindex"
)

// company is a generated company as changes, in the order that it comes in.
func company(tb testing.TB, n int) [][]catalogindex.Change {
	tb.Helper()
	numbers := map[catalog.Ref]uint32{}
	entity := func(r catalog.Ref) catalogindex.Entity {
		if numbers[r] == 0 {
			numbers[r] = uint32(len(numbers) + 1)
		}
		return catalogindex.Entity{Number: numbers[r], Ref: r.String()}
	}
	var all [][]catalogindex.Change
	err := catalogbench.NewCompany(n).Changes(1000, func(c catalog.Change) error {
		var batch []catalogindex.Change
		for _, u := range c.Sources {
			for _, claim := range u.Claims {
				e := *claim.Entity
				e.Metadata.UID = fmt.Sprintf("00000000-0000-4000-8000-%012x", len(numbers)*7919)
				change := catalogindex.Change{Entity: entity(claim.Ref), Served: true, Fields: catalog.Flatten(&e)}
				for _, edge := range claim.Relations {
					change.Edges = append(change.Edges, catalogindex.Edge{Source: entity(edge.Source), Type: edge.Type, Target: entity(edge.Target)})
				}
				batch = append(batch, change)
			}
		}
		all = append(all, batch)
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return all
}

func in(field string, values ...string) catalog.In { return catalog.In{Field: field, Values: values} }

// BenchmarkIndex measures questions, changes and memory with a company of 10,000
// and, unless -short, of 100,000.
func BenchmarkIndex(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		if n > 10_000 && testing.Short() {
			continue
		}
		b.Run(fmt.Sprintf("%dk", n/1000), func(b *testing.B) { benchmark(b, n) })
	}
}

func benchmark(b *testing.B, n int) {
	changes := company(b, n)
	before := heap()
	x := catalogindex.New()
	started := time.Now()
	for _, batch := range changes {
		x.Update(batch...)
	}
	build := time.Since(started)
	size := heap() - before
	b.Run("build", func(b *testing.B) {
		for b.Loop() {
		}
		b.ReportMetric(float64(size)/float64(n), "B/entity")
		b.ReportMetric(float64(build.Microseconds())/float64(n), "µs/entity")
	})
	services := catalog.All{in("kind", "Component"), in("spec.type", "service")}
	byTitle := []catalog.Order{{Field: "metadata.title"}}
	middle, err := x.Query(b.Context(), catalogindex.Query{Order: byTitle, Offset: n / 2, Limit: 1})
	if err != nil {
		b.Fatal(err)
	}
	for _, q := range []struct {
		name  string
		query catalogindex.Query
	}{
		{"first page", catalogindex.Query{}},
		{"filtered page", catalogindex.Query{Filter: services}},
		{"sorted page", catalogindex.Query{Order: byTitle}},
		{"sorted page in the middle", catalogindex.Query{Order: byTitle, At: &middle.Last}},
		{"sorted by two, filtered", catalogindex.Query{Filter: services, Order: []catalog.Order{{Field: "spec.owner", Desc: true}, {Field: "metadata.name"}}}},
		{"of a team", catalogindex.Query{Filter: in("relations.ownedBy", "group:default/team-order-0"), Order: byTitle}},
		{"one by name", catalogindex.Query{Filter: in("metadata.name", "api-7")}},
		{"text, rare", catalogindex.Query{Text: &catalog.Text{Term: "api-77"}}},
		{"text, common", catalogindex.Query{Text: &catalog.Text{Term: "invoice"}}},
		{"text, two words", catalogindex.Query{Text: &catalog.Text{Term: "invoice order"}}},
		{"prefix", catalogindex.Query{Filter: catalog.Prefix{Field: "metadata.name", Text: "order"}}},
		{"exists", catalogindex.Query{Filter: catalog.Exists{Field: "metadata.title"}}},
		{"not", catalogindex.Query{Filter: catalog.Not{Filter: services}}},
	} {
		b.Run(q.name, func(b *testing.B) {
			b.ReportAllocs()
			q.query.Limit = 20
			for b.Loop() {
				if _, err := x.Query(b.Context(), q.query); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	for _, q := range []struct {
		name  string
		query catalog.FacetQuery
	}{
		{"facets", catalog.FacetQuery{Fields: []string{"kind", "spec.type"}}},
		{"facets of services", catalog.FacetQuery{Filter: services, Fields: []string{"metadata.tags", "relations.ownedBy"}}},
		{"facets of names", catalog.FacetQuery{Fields: []string{"metadata.name"}}},
	} {
		b.Run(q.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := x.Facets(b.Context(), q.query); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("one change", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			c := changes[len(changes)/2][i%500]
			for f := range c.Fields {
				if c.Fields[f].Key == "metadata.title" {
					c.Fields[f].Value = fmt.Sprint("title ", i)
					c.Fields[f].Original = c.Fields[f].Value
				}
			}
			x.Update(c)
		}
	})
	b.Run("one gone and back", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			c := changes[len(changes)/2][i%500]
			x.Update(catalogindex.Change{Entity: c.Entity})
			x.Update(c)
		}
	})
}

// heap is the number of bytes in use.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
