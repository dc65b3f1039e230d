// SPDX-License-Identifier: Apache-2.0

// Package sqlcatalog keeps a catalog in SQLite or PostgreSQL:
//
//	db, err := sqldb.Open(ctx, "catalog.db", nil)
//	...
//	store, err := sqlcatalog.New(ctx, db, nil)
//
// The tables, all named catalog_…, follow from what must be fast and what must
// never be lost:
//
//   - A content is one row of catalog_documents, written once and shared by the
//     claim that brought it, the entity that serves it, and the versions that
//     remember it.
//   - catalog_claims has what each source declares, numbered in order of
//     arrival; the entity is served from its oldest claim.
//   - catalog_relations has the edges of the documents that are served, and an
//     entity's relations are put into its JSON when it is read: a change to one
//     entity never rewrites another.
//
// Queries and facets are answered by an index in memory (package catalogindex),
// which is built when the first one is asked. Every change of this process is
// taken into it before the change returns, and before each answer the number of
// the last version shows whether another process changed anything: those versions
// are then read. So an answer has every change that was committed before the
// question, whoever made it. Entities by name never wait for the index.
//
// Identifiers (metadata.uid) are derived from the reference, so they stay the
// same through deletion, restore, and a database built anew.
package sqlcatalog
