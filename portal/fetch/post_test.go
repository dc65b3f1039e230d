// SPDX-License-Identifier: Apache-2.0

package fetch_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/fetch"
)

func TestPost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch r.URL.Path {
		case "/hidden/busy":
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
		case "/hidden/elsewhere":
			http.Redirect(w, r, "https://example.com/hidden", http.StatusTemporaryRedirect)
		case "/hidden/gone":
			w.WriteHeader(http.StatusGone)
		default:
			_, _ = io.WriteString(w, strings.Join([]string{r.Method, r.Header.Get("Content-Type"), string(body), r.URL.Query().Get("q")}, "|"))
		}
	}, "https://example.com/hidden")
	c := w.client(t)
	res, err := c.Post(t.Context(), "https://example.com/hidden?q=1", []byte("hello"), &fetch.Request{Header: http.Header{"Content-Type": {"text/x"}}})
	if err != nil || string(res.Body) != "POST|text/x|hello|1" {
		t.Fatalf("Post = %+v, %v", res, err)
	}
	if res, err := c.Post(t.Context(), "https://example.com/hidden", nil, nil); err != nil || string(res.Body) != "POST|||" {
		t.Errorf("Post of nothing = %+v, %v", res, err)
	}
	for path, code := range map[string]callboard.Code{
		"https://example.com/hidden/busy": callboard.CodeRateLimited, "https://example.com/hidden/elsewhere": callboard.CodeUnavailable,
		"https://example.com/hidden/gone": callboard.CodeNotFound, "https://other.example.com/hidden": callboard.CodeForbidden,
		"https://example.com/other/hidden": callboard.CodeForbidden, "http://example.com/hidden": callboard.CodeForbidden, "hidden:x": callboard.CodeInvalid,
	} {
		_, err := c.Post(t.Context(), path, []byte("x"), nil)
		wantCode(t, err, code)
		if err != nil && strings.Contains(err.Error(), "hidden") {
			t.Errorf("Post(%s): the error names the path: %v", path, err)
		}
		if d, ok := fetch.RetryAfter(err); strings.HasSuffix(path, "busy") && (!ok || d != 7*time.Second) {
			t.Errorf("RetryAfter = %s, %t; want 7s", d, ok)
		}
	}
}
