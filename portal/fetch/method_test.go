// SPDX-License-Identifier: Apache-2.0

package fetch_test

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/fetch"
)

// TestPostIsSentOnce: with its body, and never to where it is redirected.
func TestPostIsSentOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(rw, r, "/", http.StatusTemporaryRedirect)
			return
		}
		body, _ := io.ReadAll(r.Body)
		_, _ = io.WriteString(rw, r.Method+" "+r.Header.Get("Content-Type")+" "+string(body))
	}, "example.com")
	c := w.client(t)
	req := &fetch.Request{Method: http.MethodPost, Body: []byte(`{"a":1}`), Header: http.Header{"Content-Type": {"application/json"}}}
	res, err := c.Get(t.Context(), "https://example.com/", req)
	if err != nil || string(res.Body) != `POST application/json {"a":1}` {
		t.Errorf("POST = %v, %v", res, err)
	}
	_, err = c.Get(t.Context(), "https://example.com/moved", req)
	wantCode(t, err, callboard.CodeUnavailable, "redirects a POST", "not sent twice")
}

// TestOnly: a narrower client has neither the rules nor the tokens of the one
// that it comes from.
func TestOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(rw, "token="+r.Header.Get("Authorization"))
	}, "example.com")
	w.opts.Credentials = []fetch.Credential{{Host: "a.example.com", Header: "Authorization", Value: func(context.Context) (string, error) { return "secret", nil }}}
	c, err := w.client(t).Only(fetch.Grant{Allow: []fetch.Rule{fetch.MustParseRule("a.example.com")}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if res, err := c.Get(t.Context(), "https://a.example.com/", nil); err != nil || string(res.Body) != "token=" {
		t.Errorf("Get = %v, %v", res, err)
	}
	_, err = c.Get(t.Context(), "https://example.com/", nil)
	wantCode(t, err, callboard.CodeForbidden, "allow list")
}

// TestSpentBudget: 403 with nothing left of a budget is a limit, not a refusal.
func TestSpentBudget(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 14, 9, 26, 0, 0, time.UTC)
	for _, tt := range []struct {
		left, reset string
		code        callboard.Code
		wait        time.Duration
	}{
		{"0", strconv.FormatInt(now.Add(time.Minute).Unix(), 10), callboard.CodeRateLimited, time.Minute},
		{"0", "soon", callboard.CodeRateLimited, 0},
		{"17", "", callboard.CodeForbidden, 0},
	} {
		w := newWorld(t, func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("X-RateLimit-Remaining", tt.left)
			rw.Header().Set("X-RateLimit-Reset", tt.reset)
			rw.WriteHeader(http.StatusForbidden)
		}, "example.com")
		w.opts.Now = func() time.Time { return now }
		_, err := w.client(t).Get(t.Context(), "https://example.com/", nil)
		wantCode(t, err, tt.code)
		if wait, _ := fetch.RetryAfter(err); wait != tt.wait {
			t.Errorf("RetryAfter with %s left = %s, want %s", tt.left, wait, tt.wait)
		}
	}
}
