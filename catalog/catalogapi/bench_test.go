// SPDX-License-Identifier: Apache-2.0

package catalogapi_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogtest"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

// serve asks without holding anything against the description.
func serve(s *server, method, path string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, httptest.NewRequestWithContext(s.tb.Context(), method, path, nil))
	return rec
}

// many claims n components of a usual size.
func many(n int) []catalog.Claim {
	claims := make([]catalog.Claim, n)
	for i := range claims {
		b := catalogtest.Component(fmt.Sprintf("component-%05d", i)).
			Title(fmt.Sprintf("Component %d", i)).
			Description("A component of the company that does what components do, in one sentence of usual length.").
			Tags("go", fmt.Sprintf("tag-%d", i%50)).
			Annotate("backstage.io/source-location", fmt.Sprintf("url:https://git.example.com/company/repository-%d/", i)).
			Annotate("example.com/dashboard", fmt.Sprintf("https://grafana.example.com/d/%d", i)).
			Set("type", []string{"service", "website", "library"}[i%3]).
			Set("lifecycle", "production").
			Owner(fmt.Sprintf("group:default/team-%d", i%40))
		e := b.Entity()
		claims[i] = b.Claim(
			catalog.Edge{Source: e.Ref(), Type: "ownedBy", Target: catalog.NewRef("group", "", fmt.Sprintf("team-%d", i%40))},
			catalog.Edge{Source: e.Ref(), Type: "partOf", Target: catalog.NewRef("system", "", fmt.Sprintf("system-%d", i%100))},
		)
	}
	return claims
}

// fixed answers every question with records made before, so that a benchmark
// measures the API and not a store.
type fixed struct {
	catalog.Store
	records []catalog.Record
}

func newFixed(tb testing.TB, n int) *fixed {
	tb.Helper()
	store := catalogtest.NewStore()
	apply(tb, store, catalog.SourceUpdate{Key: catalog.SourceKey{Provider: "bench", Location: "bench:all"}, Claims: many(n)})
	page, err := store.Query(tb.Context(), catalog.Query{Limit: n})
	if err != nil {
		tb.Fatal(err)
	}
	return &fixed{Store: store, records: page.Items}
}

// BenchmarkAPI is the cost of the API itself, above a store that costs nothing.
func BenchmarkAPI(b *testing.B) {
	store := newFixed(b, 1000)
	s := newServer(b, store, nil)
	for _, c := range []struct{ name, path string }{
		{"by-name", "/api/catalog/entities/by-name/component/default/component-00042"},
		{"by-query/20", "/api/catalog/entities/by-query?limit=20&filter=kind=component,spec.type=service&orderField=metadata.name,asc"},
		{"by-query/200", "/api/catalog/entities/by-query?limit=200&filter=kind=component"},
		{"by-query/200/fields", "/api/catalog/entities/by-query?limit=200&fields=kind,metadata.name,metadata.namespace,spec.owner"},
		{"entities/1000", "/api/catalog/entities"},
	} {
		b.Run(c.name, func(b *testing.B) {
			run(b, s, c.path)
		})
	}
}

func run(b *testing.B, s *server, path string) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		if rec := serve(s, http.MethodGet, path); rec.Code != http.StatusOK {
			b.Fatalf("GET %s = %d: %s", path, rec.Code, rec.Body)
		}
	}
}

// Records implements [catalog.Reader].
func (f *fixed) Records(context.Context, []catalog.Ref) ([]catalog.Record, error) {
	return f.records[:1], nil
}

// Query implements [catalog.Reader].
func (f *fixed) Query(_ context.Context, q catalog.Query) (catalog.Page, error) {
	page := catalog.Page{Items: f.records[:min(q.Limit, len(f.records))], Total: len(f.records)}
	if len(page.Items) < len(f.records) {
		page.Next = "more"
	}
	return page, nil
}

// BenchmarkSQLite is the cost of whole requests over 10,000 entities.
func BenchmarkSQLite(b *testing.B) {
	store := openSQL(b, sqldbtest.Open(b))
	claims := many(10_000)
	for i := 0; i < len(claims); i += 1000 {
		key := catalog.SourceKey{Provider: "bench", Location: fmt.Sprintf("bench:%d", i)}
		apply(b, store, catalog.SourceUpdate{Key: key, Claims: claims[i : i+1000]})
	}
	s := newServer(b, store, nil)
	for _, c := range []struct{ name, path string }{
		{"by-name/10k", "/api/catalog/entities/by-name/component/default/component-04242"},
		{"by-query/10k/20", "/api/catalog/entities/by-query?limit=20&filter=kind=component,spec.type=service&totalItems=exclude"},
		{"by-query/10k/20/counted", "/api/catalog/entities/by-query?limit=20&filter=kind=component,spec.type=service"},
		{"by-query/10k/200", "/api/catalog/entities/by-query?limit=200&totalItems=exclude"},
		{"entities/10k", "/api/catalog/entities"},
	} {
		b.Run(c.name, func(b *testing.B) {
			run(b, s, c.path)
		})
	}
}
