// SPDX-License-Identifier: Apache-2.0

package permission_test

import (
	"context"
	"fmt"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/permission"
)

// Who owns a book may change it; nobody else may.
func Example() {
	set, err := permission.NewSet(library())
	if err != nil {
		fmt.Println(err)
		return
	}
	roles, err := permission.NewRoles(set, permission.DefaultRoles(set), permission.DefaultBindings(nil))
	if err != nil {
		fmt.Println(err)
		return
	}
	checker := permission.New(set, roles)
	ctx := callboard.WithIdentity(context.Background(), callboard.Identity{Subject: "user:default/ines", Owns: []string{"user:default/ines"}})
	d, err := checker.Decide(ctx, "library.book.edit")
	fmt.Println(d.Effect(), d.Condition(), err)
	fmt.Println(checker.Require(ctx, "library.shelf.burn"))
	// Output:
	// conditional is-owner(user:default/ines) <nil>
	// this needs the permission "Burn shelves" (library.shelf.burn), which user:default/ines does not have here; an administrator grants it with a role
}
