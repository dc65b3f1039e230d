// SPDX-License-Identifier: Apache-2.0

package oidcauth_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"

	jose "github.com/go-jose/go-jose/v4"

	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/auth/oidcauth"
	"github.com/callboard/callboard/portal/config"
)

// The way to a provider carries what binds the sign-in to this browser.
func Example() {
	issuer := exampleProvider()
	defer issuer.Close()
	method, err := oidcauth.New(oidcauth.Settings{
		ID: "staff", Label: "the staff directory", Issuer: issuer.URL,
		ClientID: "portal", ClientSecret: config.NewSecret("hush"),
	}, nil)
	if err != nil {
		panic(err)
	}
	d, err := method.Begin(context.Background(), auth.Beginning{
		Callback: "https://portal.acme.example/auth/staff/callback", State: "an unguessable value",
	})
	if err != nil {
		panic(err)
	}
	u, err := url.Parse(d.URL)
	if err != nil {
		panic(err)
	}
	fmt.Println("Sign in with", method.Label())
	for _, name := range []string{"client_id", "redirect_uri", "scope", "state", "code_challenge_method"} {
		fmt.Printf("%s: %s\n", name, u.Query().Get(name))
	}
	// Output:
	// Sign in with the staff directory
	// client_id: portal
	// redirect_uri: https://portal.acme.example/auth/staff/callback
	// scope: openid profile email
	// state: an unguessable value
	// code_challenge_method: S256
}

// exampleProvider says of itself what a provider says.
func exampleProvider() *httptest.Server {
	mux := http.NewServeMux()
	s := httptest.NewServer(mux)
	answer := func(v any) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(v) }
	}
	mux.HandleFunc("/.well-known/openid-configuration", answer(map[string]string{
		"issuer": s.URL, "authorization_endpoint": s.URL + "/auth", "token_endpoint": s.URL + "/token", "jwks_uri": s.URL + "/keys",
	}))
	mux.HandleFunc("/keys", answer(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: rsaKey().Public()}}}))
	return s
}
