// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"github.com/samber/do/v2"

	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/ui"
)

// errorOptions says that failures are pages in the portal's own shell.
func (a *App) errorOptions() httpx.ErrorOptions {
	opts := httpx.ErrorOptions{Logger: a.opts.Logger}
	if u, err := do.Invoke[*ui.UI](a.comp.injector); err == nil {
		if renderer, ok := any(u).(httpx.ErrorRenderer); ok {
			opts.Renderer = renderer
		}
	}
	return opts
}
