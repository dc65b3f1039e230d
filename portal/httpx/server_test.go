// SPDX-License-Identifier: Apache-2.0

package httpx_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/httpx"
)

var timeZero time.Time

// serve runs a Server for h and returns its URL and what stops it.
func serve(t *testing.T, h http.Handler) (url string, s *httpx.Server, done <-chan error) {
	t.Helper()
	ln, err := httpx.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if !httpx.IsLoopback(ln.Addr()) {
		t.Errorf("%s is not loopback", ln.Addr())
	}
	s = httpx.NewServer(h, &httpx.ServerOptions{Logger: slog.New(slog.DiscardHandler)})
	ch := make(chan error, 1)
	go func() { ch <- s.Serve(ln) }()
	t.Cleanup(func() { _ = s.Shutdown(context.Background()) })
	return "http://" + ln.Addr().String(), s, ch
}

func get(t *testing.T, url string, headers ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

// readEvent reads lines up to the blank one that ends an event or comment.
func readEvent(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	var b strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("read event: %v after %q", err, b.String())
		}
		if line == "\n" {
			return b.String()
		}
		b.WriteString(line)
	}
}

func TestSSEThroughTheWholeChain(t *testing.T) {
	t.Parallel()
	h := httpx.Chain(httpx.Handler(func(w http.ResponseWriter, r *http.Request) error {
		s, err := httpx.NewSSE(w, r)
		if err != nil {
			return err
		}
		defer s.Close()
		if err := s.Send(httpx.Event{ID: "8", Name: "log", Data: "after " + s.LastEventID() + "\r\nid: 9\rthree", Retry: 2 * time.Second}); err != nil {
			return err
		}
		if err := s.Comment("two\nlines"); err != nil {
			return err
		}
		<-s.Context().Done()
		return s.Send(httpx.Event{Data: "too late"})
	}), httpx.RequestID, httpx.AccessLog(slog.New(slog.DiscardHandler)), httpx.Recover, httpx.Timeout(time.Minute), httpx.Compress, httpx.ETag)
	url, s, done := serve(t, h)
	res := get(t, url, "Last-Event-ID", "7")
	if got := res.Header.Get("Content-Type"); got != "text/event-stream; charset=utf-8" || res.Uncompressed || res.Header.Get("ETag") != "" {
		t.Fatalf("headers = %v", res.Header)
	}
	r := bufio.NewReader(res.Body)
	for _, want := range []string{
		":\n",
		"id: 8\nevent: log\nretry: 2000\ndata: after 7\ndata: id: 9\ndata: three\n",
		": two\n: lines\n",
	} {
		if got := readEvent(t, r); got != want {
			t.Errorf("event = %q, want %q", got, want)
		}
	}
	select {
	case err := <-done:
		t.Fatalf("server ended: %v", err)
	default:
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Errorf("Shutdown with an open stream: %v", err)
	}
	if rest, err := io.ReadAll(r); err != nil || len(rest) > 0 {
		t.Errorf("rest = %q, %v", rest, err)
	}
	if err := <-done; err != nil {
		t.Errorf("Serve = %v, want nil after Shutdown", err)
	}
}

func TestSSEOutlivesTimeoutAndBeats(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := httpx.Timeout(time.Second)(httpx.Handler(func(w http.ResponseWriter, r *http.Request) error {
			s, err := httpx.NewSSE(w, r)
			if err != nil {
				return err
			}
			defer s.Close()
			time.Sleep(time.Minute + time.Second) // of the bubble's clock
			return s.Context().Err()
		}))
		w := ask(t, h, "GET", "/", "")
		if got := strings.Count(w.Body.String(), ": still here\n\n"); w.Code != 200 || got != 4 {
			t.Errorf("%d with %d heartbeats in a minute, want 4", w.Code, got)
		}
	})
}

func TestSSERefusesLineBreaks(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	s, err := httpx.NewSSE(w, httptest.NewRequest(http.MethodGet, "/?lastEventId=41", nil))
	if err != nil {
		t.Fatal(err)
	}
	if s.LastEventID() != "41" {
		t.Errorf("LastEventID = %q", s.LastEventID())
	}
	for _, e := range []httpx.Event{{ID: "1\n2"}, {ID: "1\x00"}, {Name: "a\rb"}} {
		if err := s.Send(e); err == nil {
			t.Errorf("Send(%+v) succeeded", e)
		}
	}
	s.Close()
	if err := s.Send(httpx.Event{Data: "x"}); !errors.Is(err, context.Canceled) {
		t.Errorf("Send after Close = %v", err)
	}
	bad, err := httpx.NewSSE(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/?lastEventId=a%0ab", nil))
	if err != nil || bad.LastEventID() != "" {
		t.Errorf("LastEventID = %q, %v", bad.LastEventID(), err)
	}
	bad.Close()
}

func TestSSENeedsAFlusher(t *testing.T) {
	t.Parallel()
	w := struct{ http.ResponseWriter }{httptest.NewRecorder()}
	if _, err := httpx.NewSSE(w, httptest.NewRequest(http.MethodGet, "/", nil)); !errors.Is(err, http.ErrNotSupported) {
		t.Errorf("NewSSE = %v, want ErrNotSupported", err)
	}
}

func TestShutdownLetsRequestsFinish(t *testing.T) {
	t.Parallel()
	arrived, proceed := make(chan struct{}), make(chan struct{})
	health := httpx.NewHealth(nil, nil)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-httpx.Draining(r.Context())
		if r.Context().Err() != nil {
			t.Error("the request was cancelled by the shutdown")
		}
		health.Ready().ServeHTTP(w, r)
		<-proceed
	})
	url, s, _ := serve(t, h)
	result := make(chan *http.Response, 1)
	go func() {
		res, err := http.Get(url)
		if err != nil {
			t.Error(err)
			close(result)
			return
		}
		result <- res
	}()
	<-arrived
	down := make(chan error, 1)
	go func() { down <- s.Shutdown(context.Background()) }()
	close(proceed)
	res := <-result
	if res == nil {
		return
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); res.StatusCode != http.StatusServiceUnavailable || err != nil || !strings.Contains(string(body), "the server is stopping") {
		t.Errorf("readyz while stopping: %d %s %v", res.StatusCode, body, err)
	}
	if err := <-down; err != nil {
		t.Errorf("Shutdown = %v", err)
	}
}

func TestShutdownCutsWhatDoesNotEnd(t *testing.T) {
	t.Parallel()
	arrived, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	url, s, _ := serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(arrived)
		<-release
	}))
	go func() {
		if res, err := http.Get(url); err == nil {
			_ = res.Body.Close()
		}
	}()
	<-arrived
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown = %v, want the deadline", err)
	}
}

func TestListenSaysWhatToDo(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	tests := []struct {
		addr  string
		code  callboard.Code
		words string
	}{
		{ln.Addr().String(), callboard.CodeConflict, "another program"},
		{"nonsense", callboard.CodeInvalid, "expected host:port"},
		{"192.0.2.1:0", callboard.CodeInvalid, "no such address"},
		{"127.0.0.1:99999", callboard.CodeInvalid, "expected host:port"},
	}
	for _, tt := range tests {
		_, err := httpx.Listen(t.Context(), tt.addr)
		if callboard.CodeOf(err) != tt.code || !strings.Contains(callboard.MessageOf(err), tt.words) {
			t.Errorf("Listen(%s) = %v, want %s with %q", tt.addr, err, tt.code, tt.words)
		}
	}
}
