// SPDX-License-Identifier: Apache-2.0

package oauthauth_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/auth/oauthauth"
	"github.com/callboard/callboard/portal/config"
)

const (
	callback = "https://portal.acme.example/auth/forge/callback"
	clientID = "Iv1.0123"
	hush     = "the client's secret"
	token    = "gho_the_access_token"
)

// fakeForge is a forge that fails the test when it is asked otherwise than its
// published API says: https://docs.github.com/en/apps/oauth-apps and
// https://docs.gitlab.com/api/oauth2/.
type fakeForge struct {
	*httptest.Server
	t    *testing.T
	kind kind

	mu        sync.Mutex
	challenge map[string]string           // of each code that was not used
	answers   map[string]any              // by path of the API
	instead   map[string]http.HandlerFunc // by path, for what goes wrong
	asked     []string
}

// kind is how the two forges differ.
type kind struct {
	name                       string
	authPath, tokenPath, api   string
	scope, groupScope          string
	badCode, badClient         string
	errorStatus, badCredStatus int
	header                     map[string]string
	make                       func(oauthauth.Settings, *oauthauth.Options) (*oauthauth.Method, error)
}

func github() kind {
	return kind{
		name: "github", authPath: "/login/oauth/authorize", tokenPath: "/login/oauth/access_token", api: "/api/v3",
		scope: "read:user user:email", groupScope: "read:user user:email read:org",
		badCode: "bad_verification_code", badClient: "incorrect_client_credentials", errorStatus: 200, badCredStatus: 200,
		header: map[string]string{"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"},
		make:   oauthauth.NewGitHub,
	}
}

func gitlab() kind {
	return kind{
		name: "gitlab", authPath: "/oauth/authorize", tokenPath: "/oauth/token", api: "/api/v4",
		scope: "read_user", groupScope: "read_user read_api",
		badCode: "invalid_grant", badClient: "invalid_client", errorStatus: 400, badCredStatus: 401,
		header: map[string]string{"Accept": "application/json"},
		make:   oauthauth.NewGitLab,
	}
}

func newForge(t *testing.T, k kind) *fakeForge {
	t.Helper()
	f := &fakeForge{t: t, kind: k, challenge: map[string]string{}, answers: map[string]any{}, instead: map[string]http.HandlerFunc{}}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	switch k.name {
	case "github":
		f.answers["/user"] = map[string]any{"login": "ines", "id": 583231, "name": "Ines Araujo", "email": "public@ines.example", "type": "User"}
		f.answers["/user/emails"] = []any{
			map[string]any{"email": "old@acme.example", "verified": true, "primary": false, "visibility": nil},
			map[string]any{"email": "ines@acme.example", "verified": true, "primary": true, "visibility": "public"},
		}
		f.answers["/user/orgs"] = []any{map[string]any{"login": "Acme", "id": 1}, map[string]any{"login": "other", "id": 2}, map[string]any{"login": "Acme-evil", "id": 3}}
		f.answers["/user/teams"] = []any{map[string]any{"slug": "platform", "organization": map[string]any{"login": "Acme"}}}
	case "gitlab":
		f.answers["/user"] = map[string]any{
			"id": 583231, "username": "ines", "name": "Ines Araujo", "state": "active", "email": "ines@acme.example",
			"confirmed_at": "2012-05-23T09:05:22Z", "commit_email": "other@acme.example",
		}
		f.answers["/groups"] = []any{map[string]any{"full_path": "Acme"}, map[string]any{"full_path": "Acme/platform"}, map[string]any{"full_path": "other"}, map[string]any{"full_path": "Acme-evil"}}
	}
	return f
}

func (f *fakeForge) serve(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, r.Method+" "+r.URL.Path)
	if r.Header.Get("User-Agent") == "" {
		f.t.Errorf("%s %s has no user agent, which GitHub refuses", r.Method, r.URL)
	}
	if h := f.instead[r.URL.Path]; h != nil {
		h(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	path, inAPI := strings.CutPrefix(r.URL.Path, f.kind.api)
	switch {
	case r.URL.Path == f.kind.tokenPath:
		f.serveToken(w, r)
	case inAPI && f.answers[path] != nil:
		f.serveAPI(w, r, path)
	default:
		f.t.Errorf("the forge is asked for %s %s", r.Method, r.URL)
		http.NotFound(w, r)
	}
}

// serveToken redeems a code once.
func (f *fakeForge) serveToken(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.Header.Get("Accept") != "application/json" || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || r.Header.Get("Authorization") != "" {
		f.t.Errorf("the token is asked for by %s with %v", r.Method, r.Header)
	}
	if err := r.ParseForm(); err != nil || len(r.URL.Query()) > 0 {
		f.t.Errorf("the token is asked for at %s (%v)", r.URL, err)
	}
	form := r.PostForm
	sum := sha256.Sum256([]byte(form.Get("code_verifier")))
	code := form.Get("code")
	challenge, known := f.challenge[code]
	delete(f.challenge, code)
	switch {
	case form.Get("client_id") != clientID || form.Get("client_secret") != hush:
		answerError(w, f.kind.badCredStatus, f.kind.badClient)
	case !known || challenge != base64.RawURLEncoding.EncodeToString(sum[:]) || form.Get("redirect_uri") != callback:
		answerError(w, f.kind.errorStatus, f.kind.badCode)
	case form.Get("grant_type") != "authorization_code" || len(form) != 6:
		f.t.Errorf("the token is asked for with %v", form)
	default:
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": token, "token_type": "bearer", "scope": "read:user,user:email"})
	}
}

func answerError(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": code, "error_description": "The <b>code</b> passed is incorrect or expired."})
}

// serveAPI answers whoever has the token, a page at a time.
func (f *fakeForge) serveAPI(w http.ResponseWriter, r *http.Request, path string) {
	if r.Method != http.MethodGet || r.Header.Get("Authorization") != "Bearer "+token {
		f.t.Errorf("the API is asked by %s %s with %v", r.Method, r.URL, r.Header)
	}
	for name, want := range f.kind.header {
		if got := r.Header.Get(name); got != want {
			f.t.Errorf("%s %s has the header %s: %q, want %q", r.Method, r.URL, name, got, want)
		}
	}
	list, isList := f.answers[path].([]any)
	if !isList {
		_ = json.NewEncoder(w).Encode(f.answers[path])
		return
	}
	q := r.URL.Query()
	var page int
	if _, err := fmt.Sscan(q.Get("page"), &page); err != nil || page < 1 || q.Get("per_page") != "100" {
		f.t.Errorf("the list is asked for as %s", r.URL)
	}
	if path == "/groups" && q.Get("min_access_level") != "10" {
		f.t.Errorf("%s lists groups of others too", r.URL)
	}
	from := min((page-1)*100, len(list))
	_ = json.NewEncoder(w).Encode(list[from:min(from+100, len(list))])
}

func (f *fakeForge) method(change func(*oauthauth.Settings)) *oauthauth.Method {
	f.t.Helper()
	s := oauthauth.Settings{URL: f.URL, ClientID: clientID, ClientSecret: config.NewSecret(hush)}
	if change != nil {
		change(&s)
	}
	m, err := f.kind.make(s, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	return m
}

// leave begins a sign-in, checks how the browser is sent, and returns what it
// brings back with a code that the forge made.
func (f *fakeForge) leave(m *oauthauth.Method, scope string) auth.Return {
	f.t.Helper()
	d, err := m.Begin(f.t.Context(), auth.Beginning{Callback: callback, State: "the state"})
	if err != nil {
		f.t.Fatal(err)
	}
	u, err := url.Parse(d.URL)
	if err != nil {
		f.t.Fatal(err)
	}
	q := u.Query()
	want := map[string]string{
		"client_id": clientID, "redirect_uri": callback, "response_type": "code", "scope": scope,
		"state": "the state", "code_challenge_method": "S256", "code_challenge": q.Get("code_challenge"),
	}
	if len(q) != len(want) || q.Get("code_challenge") == "" || u.Path != f.kind.authPath || !strings.HasPrefix(d.URL, f.URL) {
		f.t.Errorf("the browser is sent to %s", d.URL)
	}
	for name, value := range want {
		if q.Get(name) != value {
			f.t.Errorf("the browser is sent with %s=%q, want %q", name, q.Get(name), value)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	code := fmt.Sprintf("code-%d", len(f.challenge)+len(f.asked))
	f.challenge[code] = q.Get("code_challenge")
	return auth.Return{Callback: callback, Secret: d.Secret, Query: url.Values{"code": {code}, "state": {"the state"}}}
}
