// SPDX-License-Identifier: Apache-2.0

// Package search finds everything that modules have to show, in one index:
//
//	found, err := service.Search(ctx, search.Query{Text: "chekout api", Types: []string{"component"}})
//	for _, hit := range found.Hits { … }
//
// A module contributes a [Source]: it names the types of its documents, lists
// them, and says which of them the caller in a context may see. A source that is
// also a [Feed] tells what changed, so that its documents are as new as it is.
// Actions, which are links with a permission, are contributed as [Action].
//
// Ranking is the same on every engine, because words are cut, folded and reduced
// to stems here ([Words], [Stem]) and an [Index] only keeps and finds them. Names
// come first: the exact one, those that begin with what was typed, those that
// have its words, those that contain it, those that are a typing error away; then
// texts. See [Index] for what an engine has to do, and searchtest.TestIndex for
// what it is held to.
//
// What the caller may not see is not there: the source's [Source.Sight] narrows
// the question to the index, and [Source.Visible] is asked of every hit before it
// is counted, so that totals, facets and pages know only of what may be seen.
package search
