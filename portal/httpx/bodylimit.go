// SPDX-License-Identifier: Apache-2.0

package httpx

import (
	"context"
	"io"
	"net/http"
)

type bodyKey struct{}

// BodyLimit refuses to read more than n bytes of a request's body: reading on
// fails with an [http.MaxBytesError], which is answered with 413. A handler
// that takes larger bodies says so with [SetBodyLimit].
func BodyLimit(n int64) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Body == nil || r.Body == http.NoBody {
				next.ServeHTTP(w, r)
				return
			}
			body := &limitedBody{w: w, rc: r.Body, declared: r.ContentLength, limit: n}
			r = r.WithContext(context.WithValue(r.Context(), bodyKey{}, body))
			r.Body = body
			next.ServeHTTP(w, r)
		})
	}
}

// SetBodyLimit replaces the limit of [BodyLimit] for this request. It has no
// effect once the body has been read from.
func SetBodyLimit(r *http.Request, n int64) {
	if body, ok := r.Context().Value(bodyKey{}).(*limitedBody); ok {
		body.limit = n
	}
}

// limitedBody puts the limit in force at the first read, so that a handler
// further in can still change it.
type limitedBody struct {
	w        http.ResponseWriter
	rc       io.ReadCloser
	limited  io.ReadCloser
	declared int64 // Content-Length, -1 if unknown
	limit    int64
}

func (b *limitedBody) Read(p []byte) (int, error) {
	if b.limited == nil {
		if b.declared > b.limit {
			return 0, &http.MaxBytesError{Limit: b.limit}
		}
		b.limited = http.MaxBytesReader(b.w, b.rc, b.limit)
	}
	return b.limited.Read(p)
}

func (b *limitedBody) Close() error { return b.rc.Close() }
