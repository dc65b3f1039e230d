// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/callboard/callboard/portal/httpx"
)

// scope names what makes the spans.
const scope = "github.com/callboard/callboard/portal"

// Tracer makes a span of each request, named by method and route. It goes on
// with the trace that the header traceparent names.
type Tracer struct{ tracer trace.Tracer }

var _ httpx.Observer = (*Tracer)(nil)

// NewTracer returns a tracer with spans of the provider.
func NewTracer(p trace.TracerProvider) *Tracer { return &Tracer{p.Tracer(scope)} }

// Begin implements [httpx.Observer].
func (t *Tracer) Begin(r *http.Request) (context.Context, func(httpx.Observed)) {
	ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
	ctx, span := t.tracer.Start(ctx, method(r), trace.WithSpanKind(trace.SpanKindServer),
		trace.WithAttributes(attribute.String("http.request.method", method(r)), attribute.String("url.path", r.URL.Path)))
	return ctx, func(o httpx.Observed) {
		if o.Route != "" {
			span.SetName(method(r) + " " + o.Route)
			span.SetAttributes(attribute.String("http.route", o.Route))
		}
		span.SetAttributes(attribute.Int("http.response.status_code", o.Status))
		if o.Status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, http.StatusText(o.Status))
		}
		span.End()
	}
}

// method returns the request's method if it is one of HTTP's, so that callers
// cannot name spans.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "_OTHER"
}
