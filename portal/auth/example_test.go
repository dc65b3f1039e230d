// SPDX-License-Identifier: Apache-2.0

package auth_test

import (
	"context"
	"fmt"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/auth/authtest"
)

// A resolver walks its rules until one finds somebody, and says what each did.
func ExampleResolver_Resolve() {
	people := authtest.People{{Identity: callboard.Identity{Subject: "user:default/ines"}, Annotations: map[string]string{"acme.example/login": "ines-7"}}}
	r := auth.NewResolver(people, nil, []auth.Rule{
		{By: auth.ByEmail},
		{By: auth.ByAnnotation, Annotation: "acme.example/login", Claim: "username"},
	})
	res, err := r.Resolve(context.Background(), "acme", auth.Claims{Username: "ines-7", Email: "ines@home.example"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, step := range res.Steps {
		fmt.Printf("%s: %s%s\n", step.Rule, step.LookedUp, step.Why)
	}
	fmt.Println(res.Subject)
	// Output:
	// email: the provider does not say that the e-mail address is verified
	// annotation acme.example/login = username: annotation acme.example/login ines-7
	// user:default/ines
}
