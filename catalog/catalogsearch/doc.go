// SPDX-License-Identifier: Apache-2.0

// Package catalogsearch makes the catalog searchable: it is the source of a
// search.Service that brings a document for each entity and for each operation of
// an API that has a definition.
//
//	source := catalogsearch.New(store, guard, kinds, urls)
//
// Documents follow the change feed of the store, which every change is in before
// it can be seen, so a question that is asked after a change finds it. What a
// caller may see is decided by their permission to read entities: their
// condition becomes a filter over fields that documents carry, and each hit is
// held against the catalog once more. See [New] and [Package].
package catalogsearch
