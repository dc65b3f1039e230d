// SPDX-License-Identifier: Apache-2.0

// Package portaltest runs portals in tests, and says whether a module behaves:
//
//	func TestModule(t *testing.T) {
//		portaltest.TestModule(t, acme.Package(), standard.Package())
//	}
//
//	func TestPage(t *testing.T) {
//		p := portaltest.Start(t, standard.Package(), acme.Package())
//		if got := p.Get(t, "/acme"); got.Status != http.StatusOK {
//			t.Errorf("GET /acme = %d, want 200:\n%s", got.Status, got.Body)
//		}
//	}
package portaltest

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard/portal"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/httpx"
)

// stopLimit is how long a portal may take to stop in a test.
const stopLimit = time.Minute

// patience is how long a test waits for what should take a moment.
const patience = 2 * time.Minute

// Portal is a portal that runs for the duration of a test.
type Portal struct {
	// App is the portal.
	App *portal.App
	// URL is where it answers, such as "http://127.0.0.1:41234".
	URL string
	// Client does not follow redirects.
	Client *http.Client

	stop   context.CancelFunc
	served chan error
}

// Response is what a portal answered.
type Response struct {
	// Status is the HTTP status.
	Status int
	// Header holds the headers.
	Header http.Header
	// Body is the whole body.
	Body string
}

// Start runs a portal of the packages on a free port of the loopback
// interface, with a SQLite file in a temporary directory, until the test ends.
// What does not compose or start fails the test.
func Start(tb testing.TB, packages ...func(do.Injector)) *Portal {
	tb.Helper()
	return StartWith(tb, nil, packages...)
}

// StartConfig is [Start] with a configuration file of that content.
func StartConfig(tb testing.TB, yaml string, packages ...func(do.Injector)) *Portal {
	tb.Helper()
	return StartWith(tb, configured(tb, yaml), packages...)
}

// configured returns options with a configuration file of that content.
func configured(tb testing.TB, yaml string) *portal.Options {
	tb.Helper()
	cfg, err := config.Parse("portal.yaml", []byte(yaml), nil)
	if err != nil {
		tb.Fatalf("portaltest: %v", err)
	}
	return &portal.Options{Config: cfg}
}

// StartWith is [Start] with options; where they say nothing, data lies in a
// temporary directory and warnings go to the test's log.
func StartWith(tb testing.TB, opts *portal.Options, packages ...func(do.Injector)) *Portal {
	tb.Helper()
	p, err := run(tb, opts, packages)
	if err != nil {
		tb.Fatalf("portaltest: %v", err)
	}
	tb.Cleanup(func() {
		if err := p.Stop(); err != nil {
			tb.Errorf("portaltest: stop: %v", err)
		}
	})
	return p
}

func run(tb testing.TB, opts *portal.Options, packages []func(do.Injector)) (*Portal, error) {
	app, err := portal.New(packages, testOptions(tb, opts))
	if err != nil {
		return nil, err
	}
	ln, err := httpx.Listen(tb.Context(), "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &Portal{
		App: app, URL: "http://" + ln.Addr().String(), stop: cancel, served: make(chan error, 1),
		Client: &http.Client{
			Transport:     &http.Transport{},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	ready := make(chan struct{})
	go func() { p.served <- app.Serve(ctx, ln, func() { close(ready) }) }()
	select {
	case <-ready:
		return p, nil
	case err := <-p.served:
		cancel()
		return nil, err
	}
}

func testOptions(tb testing.TB, opts *portal.Options) *portal.Options {
	var o portal.Options
	if opts != nil {
		o = *opts
	}
	if o.Settings.Data == "" {
		o.Settings.Data = tb.TempDir()
	}
	if o.Settings.Database == "" {
		o.Settings.Database = filepath.Join(o.Settings.Data, "portal.db")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(tb.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	if o.StopTimeout == 0 {
		o.StopTimeout = stopLimit
	}
	return &o
}

// Stop stops the portal before the test ends; further calls do nothing.
func (p *Portal) Stop() error {
	p.Client.CloseIdleConnections()
	p.stop()
	err, open := <-p.served
	if open {
		close(p.served)
	}
	return err
}

// Get asks for a path as a browser does.
func (p *Portal) Get(tb testing.TB, path string) Response {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, p.URL+path, nil)
	if err != nil {
		tb.Fatalf("portaltest: %v", err)
	}
	req.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	return p.Do(tb, req)
}

// SignIn signs in as one of the catalog's people with a local account, and
// returns the cookie of the session.
func (p *Portal) SignIn(tb testing.TB, person string) *http.Cookie {
	tb.Helper()
	res := p.Post(tb, "/signin/local", url.Values{"person": {person}})
	cookie, err := http.ParseSetCookie(res.Header.Get("Set-Cookie"))
	if err != nil || res.Status != http.StatusSeeOther {
		tb.Fatalf("portaltest: signing in as %s = %d: %v\n%s", person, res.Status, err, res.Body)
	}
	return &http.Cookie{Name: cookie.Name, Value: cookie.Value}
}

// As signs in as one of the catalog's people, and returns the portal as their
// browser has it.
func (p *Portal) As(tb testing.TB, person string) *Portal {
	tb.Helper()
	theirs := *p
	client := *p.Client
	client.Transport = withCookie{p.Client.Transport, p.SignIn(tb, person)}
	theirs.Client = &client
	return &theirs
}

// withCookie sends a cookie with each request.
type withCookie struct {
	next   http.RoundTripper
	cookie *http.Cookie
}

// RoundTrip implements [http.RoundTripper].
func (t withCookie) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.AddCookie(t.cookie)
	return t.next.RoundTrip(r)
}

// WaitFor asks for a path until the answer has every text in it, and fails the
// test if it never does. It is for what happens in the background, as when a
// provider's entities come in.
func (p *Portal) WaitFor(tb testing.TB, path string, texts ...string) Response {
	tb.Helper()
	for deadline := time.Now().Add(patience); ; <-time.After(20 * time.Millisecond) {
		res := p.Get(tb, path)
		missing := slices.IndexFunc(texts, func(s string) bool { return !strings.Contains(res.Body, s) })
		if missing < 0 {
			return res
		}
		if time.Now().After(deadline) {
			tb.Fatalf("portaltest: GET %s lacks %q:\n%s", path, texts[missing], res.Body)
		}
	}
}

// Post sends a form as a browser does and returns the answer, usually a
// redirect.
func (p *Portal) Post(tb testing.TB, path string, form url.Values) Response {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, p.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		tb.Fatalf("portaltest: %v", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	return p.Do(tb, req)
}

// Do sends a request and reads the whole answer.
func (p *Portal) Do(tb testing.TB, req *http.Request) Response {
	tb.Helper()
	res, err := p.Client.Do(req)
	if err != nil {
		tb.Fatalf("portaltest: %s %s: %v", req.Method, req.URL.Path, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		tb.Fatalf("portaltest: %s %s: %v", req.Method, req.URL.Path, err)
	}
	return Response{Status: res.StatusCode, Header: res.Header, Body: string(body)}
}
