// SPDX-License-Identifier: Apache-2.0

package catalogapi

import (
	"fmt"
	"strings"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

// maxConditions is the most conditions that one request may hold, whichever way
// it states them. It is far above what people write and below what makes a
// database's expression tree overflow.
const maxConditions = 1000

// budget counts the conditions of a request.
type budget int

func (b *budget) spend(n int) error {
	*b += budget(n)
	if *b > maxConditions {
		return invalid("the request has more than %d conditions; put the values of one field into one $in of POST /entities/by-query, or split the request", maxConditions)
	}
	return nil
}

// condition is one part of a filter set: a field, and the values it may have.
// Without values it asks whether the field exists.
type condition struct {
	field  string
	values []string
}

// parseFilters reads the filter parameter of the wire format. Each string is a
// set of conditions that must all hold, separated by commas; of several sets
// one must hold. A condition is field, or field=value; conditions on the same
// field within a set are alternatives. There is no escaping: see [parseMatches].
func parseFilters(sets []string, b *budget) (catalog.Filter, error) {
	return parseSets(sets, func(set string) (catalog.Filter, error) {
		parts, err := splitPlain(set, b)
		if err != nil || len(parts) == 0 {
			return nil, err
		}
		conditions, err := conditionsOf(parts)
		if err != nil {
			return nil, err
		}
		all := make(catalog.All, 0, len(conditions))
		for _, c := range conditions {
			all = append(all, c.filter())
		}
		return simplify(all), nil
	})
}

// parseSets turns each string into a filter and joins them: one must hold.
func parseSets(sets []string, parse func(string) (catalog.Filter, error)) (catalog.Filter, error) {
	var outer catalog.Any
	for _, set := range sets {
		f, err := parse(set)
		if err != nil {
			return nil, err
		}
		if f != nil {
			outer = append(outer, f)
		}
	}
	switch len(outer) {
	case 0:
		return nil, nil
	case 1:
		return outer[0], nil
	default:
		return outer, nil
	}
}

// splitPlain splits at each comma; empty parts count for nothing.
func splitPlain(set string, b *budget) ([]string, error) {
	if err := b.spend(strings.Count(set, ",") + 1); err != nil {
		return nil, err
	}
	var parts []string
	for part := range strings.SplitSeq(set, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts, nil
}

// conditionsOf gathers the parts by field, in order of first mention. The
// original keys by the spelling of the field, and so do we: a field asked for in
// two spellings must meet both conditions.
func conditionsOf(parts []string) ([]*condition, error) {
	var out []*condition
	byField := map[string]*condition{}
	for _, part := range parts {
		field, value, hasValue := strings.Cut(part, "=")
		field = strings.TrimSpace(field)
		if field == "" {
			return nil, invalid("filter %q: a condition needs a field before the equals sign; write field=value, field= or field", short(part))
		}
		c := byField[field]
		if c == nil {
			c = &condition{field: field}
			byField[field] = c
			out = append(out, c)
		}
		if hasValue {
			c.values = append(c.values, strings.TrimSpace(value))
		}
	}
	return out, nil
}

func (c *condition) filter() catalog.Filter {
	if c.values == nil {
		return catalog.Exists{Field: c.field}
	}
	return catalog.In{Field: c.field, Values: c.values}
}

// simplify takes a single part out of its All.
func simplify(all catalog.All) catalog.Filter {
	if len(all) == 1 {
		return all[0]
	}
	return all
}

// and joins filters that must all hold; nil ones count for nothing.
func and(filters ...catalog.Filter) catalog.Filter {
	var all catalog.All
	for _, f := range filters {
		if f != nil {
			all = append(all, f)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return simplify(all)
}

// invalid returns an error that a person can act on.
func invalid(format string, args ...any) error {
	return &callboard.Error{Code: callboard.CodeInvalid, Message: fmt.Sprintf(format, args...)}
}

// short cuts s so that hostile input cannot fill an answer.
func short(s string) string {
	const most = 120
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strings.ToValidUTF8(s, "�")
}
