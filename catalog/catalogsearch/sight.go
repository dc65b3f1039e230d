// SPDX-License-Identifier: Apache-2.0

package catalogsearch

import (
	"context"
	"slices"
	"strings"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/search"
)

// Sight makes a filter over guards of what the caller may read.
func (s *Source) Sight(ctx context.Context) (search.Filter, error) {
	f, err := s.guard.Sight(ctx, catalog.MayReadEntity)
	if err != nil {
		return nil, err
	}
	return atMost(f, true), nil
}

// carried are the fields that documents carry as guards, and those that begin
// so: what the rules of conditions usually speak of.
var (
	carried  = []string{"kind", "spec.type", "spec.lifecycle", "metadata.name", "metadata.namespace", "metadata.tags", "relations.ownedby"}
	families = []string{"metadata.tags.", "metadata.labels.", "metadata.annotations."}
	// short have values that are never cut.
	short = []string{"kind", "metadata.name", "metadata.namespace"}
)

func carries(field string) bool {
	return slices.Contains(carried, field) || slices.ContainsFunc(families, func(f string) bool { return strings.HasPrefix(field, f) })
}

// guards returns the facts of an entity.
func guards(e *catalog.Entity) []search.Fact {
	var facts []search.Fact
	there := map[string]bool{}
	for _, f := range catalog.Flatten(e) {
		if !carries(f.Key) {
			continue
		}
		if !there[f.Key] {
			there[f.Key] = true
			facts = append(facts, search.Fact{Field: f.Key})
		}
		if !f.Null && f.Value != "" {
			facts = append(facts, search.Fact{Field: f.Key, Value: f.Value})
		}
	}
	return facts
}

// atMost translates a filter. What cannot be told from guards is taken for true
// if that lets more through, else for false, so that the filter holds for all
// that the original holds for: [Source.Visible] decides about the rest.
func atMost(f catalog.Filter, more bool) search.Filter {
	unknown := search.Filter(search.Any{})
	if more {
		unknown = search.All{}
	}
	switch t := f.(type) {
	case nil:
		return search.All{}
	case catalog.All:
		all := search.All{}
		for _, part := range t {
			all = append(all, atMost(part, more))
		}
		return all
	case catalog.Any:
		either := search.Any{}
		for _, part := range t {
			either = append(either, atMost(part, more))
		}
		return either
	case catalog.Not:
		return search.Not{Filter: atMost(t.Filter, !more)}
	case catalog.In:
		if field := strings.ToLower(t.Field); carries(field) && !slices.Contains(t.Values, "") {
			either := search.Any{}
			for _, v := range t.Values {
				either = append(either, search.Has{Field: field, Value: v})
			}
			return either
		}
	case catalog.Exists:
		if field := strings.ToLower(t.Field); carries(field) {
			return search.Has{Field: field}
		}
	case catalog.Prefix:
		if field := strings.ToLower(t.Field); slices.Contains(short, field) && t.Text != "" {
			return search.HasPrefix{Field: field, Value: t.Text}
		}
	}
	return unknown
}
