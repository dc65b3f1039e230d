// SPDX-License-Identifier: Apache-2.0

package fetch_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/fetch"
)

func TestRedirects(t *testing.T) {
	t.Parallel()
	handler := func(w http.ResponseWriter, r *http.Request) {
		if to := r.URL.Query().Get("to"); to != "" {
			http.Redirect(w, r, to, http.StatusFound)
			return
		}
		if r.URL.Path == "/loop" {
			http.Redirect(w, r, "/loop", http.StatusMovedPermanently)
			return
		}
		if r.URL.Path == "/nowhere" {
			w.WriteHeader(http.StatusFound)
			return
		}
		hello(w, r)
	}
	tests := []struct {
		name, to string
		code     callboard.Code
		words    string
	}{
		{"same host", "/ok", "", ""},
		{"other allowed host", "https://a.example.com/ok", "", ""},
		{"host off the list", "https://evil.org/", callboard.CodeForbidden, "redirect"},
		{"private by name", "https://intern.example.com/", callboard.CodeForbidden, "10.0.0.7"},
		{"private by number", "https://127.0.0.1/", callboard.CodeForbidden, "redirect"},
		{"to plain http", "http://example.com/", callboard.CodeForbidden, "https"},
		{"to a file", "file:///etc/passwd", callboard.CodeInvalid, "scheme"},
		{"to gopher", "gopher://example.com:70/x", callboard.CodeInvalid, "scheme"},
		{"with a password", "https://a:b@example.com/", callboard.CodeInvalid, "user name"},
		{"out of the path", "https://b.example.com/%2e%2e/x", callboard.CodeInvalid, "segments"},
		{"in a circle", "/loop", callboard.CodeUnavailable, "more than 5 times"},
		{"without location", "/nowhere", callboard.CodeUnavailable, "nowhere"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, handler, "example.com", "*.example.com")
			w.opts.Resolver = names{"intern.example.com": {"10.0.0.7"}}
			_, err := w.client(t).Get(t.Context(), "https://example.com/start?to="+url.QueryEscape(tt.to), nil)
			if tt.code == "" {
				if err != nil {
					t.Errorf("Get: %v", err)
				}
				return
			}
			wantCode(t, err, tt.code, tt.words)
		})
	}
}

func TestSecretsStayWithTheirHost(t *testing.T) {
	t.Parallel()
	type seen struct{ host, auth, own string }
	var seenBy []seen
	w := newWorld(t, func(w http.ResponseWriter, r *http.Request) {
		seenBy = append(seenBy, seen{r.Host, r.Header.Get("Authorization"), r.Header.Get("X-Own")})
		switch r.URL.Path {
		case "/1":
			http.Redirect(w, r, "https://a.example.com/2", http.StatusFound)
		case "/2":
			http.Redirect(w, r, "https://example.com/3", http.StatusFound)
		default:
			hello(w, r)
		}
	}, "example.com", "*.example.com")
	w.opts.Credentials = []fetch.Credential{{
		Host: "example.com", Header: "Authorization",
		Value: func(context.Context) (string, error) { return "Bearer t0p", nil },
	}}
	_, err := w.client(t).Get(t.Context(), "https://example.com/1", &fetch.Request{Header: http.Header{"X-Own": {"mine"}}})
	if err != nil {
		t.Fatalf("Get: %v", err)
	}
	want := []seen{
		{"example.com", "Bearer t0p", "mine"},
		{"a.example.com", "", ""},
		{"example.com", "Bearer t0p", ""}, // the caller's header does not come back by way of another host
	}
	if len(seenBy) != len(want) {
		t.Fatalf("requests = %v", seenBy)
	}
	for i := range want {
		if seenBy[i] != want[i] {
			t.Errorf("request %d = %v, want %v", i, seenBy[i], want[i])
		}
	}
}

func TestMessagesHoldNoSecrets(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t"
	w := newWorld(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, "example.com")
	cred := fetch.Credential{Host: "example.com", Header: "Authorization", Value: func(context.Context) (string, error) { return secret, nil }}
	broken := cred
	broken.Value = func(context.Context) (string, error) { return secret + "\r\nX: y", nil }
	for name, get := range map[string]func(c *fetch.Client) error{
		"query": func(c *fetch.Client) error {
			_, err := c.Get(t.Context(), "https://example.com/?token="+secret, nil)
			return err
		},
		"unparsable": func(c *fetch.Client) error { return c.Check("https://example.com/%zz?token=" + secret) },
		"userinfo":   func(c *fetch.Client) error { return c.Check("https://u:" + secret + "@example.com/") },
		"forbidden":  func(c *fetch.Client) error { return c.Check("https://evil.org/?token=" + secret) },
	} {
		for _, credential := range []fetch.Credential{cred, broken} {
			w.opts.Credentials = []fetch.Credential{credential}
			err := get(w.client(t))
			if err == nil || strings.Contains(err.Error(), secret) {
				t.Errorf("%s: error = %v; want one without the secret", name, err)
			}
		}
	}
}
