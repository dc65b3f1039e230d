// SPDX-License-Identifier: Apache-2.0

// Package guardedcatalog shows and changes a catalog within the permissions of
// the caller in the context: nothing else of the portal decides who sees what.
//
//	store, err := guardedcatalog.New(all, checker)
//	page, err := store.Query(ctx, q) // what the caller may see of it
//
// [Store] stands in front of a [catalog.Store] and [Operator] in front of a
// [catalog.Service]. What a caller may not see is not there: not in lists,
// counts, facets, relations, histories, conflicts or problems, and asked for by
// name it is not found. A caller who may see nothing at all is refused instead,
// so that a guest learns to sign in.
//
// [Declaration] has the catalog's permissions and rules, and [Filter] is what
// the catalog makes of a condition.
package guardedcatalog
