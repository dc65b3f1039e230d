// SPDX-License-Identifier: Apache-2.0

package catalog_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogtest"
)

// blackHole is a store that forgets everything, to measure what comes before it.
type blackHole struct{ *catalogtest.MemoryStore }

func (blackHole) Apply(context.Context, catalog.Change) (catalog.Applied, error) {
	return catalog.Applied{}, nil
}

// BenchmarkService takes 10,000 new sources through decoding and validation;
// what the store costs comes on top, at the same time.
func BenchmarkService(b *testing.B) {
	b.ReportAllocs()
	const n = 10_000
	f := newFeed("feed")
	s, err := catalog.NewService(blackHole{catalogtest.NewStore()}, &catalog.ServiceOptions{Providers: []catalog.Provider{f}})
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	doc := componentDoc("NAME") + "  dependsOn: [component:default/other]\n  system: big\n"
	for b.Loop() {
		err := f.do(func(ctx context.Context, sink catalog.Sink) error {
			return sink.Replace(ctx, func(yield func(catalog.Item, error) bool) {
				for i := range n {
					content := strings.Replace(doc, "NAME", fmt.Sprintf("c-%d", i), 1)
					if !yield(text(fmt.Sprintf("mem:/%d.yaml", i), content), nil) {
						return
					}
				}
			})
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "entities/s")
	if err := s.Close(context.WithoutCancel(b.Context())); err != nil {
		b.Fatal(err)
	}
}
