// SPDX-License-Identifier: Apache-2.0

package catalogbench_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/callboard/callboard/catalog/catalogbench"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

// BenchmarkSite asks every question of a loaded catalog, which is loaded once
// for each engine and size: some seconds for 10,000 entities, a minute or two
// for 100,000, which -short leaves out. Choose with
//
//	go test ./catalog/catalogbench -run '^$' -bench 'Site/sqlite/10k/store/by_name'
func BenchmarkSite(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			for _, n := range []int{10_000, 100_000} {
				if n > 10_000 && testing.Short() {
					continue
				}
				b.Run(fmt.Sprintf("%dk", n/1000), func(b *testing.B) {
					site := load(b, engine, n)
					questions, err := site.Questions(b.Context())
					if err != nil {
						b.Fatal(err)
					}
					for _, q := range questions {
						b.Run(q.Group+"/"+q.Name, func(b *testing.B) { benchmark(b, q) })
					}
				})
			}
		})
	}
}

func benchmark(b *testing.B, q catalogbench.Question) {
	b.Helper()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := q.Ask(b.Context(), i); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLoad takes 10,000 entities in through the service.
func BenchmarkLoad(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine+"/10k", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				load(b, engine, 10_000)
			}
			b.ReportMetric(10_000*float64(b.N)/b.Elapsed().Seconds(), "entities/s")
		})
	}
}

func load(b *testing.B, engine string, n int) *catalogbench.Site {
	b.Helper()
	url := "sqlite:" + filepath.Join(b.TempDir(), "bench.db")
	if engine == "postgres" {
		url = sqldbtest.PostgresURL(b)
	}
	site, err := catalogbench.OpenSite(b.Context(), url, catalogbench.NewCompany(n))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := site.Close(); err != nil {
			b.Error(err)
		}
	})
	if err := site.Load(b.Context(), nil); err != nil {
		b.Fatal(err)
	}
	return site
}
