// SPDX-License-Identifier: Apache-2.0

package searchtest

import (
	"slices"
	"strings"

	"github.com/callboard/callboard/portal/search"
)

// Holds evaluates a filter on the guards of one document: the judge of what a
// source makes of a condition.
func Holds(f search.Filter, guards []search.Fact) bool {
	part := func(f search.Filter) bool { return Holds(f, guards) }
	switch t := f.(type) {
	case nil:
		return true
	case search.All:
		return !slices.ContainsFunc(t, func(f search.Filter) bool { return !part(f) })
	case search.Any:
		return slices.ContainsFunc(t, part)
	case search.Not:
		return !part(t.Filter)
	case search.Has:
		return slices.ContainsFunc(guards, func(g search.Fact) bool {
			return strings.EqualFold(g.Field, t.Field) && strings.EqualFold(g.Value, t.Value)
		})
	case search.HasPrefix:
		return slices.ContainsFunc(guards, func(g search.Fact) bool {
			return strings.EqualFold(g.Field, t.Field) && strings.HasPrefix(strings.ToLower(g.Value), strings.ToLower(t.Value))
		})
	}
	return false
}
