// SPDX-License-Identifier: Apache-2.0

package callboard

import "context"

// Identity is on whose behalf a call is made. The zero value is nobody: a
// caller that has not signed in.
type Identity struct {
	// Subject is the entity reference of the caller, such as
	// "user:default/ines", or "service:ci" for a token that no person holds.
	Subject string
	// Name is what to call the subject on a page.
	Name string
	// Owns lists the entity references through which the subject owns things:
	// itself and every group it belongs to, directly or not.
	Owns []string
	// Claims are what the provider of the sign-in says of the person, as
	// name=value, such as groups=platform, for policies to use.
	Claims []string
	// Limits is what the caller's key allows of what the subject may do: one of
	// them must cover an action. Nil is everything; an empty list that is not nil
	// is nothing.
	Limits []Limit
}

// Limit is a part of what somebody may do.
type Limit struct {
	// Permission is a permission such as "catalog.entity.read", or a pattern in
	// which * stands for any text, such as "catalog.*".
	Permission string `json:"permission"`
	// Resource is an entity reference or a pattern such as "component:default/*";
	// empty is every resource.
	Resource string `json:"resource,omitempty"`
}

// SignedIn reports whether the identity is anybody at all.
func (id Identity) SignedIn() bool { return id.Subject != "" }

type identityKey struct{}

// WithIdentity returns a context that carries id.
func WithIdentity(ctx context.Context, id Identity) context.Context {
	return context.WithValue(ctx, identityKey{}, id)
}

// IdentityFrom returns the identity that ctx carries, or nobody.
func IdentityFrom(ctx context.Context) Identity {
	id, _ := ctx.Value(identityKey{}).(Identity)
	return id
}
