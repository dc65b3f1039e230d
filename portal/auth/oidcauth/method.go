// SPDX-License-Identifier: Apache-2.0

package oidcauth

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/auth/internal/provider"
	"github.com/callboard/callboard/portal/auth/internal/signed"
)

var (
	_ auth.Redirector     = (*Method)(nil)
	_ auth.Ender          = (*Method)(nil)
	_ auth.LogoutReceiver = (*Method)(nil)
)

// Method signs people in at one provider. It may be used by several goroutines.
type Method struct {
	settings Settings
	client   *provider.Client
	now      func() time.Time
	timeout  time.Duration
	metadata *provider.Fresh[*metadata]
}

// Options are for tests and unusual networks; the zero value is the default.
type Options struct {
	// Transport makes the requests to the provider; nil connects directly.
	Transport http.RoundTripper
	// Timeout bounds what one step asks the provider; 0 means 10 s.
	Timeout time.Duration
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// New returns a way to sign in at the provider. It asks the provider nothing:
// one that is down is tried again whenever somebody wants to sign in. Settings
// that cannot work are [callboard.CodeInvalid].
func New(s Settings, opts *Options) (*Method, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	issuer, err := url.Parse(s.Issuer)
	if err != nil {
		return nil, err
	}
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Timeout == 0 {
		o.Timeout = provider.Timeout
	}
	m := &Method{settings: s.withDefaults(issuer.Host), client: provider.NewClient(o.Transport), now: o.Now, timeout: o.Timeout}
	m.metadata = provider.NewFresh(o.Now, m.discover)
	return m, nil
}

// ID returns the settings' ID.
func (m *Method) ID() string { return m.settings.ID }

// Label returns the settings' label.
func (m *Method) Label() string { return m.settings.Label }

// secret is what is kept on the server between the two halves of a sign-in.
type secret struct {
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
}

// Begin returns where the provider asks people who they are.
func (m *Method) Begin(ctx context.Context, b auth.Beginning) (auth.Departure, error) {
	ctx, cancel := context.WithTimeout(ctx, m.timeout)
	defer cancel()
	d, err := m.metadata.Value(ctx)
	if err != nil {
		return auth.Departure{}, err
	}
	s := secret{Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier()}
	kept, err := json.Marshal(s)
	if err != nil {
		return auth.Departure{}, err
	}
	options := []oauth2.AuthCodeOption{oauth2.SetAuthURLParam("nonce", s.Nonce), oauth2.S256ChallengeOption(s.Verifier)}
	for name, value := range m.wishes() {
		options = append(options, oauth2.SetAuthURLParam(name, value))
	}
	return auth.Departure{URL: d.client(m.settings, b.Callback).AuthCodeURL(b.State, options...), Secret: kept}, nil
}

// wishes are parameters that the settings add.
func (m *Method) wishes() map[string]string {
	w := map[string]string{}
	if m.settings.Prompt != "" {
		w["prompt"] = m.settings.Prompt
	}
	if len(m.settings.ACRValues) > 0 {
		w["acr_values"] = strings.Join(m.settings.ACRValues, " ")
	}
	if m.settings.MaxAge > 0 {
		w["max_age"] = strconv.Itoa(int(m.settings.MaxAge / time.Second))
	}
	return w
}

// Complete redeems the code and checks everything that comes with it.
func (m *Method) Complete(ctx context.Context, r auth.Return) (auth.SignIn, error) {
	ctx, cancel := context.WithTimeout(ctx, m.timeout)
	defer cancel()
	d, err := m.metadata.Value(ctx)
	if err != nil {
		return auth.SignIn{}, err
	}
	if err := m.checkResponse(d, r.Query); err != nil {
		return auth.SignIn{}, err
	}
	var s secret
	if err := json.Unmarshal(r.Secret, &s); err != nil || s.Nonce == "" || s.Verifier == "" {
		return auth.SignIn{}, provider.Refused("it did not begin here", err)
	}
	tokens, err := provider.Exchange(ctx, m.client, d.client(m.settings, r.Callback), r.Query, s.Verifier)
	if err != nil {
		return auth.SignIn{}, err
	}
	raw, _ := tokens.Extra("id_token").(string)
	if raw == "" {
		return auth.SignIn{}, provider.Refused("the provider sent no ID token", nil)
	}
	token, err := verified(ctx, m, raw, signed.Rules.ID)
	if err != nil {
		return auth.SignIn{}, err
	}
	if err := m.checkToken(token, s.Nonce, tokens.AccessToken); err != nil {
		return auth.SignIn{}, provider.Refused("the ID token: "+err.Error(), err)
	}
	info, err := m.userInfo(ctx, d, token.Subject, tokens)
	if err != nil {
		return auth.SignIn{}, err
	}
	return auth.SignIn{Claims: m.claims(token, info), Hint: []byte(raw)}, nil
}

// checkResponse looks for the issuer in what the browser brings (RFC 9207),
// which tells a response of this provider from one of another.
func (m *Method) checkResponse(d *metadata, query url.Values) error {
	iss := query["iss"]
	if len(iss) > 1 || len(iss) == 1 && iss[0] != m.settings.Issuer || len(iss) == 0 && d.SendsIssuer {
		return provider.Refused("the response does not name the provider as its issuer", nil)
	}
	return nil
}

// verified checks a token, a second time with keys read anew if none of those
// at hand signed it.
func verified[T any](ctx context.Context, m *Method, token string, check func(signed.Rules, context.Context, signed.Keys, string) (T, error)) (t T, err error) {
	d, err := m.metadata.Value(ctx)
	if err != nil {
		return t, err
	}
	t, err = check(m.rules(d), ctx, d.keys, token)
	if errors.Is(err, signed.ErrSignature) {
		if renewed, rerr := m.metadata.Renew(ctx); rerr == nil && renewed != d {
			t, err = check(m.rules(renewed), ctx, renewed.keys, token)
		}
	}
	if err != nil {
		return t, provider.Refused("the token: "+err.Error(), err)
	}
	return t, nil
}

func (m *Method) rules(d *metadata) signed.Rules {
	return signed.Rules{Issuer: m.settings.Issuer, Audience: m.settings.ClientID, Algorithms: d.algorithms(m.settings), Now: m.now}
}
