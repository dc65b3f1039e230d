// SPDX-License-Identifier: Apache-2.0

package oauthauth_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/samber/do/v2"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/auth/oauthauth"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/module"
)

// both runs a test against each kind of forge.
func both(t *testing.T, test func(t *testing.T, k kind)) {
	t.Parallel()
	for _, k := range []kind{github(), gitlab()} {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			test(t, k)
		})
	}
}

func checkRefused(t *testing.T, err error, code callboard.Code, part string) {
	t.Helper()
	if callboard.CodeOf(err) != code || !strings.Contains(callboard.MessageOf(err), part) {
		t.Errorf("the error has code %q and message %q, want %q and a message with %q (%v)", callboard.CodeOf(err), callboard.MessageOf(err), code, part, err)
	}
	if text := fmt.Sprint(err); strings.Contains(text, token) || strings.Contains(text, hush) {
		t.Errorf("the error shows a secret: %s", text)
	}
}

func TestSignIn(t *testing.T) {
	both(t, func(t *testing.T, k kind) {
		f := newForge(t, k)
		m := f.method(nil)
		r := f.leave(m, k.scope)
		got, err := m.Complete(t.Context(), r)
		if err != nil {
			t.Fatalf("Complete: %v", err)
		}
		if got.Claims.Other["name"] != "Ines Araujo" {
			t.Errorf("the other claims are %v", got.Claims.Other)
		}
		got.Claims.Other = nil
		want := auth.SignIn{Claims: auth.Claims{
			Issuer: f.URL, Subject: "583231", Username: "ines", Name: "Ines Araujo", Email: "ines@acme.example", EmailVerified: true,
		}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Complete mismatch (-want +got):\n%s", diff)
		}
		_, err = m.Complete(t.Context(), r)
		checkRefused(t, err, callboard.CodeUnauthenticated, k.badCode)
	})
}

func TestWhatTheBrowserBringsWrongly(t *testing.T) {
	both(t, func(t *testing.T, k kind) {
		f := newForge(t, k)
		m := f.method(nil)
		for _, test := range []struct {
			name   string
			change func(*auth.Return)
			part   string
		}{
			{"a refusal", func(r *auth.Return) {
				r.Query = url.Values{"error": {"access_denied"}, "error_description": {"<b>"}}
			}, "access_denied"},
			{"an odd refusal", func(r *auth.Return) { r.Query = url.Values{"error": {"<b>no</b>"}} }, "no error code"},
			{"no code", func(r *auth.Return) { r.Query.Del("code") }, "code"},
			{"two codes", func(r *auth.Return) { r.Query.Add("code", "x") }, "code"},
			{"a made-up code", func(r *auth.Return) { r.Query.Set("code", "x") }, k.badCode},
			{"somebody else's code", func(r *auth.Return) { r.Query = f.leave(f.method(nil), k.scope).Query }, k.badCode},
			{"another callback", func(r *auth.Return) { r.Callback += "/x" }, k.badCode},
			{"no secret", func(r *auth.Return) { r.Secret = nil }, "did not begin here"},
		} {
			r := f.leave(m, k.scope)
			test.change(&r)
			got, err := m.Complete(t.Context(), r)
			checkRefused(t, err, callboard.CodeUnauthenticated, test.part)
			if got.Claims.Subject != "" || strings.Contains(callboard.MessageOf(err), "<b>") {
				t.Errorf("%s: %+v, %v", test.name, got, err)
			}
		}
	})
}

func answer(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for pair := range slices.Chunk(headers, 2) {
			w.Header().Set(pair[0], pair[1])
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

func TestWhatTheForgeAnswersWrongly(t *testing.T) {
	both(t, func(t *testing.T, k kind) {
		user := k.api + "/user"
		for _, test := range []struct {
			name    string
			path    string
			handler http.HandlerFunc
			code    callboard.Code
			part    string
		}{
			{"a revoked token", user, answer(401, `{"message":"Bad credentials"}`), callboard.CodeUnauthenticated, "does not accept its token"},
			{"a rate limit", user, answer(403, `{}`, "X-RateLimit-Remaining", "0"), callboard.CodeRateLimited, "too often"},
			{"a second rate limit", user, answer(403, `{}`, "Retry-After", "60"), callboard.CodeRateLimited, "too often"},
			{"too many requests", user, answer(429, ``), callboard.CodeRateLimited, "too often"},
			{"forbidden", user, answer(403, `{}`), callboard.CodeUnavailable, "403"},
			{"broken", user, answer(500, `oops`), callboard.CodeUnavailable, "500"},
			{"elsewhere", user, answer(302, ``, "Location", "/evil"), callboard.CodeUnavailable, "302"},
			{"no JSON", user, answer(200, `<html>`), callboard.CodeUnavailable, "JSON"},
			{"nobody", user, answer(200, `{}`), callboard.CodeUnavailable, "whose the account is"},
			{"an account without a number", user, answer(200, `{"login":"x","username":"x","state":"active"}`), callboard.CodeUnavailable, "whose"},
			{"an account without a name", user, answer(200, `{"id":7,"state":"active"}`), callboard.CodeUnavailable, "whose"},
			{"an id that is a text", user, answer(200, `{"id":"7","login":"x","username":"x"}`), callboard.CodeUnavailable, "whose"},
			{"a flood", user, answer(200, strings.Repeat(" ", 2<<20)), callboard.CodeUnavailable, "1 MB"},
			{"tokens elsewhere", k.tokenPath, answer(307, ``, "Location", "/evil"), callboard.CodeUnavailable, "307"},
			{"no token", k.tokenPath, answer(200, `{}`, "Content-Type", "application/json"), callboard.CodeUnavailable, ""},
			{"tokens broken", k.tokenPath, answer(502, `oops`), callboard.CodeUnavailable, "502"},
		} {
			t.Run(test.name, func(t *testing.T) {
				f := newForge(t, k)
				f.instead[test.path] = test.handler
				m := f.method(nil)
				_, err := m.Complete(t.Context(), f.leave(m, k.scope))
				checkRefused(t, err, test.code, test.part)
				if slices.ContainsFunc(f.asked, func(a string) bool { return strings.HasSuffix(a, "/evil") }) {
					t.Error("a redirect was followed")
				}
			})
		}
	})
}

func TestAClientSecretThatIsWrong(t *testing.T) {
	both(t, func(t *testing.T, k kind) {
		f := newForge(t, k)
		m := f.method(func(s *oauthauth.Settings) { s.ClientSecret = config.NewSecret("wrong") })
		_, err := m.Complete(t.Context(), f.leave(m, k.scope))
		checkRefused(t, err, callboard.CodeUnavailable, "client id and secret")
	})
}

func TestAForgeThatHangs(t *testing.T) {
	both(t, func(t *testing.T, k kind) {
		f := newForge(t, k)
		hang := make(chan struct{})
		t.Cleanup(func() { close(hang) })
		f.instead[k.api+"/user"] = func(http.ResponseWriter, *http.Request) { <-hang }
		m, err := k.make(oauthauth.Settings{URL: f.URL, ClientID: clientID, ClientSecret: config.NewSecret(hush)}, &oauthauth.Options{Timeout: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		_, err = m.Complete(t.Context(), f.leave(m, k.scope))
		checkRefused(t, err, callboard.CodeUnavailable, "in time")
	})
}

func TestAddressesThatProveNothing(t *testing.T) {
	t.Parallel()
	list := func(items ...map[string]any) []any {
		var out []any
		for _, item := range items {
			out = append(out, item)
		}
		return out
	}
	for _, test := range []struct {
		name     string
		kind     kind
		change   func(*fakeForge)
		email    string
		verified bool
	}{
		{name: "primary and not verified", kind: github(), change: func(f *fakeForge) {
			f.answers["/user/emails"] = list(map[string]any{"email": "a@x.example", "primary": true, "verified": false}, map[string]any{"email": "b@x.example", "primary": false, "verified": true})
		}, email: "a@x.example"},
		{name: "none", kind: github(), change: func(f *fakeForge) { f.answers["/user/emails"] = []any{} }},
		{name: "no leave to read them", kind: github(), change: func(f *fakeForge) { f.instead["/api/v3/user/emails"] = answer(404, `{}`) }},
		{name: "not confirmed", kind: gitlab(), change: func(f *fakeForge) { f.answers["/user"].(map[string]any)["confirmed_at"] = nil }, email: "ines@acme.example"},
		{name: "no address", kind: gitlab(), change: func(f *fakeForge) { f.answers["/user"].(map[string]any)["email"] = "" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newForge(t, test.kind)
			test.change(f)
			m := f.method(nil)
			got, err := m.Complete(t.Context(), f.leave(m, test.kind.scope))
			if err != nil || got.Claims.Email != test.email || got.Claims.EmailVerified != test.verified {
				t.Errorf("Complete = %q, %v, %v", got.Claims.Email, got.Claims.EmailVerified, err)
			}
		})
	}
}

func TestABlockedAccount(t *testing.T) {
	t.Parallel()
	f := newForge(t, gitlab())
	f.answers["/user"].(map[string]any)["state"] = "blocked"
	m := f.method(nil)
	_, err := m.Complete(t.Context(), f.leave(m, f.kind.scope))
	checkRefused(t, err, callboard.CodeUnauthenticated, "not active")
}

func TestGroups(t *testing.T) {
	both(t, func(t *testing.T, k kind) {
		for _, test := range []struct {
			name   string
			allow  []string
			groups []string // nil is refused
		}{
			{"all are told", nil, []string{"Acme", "other", "Acme-evil", "Acme/platform"}},
			{"a member, whatever the case", []string{"nobody", "acme"}, []string{"Acme", "Acme/platform"}},
			{"a member of a part", []string{"acme/platform"}, []string{"Acme/platform"}},
			{"not a member", []string{"nobody", "acm", "acme/"}, nil},
		} {
			t.Run(test.name, func(t *testing.T) {
				f := newForge(t, k)
				m := f.method(func(s *oauthauth.Settings) { s.Groups, s.Allow = true, test.allow })
				got, err := m.Complete(t.Context(), f.leave(m, k.groupScope))
				if test.groups == nil {
					checkRefused(t, err, callboard.CodeForbidden, "ines")
					return
				}
				slices.Sort(got.Claims.Groups)
				slices.Sort(test.groups)
				if err != nil || !slices.Equal(got.Claims.Groups, test.groups) {
					t.Errorf("Complete = %q, %v, want %q", got.Claims.Groups, err, test.groups)
				}
			})
		}
	})
}

func TestManyGroups(t *testing.T) {
	both(t, func(t *testing.T, k kind) {
		path, key := "/user/orgs", "login"
		if k.name == "gitlab" {
			path, key = "/groups", "full_path"
		}
		for _, test := range []struct{ n, pages int }{{250, 3}, {200, 3}, {5000, 20}} {
			f := newForge(t, k)
			var groups []any
			for i := range test.n {
				groups = append(groups, map[string]any{key: fmt.Sprintf("g%d", i)})
			}
			f.answers[path] = groups
			m := f.method(func(s *oauthauth.Settings) { s.Allow = []string{fmt.Sprintf("g%d", test.n-1)} })
			got, err := m.Complete(t.Context(), f.leave(m, k.groupScope))
			if test.n > 2000 {
				checkRefused(t, err, callboard.CodeUnavailable, "more than 2000")
			} else if err != nil || len(got.Claims.Groups) != 1 {
				t.Errorf("%d groups: %v, %v", test.n, got.Claims.Groups, err)
			}
			pages := 0
			for _, asked := range f.asked {
				if asked == "GET "+k.api+path {
					pages++
				}
			}
			if pages != test.pages {
				t.Errorf("%d groups were read in %d pages, want %d", test.n, pages, test.pages)
			}
		}
	})
}

func TestGroupsThatMayNotBeRead(t *testing.T) {
	both(t, func(t *testing.T, k kind) {
		for path := range maps.Keys(newForge(t, k).answers) {
			if path == "/user" || path == "/user/emails" {
				continue
			}
			f := newForge(t, k)
			f.instead[k.api+path] = answer(403, `{"message":"insufficient_scope"}`)
			m := f.method(func(s *oauthauth.Settings) { s.Groups = true })
			_, err := m.Complete(t.Context(), f.leave(m, k.groupScope))
			checkRefused(t, err, callboard.CodeUnauthenticated, "does not show the groups")
		}
	})
}

// configured returns what the package contributes with a configuration file.
func configured(t *testing.T, yaml string) ([]auth.Method, error) {
	t.Helper()
	c, err := config.Parse("portal.yaml", []byte(yaml), nil)
	if err != nil {
		t.Fatal(err)
	}
	i := module.NewInjector(nil)
	do.ProvideValue(i, c)
	oauthauth.Package()(i)
	lists, err := module.Collect[[]auth.Method](i)
	if err == nil {
		err = c.Check()
	}
	return slices.Concat(lists...), err
}

func TestPackage(t *testing.T) {
	t.Parallel()
	got, err := configured(t, `
auth:
  github:
    - { clientId: a, clientSecret: s, allow: [acme] }
    - { id: ghe, label: GitHub Enterprise, url: https://github.acme.example/, clientId: b, clientSecret: s }
  gitlab:
    - { clientId: c, clientSecret: s }
`)
	if err != nil || len(got) != 3 {
		t.Fatalf("the package contributes %v, %v", got, err)
	}
	want := []string{
		"github GitHub https://github.com/login/oauth/authorize",
		"ghe GitHub Enterprise https://github.acme.example/login/oauth/authorize",
		"gitlab GitLab https://gitlab.com/oauth/authorize",
	}
	for n, m := range got {
		d, err := m.(auth.Redirector).Begin(t.Context(), auth.Beginning{})
		address, _, _ := strings.Cut(d.URL, "?")
		if line := m.ID() + " " + m.Label() + " " + address; err != nil || line != want[n] {
			t.Errorf("method %d is %s (%v), want %s", n, line, err, want[n])
		}
	}
	if got, err := configured(t, "{}"); err != nil || len(got) > 0 {
		t.Errorf("without settings: %v, %v", got, err)
	}
}

func TestSettingsThatCannotWork(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ item, problem string }{
		{"{clientSecret: hush}", "auth.github[0].clientId is required"},
		{"{clientId: c}", "auth.github[0].clientSecret is required"},
		{"{clientId: c, clientSecret: hush, id: A_B}", "the id must be lower case"},
		{"{clientId: c, clientSecret: hush, url: 'http://x.example'}", "the url must be https"},
		{"{clientId: c, clientSecret: hush, apiUrl: 'http://x.example'}", "the apiUrl must be https"},
		{"{clientId: c, clientSecret: hush, allow: ['']}", "auth.github[0].allow[0] is required"},
		{"{clientId: c, clientSecret: hush, allowed: [a]}", "did you mean allow?"},
	} {
		_, err := configured(t, "auth:\n  github:\n    - "+test.item)
		if callboard.CodeOf(err) != callboard.CodeInvalid || !strings.Contains(fmt.Sprint(err), test.problem) || strings.Contains(fmt.Sprint(err), "hush") {
			t.Errorf("%s: got %v, want a problem with %q", test.item, err, test.problem)
		}
	}
	if _, err := oauthauth.NewGitLab(oauthauth.Settings{}, nil); callboard.CodeOf(err) != callboard.CodeInvalid {
		t.Errorf("NewGitLab without a client = %v", err)
	}
}

// recorder remembers where requests go, and answers none.
type recorder struct{ hosts []string }

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	r.hosts = append(r.hosts, req.URL.Host+req.URL.Path)
	if req.Method == http.MethodPost {
		w := &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Request: req}
		w.Body = http.MaxBytesReader(nil, readCloser{strings.NewReader(`{"access_token":"t","token_type":"bearer"}`)}, 1<<20)
		return w, nil
	}
	return nil, http.ErrHandlerTimeout
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

func TestWhereTheAPIIs(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"":                             "api.github.com/user",
		"https://acme.ghe.com":         "api.acme.ghe.com/user",
		"https://git.acme.example/hub": "git.acme.example/hub/api/v3/user",
	} {
		var r recorder
		m, err := oauthauth.NewGitHub(oauthauth.Settings{URL: address, ClientID: "c", ClientSecret: config.NewSecret("s")}, &oauthauth.Options{Transport: &r})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = m.Complete(t.Context(), auth.Return{Secret: []byte("v"), Query: url.Values{"code": {"c"}}})
		if len(r.hosts) != 2 || r.hosts[1] != want {
			t.Errorf("the API of %q is asked at %v, want %s", address, r.hosts, want)
		}
	}
}
