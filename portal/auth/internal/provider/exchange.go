// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"

	"golang.org/x/oauth2"

	"github.com/callboard/callboard"
)

// plain is how the error codes of OAuth 2 look; others are not repeated.
var plain = regexp.MustCompile(`^[a-z_]{1,60}$`)

// Exchange redeems the code that the browser brought. A response that says
// that the sign-in failed, or has no code, and a code that the provider does
// not take, are [callboard.CodeUnauthenticated].
func Exchange(ctx context.Context, c *Client, conf *oauth2.Config, query url.Values, verifier string) (*oauth2.Token, error) {
	if query.Has("error") {
		return nil, Refused("the provider says "+word(query.Get("error")), fmt.Errorf("%.200q", query.Get("error_description")))
	}
	if code := query["code"]; len(code) != 1 || code[0] == "" {
		return nil, Refused("the response has no code, or more than one", nil)
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, c.HTTP)
	token, err := conf.Exchange(ctx, query.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		return nil, exchangeError(err, hostOf(conf.Endpoint.TokenURL))
	}
	return token, nil
}

// exchangeError says what a token endpoint answered. The answer itself may
// hold a token, so it is not repeated.
func exchangeError(err error, host string) error {
	var answer *oauth2.RetrieveError
	if !errors.As(err, &answer) || answer.Response == nil {
		return Unavailable(host, err)
	}
	switch status := answer.Response.StatusCode; {
	case answer.ErrorCode == "invalid_client" || answer.ErrorCode == "unauthorized_client" || answer.ErrorCode == "incorrect_client_credentials":
		return &callboard.Error{
			Code:    callboard.CodeUnavailable,
			Message: host + " does not accept the portal's client id and secret; correct them in the configuration",
			Err:     fmt.Errorf("the token endpoint says %s", word(answer.ErrorCode)),
		}
	case answer.ErrorCode != "" && status < 500:
		return Refused("the provider does not take the code: "+word(answer.ErrorCode), nil)
	default:
		return Unavailable(host, &StatusError{Status: status, Header: answer.Response.Header})
	}
}

// word returns an error code as it is, if it is one.
func word(code string) string {
	if plain.MatchString(code) {
		return code
	}
	return "something that is no error code"
}
