// SPDX-License-Identifier: Apache-2.0

// Package oncall is a company's own module of the portal: who is on call for
// what. It is here to be read, and copied from. It uses no door that other
// modules do not have:
//
//   - package.go composes it: services, and contributions to extension points
//   - settings.go is its section of the configuration
//   - store.go keeps its tables, with migrations for both databases
//   - refresh.go is a background job that reads the roster by the clock
//   - tell.go is what it tells people, each as they like to hear it
//   - provider.go brings an entity for each rota into the catalog
//   - processor.go reads an annotation of everybody's entities
//   - web.go is its page, with a route and an entry in the navigation
//   - slots.go is a tab, a card and an action of the entity page, and a card of
//     the home page
//
// The roster is a JSON file, as a paging tool might export it. An author says
// who answers for a component with an annotation that names a rota:
//
//	metadata:
//	  annotations:
//	    acme.example/on-call: shop
package oncall
