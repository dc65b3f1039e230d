// SPDX-License-Identifier: Apache-2.0

package oidcauth

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/callboard/callboard/portal/auth/internal/provider"
	"github.com/callboard/callboard/portal/auth/internal/signed"
)

// metadata is what a provider says of itself (OpenID Connect Discovery 1.0,
// section 3), as far as the portal needs it.
type metadata struct {
	Issuer        string   `json:"issuer"`
	AuthURL       string   `json:"authorization_endpoint"`
	TokenURL      string   `json:"token_endpoint"`
	UserInfoURL   string   `json:"userinfo_endpoint"`
	KeysURL       string   `json:"jwks_uri"`
	EndSessionURL string   `json:"end_session_endpoint"`
	Algorithms    []string `json:"id_token_signing_alg_values_supported"`
	ClientAuth    []string `json:"token_endpoint_auth_methods_supported"`
	SendsIssuer   bool     `json:"authorization_response_iss_parameter_supported"`

	keys signed.Keys
}

// discover reads the provider's metadata and its keys.
func (m *Method) discover(ctx context.Context) (*metadata, error) {
	var d metadata
	if err := m.client.JSON(ctx, strings.TrimSuffix(m.settings.Issuer, "/")+"/.well-known/openid-configuration", nil, &d); err != nil {
		return nil, err
	}
	if err := d.check(m.settings.Issuer); err != nil {
		return nil, provider.Broken(m.settings.Label, err)
	}
	var set signed.KeySet
	if err := m.client.JSON(ctx, d.KeysURL, nil, &set); err != nil {
		return nil, err
	}
	var err error
	if d.keys, err = set.Parse(); err != nil {
		return nil, provider.Broken(m.settings.Label, err)
	}
	return &d, nil
}

// check returns whether it is about another issuer, or which endpoint is
// missing or could be listened to.
func (d *metadata) check(issuer string) error {
	if d.Issuer != issuer {
		return errors.New("its metadata is about another issuer than " + issuer)
	}
	for name, address := range map[string]string{
		"authorization_endpoint": d.AuthURL, "token_endpoint": d.TokenURL, "jwks_uri": d.KeysURL,
		"userinfo_endpoint": d.UserInfoURL, "end_session_endpoint": d.EndSessionURL,
	} {
		optional := name == "userinfo_endpoint" || name == "end_session_endpoint"
		if address == "" && optional {
			continue
		}
		if err := checkEndpoint(address, issuer); err != nil {
			return fmt.Errorf("the %s in its metadata %w", name, err)
		}
	}
	return nil
}

func checkEndpoint(address, issuer string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return errors.New("is no URL")
	}
	if at, err := url.Parse(issuer); err == nil && u.Scheme != "https" && u.Scheme != at.Scheme {
		return fmt.Errorf("has the scheme %.20q, which the issuer has not", u.Scheme)
	}
	return nil
}

// algorithms returns those that a token may be signed with.
func (d *metadata) algorithms(s Settings) []string {
	if len(s.Algorithms) > 0 {
		return s.Algorithms
	}
	var out []string
	for _, a := range signed.Algorithms() {
		if slices.Contains(d.Algorithms, a) {
			out = append(out, a)
		}
	}
	if len(out) == 0 {
		return []string{oidc.RS256}
	}
	return out
}

// client returns what asks the provider for tokens.
func (d *metadata) client(s Settings, callback string) *oauth2.Config {
	style := oauth2.AuthStyleInHeader
	if s.ClientSecret.IsZero() || len(d.ClientAuth) > 0 && !slices.Contains(d.ClientAuth, "client_secret_basic") {
		style = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{
		ClientID: s.ClientID, ClientSecret: s.ClientSecret.Reveal(),
		Endpoint:    oauth2.Endpoint{AuthURL: d.AuthURL, TokenURL: d.TokenURL, AuthStyle: style},
		RedirectURL: callback, Scopes: s.Scopes,
	}
}
