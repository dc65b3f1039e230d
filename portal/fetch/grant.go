// SPDX-License-Identifier: Apache-2.0

package fetch

// Grant is what a part of a program adds to what a client may read, such as
// the addresses that the operator named on the command line.
type Grant struct {
	// Allow is added to [Options.Allow].
	Allow []Rule
	// AllowPrivate is added to [Options.AllowPrivate].
	AllowPrivate []string
}
