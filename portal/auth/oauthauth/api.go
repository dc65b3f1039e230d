// SPDX-License-Identifier: Apache-2.0

package oauthauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/auth/internal/provider"
)

const (
	perPage  = 100
	maxPages = 20
)

// api is a forge's API with the token of somebody who signs in.
type api struct {
	client *provider.Client
	base   string
	label  string
	header http.Header
}

// read reads what is at a path.
func (a *api) read(ctx context.Context, path string, out any) error {
	err := a.client.JSON(ctx, a.base+path, a.header, out)
	var status *provider.StatusError
	if !errors.As(err, &status) {
		return err
	}
	switch limited := status.Header.Get("Retry-After") != "" || status.Header.Get("X-Ratelimit-Remaining") == "0"; {
	case status.Status == http.StatusTooManyRequests, status.Status == http.StatusForbidden && limited:
		return &callboard.Error{Code: callboard.CodeRateLimited, Message: a.label + " was asked too often; try again in some minutes", Err: err}
	case status.Status == http.StatusUnauthorized:
		return provider.Refused(a.label+" does not accept its token", err)
	}
	return err
}

// denied reports whether the token may not read what was asked for, as when the
// person gave less leave than was asked.
func denied(err error) bool {
	var status *provider.StatusError
	return callboard.CodeOf(err) == callboard.CodeUnavailable && errors.As(err, &status) &&
		(status.Status == http.StatusForbidden || status.Status == http.StatusNotFound)
}

// list reads all pages of a list; path has a query.
func list[T any](ctx context.Context, a *api, path string) ([]T, error) {
	var all []T
	for page := 1; page <= maxPages; page++ {
		var items []T
		if err := a.read(ctx, fmt.Sprintf("%s&per_page=%d&page=%d", path, perPage, page), &items); err != nil {
			return nil, err
		}
		all = append(all, items...)
		if len(items) < perPage {
			return all, nil
		}
	}
	return nil, provider.Broken(a.label, fmt.Errorf("the account has more than %d groups or addresses", maxPages*perPage))
}

// groupsDenied says that a list of groups may not be read.
func (a *api) groupsDenied(err error) error {
	if denied(err) {
		return provider.Refused(a.label+" does not show the groups of the account; allow it when it asks", err)
	}
	return err
}

// account is what both forges say of an account.
type account struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
	// Login is GitHub's name for what GitLab calls Username.
	Login    string `json:"login"`
	Username string `json:"username"`
	// State and ConfirmedAt are GitLab's.
	State       string  `json:"state"`
	ConfirmedAt *string `json:"confirmed_at"`
}

// whoami reads the account that has the token.
func (a *api) whoami(ctx context.Context) (account, map[string]any, error) {
	var (
		raw   json.RawMessage
		who   account
		other map[string]any
	)
	if err := a.read(ctx, "/user", &raw); err != nil {
		return who, nil, err
	}
	if json.Unmarshal(raw, &who) != nil || json.Unmarshal(raw, &other) != nil || who.ID <= 0 || who.Login+who.Username == "" {
		return who, nil, provider.Broken(a.label, errors.New("it does not say whose the account is"))
	}
	return who, other, nil
}

func claimsOf(who account, other map[string]any) auth.Claims {
	return auth.Claims{Subject: fmt.Sprint(who.ID), Username: who.Login + who.Username, Name: who.Name, Other: other}
}
