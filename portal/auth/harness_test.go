// SPDX-License-Identifier: Apache-2.0

package auth_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/auth/authtest"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/ui"
)

const (
	ines = "user:default/ines"
	omar = "user:default/omar"
)

func acme() authtest.People {
	return authtest.People{
		{Identity: callboard.Identity{Subject: ines, Name: "Ines Duarte", Owns: []string{ines, "group:default/web"}}, Email: "ines@acme.example", Annotations: map[string]string{"acme.example/login": "Ines-7"}},
		{Identity: callboard.Identity{Subject: omar, Name: "Omar Haddad", Owns: []string{omar}}, Email: "omar@acme.example"},
		{Identity: callboard.Identity{Subject: "user:old/kim", Name: "Kim Old"}, Email: "kim@acme.example"},
		{Identity: callboard.Identity{Subject: "user:new/kim", Name: "Kim New"}, Email: "Kim@acme.example"},
	}
}

// clock is a clock that a test sets.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time           { return time.Now().Add(time.Duration(c.offset.Load())) }
func (c *clock) advance(by time.Duration) { c.offset.Add(int64(by)) }

// site is a small portal around the module.
type site struct {
	t     testing.TB
	url   string
	auth  *auth.Auth
	log   *audit.Log
	db    *sqldb.DB
	clock *clock
	idp   *authtest.Provider
	all   http.Handler
}

// open serves the module on db.
func open(t testing.TB, db *sqldb.DB, opts auth.Options) *site {
	t.Helper()
	s := &site{t: t, db: db, clock: &clock{}, idp: authtest.NewProvider("acme")}
	if err := audit.Migrate(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	router := mux.NewRouter()
	u, err := ui.New(&ui.Options{
		URL: func(name string, pairs ...string) (string, error) {
			u, err := router.Get(name).URLPath(pairs...)
			if err != nil {
				return "", err
			}
			return u.Path, nil
		},
		Account: func(r *http.Request) ui.Account { return s.auth.Account(r) },
		Banner:  func(r *http.Request) *ui.Notice { return s.auth.Warning(r) },
	})
	if err != nil {
		t.Fatal(err)
	}
	s.log = audit.New(db, &audit.Options{Now: s.clock.now})
	if opts.Methods == nil {
		opts.Methods = []auth.Method{s.idp}
	}
	if opts.Site.Listen == "" {
		opts.Site.Listen = "127.0.0.1:7007"
	}
	opts.Now = s.clock.now
	s.auth, err = auth.New(t.Context(), auth.Parts{DB: db, People: acme(), UI: u, Log: s.log}, &opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.auth.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.auth.Close(t.Context()); err != nil && t.Context().Err() == nil {
			t.Errorf("Close: %v", err)
		}
	})
	s.auth.Routes(router)
	s.all = httpx.Chain(router, httpx.Errors(httpx.ErrorOptions{}), s.identify)
	server := httptest.NewServer(s.all)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// identify does what the portal does.
func (s *site) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, err := s.auth.Identify(r)
		if err != nil {
			var c auth.Challenger
			if errors.As(err, &c) {
				w.Header().Set("WWW-Authenticate", c.Challenge())
			}
			httpx.Fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(callboard.WithIdentity(r.Context(), id)))
	})
}

// answer is what the site answered.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) location() string { return a.header.Get("Location") }

// browser keeps cookies and follows no redirects.
type browser struct {
	s      *site
	client *http.Client
	header http.Header
}

func (s *site) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	transport := &http.Transport{}
	s.t.Cleanup(transport.CloseIdleConnections)
	return &browser{s: s, header: http.Header{}, client: &http.Client{
		Jar: jar, Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (b *browser) do(method, path string, form url.Values) answer {
	b.s.t.Helper()
	to := path
	if !strings.HasPrefix(path, "http") {
		to = b.s.url + path
	}
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(b.s.t.Context(), method, to, body)
	if err != nil {
		b.s.t.Fatal(err)
	}
	for name, values := range b.header {
		req.Header[name] = values
	}
	if host := b.header.Get("Host"); host != "" {
		req.Host = host
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := b.client.Do(req)
	if err != nil {
		b.s.t.Errorf("%s %s: %v", method, path, err)
		return answer{}
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.s.t.Errorf("%s %s: %v", method, path, err)
	}
	return answer{res.StatusCode, res.Header, string(text)}
}

func (b *browser) get(path string) answer { b.s.t.Helper(); return b.do(http.MethodGet, path, nil) }
func (b *browser) post(path string, form url.Values) answer {
	b.s.t.Helper()
	return b.do(http.MethodPost, path, form)
}

// me returns who the browser is, "" for nobody.
func (b *browser) me() string {
	b.s.t.Helper()
	a := b.get("/api/auth/me")
	if a.status == http.StatusUnauthorized {
		return ""
	}
	_, rest, _ := strings.Cut(a.body, `"subject":"`)
	subject, _, ok := strings.Cut(rest, `"`)
	if a.status != http.StatusOK || !ok {
		b.s.t.Errorf("GET /api/auth/me = %d %s", a.status, a.body)
	}
	return subject
}

// cookieName is the session's on this port.
func (b *browser) cookieName() string {
	return "callboard_session_" + b.s.url[strings.LastIndexByte(b.s.url, ':')+1:]
}

// token returns the cookie of the session.
func (b *browser) token() string {
	b.s.t.Helper()
	u, err := url.Parse(b.s.url)
	if err != nil {
		b.s.t.Fatal(err)
	}
	for _, c := range b.client.Jar.Cookies(u) {
		if c.Name == b.cookieName() {
			return c.Value
		}
	}
	return ""
}

// setToken plants a session's cookie.
func (b *browser) setToken(value string) {
	b.s.t.Helper()
	u, err := url.Parse(b.s.url)
	if err != nil {
		b.s.t.Fatal(err)
	}
	b.client.Jar.SetCookies(u, []*http.Cookie{{Name: b.cookieName(), Value: value, Path: "/"}})
}

// begin goes to the provider, and returns the address to come back to.
func (b *browser) begin(next string) (callback *url.URL, state string) {
	b.s.t.Helper()
	a := b.get("/signin/acme?" + url.Values{"next": {next}}.Encode())
	to, err := url.Parse(a.location())
	if err != nil || to.Host != "acme.example" {
		b.s.t.Fatalf("GET /signin/acme = %d to %q:\n%s", a.status, a.location(), a.body)
	}
	callback, err = url.Parse(to.Query().Get("redirect_uri"))
	if err != nil {
		b.s.t.Fatal(err)
	}
	return callback, to.Query().Get("state")
}

// back comes back from the provider as somebody.
func (b *browser) back(callback *url.URL, state, code string) answer {
	b.s.t.Helper()
	return b.get(callback.Path + "?" + url.Values{"state": {state}, "code": {code}}.Encode())
}

func claimsOf(email string) auth.SignIn {
	return auth.SignIn{Claims: auth.Claims{Issuer: "https://acme.example", Subject: "sub-" + email, Email: email, EmailVerified: true, Session: "sid-" + email}, Hint: []byte("hint")}
}

// signIn signs in with the provider.
func (b *browser) signIn(email string) {
	b.s.t.Helper()
	callback, state := b.begin("/settings")
	if a := b.back(callback, state, b.s.idp.Code(claimsOf(email))); a.status != http.StatusSeeOther || a.location() != "/settings" {
		b.s.t.Fatalf("signing in as %s = %d to %q:\n%s", email, a.status, a.location(), a.body)
	}
}

// count returns the rows of a table.
func (s *site) count(table string) int {
	s.t.Helper()
	var n int
	if err := s.db.SQL().QueryRowContext(s.t.Context(), `SELECT count(*) FROM `+table).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

// audited fails the test unless the log has the action with that outcome.
func (s *site) audited(action string, outcome audit.Outcome, actor string) {
	s.t.Helper()
	entries, err := s.log.Entries(s.t.Context(), audit.Query{Action: action})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, e := range entries {
		if e.Outcome == outcome && e.Actor == actor {
			return
		}
	}
	s.t.Errorf("the audit log has no %s, %s, of %s: %+v", action, outcome, actor, entries)
}
