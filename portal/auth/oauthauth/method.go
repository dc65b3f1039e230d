// SPDX-License-Identifier: Apache-2.0

package oauthauth

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/auth/internal/provider"
)

var _ auth.Redirector = (*Method)(nil)

// Method signs people in at one forge. It may be used by several goroutines.
type Method struct {
	settings Settings
	client   *provider.Client
	timeout  time.Duration
	forge    forge
}

// forge is what tells one kind from another.
type forge struct {
	authPath, tokenPath string
	// scopes are asked for, and groupScope if the groups are wanted.
	scopes     []string
	groupScope string
	header     http.Header
	// person asks the API who has the token, groups which groups they are in.
	person func(context.Context, *api) (auth.Claims, error)
	groups func(context.Context, *api) ([]string, error)
}

// Options are for tests and unusual networks; the zero value is the default.
type Options struct {
	// Transport makes the requests to the forge; nil connects directly.
	Transport http.RoundTripper
	// Timeout bounds what one step asks the forge; 0 means 10 s.
	Timeout time.Duration
}

func newMethod(s Settings, f forge, opts *Options) *Method {
	m := &Method{settings: s, forge: f, timeout: provider.Timeout}
	var rt http.RoundTripper
	if opts != nil {
		rt = opts.Transport
		if opts.Timeout > 0 {
			m.timeout = opts.Timeout
		}
	}
	m.client = provider.NewClient(rt)
	return m
}

// ID returns the settings' ID.
func (m *Method) ID() string { return m.settings.ID }

// Label returns the settings' label.
func (m *Method) Label() string { return m.settings.Label }

func (m *Method) oauth(callback string) *oauth2.Config {
	scopes := slices.Clone(m.forge.scopes)
	if m.settings.Groups {
		scopes = append(scopes, m.forge.groupScope)
	}
	return &oauth2.Config{
		ClientID: m.settings.ClientID, ClientSecret: m.settings.ClientSecret.Reveal(),
		Endpoint: oauth2.Endpoint{
			AuthURL: m.settings.URL + m.forge.authPath, TokenURL: m.settings.URL + m.forge.tokenPath,
			AuthStyle: oauth2.AuthStyleInParams,
		},
		RedirectURL: callback, Scopes: scopes,
	}
}

// Begin returns where the forge asks people for leave. It asks the forge
// nothing.
func (m *Method) Begin(_ context.Context, b auth.Beginning) (auth.Departure, error) {
	verifier := oauth2.GenerateVerifier()
	return auth.Departure{
		URL:    m.oauth(b.Callback).AuthCodeURL(b.State, oauth2.S256ChallengeOption(verifier)),
		Secret: []byte(verifier),
	}, nil
}

// Complete redeems the code and asks who has the token. Whoever is in none of
// the groups that may sign in is [callboard.CodeForbidden].
func (m *Method) Complete(ctx context.Context, r auth.Return) (auth.SignIn, error) {
	ctx, cancel := context.WithTimeout(ctx, m.timeout)
	defer cancel()
	if len(r.Secret) == 0 {
		return auth.SignIn{}, provider.Refused("it did not begin here", nil)
	}
	token, err := provider.Exchange(ctx, m.client, m.oauth(r.Callback), r.Query, string(r.Secret))
	if err != nil {
		return auth.SignIn{}, err
	}
	a := &api{client: m.client, base: m.settings.APIURL, label: m.settings.Label, header: m.forge.header.Clone()}
	a.header.Set("Authorization", "Bearer "+token.AccessToken)
	claims, err := m.forge.person(ctx, a)
	if err != nil {
		return auth.SignIn{}, err
	}
	claims.Issuer = m.settings.URL
	if m.settings.Groups {
		if claims.Groups, err = m.forge.groups(ctx, a); err != nil {
			return auth.SignIn{}, err
		}
		if claims.Groups, err = m.allowed(claims); err != nil {
			return auth.SignIn{}, err
		}
	}
	return auth.SignIn{Claims: claims}, nil
}

// allowed returns the person's groups that matter: all, or those that may sign
// in, of which there must be one.
func (m *Method) allowed(c auth.Claims) ([]string, error) {
	if len(m.settings.Allow) == 0 {
		return c.Groups, nil
	}
	member := slices.ContainsFunc(c.Groups, func(g string) bool {
		return slices.ContainsFunc(m.settings.Allow, func(a string) bool { return strings.EqualFold(a, g) })
	})
	if !member {
		return nil, &callboard.Error{
			Code:    callboard.CodeForbidden,
			Message: c.Username + " at " + m.settings.Label + " belongs to none of the groups whose members may sign in",
		}
	}
	return slices.DeleteFunc(c.Groups, func(g string) bool {
		return !slices.ContainsFunc(m.settings.Allow, func(a string) bool { return within(g, a) })
	}), nil
}

// within reports whether a group is another one or inside of it.
func within(group, other string) bool {
	group, other = strings.ToLower(group), strings.ToLower(other)
	return group == other || strings.HasPrefix(group, other+"/")
}
