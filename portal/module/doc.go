// SPDX-License-Identifier: Apache-2.0

// Package module says what a module of the portal is and how it joins in.
//
// A module is a value with an ID, the path prefixes it owns, and its routes.
// Whatever else it may do is an optional interface beside [Module], found by
// type assertion: [Navigator], [HealthChecker], [Starter], [Closer],
// [ContextCloser], [Stopper], [Timeouter].
//
// A module's package has one function that registers it:
//
//	func Package() func(do.Injector) {
//		return func(i do.Injector) {
//			module.Provide(i, func(i do.Injector) (*Web, error) {
//				store, err := do.Invoke[*Store](i)
//				if err != nil {
//					return nil, err
//				}
//				return New(store), nil
//			})
//			module.Contribute(i, func(i do.Injector) (module.Module, error) {
//				return do.Invoke[*Web](i)
//			})
//		}
//	}
//
// [Provide] offers a service, of which there is one. [Contribute] adds to an
// extension point, of which there may be many, and [Collect] reads all that was
// added. An extension point is a Go type, so contributing something else does
// not compile. The points of the portal itself are [Module] and [HomeCard];
// each domain has its own, such as catalog.Provider or
// entitypage.Card. Flags and commands are needed before anything is built, and
// are added with [AddFlags] and [AddCommand].
//
// A module that keeps tables asks for *sqldb.DB and brings them up to date with
// its Migrate when it is built.
//
// Nothing is built while packages are applied. The portal builds everything
// once, at start, and reports all that is wrong at once. Whatever it built
// that has a Start, Close or Stop method is started, what it needs before it, and
// closed in reverse.
package module
