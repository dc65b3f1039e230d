// SPDX-License-Identifier: Apache-2.0

package catalogtest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/callboard/callboard/catalog"
)

// textFields are the fields that a text search looks at when it names none.
var textFields = []string{
	"metadata.name", "metadata.title", "metadata.description", "metadata.tags",
	"kind", "spec.type", "spec.owner",
}

func matches(filter catalog.Filter, f full) bool {
	switch t := filter.(type) {
	case nil:
		return true
	case catalog.All:
		return !slices.ContainsFunc(t, func(p catalog.Filter) bool { return !matches(p, f) })
	case catalog.Any:
		return slices.ContainsFunc(t, func(p catalog.Filter) bool { return matches(p, f) })
	case catalog.Not:
		return !matches(t.Filter, f)
	case catalog.In:
		return f.has(t.Field, func(v string) bool {
			return slices.ContainsFunc(t.Values, func(w string) bool { return strings.ToLower(w) == v })
		})
	case catalog.Exists:
		return len(f.fields[strings.ToLower(t.Field)]) > 0
	case catalog.Prefix:
		return f.has(t.Field, func(v string) bool { return strings.HasPrefix(v, strings.ToLower(t.Text)) })
	case catalog.Contains:
		return f.has(t.Field, func(v string) bool { return strings.Contains(v, strings.ToLower(t.Text)) })
	}
	panic(fmt.Sprintf("catalogtest: a filter of type %T", filter))
}

func (f full) has(field string, ok func(lower string) bool) bool {
	return slices.ContainsFunc(f.fields[strings.ToLower(field)], func(x catalog.Field) bool {
		return !x.Null && ok(x.Value)
	})
}

// matchesText reports whether every word occurs in one of the fields.
func matchesText(t *catalog.Text, f full) bool {
	if t == nil {
		return true
	}
	fields := t.Fields
	if len(fields) == 0 {
		fields = textFields
	}
	for word := range strings.FieldsSeq(strings.ToLower(t.Term)) {
		within := func(field string) bool {
			return f.has(field, func(v string) bool { return strings.Contains(v, word) })
		}
		if !slices.ContainsFunc(fields, within) {
			return false
		}
	}
	return true
}
