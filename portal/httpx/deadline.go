// SPDX-License-Identifier: Apache-2.0

package httpx

import (
	"context"
	"net/http"
	"time"
)

type deadlineKey struct{}

// Timeout ends a request's context after d; what waits on it fails, and the
// client is told with 504. A handler that streams or moves much data exempts
// its request with [NoDeadline]; [NewSSE] does so by itself.
func Timeout(d time.Duration) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithCancelCause(r.Context())
			defer cancel(context.Canceled)
			timer := time.AfterFunc(d, func() { cancel(context.DeadlineExceeded) })
			defer timer.Stop()
			next.ServeHTTP(w, r.WithContext(context.WithValue(ctx, deadlineKey{}, timer)))
		})
	}
}

// NoDeadline lifts every time limit from the request: the one of [Timeout] and
// those of the server for reading the body and writing the response. The
// handler bounds its work in another way: by size, or by the client's stay.
func NoDeadline(w http.ResponseWriter, r *http.Request) {
	if timer, ok := r.Context().Value(deadlineKey{}).(*time.Timer); ok {
		timer.Stop()
	}
	rc := http.NewResponseController(w)
	// Writers without deadlines, as in tests, have none to lift.
	_ = rc.SetReadDeadline(time.Time{})
	_ = rc.SetWriteDeadline(time.Time{})
}
