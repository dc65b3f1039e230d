// SPDX-License-Identifier: Apache-2.0

package catalog

import "context"

// The permissions of the catalog, by the names that policies know them by.
// Those about an entity can be given on a condition.
const (
	MayReadEntity      = "catalog.entity.read"
	MayRefreshEntity   = "catalog.entity.refresh"
	MayDeleteEntity    = "catalog.entity.delete"
	MayRestoreEntity   = "catalog.entity.restore"
	MayValidateEntity  = "catalog.entity.validate"
	MayReadLocation    = "catalog.location.read"
	MayCreateLocation  = "catalog.location.create"
	MayRefreshLocation = "catalog.location.refresh"
	MayDeleteLocation  = "catalog.location.delete"
	MayReadProvider    = "catalog.provider.read"
	MayReleaseProvider = "catalog.provider.release"
	MayReadProblem     = "catalog.problem.read"
)

// Judge says what the caller in a context may do, so that pages offer what
// would work. It decides nothing: what is done is checked where it is done.
type Judge interface {
	// May reports whether the caller has the permission, about the entity unless
	// it is nil.
	May(ctx context.Context, permission string, e *Entity) bool
}
