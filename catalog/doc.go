// SPDX-License-Identifier: Apache-2.0

// Package catalog is the model of a software catalog: entities and the
// references, relations and problems between them, the queries over them, and
// the service that takes them in from providers.
//
// The wire formats are those of the field: entity descriptors of
// backstage.io/v1alpha1 and v1beta1 are read and served as they are.
//
// Start from [Ref] and [Entity] for the model, [Decode] to read files and
// [Kinds] to check them and to declare kinds of your own, [Reader] to ask, [Provider] to
// bring entities of your own, and [Service] to run it all. A [Store] keeps the
// entities; sqlcatalog has one on SQLite and PostgreSQL.
package catalog
