// SPDX-License-Identifier: Apache-2.0

// Package telemetry tells the tools of an operator how a portal does: numbers
// for Prometheus at /metrics, and a span for each request for whatever
// OpenTelemetry's API leads to.
//
// Start from [Package]. Metrics of a package's own are a prometheus.Collector
// that it contributes. Spans are made if a package contributes a
// trace.TracerProvider, which has the exporter: this package brings none.
package telemetry
