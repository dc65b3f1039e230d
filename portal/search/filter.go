// SPDX-License-Identifier: Apache-2.0

package search

// Filter is a condition over the facts of documents: one of [All], [Any],
// [Not], [Has] and [HasPrefix]. Nil holds for every document.
type Filter interface{ filter() }

type (
	// All holds if every part holds; an empty All always holds.
	All []Filter
	// Any holds if one part holds; an empty Any never holds.
	Any []Filter
	// Not holds if its part does not.
	Not struct{ Filter Filter }
	// Has holds if the document has the fact, without regard to case.
	Has Fact
	// HasPrefix holds if a value of the field begins with the value.
	HasPrefix Fact
)

func (All) filter()       {}
func (Any) filter()       {}
func (Not) filter()       {}
func (Has) filter()       {}
func (HasPrefix) filter() {}

// HasField is the filter for a value of [Document.Fields].
func HasField(name, value string) Filter { return Has{Field: ownField + name, Value: value} }

// OfType is the filter for documents of one of the types.
func OfType(types ...string) Filter {
	either := Any{}
	for _, t := range types {
		either = append(either, Has{fieldType, t})
	}
	return either
}

func ofSource(name string) Filter { return Has{fieldSource, name} }

// always and never are the ends of every simplification.
func always(f Filter) bool {
	all, ok := f.(All)
	return f == nil || ok && len(all) == 0
}

func never(f Filter) bool {
	either, ok := f.(Any)
	return ok && len(either) == 0
}

// simple returns the filter without what says nothing.
func simple(f Filter) Filter {
	switch t := f.(type) {
	case nil:
		return All{}
	case All:
		return simpleAll(t)
	case Any:
		return simpleAny(t)
	case Not:
		part := simple(t.Filter)
		switch {
		case always(part):
			return Any{}
		case never(part):
			return All{}
		}
		return Not{part}
	}
	return f
}

func simpleAll(parts All) Filter {
	kept := All{}
	for _, p := range parts {
		switch p = simple(p); {
		case never(p):
			return Any{}
		case !always(p):
			kept = append(kept, p)
		}
	}
	if len(kept) == 1 {
		return kept[0]
	}
	return kept
}

func simpleAny(parts Any) Filter {
	kept := Any{}
	for _, p := range parts {
		switch p = simple(p); {
		case always(p):
			return All{}
		case !never(p):
			kept = append(kept, p)
		}
	}
	if len(kept) == 1 {
		return kept[0]
	}
	return kept
}
