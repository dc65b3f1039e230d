// SPDX-License-Identifier: Apache-2.0

package oidcauth

import (
	"context"
	"net/url"

	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/auth/internal/signed"
)

// EndURL returns where the provider ends its session (OpenID Connect
// RP-Initiated Logout 1.0); empty if it has no such place. The provider must
// know back as one of the addresses that it may lead to.
func (m *Method) EndURL(ctx context.Context, hint []byte, back string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, m.timeout)
	defer cancel()
	d, err := m.metadata.Value(ctx)
	if err != nil || d.EndSessionURL == "" {
		return "", err
	}
	u, err := url.Parse(d.EndSessionURL)
	if err != nil {
		return "", err
	}
	q := u.Query()
	q.Set("client_id", m.settings.ClientID)
	q.Set("post_logout_redirect_uri", back)
	if len(hint) > 0 {
		q.Set("id_token_hint", string(hint))
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// Logout checks a logout token. One that is older than five minutes is not
// taken, so its ID need not be remembered for longer than six.
func (m *Method) Logout(ctx context.Context, token string) (auth.Logout, error) {
	ctx, cancel := context.WithTimeout(ctx, m.timeout)
	defer cancel()
	t, err := verified(ctx, m, token, signed.Rules.Logout)
	if err != nil {
		return auth.Logout{}, err
	}
	return auth.Logout{Issuer: t.Issuer, Subject: t.Subject, Session: t.SessionID, ID: t.TokenID}, nil
}
