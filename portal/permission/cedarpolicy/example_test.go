// SPDX-License-Identifier: Apache-2.0

package cedarpolicy_test

import (
	"context"
	"fmt"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/permission"
	"github.com/callboard/callboard/portal/permission/cedarpolicy"
)

// A policy about a whole list is a condition, which the list's owner translates.
func ExampleNew() {
	set, err := permission.NewSet(permission.Declaration{
		Permissions: []permission.Permission{{ID: "library.book.read", Resource: "book"}},
		Rules: []permission.RuleSpec{
			{Name: "is-owner", Resource: "book", Max: -1},
			{Name: "is-kind", Resource: "book", Min: 1, Max: -1},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	policy, err := cedarpolicy.New("books.cedar", []byte(`
		permit(principal is User, action == Action::"library.book.read", resource)
		when { principal in resource.owners || resource.kind == "novel" };`), set)
	if err != nil {
		fmt.Println(err)
		return
	}
	ines := callboard.Identity{Subject: "user:default/ines", Owns: []string{"user:default/ines", "group:default/shop"}}
	d, err := permission.New(set, policy).Decide(callboard.WithIdentity(context.Background(), ines), "library.book.read")
	fmt.Println(d.Effect(), err)
	fmt.Println(d.Condition())
	// Output:
	// conditional <nil>
	// is-owner(user:default/ines, group:default/shop) or is-kind(novel)
}
