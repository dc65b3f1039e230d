// SPDX-License-Identifier: Apache-2.0

package standard

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/samber/do/v2"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/module"
)

// catalogMetrics adds the catalog's size to the portal's metrics.
func catalogMetrics(i do.Injector) {
	module.Contribute(i, func(i do.Injector) (prometheus.Collector, error) {
		store, err := do.Invoke[catalog.Unguarded](i)
		return catalogSize{store}, err
	})
}

// sizeTimeout bounds the counting.
const sizeTimeout = 5 * time.Second

var sizeDesc = prometheus.NewDesc("callboard_catalog_entities", "Entities that the catalog serves, by kind.", []string{"kind"}, nil)

// catalogSize counts the entities when it is asked.
type catalogSize struct{ catalog catalog.Reader }

// Describe implements prometheus.Collector.
func (c catalogSize) Describe(ch chan<- *prometheus.Desc) { ch <- sizeDesc }

// Collect implements prometheus.Collector.
func (c catalogSize) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), sizeTimeout)
	defer cancel()
	found, err := c.catalog.Facets(ctx, catalog.FacetQuery{Fields: []string{"kind"}})
	if err != nil {
		ch <- prometheus.NewInvalidMetric(sizeDesc, err)
	}
	for _, b := range found["kind"] {
		ch <- prometheus.MustNewConstMetric(sizeDesc, prometheus.GaugeValue, float64(b.Count), b.Value)
	}
}
