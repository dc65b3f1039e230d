// SPDX-License-Identifier: Apache-2.0

package catalog

import "context"

// Operator is what people and programs do with a catalog besides asking for
// entities. A [Service] does it for everybody; a portal puts what looks at the
// caller's permissions in front of it.
type Operator interface {
	AddLocation(ctx context.Context, l Location) (Registration, error)
	TryLocation(ctx context.Context, l Location) (Registration, error)
	RemoveLocation(ctx context.Context, id string) error
	Refresh(ctx context.Context, ref Ref) error
	RefreshLocation(ctx context.Context, location string) error
	Validate(ctx context.Context, item Item) (Validation, error)
	Analyze(ctx context.Context, l Location) (Analysis, error)
	Explain(ctx context.Context, ref Ref) (Explanation, error)
	Status(ctx context.Context) []ProviderStatus
	Held(ctx context.Context, provider string) ([]string, error)
	Release(ctx context.Context, provider string) error
}

var _ Operator = (*Service)(nil)

// Unguarded is a store that answers everybody. Packages that provide a store
// to a portal provide it as this; what asks for a [Store] is then given one
// that looks at the caller's permissions. Work of the portal's own, which
// nobody in particular asked for, uses this one.
type Unguarded struct{ Store }
