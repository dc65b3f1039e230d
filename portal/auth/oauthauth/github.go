// SPDX-License-Identifier: Apache-2.0

package oauthauth

import (
	"context"
	"net/http"

	"github.com/callboard/callboard/portal/auth"
)

// NewGitHub returns a way to sign in at github.com, at a subdomain of ghe.com,
// or at a GitHub Enterprise Server. Settings that cannot work are
// [callboard.CodeInvalid].
func NewGitHub(s Settings, opts *Options) (*Method, error) {
	if err := s.check("github", "GitHub", "https://github.com"); err != nil {
		return nil, err
	}
	setDefault(&s.APIURL, githubAPI(s.URL))
	return newMethod(s, forge{
		authPath: "/login/oauth/authorize", tokenPath: "/login/oauth/access_token",
		scopes: []string{"read:user", "user:email"}, groupScope: "read:org",
		header: http.Header{"Accept": {"application/vnd.github+json"}, "X-Github-Api-Version": {"2022-11-28"}},
		person: githubPerson, groups: githubGroups,
	}, opts), nil
}

// githubPerson reads the account and its addresses: the account's own address
// is the public one, which need not be verified.
func githubPerson(ctx context.Context, a *api) (auth.Claims, error) {
	who, other, err := a.whoami(ctx)
	if err != nil {
		return auth.Claims{}, err
	}
	c := claimsOf(who, other)
	addresses, err := list[struct {
		Email    string `json:"email"`
		Primary  bool   `json:"primary"`
		Verified bool   `json:"verified"`
	}](ctx, a, "/user/emails?")
	if err != nil && !denied(err) {
		return auth.Claims{}, err
	}
	for _, address := range addresses {
		if address.Primary {
			c.Email, c.EmailVerified = address.Email, address.Verified
		}
	}
	return c, nil
}

// githubGroups returns the names of organisations, and of teams as
// organisation/team.
func githubGroups(ctx context.Context, a *api) ([]string, error) {
	type organisation struct {
		Login string `json:"login"`
	}
	organisations, err := list[organisation](ctx, a, "/user/orgs?")
	if err != nil {
		return nil, a.groupsDenied(err)
	}
	teams, err := list[struct {
		Slug         string       `json:"slug"`
		Organization organisation `json:"organization"`
	}](ctx, a, "/user/teams?")
	if err != nil {
		return nil, a.groupsDenied(err)
	}
	var groups []string
	for _, o := range organisations {
		groups = append(groups, o.Login)
	}
	for _, t := range teams {
		groups = append(groups, t.Organization.Login+"/"+t.Slug)
	}
	return groups, nil
}
