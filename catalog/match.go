// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"slices"
	"strings"
)

// Fields are the values that one thing can be found by, by key in lower case. A
// key without values is there, but null.
type Fields map[string][]string

// FieldsOf returns the fields of an entity, as [Flatten] makes them.
func FieldsOf(e *Entity) Fields {
	out := Fields{}
	for _, f := range Flatten(e) {
		values := out[f.Key]
		if !f.Null {
			values = append(values, f.Value)
		}
		out[f.Key] = values
	}
	return out
}

// Match evaluates a filter on one thing, as a [Store] does on all. A nil
// filter always holds.
func Match(filter Filter, of Fields) bool {
	part := func(f Filter) bool { return Match(f, of) }
	switch f := filter.(type) {
	case nil:
		return true
	case All:
		return !slices.ContainsFunc(f, func(p Filter) bool { return !part(p) })
	case Any:
		return slices.ContainsFunc(f, part)
	case Not:
		return !part(f.Filter)
	case Exists:
		_, ok := of[strings.ToLower(f.Field)]
		return ok
	case In:
		return of.any(f.Field, func(v string) bool {
			return slices.ContainsFunc(f.Values, func(want string) bool { return strings.ToLower(want) == v })
		})
	case Prefix:
		return of.any(f.Field, func(v string) bool { return strings.HasPrefix(v, strings.ToLower(f.Text)) })
	case Contains:
		return of.any(f.Field, func(v string) bool { return strings.Contains(v, strings.ToLower(f.Text)) })
	}
	return false
}

func (of Fields) any(field string, is func(string) bool) bool {
	return slices.ContainsFunc(of[strings.ToLower(field)], is)
}
