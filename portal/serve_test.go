// SPDX-License-Identifier: Apache-2.0

package portal_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/mux"
	"github.com/samber/do/v2"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal"
	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/ui"
)

// started composes a portal, starts it and returns its handler.
func started(t *testing.T, opts *portal.Options, packages ...func(do.Injector)) http.Handler {
	t.Helper()
	app, err := portal.New(packages, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = app.Close(context.Background()) })
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	h, err := app.Handler(nil)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func get(h http.Handler, method, target string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	req := httptest.NewRequest(method, target, nil)
	req.Header.Set("Accept", "application/json")
	h.ServeHTTP(rec, req)
	return rec
}

func TestDispatch(t *testing.T) {
	t.Parallel()
	h := started(t, quiet(),
		(&site{id: "tea", prefixes: []string{"/tea", "/api/tea"}, routes: func(r *mux.Router) {
			page("/tea", "tea.list", "all teas")(r)
			page("/tea/{leaf}", "tea.one", "one tea")(r)
			page("/api/tea/list", "tea.api", "tea as data")(r)
		}}).add(),
		(&site{id: "green", prefixes: []string{"/tea/green"}, routes: page("/tea/green", "green.list", "green teas")}).add(),
		(&site{id: "home", prefixes: []string{"/"}, routes: page("/", "home", "home")}).add(),
	)
	tests := []struct {
		method, path string
		status       int
		body         string
	}{
		{"GET", "/", 200, "home"},
		{"GET", "/tea", 200, "all teas"},
		{"HEAD", "/tea", 200, ""},
		{"GET", "/tea/black", 200, "one tea"},
		{"GET", "/tea/green", 200, "green teas"},
		{"GET", "/teapot", 404, "there is nothing at /teapot"},
		{"GET", "/tea/green/x", 404, "nothing"},
		{"GET", "/api/tea/list", 200, "tea as data"},
		{"GET", "/api", 404, "nothing"},
		{"POST", "/tea", 405, "POST is not allowed at /tea"},
		{"GET", "/livez", 200, `"ok"`},
		{"GET", "/readyz", 200, `"database"`},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			t.Parallel()
			rec := get(h, tt.method, tt.path)
			if rec.Code != tt.status || !strings.Contains(rec.Body.String(), tt.body) {
				t.Errorf("%s %s = %d %q, want %d with %q", tt.method, tt.path, rec.Code, rec.Body, tt.status, tt.body)
			}
			if tt.status == 405 && rec.Header().Get("Allow") != "GET, HEAD" {
				t.Errorf("Allow = %q, want GET, HEAD", rec.Header().Get("Allow"))
			}
		})
	}
}

func TestURL(t *testing.T) {
	t.Parallel()
	app, err := compose(t, (&site{id: "tea", prefixes: []string{"/tea"}, routes: page("/tea/{leaf}/{cup}", "tea.cup", "")}).add())
	if err != nil {
		t.Fatal(err)
	}
	got, err := app.URL("tea.cup", "leaf", "earl grey", "cup", "1")
	if err != nil || got != "/tea/earl%20grey/1" {
		t.Errorf("URL = %q, %v; want /tea/earl%%20grey/1", got, err)
	}
	for _, bad := range [][]string{{"tea.cup", "leaf", "x"}, {"tea.cup", "leaf", "a/b", "cup", "1"}, {"tea.none"}, {"tea.cup", "leaf"}} {
		if got, err := app.URL(bad[0], bad[1:]...); err == nil {
			t.Errorf("URL(%q) = %q, want an error", bad, got)
		}
	}
}

func TestModuleFailsAlone(t *testing.T) {
	t.Parallel()
	opts := quiet()
	opts.RequestTimeout, opts.HangGrace = 50*time.Millisecond, 20*time.Millisecond
	release := make(chan struct{})
	defer close(release)
	h := started(t, opts,
		(&site{id: "bad", prefixes: []string{"/bad"}, routes: func(r *mux.Router) {
			handle := func(path string, f http.HandlerFunc) { r.HandleFunc(path, f).Methods("GET").Name("bad." + path) }
			handle("/bad/panic", func(http.ResponseWriter, *http.Request) { panic("cracked") })
			handle("/bad/hang", func(w http.ResponseWriter, _ *http.Request) {
				<-release
				_, _ = w.Write([]byte("too late"))
			})
			handle("/bad/error", httpx.Handler(func(_ http.ResponseWriter, r *http.Request) error {
				<-r.Context().Done()
				return r.Context().Err()
			}).ServeHTTP)
		}}).add(),
		(&site{id: "good", prefixes: []string{"/good"}, routes: page("/good", "good.page", "fine")}).add(),
	)
	tests := []struct {
		path   string
		status int
		text   string
	}{
		{"/bad/panic", 500, "something went wrong"},
		{"/bad/hang", 504, "took too long"},
		{"/bad/error", 504, "took too long"},
		{"/good", 200, "fine"},
	}
	for _, tt := range tests {
		rec := get(h, "GET", tt.path)
		if rec.Code != tt.status || !strings.Contains(rec.Body.String(), tt.text) {
			t.Errorf("GET %s = %d %q, want %d with %q", tt.path, rec.Code, rec.Body, tt.status, tt.text)
		}
		if strings.Contains(rec.Body.String(), "cracked") {
			t.Errorf("GET %s tells the reader what it panicked with", tt.path)
		}
		if rec.Header().Get(httpx.RequestIDHeader) == "" {
			t.Errorf("GET %s has no request id", tt.path)
		}
	}
}

func TestNotReadyBeforeStart(t *testing.T) {
	t.Parallel()
	app, err := compose(t, (&site{id: "tea", prefixes: []string{"/tea"}, routes: page("/tea", "tea.list", "tea")}).add())
	if err != nil {
		t.Fatal(err)
	}
	h, err := app.Handler(nil)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/livez": 200, "/readyz": 503, "/tea": 503} {
		if rec := get(h, "GET", path); rec.Code != want {
			t.Errorf("before start, GET %s = %d %s, want %d", path, rec.Code, rec.Body, want)
		}
	}
}

func TestUnknownHostOnLoopback(t *testing.T) {
	t.Parallel()
	opts := quiet()
	opts.Settings.BaseURL = "https://portal.example.com"
	app, err := portal.New(nil, opts)
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close(context.Background())
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	h, err := app.Handler(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 7007})
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]int{
		"localhost:7007": 200, "127.0.0.1:7007": 200, "[::1]:7007": 200, "portal.example.com": 200,
		"evil.example": 421, "127.0.0.1.evil.example": 421,
	} {
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		req.Host = host
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, req)
		if rec.Code != want {
			t.Errorf("GET / for %s = %d, want %d", host, rec.Code, want)
		}
	}
}

// diary notes what happens, in order.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) add(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, line)
}

func (d *diary) read() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.lines)
}

// worker is a service with a life of its own. The type parameter makes one
// type of many.
type worker[T any] struct {
	name  string
	diary *diary
	fail  error
	stuck bool
}

func (w *worker[T]) Start(context.Context) error {
	w.diary.add("start " + w.name)
	return w.fail
}

func (w *worker[T]) Close(ctx context.Context) error {
	w.diary.add("close " + w.name)
	if w.stuck {
		select {} // a module that never ends
	}
	return nil
}

func TestOrderOfLife(t *testing.T) {
	t.Parallel()
	d := &diary{}
	app, err := compose(t,
		// The kettle is provided first and needs the stove.
		do.Lazy(func(i do.Injector) (*worker[kettle], error) {
			_, err := do.Invoke[*worker[stove]](i)
			return &worker[kettle]{name: "kettle", diary: d}, err
		}),
		do.Lazy(func(do.Injector) (*worker[stove], error) { return &worker[stove]{name: "stove", diary: d}, nil }),
		func(i do.Injector) {
			module.Contribute(i, func(i do.Injector) (module.Starter, error) { // the same value again
				return do.Invoke[*worker[stove]](i)
			})
			module.Contribute(i, func(do.Injector) (module.Starter, error) { return &worker[teapot]{name: "teapot", diary: d}, nil })
		},
	)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.read()) > 0 {
		t.Errorf("New started something: %q", d.read())
	}
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(app.Close(t.Context()), app.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	want := []string{"start stove", "start kettle", "start teapot", "close teapot", "close kettle", "close stove"}
	if diff := cmp.Diff(want, d.read()); diff != "" {
		t.Errorf("order mismatch (-want +got):\n%s", diff)
	}
}

func TestStartFails(t *testing.T) {
	t.Parallel()
	d := &diary{}
	app, err := compose(t,
		do.Lazy(func(do.Injector) (*worker[stove], error) {
			return &worker[stove]{name: "stove", diary: d, fail: errors.New("no gas")}, nil
		}),
		do.Lazy(func(do.Injector) (*worker[kettle], error) { return &worker[kettle]{name: "kettle", diary: d}, nil }),
	)
	if err != nil {
		t.Fatal(err)
	}
	err = app.Start(t.Context())
	if err == nil || !strings.Contains(err.Error(), "worker[portal_test.stove] of") || !strings.Contains(err.Error(), "no gas") {
		t.Errorf("Start = %v, want who failed and why", err)
	}
	if diff := cmp.Diff([]string{"start stove"}, d.read()); diff != "" {
		t.Errorf("order mismatch (-want +got):\n%s", diff)
	}
}

func TestCloseGivesUp(t *testing.T) {
	t.Parallel()
	d := &diary{}
	app, err := portal.New([]func(do.Injector){
		do.Lazy(func(do.Injector) (*worker[stove], error) { return &worker[stove]{name: "stove", diary: d}, nil }),
		do.Lazy(func(do.Injector) (*worker[kettle], error) {
			return &worker[kettle]{name: "kettle", diary: d, stuck: true}, nil
		}),
	}, quiet())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err = app.Close(ctx)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "kettle") {
		t.Errorf("Close = %v, want the kettle's deadline", err)
	}
	if diff := cmp.Diff([]string{"close kettle", "close stove"}, d.read()); diff != "" {
		t.Errorf("order mismatch (-want +got):\n%s", diff)
	}
}

func TestGracefulStop(t *testing.T) {
	t.Parallel()
	entered, finish := make(chan struct{}), make(chan struct{})
	app, err := portal.New([]func(do.Injector){(&site{id: "tea", prefixes: []string{"/tea"}, routes: func(r *mux.Router) {
		r.Handle("/tea/events", httpx.Handler(func(w http.ResponseWriter, r *http.Request) error {
			sse, err := httpx.NewSSE(w, r)
			if err != nil {
				return err
			}
			defer sse.Close()
			if err := sse.Send(httpx.Event{Data: "steeping"}); err != nil {
				return err
			}
			<-sse.Context().Done()
			return nil
		})).Methods("GET").Name("tea.events")
		r.HandleFunc("/tea/brew", func(w http.ResponseWriter, _ *http.Request) {
			close(entered)
			<-finish
			_, _ = w.Write([]byte("brewed"))
		}).Methods("GET").Name("tea.brew")
	}}).add()}, quiet())
	if err != nil {
		t.Fatal(err)
	}
	ln, err := httpx.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ready, served := make(chan struct{}), make(chan error, 1)
	go func() { served <- app.Serve(ctx, ln, func() { close(ready) }) }()
	<-ready
	base := "http://" + ln.Addr().String()

	stream, err := http.Get(base + "/tea/events")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	lines := bufio.NewReader(stream.Body)
	for line := ""; line != "data: steeping\n"; {
		if line, err = lines.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	brewed := make(chan string, 1)
	go func() {
		res, err := http.Get(base + "/tea/brew")
		if err != nil {
			brewed <- err.Error()
			return
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		brewed <- string(body)
	}()
	<-entered

	stop() // with a stream open and a request under way
	if _, err := io.Copy(io.Discard, lines); err != nil {
		t.Errorf("the stream ended with %v, want a clean end", err)
	}
	close(finish)
	if got := <-brewed; got != "brewed" {
		t.Errorf("the request under way got %q, want brewed", got)
	}
	if err := <-served; err != nil {
		t.Errorf("Serve = %v, want nil", err)
	}
	if _, err := http.Get(base + "/livez"); err == nil {
		t.Error("the portal answers after it has stopped")
	}
}

// badge knows readers by a header.
type badge struct{}

func (badge) Identify(r *http.Request) (callboard.Identity, error) {
	switch name := r.Header.Get("Badge"); name {
	case "forged":
		return callboard.Identity{}, &callboard.Error{Code: callboard.CodeUnauthenticated, Message: "the badge is forged"}
	default:
		return callboard.Identity{Subject: name}, nil
	}
}

func (badge) Account(r *http.Request) ui.Account { return ui.Account{Name: r.Header.Get("Badge")} }

func TestIdentity(t *testing.T) {
	t.Parallel()
	h := started(t, quiet(),
		func(i do.Injector) {
			module.Contribute(i, func(do.Injector) (auth.Identifier, error) { return badge{}, nil })
		},
		(&site{id: "tea", prefixes: []string{"/tea"}, routes: func(r *mux.Router) {
			r.HandleFunc("/tea", func(w http.ResponseWriter, r *http.Request) {
				_, _ = w.Write([]byte("for " + callboard.IdentityFrom(r.Context()).Subject))
			}).Methods("GET").Name("tea.list")
		}}).add(),
	)
	for name, want := range map[string]struct {
		status int
		body   string
	}{"": {200, "for "}, "user:default/ines": {200, "for user:default/ines"}, "forged": {401, "badge is forged"}} {
		req := httptest.NewRequest(http.MethodGet, "/tea", nil)
		req.Header.Set("Badge", name)
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, req)
		if rec.Code != want.status || !strings.Contains(rec.Body.String(), want.body) {
			t.Errorf("GET /tea as %q = %d %q, want %d %q", name, rec.Code, rec.Body, want.status, want.body)
		}
	}
}

// sick is a service whose health check fails.
type sick struct{}

func (*sick) HealthName() string { return "kitchen" }
func (*sick) CheckHealth(context.Context) error {
	return &callboard.Error{Code: callboard.CodeUnavailable, Message: "the stove is cold"}
}

func TestReadyNamesReasons(t *testing.T) {
	t.Parallel()
	h := started(t, quiet(), do.Lazy(func(do.Injector) (*sick, error) { return &sick{}, nil }))
	rec := get(h, "GET", "/readyz")
	if rec.Code != 503 || !strings.Contains(rec.Body.String(), `"kitchen"`) || !strings.Contains(rec.Body.String(), "the stove is cold") {
		t.Errorf("GET /readyz = %d %s, want 503 with the reason", rec.Code, rec.Body)
	}
}
