// SPDX-License-Identifier: Apache-2.0

// Package catalogindex answers questions about a catalog from memory: filters,
// free text, orders, pages and facets, as [catalog.Query] and
// [catalog.FacetQuery] define them. It knows no database; whoever has the truth
// tells it what changes:
//
//	x := catalogindex.New()
//	x.Update(catalogindex.Change{Entity: shop, Served: true, Fields: catalog.Flatten(e), Edges: edges})
//	page, err := x.Query(ctx, catalogindex.Query{Filter: catalog.In{Field: "kind", Values: []string{"api"}}, Limit: 20})
//
// Entities have numbers, and answers are numbers. Each value of each field is a
// term, which has the set of entities that have it: a filter is a few operations
// on sets. Most values belong to one entity alone, so a term is a few
// bytes without a pointer, and its text stands among those of its field in one
// piece, which a search for a word reads from end to end.
//
// Orders are made when they are first asked for and kept true by every change:
// a number for each term that says where it stands, and for each entity its
// least term. Finding a page is one pass over the matches.
package catalogindex
