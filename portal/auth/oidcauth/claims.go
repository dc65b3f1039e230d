// SPDX-License-Identifier: Apache-2.0

package oidcauth

import (
	"context"
	"crypto/subtle"
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"golang.org/x/oauth2"

	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/auth/internal/provider"
	"github.com/callboard/callboard/portal/auth/internal/signed"
)

// checkToken checks what binds an ID token to this sign-in (OpenID Connect
// Core 1.0, section 3.1.3.7).
func (m *Method) checkToken(t *signed.Token, nonce, accessToken string) error {
	party, hasParty := t.Claims["azp"]
	authTime, _ := t.Claims["auth_time"].(float64)
	acr, _ := t.Claims["acr"].(string)
	switch {
	case subtle.ConstantTimeCompare([]byte(t.Nonce), []byte(nonce)) != 1:
		return errors.New("its nonce is not that of this sign-in")
	case hasParty && party != m.settings.ClientID, !hasParty && len(t.Audience) > 1:
		return errors.New("it was made for another party (azp)")
	case t.AccessTokenHash != "" && t.VerifyAccessToken(accessToken) != nil:
		return errors.New("its at_hash is not that of the access token")
	case m.settings.MaxAge > 0 && m.now().Add(-m.settings.MaxAge-signed.Leeway).After(time.Unix(int64(authTime), 0)):
		return errors.New("the person gave proof too long ago (auth_time)")
	case len(m.settings.ACRValues) > 0 && !slices.Contains(m.settings.ACRValues, acr):
		return errors.New("the proof is not of a kind that is asked for (acr)")
	}
	return nil
}

// userInfo returns what the provider says besides the ID token, which counts
// only if it is about the same subject.
func (m *Method) userInfo(ctx context.Context, d *metadata, subject string, tokens *oauth2.Token) (map[string]any, error) {
	if d.UserInfoURL == "" || m.settings.SkipUserInfo || tokens.AccessToken == "" {
		return nil, nil
	}
	var info map[string]any
	header := http.Header{"Authorization": {"Bearer " + tokens.AccessToken}}
	if err := m.client.JSON(ctx, d.UserInfoURL, header, &info); err != nil {
		return nil, err
	}
	if info["sub"] != subject {
		return nil, provider.Refused("the provider's userinfo is about somebody else", nil)
	}
	return info, nil
}

// claims puts together what the ID token and the userinfo say. The token wins.
// An address and whether it is verified come from one of them, so that one's
// word does not vouch for the other's address.
func (m *Method) claims(t *signed.Token, info map[string]any) auth.Claims {
	all := maps.Clone(info)
	if all == nil {
		all = map[string]any{}
	}
	if _, has := t.Claims["email"]; has {
		delete(all, "email_verified")
	} else if _, has := info["email"]; has {
		delete(t.Claims, "email_verified")
	}
	maps.Copy(all, t.Claims)
	address, verified := signed.Email(all, m.settings.TrustEmail)
	return auth.Claims{
		Issuer: t.Issuer, Subject: t.Subject,
		Username: signed.Text(all, m.settings.UsernameClaim), Name: signed.Text(all, "name"),
		Email: address, EmailVerified: verified,
		Groups:  signed.Texts(all, m.settings.GroupsClaim),
		Session: signed.Text(t.Claims, "sid"), Other: all,
	}
}
