// SPDX-License-Identifier: Apache-2.0

package fetch_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/fetch"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	zip := func(n int) []byte {
		var buf bytes.Buffer
		zw := gzip.NewWriter(&buf)
		_, _ = zw.Write(make([]byte, n))
		_ = zw.Close()
		return buf.Bytes()
	}
	handler := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		switch r.URL.Path {
		case "/exact":
			_, _ = w.Write(make([]byte, 1000))
		case "/declared":
			_, _ = w.Write(make([]byte, 1001))
		case "/chunked":
			for range 10 {
				_, _ = w.Write(make([]byte, 200))
				w.(http.Flusher).Flush()
			}
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(zip(10 << 20))
		case "/gzip":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(zip(900))
		case "/brotli":
			w.Header().Set("Content-Encoding", "br")
			_, _ = w.Write([]byte("xx"))
		case "/double":
			w.Header().Set("Content-Encoding", "gzip, gzip")
			_, _ = w.Write(zip(10))
		case "/headers":
			w.Header().Set("X", strings.Repeat("x", 100<<10))
		}
	}
	tests := []struct {
		path string
		code callboard.Code
	}{
		{"/exact", ""}, {"/gzip", ""},
		{"/declared", callboard.CodeTooLarge}, {"/chunked", callboard.CodeTooLarge}, {"/bomb", callboard.CodeTooLarge},
		{"/brotli", callboard.CodeInvalid}, {"/double", callboard.CodeInvalid}, {"/headers", callboard.CodeUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, handler, "example.com")
			w.opts.MaxBytes = 1000
			res, err := w.client(t).Get(t.Context(), "https://example.com"+tt.path, nil)
			if callboard.CodeOf(err) != tt.code {
				t.Errorf("Get = %v, want code %q", err, tt.code)
			}
			if err == nil && len(res.Body) < 900 {
				t.Errorf("body of %d bytes", len(res.Body))
			}
		})
	}
}

func TestSlowServers(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	w := newWorld(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/silent" {
			select {
			case <-release:
			case <-r.Context().Done():
			}
			return
		}
		for { // a drop at a time, for ever
			if _, err := io.WriteString(w, "x"); err != nil {
				return
			}
			w.(http.Flusher).Flush()
			select {
			case <-time.After(10 * time.Millisecond):
			case <-r.Context().Done():
				return
			}
		}
	}, "example.com")
	t.Cleanup(func() { close(release) })
	w.opts.IdleTimeout, w.opts.Timeout = 100*time.Millisecond, time.Minute
	_, err := w.client(t).Get(t.Context(), "https://example.com/silent", nil)
	wantCode(t, err, callboard.CodeTimeout, "nothing for too long")

	w.opts.IdleTimeout, w.opts.Timeout = time.Minute, 200*time.Millisecond
	_, err = w.client(t).Get(t.Context(), "https://example.com/drip", nil)
	wantCode(t, err, callboard.CodeTimeout, "within 200ms")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w.opts.Timeout = time.Minute
	_, err = w.client(t).Get(ctx, "https://example.com/drip", nil)
	wantCode(t, err, callboard.CodeTimeout, "stopped")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want it to be context.Canceled", err)
	}
}

func TestConditional(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-None-Match") == `"v1"` || r.Header.Get("If-Modified-Since") != "" || r.URL.Path == "/always" {
			w.Header().Set("ETag", `"v1"`)
			w.WriteHeader(http.StatusNotModified)
			return
		}
		hello(w, r)
	}, "example.com")
	c := w.client(t)
	for _, req := range []*fetch.Request{{ETag: `"v1"`}, {LastModified: "Mon, 02 Jan 2006 15:04:05 GMT"}} {
		res, err := c.Get(t.Context(), "https://example.com/", req)
		if err != nil || !res.NotModified || res.Body != nil || res.ETag != `"v1"` {
			t.Errorf("Get(%+v) = %+v, %v; want not modified", req, res, err)
		}
	}
	res, err := c.Get(t.Context(), "https://example.com/", &fetch.Request{ETag: `"v0"`})
	if err != nil || res.NotModified || string(res.Body) != "hello" {
		t.Errorf("changed: %+v, %v", res, err)
	}
	_, err = c.Get(t.Context(), "https://example.com/always", nil)
	wantCode(t, err, callboard.CodeInvalid, "304") // nobody asked
}

func TestStatusesAndRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		path, retry string
		status      int
		code        callboard.Code
		wait        time.Duration
	}{
		{"/404", "", 404, callboard.CodeNotFound, 0},
		{"/410", "", 410, callboard.CodeNotFound, 0},
		{"/401", "", 401, callboard.CodeForbidden, 0},
		{"/403", "", 403, callboard.CodeForbidden, 0},
		{"/400", "", 400, callboard.CodeInvalid, 0},
		{"/206", "", 206, callboard.CodeInvalid, 0},
		{"/429", "7", 429, callboard.CodeRateLimited, 7 * time.Second},
		{"/503", "Sun, 01 Mar 2026 12:01:00 GMT", 503, callboard.CodeUnavailable, time.Minute},
		{"/500", "soon", 500, callboard.CodeUnavailable, 0},
		{"/502", "99999999999999999999", 502, callboard.CodeUnavailable, 0},
		{"/504", "2000000000", 504, callboard.CodeUnavailable, 24 * time.Hour},
	}
	for _, tt := range tests {
		w := newWorld(t, func(w http.ResponseWriter, _ *http.Request) {
			if tt.retry != "" {
				w.Header().Set("Retry-After", tt.retry)
			}
			w.WriteHeader(tt.status)
		}, "example.com")
		w.opts.Now = func() time.Time { return now }
		_, err := w.client(t).Get(t.Context(), "https://example.com"+tt.path, nil)
		wantCode(t, err, tt.code)
		wait, ok := fetch.RetryAfter(err)
		if wait != tt.wait || ok != (tt.wait > 0) {
			t.Errorf("%s: RetryAfter = %v, %v; want %v", tt.path, wait, ok, tt.wait)
		}
		var status *fetch.StatusError
		if !errors.As(err, &status) || status.Status != tt.status {
			t.Errorf("%s: cause = %v", tt.path, err)
		}
	}
}

func TestContentTypes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hello, "example.com")
	c := w.client(t)
	for _, types := range [][]string{{"text/plain"}, {"image/png", "text/*"}} {
		if _, err := c.Get(t.Context(), "https://example.com/", &fetch.Request{ContentTypes: types}); err != nil {
			t.Errorf("ContentTypes %v: %v", types, err)
		}
	}
	_, err := c.Get(t.Context(), "https://example.com/", &fetch.Request{ContentTypes: []string{"image/*"}})
	wantCode(t, err, callboard.CodeInvalid, `"text/plain"`, "image/*")
}

func TestPerHostConcurrency(t *testing.T) {
	t.Parallel()
	var now, most atomic.Int32
	arrived, proceed := make(chan struct{}, 8), make(chan struct{})
	w := newWorld(t, func(w http.ResponseWriter, r *http.Request) {
		n := now.Add(1)
		defer now.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		arrived <- struct{}{}
		<-proceed
		hello(w, r)
	}, "example.com")
	w.opts.PerHost, w.opts.PerSecond = 2, 1000
	c := w.client(t)
	done := make(chan error)
	for range 6 {
		go func() {
			_, err := c.Get(t.Context(), "https://example.com/", nil)
			done <- err
		}()
	}
	<-arrived
	<-arrived
	close(proceed)
	for range 6 {
		if err := <-done; err != nil {
			t.Errorf("Get: %v", err)
		}
	}
	if most.Load() > 2 {
		t.Errorf("%d requests at a time, want at most 2", most.Load())
	}
}

func TestRateLimitGivesUpInTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hello, "example.com")
	w.opts.PerSecond, w.opts.Timeout = 0.001, 2*time.Second
	c := w.client(t)
	if _, err := c.Get(t.Context(), "https://example.com/", nil); err != nil {
		t.Fatalf("first Get: %v", err)
	}
	_, err := c.Get(t.Context(), "https://example.com/", nil)
	wantCode(t, err, callboard.CodeTimeout)
}

func TestEnvironmentProxyIsIgnored(t *testing.T) {
	w := newWorld(t, hello, "example.com")
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	if _, err := w.client(t).Get(t.Context(), "https://example.com/", nil); err != nil {
		t.Errorf("Get: %v", err)
	}
}

func TestUntrustedCertificate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hello, "example.com")
	w.opts.TLS = nil
	_, err := w.client(t).Get(t.Context(), "https://example.com/", nil)
	wantCode(t, err, callboard.CodeUnavailable, "certificate")
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	value := func(context.Context) (string, error) { return "", nil }
	for name, opts := range map[string]fetch.Options{
		"empty rule":      {Allow: []fetch.Rule{{}}},
		"negative":        {MaxBytes: -1},
		"private pattern": {AllowPrivate: []string{"*.corp"}},
		"no header":       {Credentials: []fetch.Credential{{Host: "example.com", Value: value}}},
		"no value":        {Credentials: []fetch.Credential{{Host: "example.com", Header: "A"}}},
		"wild credential": {Credentials: []fetch.Credential{{Host: "*", Header: "A", Value: value}}},
	} {
		if _, err := fetch.New(&opts); err == nil {
			t.Errorf("New with %s succeeded", name)
		}
	}
	for _, rule := range []string{"", "ftp://example.com", "https://u:p@example.com", "a b", "example.com/?q=1", "example.com/../x", "*.*.com", "exa*mple.com", "http://", "127.1"} {
		if r, err := fetch.ParseRule(rule); err == nil {
			t.Errorf("ParseRule(%q) = %v, want an error", rule, r)
		}
	}
}
