// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/permission"
)

// ReadMetrics is the permission that /metrics needs of those who are not at the
// machine itself.
const ReadMetrics = "portal.metrics.read"

// Declaration returns the permission. Administrators alone have it by default.
func Declaration() permission.Declaration {
	return permission.Declaration{Permissions: []permission.Permission{{ID: ReadMetrics, Title: "Read the portal's metrics"}}}
}

// noRoute is the route of what no route takes: names come from the portal and
// never from callers, so that nobody can make up series.
const noRoute = "none"

// Metrics is the module with /metrics. It is safe for concurrent use.
type Metrics struct {
	may      *permission.Checker
	serve    http.Handler
	requests *prometheus.HistogramVec
}

var (
	_ module.Module  = (*Metrics)(nil)
	_ httpx.Observer = (*Metrics)(nil)
)

// New returns the metrics of a portal: requests, decisions over permissions,
// jobs, the Go runtime and the process, and those of more. Names that two
// collectors have are an error.
func New(may *permission.Checker, queue jobs.Inspector, more ...prometheus.Collector) (*Metrics, error) {
	m := &Metrics{may: may, requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "callboard_http_request_duration_seconds", Help: "How long requests took, by route and status.",
		Buckets: []float64{.005, .025, .1, .25, .5, 1, 2.5, 10},
	}, []string{"route", "status"})}
	decisions := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "callboard_permission_decisions_total", Help: "Decisions over permissions, by permission and effect.",
	}, []string{"permission", "effect"})
	may.Watch(func(q permission.Question, d permission.Decision) {
		decisions.WithLabelValues(q.Permission.ID, string(d.Effect())).Inc()
	})
	own := []prometheus.Collector{
		m.requests, decisions, jobCollector{queue},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	}
	registry := prometheus.NewRegistry()
	var wrong []error
	for _, c := range append(own, more...) {
		if err := registry.Register(c); err != nil {
			wrong = append(wrong, fmt.Errorf("telemetry: %s: %w", nameOf(c), err))
		}
	}
	m.serve = promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, DisableCompression: true, MaxRequestsInFlight: 4,
	})
	return m, errors.Join(wrong...)
}

// nameOf describes what a collector has: its first metric.
func nameOf(c prometheus.Collector) string {
	descs := make(chan *prometheus.Desc)
	go func() {
		defer close(descs)
		c.Describe(descs)
	}()
	name := ""
	for d := range descs { // to the end, so that the goroutine ends
		name = cmp.Or(name, d.String())
	}
	return name
}

// ID returns "metrics".
func (m *Metrics) ID() string { return "metrics" }

// Prefixes returns the path.
func (m *Metrics) Prefixes() []string { return []string{"/metrics"} }

// Routes adds /metrics.
func (m *Metrics) Routes(r *mux.Router) {
	r.Handle("/metrics", httpx.Handler(m.metrics)).Methods(http.MethodGet).Name("metrics.read")
}

// metrics serves GET /metrics to the machine itself, and to whoever has the
// permission.
func (m *Metrics) metrics(w http.ResponseWriter, r *http.Request) error {
	if !httpx.IsLocal(r) {
		if err := m.may.Require(r.Context(), ReadMetrics); err != nil {
			return err
		}
	}
	m.serve.ServeHTTP(w, r)
	return nil
}

// Begin implements [httpx.Observer].
func (m *Metrics) Begin(r *http.Request) (context.Context, func(httpx.Observed)) {
	return r.Context(), func(o httpx.Observed) {
		if o.Route == "" {
			o.Route = noRoute
		}
		m.requests.WithLabelValues(o.Route, strconv.Itoa(o.Status)).Observe(o.Took.Seconds())
	}
}

// collectTimeout bounds what is asked of the database while metrics are read.
const collectTimeout = 5 * time.Second

var jobsDesc = prometheus.NewDesc("callboard_jobs", "Jobs, by kind and state.", []string{"kind", "state"}, nil)

// jobCollector counts the jobs when it is asked.
type jobCollector struct{ queue jobs.Inspector }

// Describe implements prometheus.Collector.
func (c jobCollector) Describe(ch chan<- *prometheus.Desc) { ch <- jobsDesc }

// Collect implements prometheus.Collector.
func (c jobCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), collectTimeout)
	defer cancel()
	counts, err := c.queue.Counts(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(jobsDesc, err)
	}
	for _, n := range counts {
		ch <- prometheus.MustNewConstMetric(jobsDesc, prometheus.GaugeValue, float64(n.N), n.Kind, string(n.State))
	}
}
