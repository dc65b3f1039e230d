// SPDX-License-Identifier: Apache-2.0

// Package httpx is what net/http leaves to each service: handlers that return
// an error, one mapping of errors to pages and JSON, middleware, server-sent
// events, health checks and a server with timeouts that stops gracefully. It
// needs nothing else of the portal.
//
//	mux.Handle("GET /things/{id}", httpx.Handler(func(w http.ResponseWriter, r *http.Request) error {
//		thing, err := store.Thing(r.Context(), r.PathValue("id"))
//		if err != nil {
//			return err // a not_found becomes 404, as a page or as JSON
//		}
//		return httpx.WriteJSON(w, http.StatusOK, thing)
//	}))
//
// Start from [Handler], [Fail] and [Errors]; then [Chain] with the middleware,
// [NewSSE] for streams, [NewHealth], and [NewServer].
//
// Middleware is a plain func(http.Handler) http.Handler. The order that works
// is, outermost first: [Errors], [RequestID], [TrustProxies], [AccessLog],
// [Recover], [HostGuard], [SecurityHeaders], [CrossOrigin], [RateLimit],
// [BodyLimit], [Timeout], [Compress], [ETag].
package httpx
