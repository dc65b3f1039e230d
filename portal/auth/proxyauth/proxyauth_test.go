// SPDX-License-Identifier: Apache-2.0

package proxyauth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/auth/proxyauth"
)

// internet answers requests to every host from a table by URL.
type internet struct {
	mu    sync.Mutex
	pages map[string]string
	count int
}

func (n *internet) RoundTrip(r *http.Request) (*http.Response, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.count++
	w := httptest.NewRecorder()
	if page, ok := n.pages[r.URL.String()]; ok {
		_, _ = w.WriteString(page)
	} else {
		w.WriteHeader(http.StatusNotFound)
	}
	res := w.Result()
	res.Request = r
	return res, nil
}

func (n *internet) set(address, page string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.pages[address] = page
}

func (n *internet) requests() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.count
}

// clock is a clock that stands still until it is moved.
type clock struct {
	start time.Time
	ahead atomic.Int64
}

func (c *clock) Now() time.Time { return c.start.Add(time.Duration(c.ahead.Load())) }

func (c *clock) Move(d time.Duration) { c.ahead.Add(int64(d)) }

func newKey(tb testing.TB) *ecdsa.PrivateKey {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

func keySetOf(kid string, key *ecdsa.PrivateKey) string {
	raw, _ := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: kid, Algorithm: "ES256"}}})
	return string(raw)
}

func signWith(tb testing.TB, kid string, key *ecdsa.PrivateKey, claims map[string]any) string {
	tb.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: kid}}, nil)
	if err != nil {
		tb.Fatal(err)
	}
	raw, err := json.Marshal(claims)
	if err != nil {
		tb.Fatal(err)
	}
	jws, err := signer.Sign(raw)
	if err != nil {
		tb.Fatal(err)
	}
	text, err := jws.CompactSerialize()
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// requestFrom is a request of a peer with headers, given as pairs.
func requestFrom(peer string, headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = peer
	for n := 0; n < len(headers); n += 2 {
		r.Header.Add(headers[n], headers[n+1])
	}
	return r
}

func checkRefused(t *testing.T, err error, code callboard.Code, part string) {
	t.Helper()
	if callboard.CodeOf(err) != code || !strings.Contains(callboard.MessageOf(err), part) {
		t.Errorf("the error has code %q and message %q, want %q and a message with %q (%v)", callboard.CodeOf(err), callboard.MessageOf(err), code, part, err)
	}
}

const (
	iapHeader = "X-Goog-IAP-JWT-Assertion"
	iapKeys   = "https://www.gstatic.com/iap/verify/public_key-jwk"
	iapAud    = "/projects/1234/global/backendServices/5678"
	peer      = "192.0.2.7:4711"
)

// iap is Google's proxy, as https://cloud.google.com/iap/docs/signed-headers-howto
// describes it.
type iap struct {
	*internet
	clock
	key    *ecdsa.PrivateKey
	method *proxyauth.Method
}

func newIAP(tb testing.TB) *iap {
	tb.Helper()
	g := &iap{clock: clock{start: time.Now()}, key: newKey(tb), internet: &internet{pages: map[string]string{}}}
	g.set(iapKeys, keySetOf("k1", g.key))
	var err error
	g.method, err = proxyauth.New(
		proxyauth.Settings{Signed: &proxyauth.Signed{Product: "google-iap", Audience: iapAud}},
		&proxyauth.Options{Transport: g.internet, Now: g.Now},
	)
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

func (g *iap) claims() map[string]any {
	now := g.Now().Unix()
	return map[string]any{
		"iss": "https://cloud.google.com/iap", "aud": iapAud, "sub": "accounts.google.com:1234",
		"email": "ines@acme.example", "iat": now, "exp": now + 600, "hd": "acme.example",
	}
}

func TestGoogleIAP(t *testing.T) {
	t.Parallel()
	g := newIAP(t)
	token := signWith(t, "k1", g.key, g.claims())
	want := &auth.Claims{
		Issuer: "https://cloud.google.com/iap", Subject: "accounts.google.com:1234", Username: "ines@acme.example",
		Email: "ines@acme.example", EmailVerified: true,
	}
	for range 3 {
		got, err := g.method.Recognise(requestFrom(peer, iapHeader, token))
		if err != nil {
			t.Fatalf("Recognise: %v", err)
		}
		if got.Other["hd"] != "acme.example" {
			t.Errorf("the other claims are %v", got.Other)
		}
		got.Other = nil
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Recognise mismatch (-want +got):\n%s", diff)
		}
		got.Subject = "changed" // is the caller's own
	}
	if n := g.requests(); n != 1 {
		t.Errorf("three requests made %d for keys", n)
	}
	if got, err := g.method.Recognise(requestFrom(peer)); got != nil || err != nil {
		t.Errorf("without the header: %v, %v", got, err)
	}
	if got, err := g.method.Recognise(requestFrom(peer, iapHeader, " ")); got != nil || err != nil {
		t.Errorf("with an empty header: %v, %v", got, err)
	}
	_, err := g.method.Recognise(requestFrom(peer, iapHeader, token, iapHeader, token))
	checkRefused(t, err, callboard.CodeUnauthenticated, "more than once")

	g.Move(20 * time.Minute)
	_, err = g.method.Recognise(requestFrom(peer, iapHeader, token))
	checkRefused(t, err, callboard.CodeUnauthenticated, "expired")
}

func TestForgedAssertions(t *testing.T) {
	t.Parallel()
	g := newIAP(t)
	with := func(name string, value any) string {
		c := g.claims()
		c[name] = value
		return signWith(t, "k1", g.key, c)
	}
	b64 := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	claims, _ := json.Marshal(g.claims())
	now := time.Now().Unix()
	for _, test := range []struct{ name, token, part string }{
		{"another key", signWith(t, "k1", newKey(t), g.claims()), "no known key"},
		{"an unknown key", signWith(t, "k2", newKey(t), g.claims()), "no known key"},
		{"none", b64(`{"alg":"none"}`) + "." + b64(string(claims)) + ".", "algorithm"},
		{"junk", "junk", "algorithm"},
		{"another issuer", with("iss", "https://evil.example"), "different provider"},
		{"another audience", with("aud", "/projects/1/apps/2"), "audience"},
		{"expired", with("exp", now-3600), "expired"},
		{"of the future", with("iat", now+3600), "time of issue"},
	} {
		got, err := g.method.Recognise(requestFrom(peer, iapHeader, test.token))
		checkRefused(t, err, callboard.CodeUnauthenticated, test.part)
		if got != nil {
			t.Errorf("%s: recognises %+v", test.name, got)
		}
	}
	for range 100 {
		_, _ = g.method.Recognise(requestFrom(peer, iapHeader, signWith(t, "k3", newKey(t), g.claims())))
	}
	if n := g.requests(); n != 1 {
		t.Errorf("forged assertions at once made %d requests for keys", n-1)
	}
}

func TestKeysThatRotate(t *testing.T) {
	t.Parallel()
	g := newIAP(t)
	old := signWith(t, "k1", g.key, g.claims())
	if _, err := g.method.Recognise(requestFrom(peer, iapHeader, old)); err != nil {
		t.Fatal(err)
	}
	fresh := newKey(t)
	g.set(iapKeys, keySetOf("k2", fresh))
	g.Move(10 * time.Second)
	if _, err := g.method.Recognise(requestFrom(peer, iapHeader, signWith(t, "k2", fresh, g.claims()))); err != nil {
		t.Errorf("with a new key: %v", err)
	}
	if _, err := g.method.Recognise(requestFrom(peer, iapHeader, old)); err != nil {
		t.Errorf("verified before: %v", err)
	}
	_, err := g.method.Recognise(requestFrom(peer, iapHeader, signWith(t, "k1", g.key, maps.Clone(g.claims()))))
	checkRefused(t, err, callboard.CodeUnauthenticated, "no known key")
}

func TestKeysThatCannotBeRead(t *testing.T) {
	t.Parallel()
	g := newIAP(t)
	token := signWith(t, "k1", g.key, g.claims())
	g.set(iapKeys, "<html>")
	_, err := g.method.Recognise(requestFrom(peer, iapHeader, token))
	checkRefused(t, err, callboard.CodeUnavailable, "JSON")
	g.set(iapKeys, keySetOf("k1", g.key))
	g.Move(10 * time.Second)
	if _, err := g.method.Recognise(requestFrom(peer, iapHeader, token)); err != nil {
		t.Errorf("the keys came back: %v", err)
	}
}

func TestCloudflareAccess(t *testing.T) {
	t.Parallel()
	private := newRSAKey(t)
	raw, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: private.Public(), KeyID: "c1", Algorithm: "RS256", Use: "sig"}}})
	if err != nil {
		t.Fatal(err)
	}
	const issuer = "https://acme.cloudflareaccess.com"
	net := &internet{pages: map[string]string{issuer + "/cdn-cgi/access/certs": string(raw)}}
	m, err := proxyauth.New(proxyauth.Settings{
		Label: "Cloudflare", Trusted: []string{"192.0.2.0/24"},
		Signed: &proxyauth.Signed{Product: "cloudflare-access", Issuer: issuer, Audience: "tag"},
	}, &proxyauth.Options{Transport: net})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().Unix()
	sign := func(claims map[string]any) string {
		claims["iss"], claims["aud"], claims["iat"], claims["exp"] = issuer, []string{"tag"}, now, now+86400
		return signRSA(t, "c1", private, claims)
	}
	const header = "Cf-Access-Jwt-Assertion"
	token := sign(map[string]any{"sub": "7335d417", "email": "ines@acme.example", "type": "app", "custom": map[string]any{"groups": []string{"ops"}}})
	got, err := m.Recognise(requestFrom(peer, header, token))
	if err != nil {
		t.Fatalf("Recognise: %v", err)
	}
	got.Other = nil
	want := &auth.Claims{Issuer: issuer, Subject: "7335d417", Username: "ines@acme.example", Email: "ines@acme.example", EmailVerified: true, Groups: []string{"ops"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Recognise mismatch (-want +got):\n%s", diff)
	}
	for range 2 {
		got, err = m.Recognise(requestFrom(peer, header, sign(map[string]any{"sub": "", "common_name": "ci.access", "type": "app"})))
		if got != nil || err != nil {
			t.Errorf("a service token is %+v, %v; want nobody", got, err)
		}
	}
	_, err = m.Recognise(requestFrom("198.51.100.1:1", header, token))
	checkRefused(t, err, callboard.CodeUnauthenticated, "network")
}

func TestAnyProxyWithAFileOfKeys(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "keys.json")
	settings := proxyauth.Settings{ID: "gate", TrustEmail: true, Signed: &proxyauth.Signed{
		Header: "X-Assertion", Issuer: "gate", Audience: "portal", Keys: file, UsernameClaim: "uid", GroupsClaim: "roles",
	}}
	now := clock{start: time.Now()}
	m, err := proxyauth.New(settings, &proxyauth.Options{Now: now.Now})
	if err != nil {
		t.Fatal(err)
	}
	key := newKey(t)
	at := time.Now().Unix()
	token := signWith(t, "", key, map[string]any{
		"iss": "gate", "aud": "portal", "sub": "7", "iat": at, "exp": at + 60, "uid": "ines", "name": "Ines", "email": "i@x.example", "roles": "ops",
	})
	_, err = m.Recognise(requestFrom(peer, "X-Assertion", token))
	checkRefused(t, err, callboard.CodeUnavailable, "file")
	if err := os.WriteFile(file, []byte(keySetOf("", key)), 0o600); err != nil {
		t.Fatal(err)
	}
	now.Move(10 * time.Second)
	got, err := m.Recognise(requestFrom(peer, "X-Assertion", token))
	if err != nil {
		t.Fatalf("Recognise: %v", err)
	}
	got.Other = nil
	want := &auth.Claims{Issuer: "gate", Subject: "7", Username: "ines", Name: "Ines", Email: "i@x.example", EmailVerified: true, Groups: []string{"ops"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Recognise mismatch (-want +got):\n%s", diff)
	}
}

const (
	arn     = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/portal/50dc6c495c0c9188"
	albKeys = "https://public-keys.auth.elb.eu-west-1.amazonaws.com/"
	albKid  = "12345678-abcd-4321-abcd-123456789012"
)

// albToken is what a load balancer sends: padded, and signed as it is padded.
func albToken(tb testing.TB, key *ecdsa.PrivateKey, header, claims map[string]any) string {
	tb.Helper()
	part := func(v any) string {
		raw, err := json.Marshal(v)
		if err != nil {
			tb.Fatal(err)
		}
		return base64.URLEncoding.EncodeToString(raw)
	}
	text := part(header) + "." + part(claims)
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
	if err != nil {
		tb.Fatal(err)
	}
	signature := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	return text + "." + base64.URLEncoding.EncodeToString(signature)
}

func pemOf(tb testing.TB, key any) string {
	tb.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		tb.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func newALB(tb testing.TB, net *internet) *proxyauth.Method {
	tb.Helper()
	m, err := proxyauth.New(proxyauth.Settings{Signed: &proxyauth.Signed{
		Product: "aws-alb", Signer: arn, Issuer: "https://login.acme.example", Audience: "client-1",
	}}, &proxyauth.Options{Transport: net, Now: (&clock{start: time.Now()}).Now})
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func albHeader() map[string]any {
	return map[string]any{
		"alg": "ES256", "kid": albKid, "signer": arn, "iss": "https://login.acme.example", "client": "client-1", "exp": time.Now().Unix() + 120,
	}
}

func TestAWSLoadBalancer(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	small, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	net := &internet{pages: map[string]string{
		albKeys + albKid: pemOf(t, key.Public()), albKeys + "aaaaaaaa": "no key", albKeys + "bbbbbbbb": pemOf(t, small.Public()),
	}}
	m := newALB(t, net)
	claims := map[string]any{"sub": "7", "email": "ines@acme.example", "email_verified": "true", "name": "Inés", "exp": 1}
	for range 2 {
		got, err := m.Recognise(requestFrom(peer, "X-Amzn-Oidc-Data", albToken(t, key, albHeader(), claims)))
		if err != nil {
			t.Fatalf("Recognise: %v", err)
		}
		got.Other = nil
		want := &auth.Claims{Issuer: "https://login.acme.example", Subject: "7", Name: "Inés", Email: "ines@acme.example", EmailVerified: true}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Recognise mismatch (-want +got):\n%s", diff)
		}
	}
	if n := net.requests(); n != 1 {
		t.Errorf("two tokens of one key made %d requests", n)
	}
	good := albToken(t, key, albHeader(), claims)
	for _, test := range []struct {
		name   string
		change map[string]any
		token  string
		code   callboard.Code
		part   string
	}{
		{name: "none", change: map[string]any{"alg": "none"}, part: "ES256"},
		{name: "HS256", change: map[string]any{"alg": "HS256"}, part: "ES256"},
		{name: "another load balancer", change: map[string]any{"signer": arn + "0"}, part: "another load balancer"},
		{name: "another issuer", change: map[string]any{"iss": "https://evil.example"}, part: "issuer"},
		{name: "another client", change: map[string]any{"client": "x"}, part: "client"},
		{name: "expired", change: map[string]any{"exp": time.Now().Unix() - 600}, part: "expired"},
		{name: "no expiry", change: map[string]any{"exp": nil}, part: "expired"},
		{name: "a key elsewhere", change: map[string]any{"kid": "../../evil"}, part: "no key"},
		{name: "an unknown key", change: map[string]any{"kid": "00000000"}, part: "no such key"},
		{name: "a key that is none", change: map[string]any{"kid": "aaaaaaaa"}, code: callboard.CodeUnavailable, part: "no key"},
		{name: "a key of another curve", change: map[string]any{"kid": "bbbbbbbb"}, code: callboard.CodeUnavailable, part: "P-256"},
		{name: "another signature", token: good[:strings.LastIndex(good, ".")+1] + "AAAA", part: "did not sign"},
		{name: "other claims", token: strings.Split(good, ".")[0] + "." + base64.URLEncoding.EncodeToString([]byte(`{"sub":"root"}`)) + "." + strings.Split(good, ".")[2], part: "did not sign"},
		{name: "two issuers", token: albToken(t, key, albHeader(), map[string]any{"sub": "7", "iss": "https://evil.example"}), part: "two issuers"},
		{name: "two parts", token: "a.b", part: "none"},
		{name: "junk", token: "a.b.c", part: "none"},
	} {
		token := test.token
		if token == "" {
			header := albHeader()
			maps.Copy(header, test.change)
			token = albToken(t, key, header, claims)
		}
		if test.code == "" {
			test.code = callboard.CodeUnauthenticated
		}
		got, err := m.Recognise(requestFrom(peer, "X-Amzn-Oidc-Data", token))
		checkRefused(t, err, test.code, test.part)
		if got != nil {
			t.Errorf("%s: recognises %+v", test.name, got)
		}
	}
	for n := range 100 {
		header := albHeader()
		header["kid"] = fmt.Sprintf("%08d", n)
		_, _ = m.Recognise(requestFrom(peer, "X-Amzn-Oidc-Data", albToken(t, key, header, claims)))
	}
	if n := net.requests(); n != 5 { // the good one, three above, and one of these
		t.Errorf("unknown keys made %d requests at once", n)
	}
}

func TestAPlainHeader(t *testing.T) {
	t.Parallel()
	m, err := proxyauth.New(proxyauth.Settings{
		Trusted: []string{"10.1.2.0/24", "2001:db8::7"}, TrustEmail: true,
		Plain: &proxyauth.Plain{User: "X-Forwarded-User", Name: "X-Forwarded-Name", Email: "X-Forwarded-Email", Groups: "X-Forwarded-Groups"},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	full := []string{"X-Forwarded-User", "ines", "X-Forwarded-Name", "Ines", "X-Forwarded-Email", "ines@acme.example", "X-Forwarded-Groups", "ops, dev,,"}
	want := &auth.Claims{
		Issuer: "proxy:proxy", Subject: "ines", Username: "ines", Name: "Ines", Email: "ines@acme.example", EmailVerified: true, Groups: []string{"ops", "dev"},
	}
	for _, from := range []string{"10.1.2.3:1", "[2001:db8::7]:1", "[::ffff:10.1.2.3]:1"} {
		got, err := m.Recognise(requestFrom(from, full...))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("Recognise from %s: %v (-want +got):\n%s", from, err, diff)
		}
	}
	for _, from := range []string{"10.1.3.3:1", "[2001:db8::8]:1", "127.0.0.1:1", "@", "", "10.1.2.3"} {
		got, err := m.Recognise(requestFrom(from, append(full, "X-Forwarded-For", "10.1.2.3")...))
		checkRefused(t, err, callboard.CodeUnauthenticated, "network")
		if got != nil {
			t.Errorf("Recognise from %q = %+v", from, got)
		}
		if got, err := m.Recognise(requestFrom(from, "X-Forwarded-Email", "root@acme.example")); got != nil || err != nil {
			t.Errorf("without the header, from %q: %+v, %v", from, got, err)
		}
	}
	for _, test := range []struct {
		name, part string
		headers    []string
	}{
		{"two users", "more than once", []string{"X-Forwarded-User", "ines", "x-forwarded-user", "root"}},
		{"two addresses", "more than once", []string{"X-Forwarded-User", "ines", "X-Forwarded-Email", "a", "X-Forwarded-Email", "b"}},
		{"a long name", "too long", []string{"X-Forwarded-User", strings.Repeat("x", 300)}},
		{"control characters", "control", []string{"X-Forwarded-User", "ines\x00root"}},
	} {
		got, err := m.Recognise(requestFrom("10.1.2.3:1", test.headers...))
		checkRefused(t, err, callboard.CodeUnauthenticated, test.part)
		if got != nil {
			t.Errorf("%s: recognises %+v", test.name, got)
		}
	}
}

// FuzzRecognise holds that nothing that a proxy did not sign recognises anybody.
func FuzzRecognise(f *testing.F) {
	g, key := newIAP(f), newKey(f)
	alb := newALB(f, &internet{pages: map[string]string{albKeys + albKid: pemOf(f, key.Public())}})
	f.Add(signWith(f, "k1", newKey(f), g.claims()))
	f.Add(albToken(f, newKey(f), albHeader(), map[string]any{"sub": "root"}))
	f.Add("a.b.c")
	f.Add("==.==.==")
	f.Fuzz(func(t *testing.T, token string) {
		for header, m := range map[string]*proxyauth.Method{iapHeader: g.method, "X-Amzn-Oidc-Data": alb} {
			if got, err := m.Recognise(requestFrom(peer, header, token)); got != nil || err == nil && strings.TrimSpace(token) != "" {
				t.Errorf("%q is %+v, %v", token, got, err)
			}
		}
	})
}

func BenchmarkRecognise(b *testing.B) {
	g := newIAP(b)
	token := signWith(b, "k1", g.key, g.claims())
	b.Run("signed", func(b *testing.B) {
		r := requestFrom(peer, iapHeader, token)
		b.ReportAllocs()
		for b.Loop() {
			if c, err := g.method.Recognise(r); c == nil || err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("forged", func(b *testing.B) {
		r := requestFrom(peer, iapHeader, signWith(b, "k1", newKey(b), g.claims()))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := g.method.Recognise(r); err == nil {
				b.Fatal("a forged token passes")
			}
		}
	})
	plain, err := proxyauth.New(proxyauth.Settings{Trusted: []string{"10.1.2.0/24"}, Plain: &proxyauth.Plain{User: "X-Forwarded-User"}}, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("plain", func(b *testing.B) {
		r := requestFrom("10.1.2.3:1", "X-Forwarded-User", "ines")
		b.ReportAllocs()
		for b.Loop() {
			if c, err := plain.Recognise(r); c == nil || err != nil {
				b.Fatal(err)
			}
		}
	})
}
