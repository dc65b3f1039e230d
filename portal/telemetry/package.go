// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/samber/do/v2"
	"go.opentelemetry.io/otel/trace"

	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/permission"
)

// Package adds /metrics, with the prometheus.Collector of other packages, and
// spans if a package contributes a trace.TracerProvider.
func Package() func(do.Injector) {
	return func(i do.Injector) {
		module.Contribute(i, func(do.Injector) (permission.Declaration, error) { return Declaration(), nil })
		module.Provide(i, provide)
		module.Contribute(i, func(i do.Injector) (module.Module, error) { return do.Invoke[*Metrics](i) })
		module.Contribute(i, func(i do.Injector) (httpx.Observer, error) { return do.Invoke[*Metrics](i) })
		module.Contribute(i, func(i do.Injector) (httpx.Observer, error) {
			providers, err := module.Collect[trace.TracerProvider](i)
			if err != nil {
				return nil, err
			}
			if len(providers) == 0 {
				return nil, module.ErrDisabled
			}
			return NewTracer(providers[0]), nil
		})
	}
}

func provide(i do.Injector) (*Metrics, error) {
	may, err := do.Invoke[*permission.Checker](i)
	if err != nil {
		return nil, err
	}
	queue, err := do.Invoke[jobs.Queue](i)
	if err != nil {
		return nil, err
	}
	more, err := module.Collect[prometheus.Collector](i)
	if err != nil {
		return nil, err
	}
	return New(may, queue, more...)
}
