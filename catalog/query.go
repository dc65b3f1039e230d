// SPDX-License-Identifier: Apache-2.0

package catalog

// Query selects, orders and pages entities. The zero value selects everything
// in order of reference, a first page of [DefaultLimit].
type Query struct {
	// Filter is the condition; nil selects everything.
	Filter Filter
	// Text is a free text search; nil does not search.
	Text *Text
	// Within is what the caller may see: it must hold as well, and relations to
	// entities for which it does not are not there, whatever is asked of them.
	// It stays out of cursors: each page is asked for with it. With it no Order
	// can be by a relation, which is [callboard.CodeInvalid].
	Within Filter
	// Order lists the sort fields, the first the most significant. Values are
	// compared as bytes of their lower case. Entities that lack a field come
	// last, in either direction; one with several values counts by its smallest,
	// in either direction; the reference breaks ties, always ascending.
	Order []Order
	// Limit is the page size, 1 to [MaxLimit]; 0 means [DefaultLimit].
	Limit int
	// Offset skips entities before the first page. Cursors are the better way.
	Offset int
	// Cursor continues from [Page.Next] or [Page.Prev] of an earlier answer. It
	// carries filter, text and order: those fields are then ignored.
	Cursor string
	// SkipTotal leaves [Page.Total] at -1, for callers that do not show it.
	SkipTotal bool
}

// Page sizes.
const (
	DefaultLimit = 20
	MaxLimit     = 10_000
)

// Order is one sort field, such as metadata.name.
type Order struct {
	Field string
	Desc  bool
}

// Text is a free text search.
type Text struct {
	// Term is what the person typed. Every word must occur, as a substring
	// without regard to case.
	Term string
	// Fields restricts the search to these fields; none searches name, title,
	// description, tags, kind, type and owner.
	Fields []string
}

// Page is one page of a [Query].
type Page struct {
	Items []Record
	// Total counts all matches, over all pages; -1 if it was not asked for.
	Total int
	// Next and Prev are opaque cursors; empty where there is no such page.
	Next, Prev string
}

// Filter is a condition over an entity: one of [All], [Any], [Not], [In],
// [Exists], [Prefix], [Contains]. Fields are dotted paths without regard to case, as
// [Flatten] makes them: kind, metadata.annotations.example.com/x, spec.owner,
// relations.ownedBy (whose values are full references).
type Filter interface{ filter() }

type (
	// All holds if every part holds; an empty All always holds.
	All []Filter
	// Any holds if one part holds; an empty Any never holds.
	Any []Filter
	// Not holds if its part does not.
	Not struct{ Filter Filter }
	// In holds if the field has one of the values, without regard to case.
	In struct {
		Field  string
		Values []string
	}
	// Exists holds if the entity has the field at all.
	Exists struct{ Field string }
	// Prefix holds if a value of the field starts with the text.
	Prefix struct{ Field, Text string }
	// Contains holds if a value of the field contains the text.
	Contains struct{ Field, Text string }
)

func (All) filter()      {}
func (Any) filter()      {}
func (Not) filter()      {}
func (In) filter()       {}
func (Exists) filter()   {}
func (Prefix) filter()   {}
func (Contains) filter() {}

// FacetQuery counts the values of fields over the entities that match.
type FacetQuery struct {
	Filter Filter
	Text   *Text
	// Within is that of [Query].
	Within Filter
	Fields []string
}

// Bucket is one value of a field, without regard to case, and how many entities
// have it. Value is the spelling that comes first in byte order among theirs.
// Buckets are in byte order of the value's lower case.
type Bucket struct {
	Value string
	Count int
}
