// SPDX-License-Identifier: Apache-2.0

// Package callboard is the root of a library for internal developer portals: a
// catalog of software, templates that create it, docs that live beside the
// code, delivery from pull request to production, and what a feature does to
// an app, in one consistent interface.
//
// A company imports the packages it wants, composes them by dependency
// injection, adds its own, and ships one static binary:
//
//	func main() {
//		portal.Main(standard.Package(), acme.Package())
//	}
//
// This package holds only the words that every other package shares: [Error]
// with its [Code], and the [Identity] on whose behalf a call is made. Start
// from these instead:
//
//   - [github.com/callboard/callboard/catalog]: entities, references, queries,
//     providers, and the service that keeps them.
//   - [github.com/callboard/callboard/portal]: the portal that modules run in.
//   - [github.com/callboard/callboard/portal/module]: what a module may offer.
//   - [github.com/callboard/callboard/portal/standard]: every built-in module.
package callboard
