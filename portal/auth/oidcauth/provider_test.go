// SPDX-License-Identifier: Apache-2.0

package oidcauth_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/auth/oidcauth"
	"github.com/callboard/callboard/portal/auth/oidcauth/oidcauthtest"
	"github.com/callboard/callboard/portal/config"
)

const callback = "http://127.0.0.1:7007/auth/staff/callback"

// clock is a clock that can be moved, and stands still else if it has a start.
type clock struct {
	start time.Time
	ahead atomic.Int64
}

func (c *clock) Now() time.Time {
	now := c.start
	if now.IsZero() {
		now = time.Now()
	}
	return now.Add(time.Duration(c.ahead.Load()))
}

func (c *clock) Move(d time.Duration) { c.ahead.Add(int64(d)) }

func settingsOf(p *oidcauthtest.Provider) oidcauth.Settings {
	return oidcauth.Settings{
		ID: "staff", Label: "the staff directory", Issuer: p.Issuer,
		ClientID: p.ClientID, ClientSecret: config.NewSecret(p.ClientSecret),
		Scopes: []string{"profile", "email", "groups"},
	}
}

func newMethod(t *testing.T, s oidcauth.Settings, o *oidcauth.Options) *oidcauth.Method {
	t.Helper()
	m, err := oidcauth.New(s, o)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return m
}

func ines() oidcauthtest.User {
	return oidcauthtest.User{Login: "ines", Password: "correct horse", Claims: map[string]any{
		"name": "Ines Araujo", "preferred_username": "ines", "email": "ines@acme.example", "email_verified": true,
		"groups": []string{"platform", "on-call"},
	}}
}

// startProvider starts a provider with Ines and a client that comes back to
// the callback.
func startProvider(t *testing.T, c oidcauthtest.Client) *oidcauthtest.Provider {
	t.Helper()
	p := oidcauthtest.Start(t)
	c.RedirectURIs = []string{callback}
	p.SetClient(c)
	p.AddUser(ines())
	return p
}

// leave begins a sign-in, and returns what comes back to the callback when
// the person has signed in at the provider.
func leave(t *testing.T, m *oidcauth.Method, b *oidcauthtest.Browser, login string) auth.Return {
	t.Helper()
	d, err := m.Begin(t.Context(), auth.Beginning{Callback: callback, State: "the state"})
	if err != nil {
		t.Fatalf("Begin: %v", err)
	}
	back := b.SignIn(d.URL, login, "correct horse")
	if got, _, _ := strings.Cut(back.String(), "?"); got != callback {
		t.Fatalf("the provider leads to %s, want %s", back, callback)
	}
	if state := back.Query().Get("state"); state != "the state" {
		t.Fatalf("the provider sends the state %q back", state)
	}
	return auth.Return{Callback: callback, Secret: d.Secret, Query: back.Query()}
}

func checkRefused(t *testing.T, err error, code callboard.Code, part string) {
	t.Helper()
	if callboard.CodeOf(err) != code || !strings.Contains(callboard.MessageOf(err), part) {
		t.Errorf("the error has code %q and message %q, want %q and a message with %q (%v)", callboard.CodeOf(err), callboard.MessageOf(err), code, part, err)
	}
}

func TestSignInAtARealProvider(t *testing.T) {
	t.Parallel()
	p := startProvider(t, oidcauthtest.Client{BackChannelURI: "http://127.0.0.1:1/", BackChannelSession: true})
	m := newMethod(t, settingsOf(p), nil)
	r := leave(t, m, p.NewBrowser(), "ines")
	got, err := m.Complete(t.Context(), r)
	if err != nil {
		t.Fatalf("Complete: %v", err)
	}
	if got.Claims.Session == "" || len(got.Hint) == 0 {
		t.Errorf("there is no session %q or no hint %q", got.Claims.Session, got.Hint)
	}
	if got.Claims.Other["aud"] != p.ClientID {
		t.Errorf("the other claims are %v", got.Claims.Other)
	}
	got.Claims.Session, got.Claims.Other = "", nil
	want := auth.Claims{
		Issuer: p.Issuer, Subject: "ines", Username: "ines", Name: "Ines Araujo",
		Email: "ines@acme.example", EmailVerified: true, Groups: []string{"platform", "on-call"},
	}
	if diff := cmp.Diff(want, got.Claims); diff != "" {
		t.Errorf("Complete mismatch (-want +got):\n%s", diff)
	}

	_, err = m.Complete(t.Context(), r)
	checkRefused(t, err, callboard.CodeUnauthenticated, "invalid_grant")
}

func TestARealProviderHoldsUsToWhatBegan(t *testing.T) {
	t.Parallel()
	p := startProvider(t, oidcauthtest.Client{})
	m := newMethod(t, settingsOf(p), nil)
	var other map[string]string
	d, err := m.Begin(t.Context(), auth.Beginning{Callback: callback, State: "other"})
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(d.Secret, &other); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		change func(kept map[string]string, r *auth.Return)
		part   string
	}{
		{"a nonce of another sign-in", func(kept map[string]string, _ *auth.Return) { kept["nonce"] = other["nonce"] }, "nonce"},
		{"a verifier of another sign-in", func(kept map[string]string, _ *auth.Return) { kept["verifier"] = other["verifier"] }, "invalid_grant"},
		{"no secret", func(kept map[string]string, _ *auth.Return) { clear(kept) }, "did not begin here"},
		{"another callback", func(_ map[string]string, r *auth.Return) { r.Callback += "/x" }, "invalid_grant"},
		{"another issuer", func(_ map[string]string, r *auth.Return) { r.Query.Set("iss", "https://evil.example") }, "issuer"},
		{"no issuer", func(_ map[string]string, r *auth.Return) { r.Query.Del("iss") }, "issuer"},
		{"two issuers", func(_ map[string]string, r *auth.Return) { r.Query.Add("iss", r.Query.Get("iss")) }, "issuer"},
		{"no code", func(_ map[string]string, r *auth.Return) { r.Query.Del("code") }, "code"},
		{"two codes", func(_ map[string]string, r *auth.Return) { r.Query.Add("code", "x") }, "code"},
		{"a made-up code", func(_ map[string]string, r *auth.Return) { r.Query.Set("code", "x") }, "invalid_grant"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := leave(t, m, p.NewBrowser(), "ines")
			var kept map[string]string
			if err := json.Unmarshal(r.Secret, &kept); err != nil {
				t.Fatal(err)
			}
			test.change(kept, &r)
			if r.Secret, err = json.Marshal(kept); err != nil {
				t.Fatal(err)
			}
			_, err := m.Complete(t.Context(), r)
			checkRefused(t, err, callboard.CodeUnauthenticated, test.part)
		})
	}
}

func TestThePersonRefuses(t *testing.T) {
	t.Parallel()
	p := startProvider(t, oidcauthtest.Client{})
	m := newMethod(t, settingsOf(p), nil)
	_, err := m.Complete(t.Context(), leave(t, m, p.NewBrowser(), ""))
	checkRefused(t, err, callboard.CodeUnauthenticated, "access_denied")
	if strings.Contains(callboard.MessageOf(err), "<b>") {
		t.Errorf("the message repeats the provider's text: %v", err)
	}
}

func TestACodeOfAnotherClient(t *testing.T) {
	t.Parallel()
	p := startProvider(t, oidcauthtest.Client{})
	p.SetClient(oidcauthtest.Client{ID: "wiki", Secret: "another secret, long enough too", RedirectURIs: []string{callback}})
	s := settingsOf(p)
	s.ClientID, s.ClientSecret = "wiki", config.NewSecret("another secret, long enough too")
	wiki, portal := newMethod(t, s, nil), newMethod(t, settingsOf(p), nil)
	_, err := portal.Complete(t.Context(), leave(t, wiki, p.NewBrowser(), "ines"))
	checkRefused(t, err, callboard.CodeUnauthenticated, "invalid_grant")

	s.ClientSecret = config.NewSecret("not the secret")
	wrong := newMethod(t, s, nil)
	_, err = wrong.Complete(t.Context(), leave(t, wrong, p.NewBrowser(), "ines"))
	checkRefused(t, err, callboard.CodeUnavailable, "client id and secret")
}

func TestKeysThatRotate(t *testing.T) {
	t.Parallel()
	p := startProvider(t, oidcauthtest.Client{})
	var now clock
	m := newMethod(t, settingsOf(p), &oidcauth.Options{Now: now.Now})
	if _, err := m.Complete(t.Context(), leave(t, m, p.NewBrowser(), "ines")); err != nil {
		t.Fatalf("before: %v", err)
	}
	p.Rotate()
	now.Move(10 * time.Second)
	if _, err := m.Complete(t.Context(), leave(t, m, p.NewBrowser(), "ines")); err != nil {
		t.Errorf("after: %v", err)
	}
}

func TestAskingForMore(t *testing.T) {
	t.Parallel()
	p := startProvider(t, oidcauthtest.Client{})
	s := settingsOf(p)
	s.Prompt, s.MaxAge, s.ACRValues = "login", 10*time.Minute, []string{"gold", "silver"}
	m := newMethod(t, s, nil)
	d, err := m.Begin(t.Context(), auth.Beginning{Callback: callback, State: "s"})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(d.URL)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if q.Get("nonce") == "" || q.Get("code_challenge") == "" || strings.Contains(d.URL, "verifier") {
		t.Errorf("the way to the provider is %s", d.URL)
	}
	for _, name := range []string{"nonce", "code_challenge"} {
		q.Del(name)
	}
	want := url.Values{
		"client_id": {p.ClientID}, "redirect_uri": {callback}, "response_type": {"code"}, "state": {"s"}, "code_challenge_method": {"S256"},
		"scope": {"openid profile email groups"}, "prompt": {"login"}, "max_age": {"600"}, "acr_values": {"gold silver"},
	}
	if diff := cmp.Diff(want, q); diff != "" {
		t.Errorf("Begin mismatch (-want +got):\n%s", diff)
	}
	_, err = m.Complete(t.Context(), leave(t, m, p.NewBrowser(), "ines"))
	checkRefused(t, err, callboard.CodeUnauthenticated, "acr")

	s.ACRValues = nil
	m = newMethod(t, s, nil)
	if _, err = m.Complete(t.Context(), leave(t, m, p.NewBrowser(), "ines")); err != nil {
		t.Errorf("with max_age: %v", err)
	}
}

// logoutServer receives logout tokens.
func logoutServer(t *testing.T) (address string, tokens <-chan string) {
	t.Helper()
	got := make(chan string, 10)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.PostFormValue("logout_token") }))
	t.Cleanup(s.Close)
	return s.URL + "/backchannel", got
}

func TestSignOutBothWays(t *testing.T) {
	t.Parallel()
	address, tokens := logoutServer(t)
	const back = "http://127.0.0.1:7007/bye"
	p := startProvider(t, oidcauthtest.Client{BackChannelURI: address, BackChannelSession: true, PostLogoutURIs: []string{back}})
	var now clock
	m := newMethod(t, settingsOf(p), &oidcauth.Options{Now: now.Now})
	b := p.NewBrowser()
	signIn, err := m.Complete(t.Context(), leave(t, m, b, "ines"))
	if err != nil {
		t.Fatal(err)
	}
	end, err := m.EndURL(t.Context(), signIn.Hint, back)
	if err != nil {
		t.Fatalf("EndURL: %v", err)
	}
	if at := b.SignOut(end); at.String() != back {
		t.Errorf("signing out leads to %s, want %s", at, back)
	}
	token := <-tokens
	got, err := m.Logout(t.Context(), token)
	if err != nil || got.ID == "" {
		t.Fatalf("Logout = %+v, %v", got, err)
	}
	got.ID = ""
	if diff := cmp.Diff(auth.Logout{Issuer: p.Issuer, Subject: "ines", Session: signIn.Claims.Session}, got); diff != "" {
		t.Errorf("Logout mismatch (-want +got):\n%s", diff)
	}

	_, err = m.Logout(t.Context(), string(signIn.Hint))
	checkRefused(t, err, callboard.CodeUnauthenticated, "logout")
	parts := strings.Split(token, ".")
	_, err = m.Logout(t.Context(), strings.Join([]string{parts[0], parts[1], strings.Split(string(signIn.Hint), ".")[2]}, "."))
	checkRefused(t, err, callboard.CodeUnauthenticated, "no known key")
	now.Move(10 * time.Minute)
	_, err = m.Logout(t.Context(), token)
	checkRefused(t, err, callboard.CodeUnauthenticated, "")

	if again := b.SignIn(mustBegin(t, m), "nobody", ""); again.Host != strings.TrimPrefix(p.Issuer, "http://") {
		t.Errorf("after signing out, the provider leads to %s without asking", again)
	}
}

func mustBegin(t *testing.T, m *oidcauth.Method) string {
	t.Helper()
	d, err := m.Begin(t.Context(), auth.Beginning{Callback: callback, State: "s"})
	if err != nil {
		t.Fatal(err)
	}
	return d.URL
}

func TestTheSecondSignInAsksNobody(t *testing.T) {
	t.Parallel()
	p := startProvider(t, oidcauthtest.Client{})
	m, b := newMethod(t, settingsOf(p), nil), p.NewBrowser()
	first, second := leave(t, m, b, "ines"), leave(t, m, b, "nobody")
	if slices.Equal(first.Query["code"], second.Query["code"]) {
		t.Error("both have one code")
	}
	for _, r := range []auth.Return{second, first} {
		if got, err := m.Complete(t.Context(), r); err != nil || got.Claims.Subject != "ines" {
			t.Errorf("Complete = %v, %v", got.Claims.Subject, err)
		}
	}
}
