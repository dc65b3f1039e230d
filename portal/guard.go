// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/httpx"
)

// guard keeps a module's failure its own: a panic becomes an error page, and a
// handler that ignores its deadline is left behind after a grace, so that the
// reader gets an answer. A goroutine cannot be stopped from outside; it may
// run on, and whatever it writes then is refused.
func guard(id string, grace time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		gw := &guardedWriter{to: w, header: w.Header().Clone()}
		done := make(chan any, 1)
		go func() {
			defer func() { done <- outcome(recover()) }()
			next.ServeHTTP(gw, r)
		}()
		reason, late := await(r.Context(), grace, done)
		if late {
			gw.abandon(r, id)
			return
		}
		gw.finish(r, id, reason)
	})
}

// await returns what the handler ended with, or that it is late: its deadline
// and the grace after it have passed. A request that lifted its deadline, or
// whose client has left, is waited for.
func await(ctx context.Context, grace time.Duration, done <-chan any) (reason any, late bool) {
	select {
	case reason := <-done:
		return reason, false
	case <-ctx.Done():
	}
	if !errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		return <-done, false
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case reason := <-done:
		return reason, false
	case <-timer.C:
		return nil, true
	}
}

// panicked is what a handler panicked with, and where.
type panicked struct {
	reason any
	stack  []byte
}

// isAbort reports whether a handler gave its response up on purpose.
func isAbort(reason any) bool {
	err, ok := reason.(error)
	return ok && errors.Is(err, http.ErrAbortHandler)
}

func outcome(reason any) any {
	if reason == nil || isAbort(reason) {
		return reason
	}
	return panicked{reason: reason, stack: bytes.TrimSpace(debug.Stack())}
}

// guardedWriter passes a response on until it is abandoned. The headers are
// the handler's own until the response begins.
type guardedWriter struct {
	mu        sync.Mutex
	to        http.ResponseWriter
	header    http.Header
	started   bool
	abandoned bool
}

// Header returns the handler's headers.
func (g *guardedWriter) Header() http.Header { return g.header }

// WriteHeader sends the headers.
func (g *guardedWriter) WriteHeader(status int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.abandoned {
		g.begin(status)
	}
}

func (g *guardedWriter) begin(status int) {
	if g.started {
		return
	}
	g.started = status >= http.StatusOK || status == http.StatusSwitchingProtocols
	target := g.to.Header()
	clear(target)
	maps.Copy(target, g.header)
	g.to.WriteHeader(status)
}

// Write sends a part of the body.
func (g *guardedWriter) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.abandoned {
		return 0, http.ErrHandlerTimeout
	}
	g.begin(http.StatusOK)
	return g.to.Write(p)
}

// Flush serves callers that look for an http.Flusher.
func (g *guardedWriter) Flush() { _ = g.FlushError() }

// FlushError sends what is buffered.
func (g *guardedWriter) FlushError() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.abandoned {
		return http.ErrHandlerTimeout
	}
	g.begin(http.StatusOK)
	return http.NewResponseController(g.to).Flush()
}

// Unwrap serves http.ResponseController.
func (g *guardedWriter) Unwrap() http.ResponseWriter { return g.to }

// finish ends the request after the handler did.
func (g *guardedWriter) finish(r *http.Request, id string, reason any) {
	switch p := reason.(type) {
	case nil:
		g.copyHeader()
	case panicked:
		if g.started {
			panic(fmt.Sprintf("module %s: %v\n%s", id, p.reason, p.stack))
		}
		httpx.Fail(g.to, r, fmt.Errorf("module %s panicked: %v\n%s", id, p.reason, p.stack))
	default:
		panic(reason)
	}
}

// copyHeader passes headers on that a handler set without writing anything.
func (g *guardedWriter) copyHeader() {
	if !g.started {
		clear(g.to.Header())
		maps.Copy(g.to.Header(), g.header)
	}
}

// abandon answers in place of a handler that does not return.
func (g *guardedWriter) abandon(r *http.Request, id string) {
	g.mu.Lock()
	g.abandoned = true
	started := g.started
	g.mu.Unlock()
	if started {
		panic(http.ErrAbortHandler)
	}
	httpx.Fail(g.to, r, &callboard.Error{
		Code:    callboard.CodeTimeout,
		Message: "this part of the portal took too long to answer; the rest of it works",
		Err:     fmt.Errorf("module %s ignores its deadline", id),
	})
}
