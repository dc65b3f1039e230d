// SPDX-License-Identifier: Apache-2.0

package oncall

import (
	"context"

	"github.com/callboard/callboard/portal/permission"
)

// The module's permissions. Policies name them, and so do the scopes of keys.
const (
	mayRead    = "oncall.roster.read"
	mayRefresh = "oncall.roster.refresh"
)

// Permissions declares them, with who has them until a company says otherwise.
func Permissions() permission.Declaration {
	return permission.Declaration{Permissions: []permission.Permission{
		{ID: mayRead, Title: "See who is on call", Default: permission.GrantViewers},
		{ID: mayRefresh, Title: "Have the roster read again", Default: permission.GrantMembers},
	}}
}

// Judge says what the caller in ctx may do; *permission.Checker does.
type Judge interface {
	May(ctx context.Context, permission string) bool
	Require(ctx context.Context, permission string) error
}
