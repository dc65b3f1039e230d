// SPDX-License-Identifier: Apache-2.0

// Package portal composes modules into one web application with a command
// line.
//
//	func main() {
//		portal.Main(
//			standard.Package(), // every built-in module
//			acme.Package(),     // a company's own: same type, no fork
//		)
//	}
//
// What a package registers is described in
// [github.com/callboard/callboard/portal/module]. The portal itself provides
// what modules ask for: the database, the log, the design system, links and the
// other kits; see [New].
//
// Start from [Main] for a program, and from [New] for a portal inside another
// program or a test: [App.Start], [App.Handler], [App.Serve], [App.Close].
// Everything is built in New, and everything that is wrong with the wiring is
// one [WiringError].
package portal
