// SPDX-License-Identifier: Apache-2.0

package httpx

import (
	"context"
	"errors"
	"net/http"

	"github.com/callboard/callboard"
)

// Handler is an HTTP handler that returns its failure instead of writing it.
// [Fail] turns the error into a page or JSON.
type Handler func(w http.ResponseWriter, r *http.Request) error

var _ http.Handler = Handler(nil)

// ServeHTTP calls h. An error that comes after the response has begun cannot
// be shown any more: it is logged, and the connection is cut so that the
// client notices that the answer is incomplete.
func (h Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rec := record(w)
	err := h(rec, r)
	switch {
	case err == nil:
	case !rec.started():
		Fail(rec, r, err)
	case errors.Is(err, context.Canceled) && !timedOut(r):
		// A stream has ended, by the client or by the server's shutdown.
	default:
		logFailure(r, failureOf(r, err), err)
		if r.Context().Err() == nil {
			panic(http.ErrAbortHandler)
		}
	}
}

// Chain wraps h in the middlewares, the first of which becomes the outermost.
func Chain(h http.Handler, middlewares ...func(http.Handler) http.Handler) http.Handler {
	for i := len(middlewares) - 1; i >= 0; i-- {
		h = middlewares[i](h)
	}
	return h
}

// NotFound answers that nothing is served at the path. It suits as a router's
// handler for requests that match no route.
func NotFound(_ http.ResponseWriter, r *http.Request) error {
	return &callboard.Error{Code: callboard.CodeNotFound, Message: "there is nothing at " + r.URL.Path}
}

// MethodNotAllowed answers 405. It suits as a router's handler for requests
// whose path matches a route and whose method does not; the router, which
// knows them, sets the Allow header.
func MethodNotAllowed(_ http.ResponseWriter, r *http.Request) error {
	return WithStatus(&callboard.Error{
		Code:    callboard.CodeInvalid,
		Message: r.Method + " is not allowed at " + r.URL.Path,
	}, http.StatusMethodNotAllowed)
}
