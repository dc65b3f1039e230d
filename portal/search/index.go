// SPDX-License-Identifier: Apache-2.0

package search

import "context"

// Index keeps documents and finds them. It knows words and facts, and nothing
// of ranking or of who asks. Implementations pass searchtest.TestIndex, and are
// safe for concurrent use.
type Index interface {
	// State returns what the last batch of each source said in To; a source
	// that has none is absent.
	State(ctx context.Context) (map[string]string, error)
	// Apply takes in a batch, all of it or, on an error, nothing. If the
	// source's state is not the batch's From, as when another replica was first,
	// the error has callboard.CodeConflict.
	Apply(ctx context.Context, b Batch) error
	// Vocabulary returns words that the index knows, no more than asked for.
	Vocabulary(ctx context.Context, q WordQuery) ([]string, error)
	// Named returns documents with that key, or if prefix is set with one that
	// begins with it, in order of key, no more than limit.
	Named(ctx context.Context, key string, prefix Prefix, limit int) ([]Hit, error)
	// Find returns documents that match, in an order that is the same each
	// time, no more than asked for.
	Find(ctx context.Context, p Probe) ([]Hit, error)
	// Documents returns documents as they were applied, but for their guards and
	// keywords, by number.
	Documents(ctx context.Context, numbers []int64) (map[int64]Document, error)
	// Count returns how many documents each source has.
	Count(ctx context.Context) (map[string]int, error)
}

// Batch is what changes in the documents of a source.
type Batch struct {
	Source string
	// From is the source's state before, To after the batch; empty is none.
	From, To string
	// Round is that of the listing that the documents belong to.
	Round int64
	// Replace are the documents of some parents. What else a parent has goes.
	Replace []Replacement
	// Sweep removes what the round did not bring.
	Sweep bool
}

// Replacement is all the documents of a parent; none removes them.
type Replacement struct {
	Parent  string
	Entries []Entry
}

// WordQuery asks for words. One of the fields is set.
type WordQuery struct {
	// Words are those to look for as they are.
	Words []string
	// Prefix selects words that begin with it.
	Prefix string
	// Within selects words of names that contain it.
	Within string
	// Near selects words of names that share one of the forms.
	Near []string
	// Limit is the most to return.
	Limit int
}

// Prefix says whether a key is a whole one.
type Prefix bool

// The two ways to ask for a key.
const (
	Whole     Prefix = false
	Beginning Prefix = true
)

// Probe asks for documents. What is set must hold; something is.
type Probe struct {
	// Match is a condition over words.
	Match Match
	// Within is a condition over facts.
	Within Filter
	Limit  int
}

// Match is a condition over the words of a document: one of [MatchAll],
// [MatchAny], [MatchWord] and [MatchPhrase]. Without selects documents that do
// not match.
type Match interface{ match() }

type (
	// MatchAll holds if every part does. There must be one.
	MatchAll []Match
	// MatchAny holds if one part does. There must be one.
	MatchAny []Match
	// MatchWord holds if the document has the word: among those of its names,
	// or among the stems of its text.
	MatchWord struct {
		Word string
		Name bool
	}
	// MatchPhrase holds if the stems stand in the text next to each other.
	MatchPhrase []string
	// Except holds if the first part does and the second does not.
	Except struct{ Match, Without Match }
)

func (MatchAll) match()    {}
func (MatchAny) match()    {}
func (MatchWord) match()   {}
func (MatchPhrase) match() {}
func (Except) match()      {}

// Hit is a document that was found, as far as it is needed to rank it.
type Hit struct {
	// Number is the document's in the index.
	Number int64
	// Source is the name of the document's source.
	Source string
	// ID, Parent and Type are the document's, as are Title and Names.
	ID, Parent, Type string
	Title            string
	Names            []string
}
