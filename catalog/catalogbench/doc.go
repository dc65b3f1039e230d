// SPDX-License-Identifier: Apache-2.0

// Package catalogbench measures a catalog: it generates a company of any size,
// the same every time, takes it in, asks the questions that pages ask, and
// prints a table of what each costs.
//
//	err := catalogbench.Run(ctx, catalogbench.Options{N: 10_000}, os.Stdout)
package catalogbench
