// SPDX-License-Identifier: Apache-2.0

package httpx

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

// Observer watches requests, such as to count them. It is called from several
// goroutines and must be quick.
type Observer interface {
	// Begin is called when a request comes. It returns the context that the
	// request goes on with, and what to call when it is over.
	Begin(r *http.Request) (ctx context.Context, end func(Observed))
}

// Observed is how a request went.
type Observed struct {
	// Route is the name of the route that took it; empty if none did.
	Route string
	// Status is that of the response.
	Status int
	// Took is how long it was until the response was written.
	Took time.Duration
}

type routeKey struct{}

// NoteRoute tells the observers of the request that ctx belongs to which route
// takes it. Without [Observe] it does nothing.
func NoteRoute(ctx context.Context, name string) {
	if route, ok := ctx.Value(routeKey{}).(*atomic.Pointer[string]); ok {
		route.Store(&name)
	}
}

// Observe has observers watch every request.
func Observe(observers ...Observer) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		if len(observers) == 0 {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start, rec, route := time.Now(), record(w), &atomic.Pointer[string]{}
			r = r.WithContext(context.WithValue(r.Context(), routeKey{}, route))
			ends := make([]func(Observed), len(observers))
			for n, o := range observers {
				ctx, end := o.Begin(r)
				r, ends[n] = r.WithContext(ctx), end
			}
			defer func() {
				seen := Observed{Status: rec.status, Took: time.Since(start)}
				if seen.Status == 0 {
					seen.Status = http.StatusOK
				}
				if name := route.Load(); name != nil {
					seen.Route = *name
				}
				for _, end := range ends {
					end(seen)
				}
			}()
			next.ServeHTTP(rec, r)
		})
	}
}
