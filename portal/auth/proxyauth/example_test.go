// SPDX-License-Identifier: Apache-2.0

package proxyauth_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/auth/proxyauth"
)

// A header is believed of the proxy's network, and refused from elsewhere.
func Example() {
	method, err := proxyauth.New(proxyauth.Settings{
		Plain:   &proxyauth.Plain{User: "X-Forwarded-User"},
		Trusted: []string{"10.1.2.0/24"},
	}, nil)
	if err != nil {
		panic(err)
	}
	for _, peer := range []string{"10.1.2.3:40312", "192.0.2.7:40312"} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = peer
		r.Header.Set("X-Forwarded-User", "ines")
		claims, err := method.Recognise(r)
		if err != nil {
			fmt.Println(callboard.MessageOf(err))
			continue
		}
		fmt.Println(claims.Username)
	}
	// Output:
	// ines
	// the sign-in is refused: the header X-Forwarded-User does not come from the proxy's network
}
