// SPDX-License-Identifier: Apache-2.0

package catalogagent

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/agent"
)

const (
	// pageSize and maxPage are how many entities a page has.
	pageSize = 20
	maxPage  = 100
	// maxValues bounds the values of a selection, all fields together.
	maxValues = 200
	// maxSummary bounds the description of an entity in a list, in characters.
	maxSummary = 200
)

// selection says which entities are meant: those for which all of it holds.
type selection struct {
	Kinds      []string            `json:"kinds,omitempty" jsonschema:"only of these kinds, such as component, api, resource, system, domain, group, user"`
	Types      []string            `json:"types,omitempty" jsonschema:"only of these types, such as service, website, library, openapi"`
	Owners     []string            `json:"owners,omitempty" jsonschema:"only what one of these owns, by reference, such as group:default/payments"`
	Lifecycles []string            `json:"lifecycles,omitempty" jsonschema:"only in these lifecycles, such as production, experimental, deprecated"`
	Tags       []string            `json:"tags,omitempty" jsonschema:"only with one of these tags"`
	Where      map[string][]string `json:"where,omitempty" jsonschema:"further fields by dotted path with the values that each may have, such as spec.system, metadata.annotations.example.com/x or relations.dependsOn"`
	Text       string              `json:"text,omitempty" jsonschema:"only with these words in name, title, description, tags, kind, type or owner"`
}

// filter returns the condition and the text.
func (s selection) filter() (catalog.Filter, *catalog.Text, error) {
	owners := make([]string, len(s.Owners))
	for i, o := range s.Owners {
		ref, err := catalog.ParseRef(o, catalog.Ref{Kind: "group"})
		if err != nil {
			return nil, nil, err
		}
		owners[i] = ref.String()
	}
	all := catalog.All{}
	values := 0
	add := func(field string, of []string) {
		if len(of) > 0 {
			all = append(all, catalog.In{Field: field, Values: of})
			values += len(of)
		}
	}
	add("kind", s.Kinds)
	add("spec.type", s.Types)
	add("relations."+catalog.RelationOwnedBy, owners)
	add("spec.lifecycle", s.Lifecycles)
	add("metadata.tags", s.Tags)
	for _, field := range slices.Sorted(maps.Keys(s.Where)) {
		add(strings.ToLower(field), s.Where[field])
	}
	if values > maxValues {
		return nil, nil, invalid("a selection has %d values at most", maxValues)
	}
	if s.Text == "" {
		return all, nil, nil
	}
	return all, &catalog.Text{Term: s.Text}, nil
}

// summary is an entity in a list.
type summary struct {
	Ref         catalog.Ref `json:"ref"`
	Title       string      `json:"title,omitempty"`
	Description string      `json:"description,omitempty"`
	Type        string      `json:"type,omitempty"`
	Lifecycle   string      `json:"lifecycle,omitempty"`
	Owner       string      `json:"owner,omitempty"`
	Tags        []string    `json:"tags,omitempty"`
}

func summaryOf(e *catalog.Entity) summary {
	s := summary{Ref: e.Ref(), Description: short(e.Metadata.Description), Type: e.Type(), Lifecycle: e.Lifecycle(), Tags: e.Metadata.Tags}
	if title := e.DisplayName(); title != e.Metadata.Name {
		s.Title = title
	}
	if owner := e.Owner(); !owner.IsZero() {
		s.Owner = owner.String()
	}
	return s
}

func short(text string) string {
	if r := []rune(text); len(r) > maxSummary {
		return string(r[:maxSummary]) + "…"
	}
	return text
}

// list is a page of entities.
type list struct {
	Items []summary `json:"items"`
	Total int       `json:"total"`
	Next  string    `json:"nextCursor,omitempty"`
}

// paging is what a tool takes that has pages.
type paging struct {
	Limit  int    `json:"limit,omitempty" jsonschema:"how many to return, 20 if left out, 100 at most"`
	Cursor string `json:"cursor,omitempty" jsonschema:"nextCursor of the page before, with the rest of the input as it was"`
}

func (p Parts) page(ctx context.Context, q catalog.Query, at paging) (list, error) {
	if at.Limit < 0 || at.Limit > maxPage {
		return list{}, invalid("limit is 1 to %d", maxPage)
	}
	if q.Limit = at.Limit; q.Limit == 0 {
		q.Limit = pageSize
	}
	q.Cursor = at.Cursor
	found, err := p.Store.Query(ctx, q)
	if err != nil {
		return list{}, err
	}
	out := list{Items: []summary{}, Total: found.Total, Next: found.Next}
	for _, rec := range found.Items {
		e, err := rec.Entity()
		if err != nil {
			return list{}, err
		}
		out.Items = append(out.Items, summaryOf(e))
	}
	return out, nil
}

func (p Parts) listEntities() (agent.Tool, error) {
	type input struct {
		selection
		paging
		OrderBy    string `json:"orderBy,omitempty" jsonschema:"a field to sort by, such as metadata.title; by reference if left out"`
		Descending bool   `json:"descending,omitempty" jsonschema:"sort from the last to the first"`
	}
	return agent.Read(agent.Spec{
		Name: "catalog_list_entities", Title: "List entities", Permission: catalog.MayReadEntity,
		Description: "Returns the entities of the catalog that match, in pages, with how many there are in all. Without a selection it is everything. Use it to find things by kind, type, owner, tag or any field; use portal_search to find them by words.",
	}, func(ctx context.Context, in input) (list, error) {
		filter, text, err := in.filter()
		if err != nil {
			return list{}, err
		}
		q := catalog.Query{Filter: filter, Text: text}
		if in.OrderBy != "" {
			q.Order = []catalog.Order{{Field: strings.ToLower(in.OrderBy), Desc: in.Descending}}
		}
		return p.page(ctx, q, in.paging)
	})
}

const (
	maxFacets = 10
	// maxBuckets bounds the values of one field.
	maxBuckets = 500
)

func (p Parts) facets() (agent.Tool, error) {
	type input struct {
		selection
		Fields []string `json:"fields" jsonschema:"the fields whose values to count, by dotted path, such as kind, spec.type, spec.lifecycle, metadata.tags, relations.ownedBy"`
	}
	type bucket struct {
		Value string `json:"value"`
		Count int    `json:"count"`
	}
	type facet struct {
		Field  string   `json:"field"`
		Values []bucket `json:"values"`
		More   int      `json:"more,omitempty"`
	}
	type output struct {
		Facets []facet `json:"facets"`
	}
	return agent.Read(agent.Spec{
		Name: "catalog_count_by", Title: "Count entities by field", Permission: catalog.MayReadEntity,
		Description: "Counts the entities that match by the values of fields, the most frequent first: how many components each team owns, which types and lifecycles there are.",
	}, func(ctx context.Context, in input) (output, error) {
		if len(in.Fields) == 0 || len(in.Fields) > maxFacets {
			return output{}, invalid("name 1 to %d fields", maxFacets)
		}
		filter, text, err := in.filter()
		if err != nil {
			return output{}, err
		}
		found, err := p.Store.Facets(ctx, catalog.FacetQuery{Filter: filter, Text: text, Fields: in.Fields})
		if err != nil {
			return output{}, err
		}
		out := output{Facets: []facet{}}
		for _, field := range in.Fields {
			buckets := slices.Clone(found[field])
			slices.SortStableFunc(buckets, func(a, b catalog.Bucket) int { return b.Count - a.Count })
			f := facet{Field: field, Values: []bucket{}, More: max(0, len(buckets)-maxBuckets)}
			for _, b := range buckets[:min(len(buckets), maxBuckets)] {
				f.Values = append(f.Values, bucket(b))
			}
			out.Facets = append(out.Facets, f)
		}
		return out, nil
	})
}

// invalid is an error that an agent can mend.
func invalid(format string, args ...any) error {
	return &callboard.Error{Code: callboard.CodeInvalid, Message: fmt.Sprintf(format, args...)}
}
