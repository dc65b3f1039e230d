// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"context"
	"net/http"

	"github.com/callboard/callboard/portal/httpx"
)

type clientKey struct{}

// withClient notes the client's address in the request's context, for the
// audit log.
func withClient(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ip := httpx.ClientIP(r); ip.IsValid() {
			r = r.WithContext(context.WithValue(r.Context(), clientKey{}, ip.String()))
		}
		next.ServeHTTP(w, r)
	})
}

// requestFacts returns the id and the client's address of the request that ctx
// belongs to.
func requestFacts(ctx context.Context) (id, addr string) {
	addr, _ = ctx.Value(clientKey{}).(string)
	return httpx.RequestIDFrom(ctx), addr
}
