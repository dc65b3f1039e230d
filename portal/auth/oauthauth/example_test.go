// SPDX-License-Identifier: Apache-2.0

package oauthauth_test

import (
	"context"
	"fmt"
	"net/url"

	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/auth/oauthauth"
	"github.com/callboard/callboard/portal/config"
)

// With organisations that are allowed, the person is asked for leave to see
// which ones they are in.
func ExampleNewGitHub() {
	method, err := oauthauth.NewGitHub(oauthauth.Settings{
		ClientID: "Iv1.0123456789abcdef", ClientSecret: config.NewSecret("hush"), Allow: []string{"acme"},
	}, nil)
	if err != nil {
		panic(err)
	}
	d, err := method.Begin(context.Background(), auth.Beginning{
		Callback: "https://portal.acme.example/auth/github/callback", State: "an unguessable value",
	})
	if err != nil {
		panic(err)
	}
	u, err := url.Parse(d.URL)
	if err != nil {
		panic(err)
	}
	fmt.Println(u.Host+u.Path, "asks for", u.Query().Get("scope"))
	// Output: github.com/login/oauth/authorize asks for read:user user:email read:org
}
