// SPDX-License-Identifier: Apache-2.0

package signed

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	jose "github.com/go-jose/go-jose/v4"
)

const (
	// Leeway is how far the clocks of a provider and a portal may be apart.
	Leeway = time.Minute
	// LogoutAge is how old a logout token may be. They come at once; one that
	// is older was kept by somebody.
	LogoutAge = 5 * time.Minute

	maxToken = 64 << 10
)

// ErrNobody is a token that passes and is about nobody: it names no subject.
var ErrNobody = errors.New("it names no subject")

// Algorithms are those with which a provider may sign: all of them have a
// public key that cannot be mistaken for a secret one.
func Algorithms() []string {
	return []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA}
}

// Rules are what the claims of a token must be.
type Rules struct {
	// Issuer and Audience must be named exactly.
	Issuer, Audience string
	// Algorithms are those allowed, of [Algorithms].
	Algorithms []string
	// Now is the clock.
	Now func() time.Time
}

// Token is a token that passed. Claims has all that it says.
type Token struct {
	*oidc.IDToken
	Claims map[string]any
}

// ID checks a token about a person. An error is [ErrSignature], or names the
// check; it shows nothing of a token that is not signed. With [ErrNobody],
// which is the last check, there is a token.
func (r Rules) ID(ctx context.Context, keys Keys, token string) (*Token, error) {
	v, err := r.verifier(keys, token)
	if err != nil {
		return nil, err
	}
	t, err := v.Verify(ctx, token)
	if err != nil {
		return nil, tidy(err)
	}
	out := &Token{IDToken: t}
	if err := t.Claims(&out.Claims); err != nil {
		return nil, errors.New("its claims are not an object")
	}
	switch {
	case t.Issuer != r.Issuer:
		return nil, errors.New("it names another issuer")
	case len(t.Subject) > 255:
		return nil, errors.New("its subject is too long")
	case t.IssuedAt.IsZero() || t.IssuedAt.After(r.Now().Add(Leeway)):
		return nil, errors.New("it says no time of issue, or one in the future")
	case t.Subject == "":
		return out, ErrNobody
	}
	return out, nil
}

// Logout checks a logout token, as OpenID Connect Back-Channel Logout 1.0 asks
// in section 2.6, with an age at which it is no longer taken.
func (r Rules) Logout(ctx context.Context, keys Keys, token string) (*oidc.LogoutToken, error) {
	v, err := r.verifier(keys, token)
	if err != nil {
		return nil, err
	}
	t, err := v.VerifyLogout(ctx, token)
	if err != nil {
		return nil, tidy(err)
	}
	var more struct {
		Events map[string]json.RawMessage `json:"events"`
	}
	now := r.Now()
	switch {
	case !logoutType(token):
		return nil, errors.New("its type is not logout+jwt")
	case t.Claims(&more) != nil || !bytes.HasPrefix(bytes.TrimSpace(more.Events["http://schemas.openid.net/event/backchannel-logout"]), []byte("{")):
		return nil, errors.New("it is not about a logout")
	case t.IssuedAt.After(now.Add(Leeway)) || t.IssuedAt.Before(now.Add(-LogoutAge)):
		return nil, errors.New("it was not issued just now")
	}
	return t, nil
}

// verifier checks the signature first, so that a missing key can be told from
// everything else, and hands what is signed to go-oidc.
func (r Rules) verifier(keys Keys, token string) (*oidc.IDTokenVerifier, error) {
	if len(token) > maxToken {
		return nil, errors.New("it is too large")
	}
	var algorithms []jose.SignatureAlgorithm
	for _, a := range r.Algorithms {
		algorithms = append(algorithms, jose.SignatureAlgorithm(a))
	}
	payload, err := keys.payload(token, algorithms)
	if errors.Is(err, ErrSignature) {
		return nil, err
	}
	if err != nil {
		return nil, errors.New("it is not a token signed with an algorithm that is allowed")
	}
	return oidc.NewVerifier(r.Issuer, checked(payload), &oidc.Config{
		ClientID:             r.Audience,
		SupportedSigningAlgs: r.Algorithms,
		Now:                  func() time.Time { return r.Now().Add(-Leeway) },
	}), nil
}

// checked is the payload of a token whose signature has been checked.
type checked []byte

// VerifySignature returns the payload.
func (c checked) VerifySignature(context.Context, string) ([]byte, error) { return c, nil }

// tidy returns go-oidc's error as a part of a sentence.
func tidy(err error) error {
	var expired *oidc.TokenExpiredError
	if errors.As(err, &expired) {
		return errors.New("it has expired")
	}
	return fmt.Errorf("%.200s", strings.TrimPrefix(err.Error(), "oidc: "))
}

// logoutType reports whether the type of a token, of which there need be none,
// is one that a logout token may have.
func logoutType(token string) bool {
	first, _, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(first)
	var header struct {
		Type string `json:"typ"`
	}
	if err != nil || json.Unmarshal(raw, &header) != nil {
		return false
	}
	switch strings.TrimPrefix(strings.ToLower(header.Type), "application/") {
	case "", "jwt", "logout+jwt":
		return true
	}
	return false
}
