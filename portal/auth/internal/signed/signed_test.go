// SPDX-License-Identifier: Apache-2.0

package signed_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"github.com/callboard/callboard/portal/auth/internal/signed"
)

func keySet(tb testing.TB, keys ...jose.JSONWebKey) signed.Keys {
	tb.Helper()
	raw, err := json.Marshal(jose.JSONWebKeySet{Keys: keys})
	if err != nil {
		tb.Fatal(err)
	}
	var set signed.KeySet
	if err := json.Unmarshal(raw, &set); err != nil {
		tb.Fatal(err)
	}
	k, err := set.Parse()
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

func sign(tb testing.TB, alg jose.SignatureAlgorithm, key any, kid string, payload []byte) string {
	tb.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: kid}}, nil)
	if err != nil {
		tb.Fatal(err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		tb.Fatal(err)
	}
	text, err := jws.CompactSerialize()
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

func newCurveKey(tb testing.TB) *ecdsa.PrivateKey {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

func rules(now time.Time) signed.Rules {
	return signed.Rules{Issuer: "https://i.example", Audience: "portal", Algorithms: signed.Algorithms(), Now: func() time.Time { return now }}
}

func goodClaims(now time.Time) []byte {
	raw, _ := json.Marshal(map[string]any{"iss": "https://i.example", "aud": "portal", "sub": "ines", "iat": now.Unix(), "exp": now.Unix() + 60})
	return raw
}

func TestKeysOfEveryType(t *testing.T) {
	t.Parallel()
	now := time.Now()
	curve := newCurveKey(t)
	public, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	keys := keySet(t, jose.JSONWebKey{Key: curve.Public(), KeyID: "c"}, jose.JSONWebKey{Key: public, KeyID: "e"},
		jose.JSONWebKey{Key: newCurveKey(t).Public(), KeyID: "x", Use: "enc"})
	for name, token := range map[string]string{
		"ES256": sign(t, jose.ES256, curve, "c", goodClaims(now)),
		"EdDSA": sign(t, jose.EdDSA, edwards, "e", goodClaims(now)),
	} {
		if got, err := rules(now).ID(t.Context(), keys, token); err != nil || got.Subject != "ines" {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = rules(now).ID(t.Context(), keys, sign(t, jose.EdDSA, edwards, "c", goodClaims(now)))
	if !errors.Is(err, signed.ErrSignature) {
		t.Errorf("a token that names another key: %v", err)
	}
}

func TestKeysAreUsedForWhatTheyAreMeant(t *testing.T) {
	t.Parallel()
	now := time.Now()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	token := sign(t, jose.PS256, private, "", goodClaims(now))
	if _, err := rules(now).ID(t.Context(), keySet(t, jose.JSONWebKey{Key: private.Public()}), token); err != nil {
		t.Errorf("with a key for any algorithm: %v", err)
	}
	_, err = rules(now).ID(t.Context(), keySet(t, jose.JSONWebKey{Key: private.Public(), Algorithm: "RS256"}), token)
	if !errors.Is(err, signed.ErrSignature) {
		t.Errorf("with a key for another algorithm: %v", err)
	}
	_, err = rules(now).ID(t.Context(), keySet(t, jose.JSONWebKey{Key: private.Public(), Use: "enc"}, jose.JSONWebKey{Key: newCurveKey(t).Public()}), token)
	if !errors.Is(err, signed.ErrSignature) {
		t.Errorf("with a key for encryption: %v", err)
	}
}

// go-oidc takes Google's issuer without its scheme too.
func TestTheIssuerIsExact(t *testing.T) {
	t.Parallel()
	now := time.Now()
	curve := newCurveKey(t)
	r := rules(now)
	r.Issuer = "https://accounts.google.com"
	claims := bytes.Replace(goodClaims(now), []byte("https://i.example"), []byte("accounts.google.com"), 1)
	if _, err := r.ID(t.Context(), keySet(t, jose.JSONWebKey{Key: curve.Public()}), sign(t, jose.ES256, curve, "", claims)); err == nil {
		t.Error("a part of the issuer passes for it")
	}
}

// FuzzID holds that nothing passes but what the key signed. The text of a
// signature can be written in more than one way.
func FuzzID(f *testing.F) {
	now := time.Now()
	curve := newCurveKey(f)
	keys := keySet(f, jose.JSONWebKey{Key: curve.Public(), KeyID: "c"})
	good := sign(f, jose.ES256, curve, "c", goodClaims(now))
	want, err := rules(now).ID(f.Context(), keys, good)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{good, good + ".", "", "..", "eyJhbGciOiJub25lIn0.e30.", `{"payload":"","signatures":[]}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if got, err := rules(now).ID(t.Context(), keys, token); err == nil && !bytes.Equal(mustJSON(t, got.Claims), mustJSON(t, want.Claims)) {
			t.Errorf("%q passes as %+v", token, got)
		}
	})
}

func mustJSON(tb testing.TB, v any) []byte {
	tb.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

// FuzzClaims holds that claims that the provider signed are read without harm.
func FuzzClaims(f *testing.F) {
	now := time.Now()
	curve := newCurveKey(f)
	keys := keySet(f, jose.JSONWebKey{Key: curve.Public()})
	for _, seed := range []string{string(goodClaims(now)), "{}", "[]", "null", `{"exp":1e400}`, `{"aud":[1]}`, `{"_claim_names":{"a":"b"}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, claims []byte) {
		token := sign(t, jose.ES256, curve, "", claims)
		if got, err := rules(now).ID(t.Context(), keys, token); err == nil && (got.Subject == "" || got.Issuer != "https://i.example") {
			t.Errorf("%s passes as %+v", claims, got)
		}
		if got, err := rules(now).Logout(t.Context(), keys, token); err == nil && got.TokenID == "" {
			t.Errorf("%s passes as a logout", claims)
		}
	})
}

// FuzzKeySet holds that keys are read without harm.
func FuzzKeySet(f *testing.F) {
	raw, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: newCurveKey(f).Public()}}})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{string(raw), "{}", `{"keys":[null,{}]}`, `{"keys":[{"kty":"RSA","n":"","e":"AQAB"}]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var set signed.KeySet
		if json.Unmarshal(raw, &set) == nil {
			_, _ = set.Parse()
		}
	})
}
