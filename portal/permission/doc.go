// SPDX-License-Identifier: Apache-2.0

// Package permission decides who may do what. It denies by default.
//
// A module declares its permissions, and the rules by which its resources can
// be told apart, as a [Declaration]. A [Policy] answers each question with a
// [Decision]: no, yes, or yes on a [Condition]. A condition is a neutral tree of
// [All], [Any], [Not] and [Rule]; whoever owns the resource turns it into a
// part of its own query, for lists, and into a test of one resource.
//
//	checker, err := permission.New(policy, declarations, nil)
//	...
//	err = checker.Require(ctx, "catalog.location.create")  // about nothing in particular
//	d, err := checker.Decide(ctx, "catalog.entity.read")   // about entities
//	filter, err := translate(d.Condition())                // the owner's work
//
// The built-in policy is [Roles]: roles of the configuration, bound to people,
// groups, tokens and claims; [DefaultRoles] are those that hold until a company
// writes its own.
package permission
