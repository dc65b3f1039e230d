// SPDX-License-Identifier: Apache-2.0

package httpx_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/callboard/callboard/portal/httpx"
)

// syncWriter lets several goroutines log to one buffer.
type syncWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *syncWriter) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}

func respond(body string, headers ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		_, _ = io.WriteString(w, body)
	})
}

func gunzip(t *testing.T, r io.Reader) string {
	t.Helper()
	zr, err := gzip.NewReader(r)
	if err != nil {
		t.Fatalf("gunzip: %v", err)
	}
	data, err := io.ReadAll(zr)
	if err != nil {
		t.Fatalf("gunzip: %v", err)
	}
	return string(data)
}

func TestCompress(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("callboard ", 500)
	tests := []struct {
		name     string
		handler  http.Handler
		accept   string
		gzip     bool
		vary     string
		wantETag string
	}{
		{"html", respond(long, "Content-Type", "text/html; charset=utf-8"), "gzip", true, "Accept-Encoding", ""},
		{"sniffed", respond("<!doctype html>" + long), "gzip", true, "Accept-Encoding", ""},
		{"json", respond(long, "Content-Type", "application/json"), "gzip, deflate, br", true, "Accept-Encoding", ""},
		{"problem json", respond(long, "Content-Type", "application/problem+json"), "*", true, "Accept-Encoding", ""},
		{"svg", respond(long, "Content-Type", "image/svg+xml"), "gzip;q=0.5", true, "Accept-Encoding", ""},
		{"not accepted", respond(long, "Content-Type", "text/html"), "", false, "Accept-Encoding", ""},
		{"refused", respond(long, "Content-Type", "text/html"), "gzip;q=0", false, "Accept-Encoding", ""},
		{"refused by star", respond(long, "Content-Type", "text/html"), "br, *;q=0", false, "Accept-Encoding", ""},
		{"gzip over star", respond(long, "Content-Type", "text/html"), "*;q=0, gzip", true, "Accept-Encoding", ""},
		{"short", respond("short", "Content-Type", "text/html"), "gzip", false, "Accept-Encoding", ""},
		{"image", respond(long, "Content-Type", "image/png"), "gzip", false, "", ""},
		{"encoded", respond(long, "Content-Type", "text/html", "Content-Encoding", "br"), "gzip", false, "", ""},
		{"no-transform", respond(long, "Content-Type", "text/html", "Cache-Control", "no-transform"), "gzip", false, "", ""},
		{"event stream", respond(long, "Content-Type", "text/event-stream"), "gzip", false, "", ""},
		{"strong tag", respond(long, "Content-Type", "text/html", "ETag", `"a"`), "gzip", true, "Accept-Encoding", `W/"a"`},
		{"weak tag", respond(long, "Content-Type", "text/html", "ETag", `W/"a"`), "gzip", true, "Accept-Encoding", `W/"a"`},
		{"tag kept", respond("short", "Content-Type", "text/html", "ETag", `"a"`), "gzip", false, "Accept-Encoding", `"a"`},
		{"length", respond(long, "Content-Type", "text/html", "Content-Length", "5000"), "gzip", true, "Accept-Encoding", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			plain := ask(t, tt.handler, "GET", "/", "").Body.String()
			w := ask(t, httpx.Compress(tt.handler), "GET", "/", "", "Accept-Encoding", tt.accept)
			got := w.Body.String()
			if tt.gzip {
				if w.Header().Get("Content-Encoding") != "gzip" || w.Header().Get("Content-Length") != "" {
					t.Fatalf("headers = %v, want gzip without a length", w.Header())
				}
				got = gunzip(t, w.Body)
			}
			if got != plain {
				t.Errorf("body of %d bytes, want %d", len(got), len(plain))
			}
			if w.Header().Get("Vary") != tt.vary || w.Header().Get("ETag") != tt.wantETag {
				t.Errorf("Vary %q ETag %q, want %q %q", w.Header().Get("Vary"), w.Header().Get("ETag"), tt.vary, tt.wantETag)
			}
		})
	}
}

func TestCompressKeepsStatuses(t *testing.T) {
	t.Parallel()
	for _, status := range []int{204, 304, 404, 500} {
		h := httpx.Compress(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		if w := ask(t, h, "GET", "/", "", "Accept-Encoding", "gzip"); w.Code != status || w.Body.Len() != 0 || w.Header().Get("Content-Encoding") != "" {
			t.Errorf("%d: %d %q %v", status, w.Code, w.Body, w.Header())
		}
	}
	h := httpx.Compress(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	if w := ask(t, h, "GET", "/", "", "Accept-Encoding", "gzip"); w.Code != 200 || w.Body.Len() != 0 {
		t.Errorf("silent handler: %d %q", w.Code, w.Body)
	}
	partial := httpx.Compress(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "a.txt", timeZero, strings.NewReader(strings.Repeat("x", 9000)))
	}))
	w := ask(t, partial, "GET", "/", "", "Accept-Encoding", "gzip", "Range", "bytes=0-4999")
	if w.Code != 206 || w.Body.Len() != 5000 || w.Header().Get("Content-Encoding") != "" {
		t.Errorf("range: %d, %d bytes, %v", w.Code, w.Body.Len(), w.Header())
	}
	if w := ask(t, httpx.Compress(respond(strings.Repeat("x", 5000))), "HEAD", "/", "", "Accept-Encoding", "gzip"); w.Header().Get("Content-Encoding") != "" {
		t.Errorf("HEAD: %v", w.Header())
	}
}

func TestCompressFlushes(t *testing.T) {
	t.Parallel()
	proceed := make(chan struct{})
	srv := httptest.NewServer(httpx.Chain(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-ndjson")
		_, _ = io.WriteString(w, "one\n")
		_ = http.NewResponseController(w).Flush()
		<-proceed
		_, _ = io.WriteString(w, "two\n")
	}), httpx.Recover, httpx.Compress, httpx.ETag))
	defer srv.Close()
	res, err := http.Get(srv.URL) // the client asks for gzip and unpacks by itself
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	buf := make([]byte, 4)
	if _, err := io.ReadFull(res.Body, buf); err != nil || string(buf) != "one\n" {
		t.Fatalf("first line = %q, %v", buf, err)
	}
	close(proceed)
	if rest, err := io.ReadAll(res.Body); err != nil || string(rest) != "two\n" || !res.Uncompressed {
		t.Errorf("rest = %q, %v, compressed %v", rest, err, res.Uncompressed)
	}
}

func TestETag(t *testing.T) {
	t.Parallel()
	h := httpx.ETag(text("hello"))
	first := ask(t, h, "GET", "/", "")
	tag := first.Header().Get("ETag")
	if len(tag) != 24 || first.Header().Get("Cache-Control") != "private, no-cache" || first.Body.String() != "hello" {
		t.Fatalf("first: %q %v", first.Body, first.Header())
	}
	tests := []struct {
		name, match string
		want        int
	}{
		{"same", tag, 304}, {"weak", "W/" + tag, 304}, {"star", "*", 304},
		{"in a list", `"x", W/"y,z" , ` + tag, 304}, {"empty items", ", ," + tag, 304},
		{"other", `"other"`, 200}, {"unquoted", strings.Trim(tag, `"`), 200}, {"cut", strings.TrimSuffix(tag, `"`), 200},
		{"inside another", `"a` + strings.Trim(tag, `"`) + `"`, 200}, {"empty", "", 200},
	}
	for _, tt := range tests {
		w := ask(t, h, "GET", "/", "", "If-None-Match", tt.match)
		if w.Code != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, w.Code, tt.want)
		}
		if w.Code == 304 && (w.Body.Len() > 0 || w.Header().Get("ETag") != tag || w.Header().Get("Content-Type") != "") {
			t.Errorf("%s: 304 with %q %v", tt.name, w.Body, w.Header())
		}
	}
	if w := ask(t, h, "HEAD", "/", "", "If-None-Match", tag); w.Code != 304 {
		t.Errorf("HEAD: %d", w.Code)
	}
	if w := ask(t, h, "POST", "/", "", "If-None-Match", tag); w.Code != 200 || w.Header().Get("ETag") != "" {
		t.Errorf("POST: %d %v", w.Code, w.Header())
	}
}

func TestETagOfTheHandler(t *testing.T) {
	t.Parallel()
	h := httpx.ETag(respond("body", "ETag", `"v7"`, "Cache-Control", "max-age=60"))
	if w := ask(t, h, "GET", "/", ""); w.Header().Get("ETag") != `"v7"` || w.Body.String() != "body" || w.Header().Get("Cache-Control") != "max-age=60" {
		t.Errorf("%q %v", w.Body, w.Header())
	}
	if w := ask(t, h, "GET", "/", "", "If-None-Match", `W/"v7"`); w.Code != 304 || w.Body.Len() > 0 {
		t.Errorf("%d %q", w.Code, w.Body)
	}
}

func TestETagLeavesAlone(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("x", 1<<20+1)
	for name, h := range map[string]http.Handler{
		"large":    respond(big),
		"no-store": respond("x", "Cache-Control", "no-store"),
		"flushed": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "x")
			w.(http.Flusher).Flush()
		}),
		"not found": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "x", http.StatusNotFound) }),
	} {
		w := ask(t, httpx.ETag(h), "GET", "/", "", "If-None-Match", "*")
		if w.Code == 304 || w.Header().Get("ETag") != "" || w.Body.Len() == 0 {
			t.Errorf("%s: %d, %d bytes, %v", name, w.Code, w.Body.Len(), w.Header())
		}
	}
}

func TestCompressAndETagTogether(t *testing.T) {
	t.Parallel()
	h := httpx.Chain(respond(strings.Repeat("x", 5000), "Content-Type", "text/html"), httpx.Compress, httpx.ETag)
	first := ask(t, h, "GET", "/", "", "Accept-Encoding", "gzip")
	tag := first.Header().Get("ETag")
	if !strings.HasPrefix(tag, `W/"`) || len(gunzip(t, first.Body)) != 5000 {
		t.Fatalf("first: %v", first.Header())
	}
	if w := ask(t, h, "GET", "/", "", "Accept-Encoding", "gzip", "If-None-Match", tag); w.Code != 304 || w.Body.Len() > 0 {
		t.Errorf("second: %d, %d bytes", w.Code, w.Body.Len())
	}
}

func FuzzAccepts(f *testing.F) {
	f.Add("text/html;q=0.5, application/json", "gzip;q=0, *")
	f.Add(";;q=,,", "gzip;q=NaN")
	h := httpx.Compress(respond(strings.Repeat("x", 2000), "Content-Type", "text/html"))
	f.Fuzz(func(t *testing.T, accept, encoding string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header["Accept"] = []string{accept}
		r.Header["Accept-Encoding"] = []string{encoding}
		got := httpx.Accepts(r, "text/html", "application/json")
		if got != "" && got != "text/html" && got != "application/json" {
			t.Errorf("Accepts = %q", got)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Header().Get("Content-Encoding") != "" && !strings.Contains(strings.ToLower(encoding), "gzip") && !strings.Contains(encoding, "*") {
			t.Errorf("compressed for %q", encoding)
		}
	})
}

func FuzzIfNoneMatch(f *testing.F) {
	f.Add(`"a", W/"b,c", *`)
	f.Add(`W/`)
	f.Add(`"v7`)
	h := httpx.ETag(respond("body", "ETag", `"v7"`))
	f.Fuzz(func(t *testing.T, match string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header["If-None-Match"] = []string{match}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code == 304 && !strings.Contains(match, `"v7"`) && !strings.Contains(match, "*") {
			t.Errorf("If-None-Match %q matched", match)
		}
	})
}
