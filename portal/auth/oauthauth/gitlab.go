// SPDX-License-Identifier: Apache-2.0

package oauthauth

import (
	"context"
	"net/http"

	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/auth/internal/provider"
)

// NewGitLab returns a way to sign in at gitlab.com or at a GitLab of one's own.
// Settings that cannot work are [callboard.CodeInvalid].
func NewGitLab(s Settings, opts *Options) (*Method, error) {
	if err := s.check("gitlab", "GitLab", "https://gitlab.com"); err != nil {
		return nil, err
	}
	setDefault(&s.APIURL, s.URL+"/api/v4")
	return newMethod(s, forge{
		authPath: "/oauth/authorize", tokenPath: "/oauth/token",
		scopes: []string{"read_user"}, groupScope: "read_api",
		header: http.Header{},
		person: gitlabPerson, groups: gitlabGroups,
	}, opts), nil
}

// gitlabPerson reads the account, which must not be blocked. A new address
// replaces the old one only when it has been confirmed.
func gitlabPerson(ctx context.Context, a *api) (auth.Claims, error) {
	who, other, err := a.whoami(ctx)
	if err != nil {
		return auth.Claims{}, err
	}
	if who.State != "active" {
		return auth.Claims{}, provider.Refused("the account at "+a.label+" is not active", nil)
	}
	c := claimsOf(who, other)
	c.Email, c.EmailVerified = who.Email, who.Email != "" && who.ConfirmedAt != nil && *who.ConfirmedAt != ""
	return c, nil
}

// gitlabGroups returns the full paths of the groups that the person is a member
// of: guests and above, not public groups of others.
func gitlabGroups(ctx context.Context, a *api) ([]string, error) {
	found, err := list[struct {
		FullPath string `json:"full_path"`
	}](ctx, a, "/groups?min_access_level=10")
	if err != nil {
		return nil, a.groupsDenied(err)
	}
	var groups []string
	for _, g := range found {
		groups = append(groups, g.FullPath)
	}
	return groups, nil
}
