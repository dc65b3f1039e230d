// SPDX-License-Identifier: Apache-2.0

package telemetry_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/samber/do/v2"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/callboard/callboard/portal"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/permission"
	"github.com/callboard/callboard/portal/portaltest"
	"github.com/callboard/callboard/portal/telemetry"
)

// tea is a module with a page of a thing and one that fails.
type tea struct{}

func (tea) ID() string         { return "tea" }
func (tea) Prefixes() []string { return []string{"/tea"} }
func (tea) Routes(r *mux.Router) {
	r.HandleFunc("/tea/{leaf}", func(w http.ResponseWriter, r *http.Request) {
		if mux.Vars(r)["leaf"] == "spilt" {
			panic("spilt")
		}
	}).Methods("GET").Name("tea.leaf")
}

func contribute[T any](v T) func(do.Injector) {
	return func(i do.Injector) { module.Contribute(i, func(do.Injector) (T, error) { return v, nil }) }
}

func packages(more ...func(do.Injector)) []func(do.Injector) {
	return append([]func(do.Injector){permission.Package(), telemetry.Package(), contribute[module.Module](tea{})}, more...)
}

func leaves(name string) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: "Leaves."}, func() float64 { return 7 })
}

func TestModule(t *testing.T) {
	portaltest.TestModule(t, telemetry.Package(), permission.Package())
}

// TestMetrics: series are named by routes, whatever is asked for.
func TestMetrics(t *testing.T) {
	t.Parallel()
	p := portaltest.Start(t, packages(contribute(leaves("tea_leaves")))...)
	for n := range 5 {
		p.Get(t, fmt.Sprintf("/tea/leaf-%d", n))
		p.Get(t, fmt.Sprintf("/nowhere/%d", n))
	}
	p.Get(t, "/tea/spilt")
	p.Get(t, "/livez")
	res := p.Get(t, "/metrics")
	if res.Status != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/plain") {
		t.Errorf("GET /metrics = %d, %s", res.Status, res.Header.Get("Content-Type"))
	}
	for _, want := range []string{
		`callboard_http_request_duration_seconds_count{route="tea.leaf",status="200"} 5`,
		`callboard_http_request_duration_seconds_count{route="tea.leaf",status="500"} 1`,
		`callboard_http_request_duration_seconds_count{route="none",status="404"} 5`,
		`callboard_http_request_duration_seconds_count{route="portal.live",status="200"} 1`,
		"tea_leaves 7", "go_goroutines ", "process_start_time_seconds ",
	} {
		if !strings.Contains(res.Body, want) {
			t.Errorf("GET /metrics lacks %s:\n%s", want, res.Body)
		}
	}
	if strings.Contains(res.Body, "leaf-") || strings.Contains(res.Body, "nowhere") {
		t.Errorf("callers name series:\n%s", res.Body)
	}
}

// TestMetricsAreNotForEverybody: through a proxy, or under another name, the
// permission decides, and the refusal is counted.
func TestMetricsAreNotForEverybody(t *testing.T) {
	t.Parallel()
	p := portaltest.Start(t, packages()...)
	ask := func(change func(*http.Request)) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL+"/metrics", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		change(r)
		return p.Do(t, r).Status
	}
	for name, change := range map[string]func(*http.Request){
		"a proxy":      func(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.7") },
		"another name": func(r *http.Request) { r.Host = "rebound.example" },
	} {
		if got := ask(change); got != http.StatusUnauthorized {
			t.Errorf("GET /metrics through %s = %d", name, got)
		}
	}
	if body := p.Get(t, "/metrics").Body; !strings.Contains(body, `callboard_permission_decisions_total{effect="deny",permission="portal.metrics.read"} 2`) {
		t.Errorf("the refusals are not counted:\n%s", body)
	}
}

// TestClash: a metric that two packages have is a wiring error.
func TestClash(t *testing.T) {
	t.Parallel()
	_, err := portal.New(packages(contribute(leaves("tea_leaves")), contribute(leaves("tea_leaves"))), &portal.Options{Settings: portal.Settings{Database: ":memory:"}})
	if err == nil || !strings.Contains(err.Error(), "tea_leaves") {
		t.Errorf("New with a metric twice = %v", err)
	}
}

// spans records the spans that are over.
type spans struct {
	noop.TracerProvider
	mu   sync.Mutex
	over []*span
}

func (s *spans) Tracer(string, ...trace.TracerOption) trace.Tracer { return tracer{s: s} }

type tracer struct {
	noop.Tracer
	s *spans
}

func (tr tracer) Start(ctx context.Context, name string, _ ...trace.SpanStartOption) (context.Context, trace.Span) {
	return ctx, &span{s: tr.s, name: name, parent: trace.SpanContextFromContext(ctx).TraceID().String()}
}

type span struct {
	noop.Span
	s            *spans
	name, parent string
	attributes   []attribute.KeyValue
}

func (sp *span) SetName(name string)                    { sp.name = name }
func (sp *span) SetAttributes(kv ...attribute.KeyValue) { sp.attributes = append(sp.attributes, kv...) }
func (sp *span) End(...trace.SpanEndOption) {
	sp.s.mu.Lock()
	defer sp.s.mu.Unlock()
	sp.s.over = append(sp.s.over, sp)
}

// TestSpans: each request is one span with its route, within the caller's trace.
func TestSpans(t *testing.T) {
	t.Parallel()
	s := &spans{}
	p := portaltest.Start(t, packages(contribute[trace.TracerProvider](s))...)
	const caller = "0af7651916cd43dd8448eb211c80319c"
	for _, path := range []string{"/tea/green", "/tea/spilt", "/nowhere"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Traceparent", "00-"+caller+"-b7ad6b7169203331-01")
		p.Do(t, r)
	}
	if err := p.Stop(); err != nil { // every span is over
		t.Fatal(err)
	}
	want := []struct {
		name   string
		status int
	}{{"GET tea.leaf", 200}, {"GET tea.leaf", 500}, {"GET", 404}}
	if len(s.over) != len(want) {
		t.Fatalf("%d spans, want %d", len(s.over), len(want))
	}
	for n, sp := range s.over {
		status := fmt.Sprint(sp.attributes)
		if sp.name != want[n].name || sp.parent != caller || !strings.Contains(status, fmt.Sprint(want[n].status)) {
			t.Errorf("span %d is %q in %s with %s, want %v", n, sp.name, sp.parent, status, want[n])
		}
	}
}
