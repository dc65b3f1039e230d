// SPDX-License-Identifier: Apache-2.0

package oidcauth_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/auth/oidcauth"
)

// rsaKey is made once: it takes a while.
var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// liar is a provider that says whatever a test wants.
type liar struct {
	*httptest.Server

	mu       sync.Mutex
	metadata map[string]any
	keys     any
	claims   map[string]any              // of the ID token
	sign     func(map[string]any) string // nil signs as a provider does
	info     map[string]any
	handlers map[string]http.HandlerFunc // instead of its own
	requests map[string]int
}

// newLiar returns a provider that does not lie yet.
func newLiar(t *testing.T) *liar {
	t.Helper()
	l := &liar{handlers: map[string]http.HandlerFunc{}, requests: map[string]int{}}
	l.Server = httptest.NewServer(http.HandlerFunc(l.serve))
	t.Cleanup(l.Close)
	l.metadata = map[string]any{
		"issuer": l.URL, "authorization_endpoint": l.URL + "/auth", "token_endpoint": l.URL + "/token",
		"userinfo_endpoint": l.URL + "/userinfo", "jwks_uri": l.URL + "/keys",
		"id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"},
	}
	l.keys = jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: rsaKey().Public(), KeyID: "one", Algorithm: "RS256", Use: "sig"}}}
	l.info = map[string]any{"sub": "ines"}
	now := time.Now().Unix()
	l.claims = map[string]any{"iss": l.URL, "aud": "portal", "sub": "ines", "iat": now, "exp": now + 300}
	return l
}

func (l *liar) serve(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	l.requests[r.URL.Path]++
	own, claims, sign := l.handlers[r.URL.Path], l.claims, l.sign
	l.mu.Unlock()
	if sign == nil {
		sign = signRS256
	}
	answers := map[string]any{
		"/.well-known/openid-configuration": l.metadata, "/keys": l.keys, "/userinfo": l.info,
		"/token": map[string]any{"access_token": "the access token", "token_type": "Bearer", "id_token": sign(claims)},
	}
	if own != nil {
		own(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answers[r.URL.Path])
}

// handle replaces what is served at a path.
func (l *liar) handle(path string, h http.HandlerFunc) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.handlers[path] = h
}

func (l *liar) count(path string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.requests[path]
}

func b64(v any) string {
	raw, ok := v.([]byte)
	if !ok {
		raw, _ = json.Marshal(v)
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

func signWith(key any, alg jose.SignatureAlgorithm, options *jose.SignerOptions, claims map[string]any) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, options)
	if err != nil {
		panic(err)
	}
	raw, _ := json.Marshal(claims)
	jws, err := signer.Sign(raw)
	if err != nil {
		panic(err)
	}
	text, _ := jws.CompactSerialize()
	return text
}

func headers(pairs ...string) *jose.SignerOptions {
	o := &jose.SignerOptions{}
	for pair := range slices.Chunk(pairs, 2) {
		o.WithHeader(jose.HeaderKey(pair[0]), pair[1])
	}
	return o
}

func signRS256(claims map[string]any) string {
	return signWith(rsaKey(), jose.RS256, headers("kid", "one"), claims)
}

// unsigned is a token with the algorithm "none".
func unsigned(claims map[string]any) string {
	return b64(map[string]any{"alg": "none"}) + "." + b64(claims) + "."
}

// signWithPublicKey makes a secret of what everybody knows.
func signWithPublicKey(claims map[string]any) string {
	der, _ := x509.MarshalPKIXPublicKey(rsaKey().Public())
	text := b64(map[string]any{"alg": "HS256", "kid": "one"}) + "." + b64(claims)
	mac := hmac.New(sha256.New, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	mac.Write([]byte(text))
	return text + "." + b64(mac.Sum(nil))
}

func otherKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

func (l *liar) method(t *testing.T, change func(*oidcauth.Settings), o *oidcauth.Options) *oidcauth.Method {
	t.Helper()
	s := oidcauth.Settings{ID: "liar", Label: "the liar", Issuer: l.URL, ClientID: "portal"}
	if change != nil {
		change(&s)
	}
	return newMethod(t, s, o)
}

// signIn walks through a sign-in; the provider learns the nonce on the way.
func (l *liar) signIn(t *testing.T, m *oidcauth.Method) (auth.SignIn, error) {
	t.Helper()
	d, err := m.Begin(t.Context(), auth.Beginning{Callback: callback, State: "s"})
	if err != nil {
		return auth.SignIn{}, err
	}
	u, err := url.Parse(d.URL)
	if err != nil {
		t.Fatal(err)
	}
	l.mu.Lock()
	if _, set := l.claims["nonce"]; !set {
		l.claims = maps.Clone(l.claims)
		l.claims["nonce"] = u.Query().Get("nonce")
	}
	l.mu.Unlock()
	return m.Complete(t.Context(), auth.Return{Callback: callback, Secret: d.Secret, Query: url.Values{"code": {"c"}}})
}

func TestAnHonestAnswerPasses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(l *liar, s *oidcauth.Settings)
	}{
		{"plain", func(*liar, *oidcauth.Settings) {}},
		{"several audiences, for us", func(l *liar, _ *oidcauth.Settings) {
			l.claims["aud"], l.claims["azp"] = []string{"wiki", "portal"}, "portal"
		}},
		{"clocks a little apart", func(l *liar, _ *oidcauth.Settings) {
			l.claims["iat"], l.claims["exp"] = time.Now().Unix()+30, time.Now().Unix()-30
		}},
		{"at_hash", func(l *liar, _ *oidcauth.Settings) {
			sum := sha256.Sum256([]byte("the access token"))
			l.claims["at_hash"] = b64(sum[:16])
		}},
		{"no kid", func(l *liar, _ *oidcauth.Settings) {
			l.sign = func(c map[string]any) string { return signWith(rsaKey(), jose.RS256, nil, c) }
		}},
		{"no userinfo", func(l *liar, _ *oidcauth.Settings) { delete(l.metadata, "userinfo_endpoint") }},
		{"userinfo not asked", func(l *liar, s *oidcauth.Settings) { l.info, s.SkipUserInfo = nil, true }},
		{"odd keys beside the good one", func(l *liar, _ *oidcauth.Settings) {
			good, _ := json.Marshal(l.keys.(jose.JSONWebKeySet).Keys[0])
			l.keys = map[string]any{"keys": []any{map[string]any{"kty": "new"}, "x", map[string]any{"kty": "oct", "k": "AAAA"}, json.RawMessage(good)}}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := newLiar(t)
			m := l.method(t, func(s *oidcauth.Settings) { test.change(l, s) }, nil)
			if got, err := l.signIn(t, m); err != nil || got.Claims.Subject != "ines" {
				t.Errorf("Complete = %+v, %v", got.Claims, err)
			}
		})
	}
}

func TestALyingTokenIsRefused(t *testing.T) {
	t.Parallel()
	other := otherKey()
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	claim := func(name string, value any) func(*liar) { return func(l *liar) { l.claims[name] = value } }
	without := func(name string) func(*liar) { return func(l *liar) { delete(l.claims, name) } }
	sign := func(f func(map[string]any) string) func(*liar) { return func(l *liar) { l.sign = f } }
	now := time.Now().Unix()
	for _, test := range []struct {
		name string
		lie  func(*liar)
		part string
	}{
		{"a forged signature", sign(func(c map[string]any) string { return signWith(other, jose.RS256, headers("kid", "one"), c) }), "no known key"},
		{"an unknown key", sign(func(c map[string]any) string { return signWith(other, jose.RS256, headers("kid", "two"), c) }), "no known key"},
		{"its own key in the token", sign(func(c map[string]any) string {
			return signWith(other, jose.RS256, &jose.SignerOptions{EmbedJWK: true}, c)
		}), "no known key"},
		{"changed claims", sign(func(c map[string]any) string {
			parts := strings.Split(signRS256(c), ".")
			c = maps.Clone(c)
			c["sub"] = "root"
			return parts[0] + "." + b64(c) + "." + parts[2]
		}), "no known key"},
		{"alg none", sign(unsigned), "algorithm"},
		{"HS256 with the public key", sign(signWithPublicKey), "algorithm"},
		{"an algorithm that the key is not for", sign(func(c map[string]any) string { return signWith(rsaKey(), jose.PS256, headers("kid", "one"), c) }), "algorithm"},
		{"a key of another type", sign(func(c map[string]any) string { return signWith(curve, jose.ES256, headers("kid", "one"), c) }), "algorithm"},
		{"JSON serialization", sign(func(c map[string]any) string {
			parts := strings.Split(signRS256(c), ".")
			return fmt.Sprintf(`{"payload":%q,"protected":%q,"signature":%q}`, parts[1], parts[0], parts[2])
		}), "algorithm"},
		{"a critical header", sign(func(c map[string]any) string {
			return signWith(rsaKey(), jose.RS256, (&jose.SignerOptions{}).WithHeader("crit", []string{"exp"}), c)
		}), "no known key"},
		{"no token", sign(func(map[string]any) string { return "" }), "no ID token"},
		{"junk", sign(func(map[string]any) string { return "a.b.c" }), "algorithm"},
		{"a huge token", claim("x", strings.Repeat("x", 70<<10)), "too large"},
		{"claims that are no object", sign(func(map[string]any) string {
			signer, _ := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: rsaKey()}, nil)
			jws, _ := signer.Sign([]byte(`[]`))
			text, _ := jws.CompactSerialize()
			return text
		}), "claims"},
		{"another issuer", claim("iss", "https://evil.example"), "different provider"},
		{"no issuer", without("iss"), "different provider"},
		{"another audience", claim("aud", "wiki"), "audience"},
		{"no audience", without("aud"), "audience"},
		{"several audiences without azp", claim("aud", []string{"portal", "wiki"}), "azp"},
		{"another azp", claim("azp", "wiki"), "azp"},
		{"an odd azp", claim("azp", []string{"portal"}), "azp"},
		{"another nonce", claim("nonce", "x"), "nonce"},
		{"an empty nonce", claim("nonce", ""), "nonce"},
		{"expired", claim("exp", now-120), "expired"},
		{"no expiry", without("exp"), "expired"},
		{"issued in the future", claim("iat", now+3600), "time of issue"},
		{"no time of issue", without("iat"), "time of issue"},
		{"not valid yet", claim("nbf", now+3600), "nbf"},
		{"no subject", without("sub"), "subject"},
		{"an empty subject", claim("sub", ""), "subject"},
		{"a subject that is no text", claim("sub", 7), "unmarshal"},
		{"a huge subject", claim("sub", strings.Repeat("x", 300)), "subject"},
		{"another at_hash", claim("at_hash", "x"), "at_hash"},
		{"userinfo about somebody else", func(l *liar) { l.info = map[string]any{"sub": "root", "email": "root@acme.example"} }, "somebody else"},
		{"userinfo about nobody", func(l *liar) { l.info = map[string]any{"email": "root@acme.example"} }, "somebody else"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := newLiar(t)
			test.lie(l)
			got, err := l.signIn(t, l.method(t, nil, nil))
			checkRefused(t, err, callboard.CodeUnauthenticated, test.part)
			if got.Claims.Subject != "" || strings.Contains(fmt.Sprint(err), b64(map[string]any{"alg": "RS256"})[:10]) {
				t.Errorf("a refused sign-in says %+v, %v", got, err)
			}
		})
	}
}

// flood answers for ever.
func flood(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	for r.Context().Err() == nil {
		if _, err := w.Write([]byte(strings.Repeat(" ", 64<<10))); err != nil {
			return
		}
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, `{"error":"server_error"}`, code) }
}

func TestABrokenProviderIsUnavailable(t *testing.T) {
	t.Parallel()
	const discovery = "/.well-known/openid-configuration"
	set := func(name string, value any) func(*liar) { return func(l *liar) { l.metadata[name] = value } }
	handle := func(path string, h http.HandlerFunc) func(*liar) { return func(l *liar) { l.handle(path, h) } }
	elsewhere := http.RedirectHandler("/elsewhere", http.StatusTemporaryRedirect).ServeHTTP
	many := func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"keys":[`+strings.TrimSuffix(strings.Repeat(`{"kty":"x"},`, 10_000), ",")+`]}`)
	}
	for _, test := range []struct {
		name string
		lie  func(*liar)
		part string
	}{
		{"another issuer", set("issuer", "https://evil.example"), "another issuer"},
		{"almost the issuer", func(l *liar) { l.metadata["issuer"] = l.URL + "/" }, "another issuer"},
		{"no token endpoint", set("token_endpoint", ""), "token_endpoint"},
		{"an odd endpoint", set("authorization_endpoint", "javascript:alert(1)"), "authorization_endpoint"},
		{"an endpoint with a user", set("token_endpoint", "https://a@example.com/"), "token_endpoint"},
		{"an endpoint with a fragment", set("authorization_endpoint", "https://example.com/#x"), "authorization_endpoint"},
		{"keys of another scheme", set("jwks_uri", "ftp://example.com/"), "jwks_uri"},
		{"metadata that is no JSON", handle(discovery, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }), "JSON"},
		{"no metadata", handle(discovery, status(http.StatusNotFound)), "404"},
		{"a flood of metadata", handle(discovery, flood), "1 MB"},
		{"metadata elsewhere", handle(discovery, elsewhere), "307"},
		{"a flood of keys", handle("/keys", flood), "1 MB"},
		{"10,000 keys", handle("/keys", many), "10000 keys"},
		{"keys elsewhere", handle("/keys", elsewhere), "307"},
		{"no keys", func(l *liar) { l.keys = map[string]any{} }, "no usable public key"},
		{"secret keys alone", func(l *liar) {
			l.keys = map[string]any{"keys": []any{map[string]any{"kty": "oct", "k": "AAAA", "kid": "one"}}}
		}, "no usable public key"},
		{"weak keys alone", func(l *liar) {
			key, _ := rsa.GenerateKey(rand.Reader, 1024)
			l.keys = jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public()}}}
		}, "no usable public key"},
		{"tokens elsewhere", handle("/token", elsewhere), "307"},
		{"a flood of tokens", handle("/token", flood), "answer"},
		{"a token endpoint that fails", handle("/token", status(http.StatusBadGateway)), "502"},
		{"userinfo elsewhere", handle("/userinfo", elsewhere), "307"},
		{"a flood of userinfo", handle("/userinfo", flood), "1 MB"},
		{"no userinfo", handle("/userinfo", status(http.StatusUnauthorized)), "401"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := newLiar(t)
			test.lie(l)
			_, err := l.signIn(t, l.method(t, nil, nil))
			checkRefused(t, err, callboard.CodeUnavailable, test.part)
			if l.count("/elsewhere") > 0 {
				t.Error("a redirect was followed")
			}
		})
	}
}

func TestAnIssuerOnHTTPSKeepsToIt(t *testing.T) {
	t.Parallel()
	var issuer string
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{
			"issuer": issuer, "authorization_endpoint": issuer + "/auth", "jwks_uri": issuer + "/keys",
			"token_endpoint": strings.Replace(issuer, "https", "http", 1) + "/token",
		})
	}))
	t.Cleanup(s.Close)
	issuer = s.URL
	m := newMethod(t, oidcauth.Settings{ID: "tls", Issuer: issuer, ClientID: "portal"}, &oidcauth.Options{Transport: s.Client().Transport})
	_, err := m.Begin(t.Context(), auth.Beginning{Callback: callback, State: "s"})
	checkRefused(t, err, callboard.CodeUnavailable, "token_endpoint")
}

func TestAHungProviderEnds(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/.well-known/openid-configuration", "/keys", "/token", "/userinfo"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			l := newLiar(t)
			hang := make(chan struct{})
			t.Cleanup(func() { close(hang) })
			l.handle(path, func(http.ResponseWriter, *http.Request) { <-hang })
			m := l.method(t, nil, &oidcauth.Options{Timeout: 500 * time.Millisecond})
			_, err := l.signIn(t, m)
			checkRefused(t, err, callboard.CodeUnavailable, "in time")
		})
	}
}

func TestAProviderThatComesBack(t *testing.T) {
	t.Parallel()
	l := newLiar(t)
	now := clock{start: time.Now()}
	m := l.method(t, nil, &oidcauth.Options{Now: now.Now})
	const discovery = "/.well-known/openid-configuration"
	l.handle(discovery, status(http.StatusServiceUnavailable))
	for range 20 {
		_, err := l.signIn(t, m)
		checkRefused(t, err, callboard.CodeUnavailable, "503")
	}
	if n := l.count(discovery); n != 1 {
		t.Errorf("a provider that is down was asked %d times at once", n)
	}
	l.handle(discovery, nil)
	now.Move(10 * time.Second)
	if _, err := l.signIn(t, m); err != nil {
		t.Fatalf("the provider came back: %v", err)
	}

	// It goes away again: what it said serves for a day, and no longer.
	l.handle(discovery, status(http.StatusServiceUnavailable))
	now.Move(3 * time.Hour)
	if _, err := m.Begin(t.Context(), auth.Beginning{}); err != nil {
		t.Errorf("with metadata of three hours: %v", err)
	}
	now.Move(24 * time.Hour)
	_, err := m.Begin(t.Context(), auth.Beginning{})
	checkRefused(t, err, callboard.CodeUnavailable, "503")
}

func TestForgedTokensDoNotMakeUsAsk(t *testing.T) {
	t.Parallel()
	l := newLiar(t)
	m := l.method(t, nil, &oidcauth.Options{Now: (&clock{start: time.Now()}).Now})
	if _, err := l.signIn(t, m); err != nil {
		t.Fatal(err)
	}
	forged := signWith(otherKey(), jose.RS256, headers("kid", "new"), map[string]any{})
	for range 200 {
		_, err := m.Logout(t.Context(), forged)
		checkRefused(t, err, callboard.CodeUnauthenticated, "no known key")
	}
	if n := l.count("/keys"); n != 1 {
		t.Errorf("200 forged tokens at once made %d requests for keys", n-1)
	}
}

func TestOneGoneCallerSpoilsNothing(t *testing.T) {
	t.Parallel()
	l := newLiar(t)
	m := l.method(t, nil, nil)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Begin(gone, auth.Beginning{}); err == nil {
		t.Error("a caller that went away got an answer")
	}
	if _, err := l.signIn(t, m); err != nil {
		t.Errorf("the next caller: %v", err)
	}
}

func TestClaimsFromBoth(t *testing.T) {
	t.Parallel()
	l := newLiar(t)
	l.claims["email"], l.claims["realm_access"] = "ines@acme.example", map[string]any{"roles": []any{"dev", 7, "", "ops"}}
	l.info = map[string]any{"sub": "ines", "email": "root@acme.example", "email_verified": true, "name": "Ines", "nick": "ini", "aud": "x", "sid": "x"}
	m := l.method(t, func(s *oidcauth.Settings) { s.GroupsClaim, s.UsernameClaim = "realm_access.roles", "nick" }, nil)
	got, err := l.signIn(t, m)
	if err != nil {
		t.Fatal(err)
	}
	c := got.Claims
	if c.Email != "ines@acme.example" || c.EmailVerified {
		t.Errorf("the userinfo's word vouches for the token's address: %q, %v", c.Email, c.EmailVerified)
	}
	if c.Name != "Ines" || c.Username != "ini" || !slices.Equal(c.Groups, []string{"dev", "ops"}) || c.Other["aud"] != "portal" || c.Session != "" {
		t.Errorf("the claims are %+v", c)
	}

	delete(l.claims, "email")
	l.claims["email_verified"], l.claims["realm_access"] = true, map[string]any{"roles": "dev"}
	l.info["email_verified"] = "false"
	delete(l.claims, "nonce")
	if got, err = l.signIn(t, m); err != nil {
		t.Fatal(err)
	}
	if c := got.Claims; c.Email != "root@acme.example" || c.EmailVerified || !slices.Equal(c.Groups, []string{"dev"}) {
		t.Errorf("the claims are %+v", c)
	}
}

func TestAddressesThatAreTrusted(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		claims   map[string]any
		trust    bool
		verified bool
	}{
		{"the provider says nothing", map[string]any{"email": "i@acme.example"}, false, false},
		{"the operator trusts it", map[string]any{"email": "i@acme.example"}, true, true},
		{"the provider says no", map[string]any{"email": "i@acme.example", "email_verified": false}, true, false},
		{"the provider says something odd", map[string]any{"email": "i@acme.example", "email_verified": 1}, true, false},
		{"the provider says yes in words", map[string]any{"email": "i@acme.example", "email_verified": "true"}, false, true},
		{"there is no address", map[string]any{"email_verified": true}, true, false},
	} {
		l := newLiar(t)
		maps.Copy(l.claims, test.claims)
		got, err := l.signIn(t, l.method(t, func(s *oidcauth.Settings) { s.TrustEmail = test.trust }, nil))
		if err != nil || got.Claims.EmailVerified != test.verified {
			t.Errorf("%s: verified is %v, %v", test.name, got.Claims.EmailVerified, err)
		}
	}
}

func TestWhenAndHowThePersonGaveProof(t *testing.T) {
	t.Parallel()
	now := time.Now().Unix()
	for _, test := range []struct {
		name   string
		claims map[string]any
		part   string // empty passes
	}{
		{"just now, as asked", map[string]any{"auth_time": now, "acr": "gold"}, ""},
		{"at the limit", map[string]any{"auth_time": now - 600, "acr": "silver"}, ""},
		{"long ago", map[string]any{"auth_time": now - 3600, "acr": "gold"}, "auth_time"},
		{"nobody says when", map[string]any{"acr": "gold"}, "auth_time"},
		{"otherwise", map[string]any{"auth_time": now, "acr": "bronze"}, "acr"},
		{"nobody says how", map[string]any{"auth_time": now}, "acr"},
	} {
		l := newLiar(t)
		maps.Copy(l.claims, test.claims)
		m := l.method(t, func(s *oidcauth.Settings) { s.MaxAge, s.ACRValues = 10*time.Minute, []string{"gold", "silver"} }, nil)
		_, err := l.signIn(t, m)
		switch {
		case test.part != "":
			checkRefused(t, err, callboard.CodeUnauthenticated, test.part)
		case err != nil:
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestLogoutTokens(t *testing.T) {
	t.Parallel()
	l := newLiar(t)
	m := l.method(t, nil, nil)
	now := time.Now().Unix()
	const event = "http://schemas.openid.net/event/backchannel-logout"
	base := func() map[string]any {
		return map[string]any{
			"iss": l.URL, "aud": "portal", "sub": "ines", "sid": "s1", "iat": now, "exp": now + 120, "jti": "j1",
			"events": map[string]any{event: map[string]any{}},
		}
	}
	for _, test := range []struct {
		name   string
		change map[string]any // nil removes
		typ    string
		part   string // empty is taken
	}{
		{name: "as it should be", typ: "logout+jwt"},
		{name: "a type written long", typ: "application/logout+JWT"},
		{name: "no type"},
		{name: "no session", change: map[string]any{"sid": nil}},
		{name: "no subject", change: map[string]any{"sub": nil}},
		{name: "neither", change: map[string]any{"sub": nil, "sid": nil}, part: "'sub'"},
		{name: "another type", typ: "at+jwt", part: "type"},
		{name: "no events", change: map[string]any{"events": nil}, part: "event"},
		{name: "another event", change: map[string]any{"events": map[string]any{"x": map[string]any{}}}, part: "event"},
		{name: "an event that is no object", change: map[string]any{"events": map[string]any{event: true}}, part: "logout"},
		{name: "a null event", change: map[string]any{"events": map[string]any{event: nil}}, part: "logout"},
		{name: "a nonce", change: map[string]any{"nonce": "n"}, part: "nonce"},
		{name: "no jti", change: map[string]any{"jti": nil}, part: "jti"},
		{name: "no expiry", change: map[string]any{"exp": nil}, part: "exp"},
		{name: "expired", change: map[string]any{"exp": now - 120}, part: "expired"},
		{name: "no time of issue", change: map[string]any{"iat": nil}, part: "just now"},
		{name: "issued in the future", change: map[string]any{"iat": now + 600}, part: "just now"},
		{name: "issued long ago", change: map[string]any{"iat": now - 3600}, part: "just now"},
		{name: "another issuer", change: map[string]any{"iss": "https://evil.example"}, part: "different provider"},
		{name: "another audience", change: map[string]any{"aud": "wiki"}, part: "audience"},
	} {
		t.Run(test.name, func(t *testing.T) {
			claims := base()
			for name, value := range test.change {
				if claims[name] = value; value == nil {
					delete(claims, name)
				}
			}
			o := headers("kid", "one")
			if test.typ != "" {
				o.WithType(jose.ContentType(test.typ))
			}
			got, err := m.Logout(t.Context(), signWith(rsaKey(), jose.RS256, o, claims))
			if test.part != "" {
				checkRefused(t, err, callboard.CodeUnauthenticated, test.part)
			} else if err != nil || got.ID != "j1" || got.Issuer != l.URL {
				t.Errorf("Logout = %+v, %v", got, err)
			}
		})
	}
	for _, token := range []string{unsigned(base()), signWithPublicKey(base()), "", "..", strings.Repeat("x", 100<<10)} {
		_, err := m.Logout(t.Context(), token)
		checkRefused(t, err, callboard.CodeUnauthenticated, "the token")
	}
}

func TestNoPlaceToSignOut(t *testing.T) {
	t.Parallel()
	l := newLiar(t)
	if got, err := l.method(t, nil, nil).EndURL(t.Context(), []byte("x"), callback); got != "" || err != nil {
		t.Errorf("EndURL = %q, %v", got, err)
	}
}
