// SPDX-License-Identifier: Apache-2.0

package httpx_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/httpx"
)

func TestRequestID(t *testing.T) {
	t.Parallel()
	var inside string
	h := httpx.RequestID(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { inside = httpx.RequestIDFrom(r.Context()) }))
	w := ask(t, h, "GET", "/", "", "X-Request-Id", "trace-0001:a.b_c")
	if inside != "trace-0001:a.b_c" || w.Header().Get("X-Request-Id") != inside {
		t.Errorf("a valid id was not kept: %q", inside)
	}
	for _, bad := range []string{"", "short", "has space in it", "line\nbreak", "<script>alert</script>", strings.Repeat("x", 129), "ünïcödé-id"} {
		w := ask(t, h, "GET", "/", "", "X-Request-Id", bad)
		if inside == bad || len(inside) < 16 || w.Header().Get("X-Request-Id") != inside {
			t.Errorf("id %q became %q", bad, inside)
		}
	}
}

func TestAccessLog(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	h := httpx.Chain(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		httpx.Annotate(r.Context(), slog.String("user", "user:default/ines"))
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, "four")
	}), httpx.RequestID, httpx.AccessLog(slog.New(slog.NewTextHandler(&log, nil))))
	ask(t, h, "POST", "/x?q=go&access_token=t0p&code=s3cr3t&API-Key=k&%74oken=pct", "")
	got := log.String()
	for _, want := range []string{"method=POST", "path=/x", "status=201", "bytes=4", "user=user:default/ines", "client=192.0.2.1", "q=go", "access_token=***", "request_id="} {
		if !strings.Contains(got, want) {
			t.Errorf("log %q lacks %s", got, want)
		}
	}
	for _, secret := range []string{"t0p", "s3cr3t", "=k", "pct"} {
		if strings.Contains(got, secret) {
			t.Errorf("log %q shows %s", got, secret)
		}
	}
	log.Reset()
	ask(t, h, "GET", "/x?a=%zz&token=t0p", "")
	if strings.Contains(log.String(), "t0p") {
		t.Errorf("log %q shows a malformed query", log.String())
	}
	httpx.Annotate(t.Context(), slog.String("a", "b")) // without a log: nothing
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	wait := httpx.Handler(func(_ http.ResponseWriter, r *http.Request) error {
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		<-ctx.Done()
		return ctx.Err()
	})
	opts := httpx.ErrorOptions{Logger: slog.New(slog.DiscardHandler)}
	w := ask(t, httpx.Chain(wait, httpx.Errors(opts), httpx.Timeout(time.Millisecond)), "GET", "/api/x", "")
	if w.Code != 504 || !strings.Contains(w.Body.String(), "took too long") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	synctest.Test(t, func(t *testing.T) {
		exempt := httpx.Handler(func(w http.ResponseWriter, r *http.Request) error {
			httpx.NoDeadline(w, r)
			time.Sleep(time.Hour) // of the bubble's clock
			return r.Context().Err()
		})
		if w := ask(t, httpx.Timeout(time.Second)(exempt), "GET", "/", ""); w.Code != 200 {
			t.Errorf("exempt request: %d %s", w.Code, w.Body)
		}
	})
}

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	read := func(raise int64) http.Handler {
		return httpx.BodyLimit(5)(httpx.Handler(func(w http.ResponseWriter, r *http.Request) error {
			if raise > 0 {
				httpx.SetBodyLimit(r, raise)
			}
			data, err := io.ReadAll(r.Body)
			if err != nil {
				return err
			}
			_, _ = w.Write(data)
			return nil
		}))
	}
	chunked := func(h http.Handler, body string) int {
		r := httptest.NewRequest(http.MethodPost, "/", io.MultiReader(strings.NewReader(body)))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	if w := ask(t, read(0), "POST", "/", "12345"); w.Code != 200 || w.Body.String() != "12345" {
		t.Errorf("at the limit: %d %q", w.Code, w.Body)
	}
	if w := ask(t, read(0), "POST", "/", "123456"); w.Code != 413 || !strings.Contains(w.Body.String(), "larger than 5 bytes") {
		t.Errorf("declared beyond: %d %q", w.Code, w.Body)
	}
	if got := chunked(read(0), "123456"); got != 413 {
		t.Errorf("chunked beyond: %d", got)
	}
	if got := chunked(read(6), "123456"); got != 200 {
		t.Errorf("raised: %d", got)
	}
	if w := ask(t, read(0), "GET", "/", ""); w.Code != 200 {
		t.Errorf("no body: %d", w.Code)
	}
}

func TestSecurityHeaders(t *testing.T) {
	t.Parallel()
	w := ask(t, httpx.SecurityHeaders(text("x")), "GET", "/", "")
	if got := w.Header().Get("Content-Security-Policy"); got != httpx.ContentSecurityPolicy || !strings.HasPrefix(got, "default-src 'none'; script-src 'self';") {
		t.Errorf("policy = %q", got)
	}
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "strict-origin-when-cross-origin",
		"Cross-Origin-Opener-Policy": "same-origin", "Strict-Transport-Security": "",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	w = ask(t, httpx.SecurityHeaders(text("x")), "GET", "https://portal.example.com/", "")
	if w.Header().Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS over https")
	}
}

func TestPolicyAdditions(t *testing.T) {
	t.Parallel()
	h := httpx.Chain(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err := httpx.AllowCSP(w, "img-src", "https://img.example.com"); err != nil {
			t.Error(err)
		}
		if err := httpx.AllowCSP(w, "img-src", "https://img.example.com"); err != nil {
			t.Error(err)
		}
		if err := httpx.AllowCSP(w, "img-src", "x; script-src *"); err == nil {
			t.Error("a source ended its directive")
		}
	}), httpx.SecurityHeaders, httpx.WithCSP("frame-src", "https://grafana.example.com"), httpx.WithCSP("frame-ancestors", "https://wiki.example.com"))
	got := ask(t, h, "GET", "/", "").Header().Get("Content-Security-Policy")
	want := "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https://img.example.com; " +
		"connect-src 'self'; form-action 'self'; frame-ancestors https://wiki.example.com; base-uri 'none'; frame-src https://grafana.example.com"
	if got != want {
		t.Errorf("policy = %q\nwant     %q", got, want)
	}
	defer func() {
		if recover() == nil {
			t.Error("WithCSP took a directive with a space")
		}
	}()
	httpx.WithCSP("frame-src x", "https://a")
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	limited := func(keys int) http.Handler {
		return httpx.RateLimit(httpx.RateOptions{PerSecond: 0.5, Burst: 2, MaxKeys: keys, Now: func() time.Time { return now },
			Key: func(r *http.Request) string { return r.Header.Get("Key") }})(text("ok"))
	}
	h := limited(0)
	for i, want := range []int{200, 200, 429, 429} {
		w := ask(t, h, "GET", "/api/x", "", "Key", "a")
		if w.Code != want {
			t.Errorf("request %d: %d, want %d", i, w.Code, want)
		}
		if want == 429 && w.Header().Get("Retry-After") != "2" {
			t.Errorf("request %d: Retry-After %q, want 2", i, w.Header().Get("Retry-After"))
		}
	}
	if w := ask(t, h, "GET", "/", "", "Key", "b"); w.Code != 200 {
		t.Errorf("another caller: %d", w.Code)
	}
	if w := ask(t, h, "GET", "/", ""); w.Code != 200 {
		t.Errorf("a caller without a key: %d", w.Code)
	}
	now = now.Add(2 * time.Second)
	if w := ask(t, h, "GET", "/", "", "Key", "a"); w.Code != 200 {
		t.Errorf("after waiting: %d", w.Code)
	}
	bounded := limited(1)
	for _, key := range []string{"a", "a", "b", "a"} { // b pushes a out, so a begins anew
		if w := ask(t, bounded, "GET", "/", "", "Key", key); w.Code != 200 {
			t.Errorf("bounded, key %s: %d", key, w.Code)
		}
	}
}

func TestRateLimitTakesAnIPv6NetworkForOne(t *testing.T) {
	t.Parallel()
	h := httpx.RateLimit(httpx.RateOptions{PerSecond: 0.001, Burst: 1})(text("ok"))
	codes := []int{}
	for _, addr := range []string{"[2001:db8::1]:1", "[2001:db8::2]:1", "[2001:db8:0:1::1]:1", "10.0.0.1:1", "10.0.0.2:1", "10.0.0.1:2"} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = addr
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		codes = append(codes, w.Code)
	}
	for i, want := range []int{200, 429, 200, 200, 200, 429} {
		if codes[i] != want {
			t.Errorf("codes = %v", codes)
			break
		}
	}
}

func TestHostGuard(t *testing.T) {
	t.Parallel()
	tests := []struct {
		opts httpx.HostOptions
		host string
		ok   bool
	}{
		{httpx.HostOptions{}, "anything.example.com", true},
		{httpx.HostOptions{Loopback: true}, "localhost:7007", true},
		{httpx.HostOptions{Loopback: true}, "LOCALHOST", true},
		{httpx.HostOptions{Loopback: true}, "portal.localhost:7007", true},
		{httpx.HostOptions{Loopback: true}, "127.0.0.1:7007", true},
		{httpx.HostOptions{Loopback: true}, "127.8.9.1", true},
		{httpx.HostOptions{Loopback: true}, "[::1]:7007", true},
		{httpx.HostOptions{Loopback: true}, "[::1]", true},
		{httpx.HostOptions{Loopback: true}, "evil.example.com:7007", false},
		{httpx.HostOptions{Loopback: true}, "localhost.evil.com", false},
		{httpx.HostOptions{Loopback: true}, "127.0.0.1.evil.com", false},
		{httpx.HostOptions{Loopback: true}, "10.0.0.1", false},
		{httpx.HostOptions{Loopback: true}, "", false},
		{httpx.HostOptions{Loopback: true, Hosts: []string{"Portal.example.com"}}, "portal.EXAMPLE.com:7007", true},
		{httpx.HostOptions{Hosts: []string{"portal.example.com"}}, "portal.example.com.", true},
		{httpx.HostOptions{Hosts: []string{"portal.example.com"}}, "localhost", false},
		{httpx.HostOptions{Hosts: []string{"portal.example.com:8443"}}, "portal.example.com:8443", true},
		{httpx.HostOptions{Hosts: []string{"portal.example.com:8443"}}, "portal.example.com:1", false},
		{httpx.HostOptions{Hosts: []string{"a.com"}, Exempt: func(r *http.Request) bool { return r.URL.Path == "/livez" }}, "10.1.2.3", true},
	}
	for _, tt := range tests {
		r := httptest.NewRequest(http.MethodGet, "/livez", nil)
		r.Host = tt.host
		w := httptest.NewRecorder()
		httpx.HostGuard(tt.opts)(text("ok")).ServeHTTP(w, r)
		if (w.Code == 200) != tt.ok || !tt.ok && w.Code != http.StatusMisdirectedRequest {
			t.Errorf("host %q with %+v: %d, want ok %v", tt.host, tt.opts.Hosts, w.Code, tt.ok)
		}
	}
}

func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	mw, err := httpx.CrossOrigin("https://sso.example.com")
	if err != nil {
		t.Fatal(err)
	}
	h := mw(text("ok"))
	tests := []struct {
		method  string
		headers []string
		want    int
	}{
		{"POST", nil, 200}, // no browser
		{"POST", []string{"Sec-Fetch-Site", "same-origin"}, 200},
		{"POST", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.org"}, 403},
		{"POST", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://sso.example.com"}, 200},
		{"DELETE", []string{"Origin", "https://evil.org"}, 403},
		{"POST", []string{"Origin", "null"}, 403},
		{"GET", []string{"Sec-Fetch-Site", "cross-site"}, 200},
	}
	for _, tt := range tests {
		if w := ask(t, h, tt.method, "/api/x", "", tt.headers...); w.Code != tt.want {
			t.Errorf("%s %v: %d, want %d", tt.method, tt.headers, w.Code, tt.want)
		}
	}
	if _, err := httpx.CrossOrigin("example.com/path"); callboard.CodeOf(err) != callboard.CodeInvalid {
		t.Errorf("a bad origin: %v", err)
	}
}

func TestClientIP(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	tests := []struct {
		name, peer string
		forwarded  []string
		proto      string
		want       string
		https      bool
	}{
		{"direct", "203.0.113.9:1", nil, "", "203.0.113.9", false},
		{"direct that lies", "203.0.113.9:1", []string{"1.2.3.4"}, "https", "203.0.113.9", false},
		{"one proxy", "10.0.0.1:1", []string{"203.0.113.9"}, "https", "203.0.113.9", true},
		{"spoofed head", "10.0.0.1:1", []string{"1.1.1.1, 203.0.113.9, 10.0.0.2"}, "http", "203.0.113.9", false},
		{"two headers", "10.0.0.1:1", []string{"1.1.1.1", "203.0.113.9"}, "", "203.0.113.9", false},
		{"with port", "10.0.0.1:1", []string{"203.0.113.9:4711"}, "", "203.0.113.9", false},
		{"v6", "[fd00::1]:1", []string{"[2001:db8::1]:99"}, "", "2001:db8::1", false},
		{"v6 bare", "[fd00::1]:1", []string{"2001:db8::1"}, "", "2001:db8::1", false},
		{"mapped peer", "[::ffff:10.0.0.1]:1", []string{"203.0.113.9"}, "", "203.0.113.9", false},
		{"garbage", "10.0.0.1:1", []string{"203.0.113.9, unknown"}, "", "10.0.0.1", false},
		{"all ours", "10.0.0.1:1", []string{"10.0.0.3, 10.0.0.2"}, "", "10.0.0.3", false},
		{"no header", "10.0.0.1:1", nil, "", "10.0.0.1", false},
		{"proto chain", "10.0.0.1:1", []string{"203.0.113.9"}, "https, http", "203.0.113.9", false},
	}
	for _, tt := range tests {
		var got netip.Addr
		var https bool
		h := httpx.TrustProxies(trusted)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			got, https = httpx.ClientIP(r), httpx.IsHTTPS(r)
		}))
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = tt.peer
		for _, f := range tt.forwarded {
			r.Header.Add("X-Forwarded-For", f)
		}
		if tt.proto != "" {
			r.Header.Set("X-Forwarded-Proto", tt.proto)
		}
		h.ServeHTTP(httptest.NewRecorder(), r)
		if got.String() != tt.want || https != tt.https {
			t.Errorf("%s: %v https %v, want %s %v", tt.name, got, https, tt.want, tt.https)
		}
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	h := httpx.NewHealth([]httpx.Check{
		{Name: "good", Run: func(context.Context) error { return nil }},
		{Name: "down", Run: func(context.Context) error {
			return &callboard.Error{Code: callboard.CodeUnavailable, Message: "the database does not answer", Err: errors.New("password=x")}
		}},
		{Name: "secret", Run: func(context.Context) error { return errors.New("password=x") }},
		{Name: "panics", Run: func(context.Context) error { panic("oh") }},
		{Name: "hangs", Run: func(context.Context) error { <-release; return nil }},
		{Name: "obeys", Run: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }},
	}, &httpx.HealthOptions{Timeout: 30 * time.Millisecond, Logger: slog.New(slog.NewTextHandler(&syncWriter{w: &log}, nil))})
	if w := ask(t, h.Live(), "GET", "/livez", ""); w.Code != 200 {
		t.Errorf("livez: %d", w.Code)
	}
	w := ask(t, h.Ready(), "GET", "/readyz", "")
	if w.Code != 503 || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("readyz: %d %v", w.Code, w.Header())
	}
	for _, want := range []string{`"status":"failing"`, `"name":"good","status":"ok"`, "the database does not answer", "did not answer within 30ms", "something went wrong"} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("body %s lacks %s", w.Body, want)
		}
	}
	if strings.Contains(w.Body.String(), "password") || !strings.Contains(log.String(), "password=x") {
		t.Errorf("the cause belongs into the log: %s / %s", w.Body, log.String())
	}
	healthy := httpx.NewHealth(nil, nil)
	if w := ask(t, healthy.Ready(), "GET", "/readyz", ""); w.Code != 200 || !strings.Contains(w.Body.String(), `{"status":"ok","checks":[]}`) {
		t.Errorf("no checks: %d %s", w.Code, w.Body)
	}
}

func TestHealthDoesNotPileUp(t *testing.T) {
	t.Parallel()
	calls := make(chan struct{}, 10)
	release := make(chan struct{})
	h := httpx.NewHealth([]httpx.Check{{Name: "hangs", Run: func(context.Context) error {
		calls <- struct{}{}
		<-release
		return nil
	}}}, &httpx.HealthOptions{Timeout: 5 * time.Millisecond, Logger: slog.New(slog.DiscardHandler)})
	for range 5 {
		h.Report(t.Context())
	}
	close(release)
	if len(calls) != 1 {
		t.Errorf("%d runs at once, want 1", len(calls))
	}
}
