// SPDX-License-Identifier: Apache-2.0

// Package catalogweb is the catalog's pages: the list with its facets, the
// entity page whose tabs and cards any module may fill, the graph, teams and
// people, API definitions, problems, and where entities come from.
//
//	web, err := catalogweb.New(store, service, u, &catalogweb.Options{Cards: cards})
//	web.Routes(router)
//
// Start from [New]. The slots of the entity page are in entitypage; the
// package's own tabs and cards use them like anybody's.
package catalogweb
