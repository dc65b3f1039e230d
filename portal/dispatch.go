// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/module"
)

// handlerOf returns what serves the module's requests.
func handlerOf(mnt *mounted, opts *Options) http.Handler {
	if mnt.router.NotFoundHandler == nil {
		mnt.router.NotFoundHandler = httpx.Handler(httpx.NotFound)
	}
	if mnt.router.MethodNotAllowedHandler == nil {
		mnt.router.MethodNotAllowedHandler = methodNotAllowed(mnt)
	}
	mnt.router.Use(noteRoute)
	h := guard(mnt.id, opts.HangGrace, getForHead(mnt.router))
	limit := opts.RequestTimeout
	if t, ok := mnt.module.(module.Timeouter); ok {
		limit = t.RequestTimeout()
	}
	if limit > 0 {
		h = httpx.Timeout(limit)(h)
	}
	return h
}

// noteRoute tells observers which route takes the request.
func noteRoute(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if route := mux.CurrentRoute(r); route != nil {
			httpx.NoteRoute(r.Context(), route.GetName())
		}
		next.ServeHTTP(w, r)
	})
}

// getForHead routes HEAD as GET; the server leaves the body out.
func getForHead(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			get := *r
			get.Method = http.MethodGet
			r = &get
		}
		next.ServeHTTP(w, r)
	})
}

// methodNotAllowed answers 405 with the methods that the path does have.
func methodNotAllowed(mnt *mounted) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var allowed []string
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
			try := *r
			try.Method = method
			if method == http.MethodHead {
				try.Method = http.MethodGet
			}
			var match mux.RouteMatch
			if mnt.router.Match(&try, &match) && match.MatchErr == nil && match.Route != nil {
				allowed = append(allowed, method)
			}
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		httpx.Handler(httpx.MethodNotAllowed).ServeHTTP(w, r)
	})
}

// dispatch hands each request to the module that owns its path.
func (a *App) dispatch(w http.ResponseWriter, r *http.Request) {
	mnt, _ := a.table.find(r.URL.Path)
	switch {
	case !a.started.Load():
		w.Header().Set("Retry-After", "1")
		httpx.Fail(w, r, &callboard.Error{Code: callboard.CodeUnavailable, Message: "the portal is starting; try again in a moment"})
	case mnt == nil:
		httpx.Handler(httpx.NotFound).ServeHTTP(w, r)
	default:
		a.handlers[mnt].ServeHTTP(w, r)
	}
}

// defaultRequestTimeout ends requests that do not stream.
const defaultRequestTimeout = 30 * time.Second
