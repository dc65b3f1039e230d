// SPDX-License-Identifier: Apache-2.0

// Package signed checks JSON web tokens that an identity provider signed: the
// signature against a set of public keys, and the claims that every token has.
// Parsing and cryptography are go-jose's, the claims go-oidc's; this package
// bounds what they are given and adds the checks that they leave out.
//
// Start from [KeySet] and [Rules].
package signed
