// SPDX-License-Identifier: Apache-2.0

package agent

import (
	"context"

	"github.com/callboard/callboard"
)

// caller is who an agent acts for.
type caller struct {
	SignedIn bool   `json:"signedIn"`
	Subject  string `json:"subject,omitempty"`
	Name     string `json:"name,omitempty"`
	// Owns are the references through which the caller owns things.
	Owns []string `json:"owns,omitempty"`
	// Scope is what the caller's key is for; absent if it is for everything.
	Scope []callboard.Limit `json:"scope,omitempty"`
}

// whoami returns the tool that says who the caller is.
func whoami() (Tool, error) {
	return Read(Spec{
		Name: "portal_whoami", Title: "Who the agent acts for",
		Description: "Returns the person or service whose key is used, the groups through which they own things, and what the key is restricted to.",
	}, func(ctx context.Context, _ struct{}) (caller, error) {
		id := callboard.IdentityFrom(ctx)
		return caller{id.SignedIn(), id.Subject, id.Name, id.Owns, id.Limits}, nil
	})
}
