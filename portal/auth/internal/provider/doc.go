// SPDX-License-Identifier: Apache-2.0

// Package provider is how the ways to sign in talk to whoever they ask. A
// provider is named by the operator, so it may have a private address; it is
// not believed to be quick, brief or honest: requests end in time, answers are
// small JSON, redirects are not followed, and what was read is read again when
// it is old.
//
// Start from [NewClient], [Client.JSON] and [NewFresh].
package provider
