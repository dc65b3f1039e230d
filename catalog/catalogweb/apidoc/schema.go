// SPDX-License-Identifier: Apache-2.0

package apidoc

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

const (
	// maxDepth bounds how deep inline objects are followed; named types are
	// linked, not followed, so only hostile documents meet it.
	maxDepth = 12
	// maxFields bounds how many fields a document has in all.
	maxFields = 100_000
)

// schemas describes schemas, within the budget of one document.
type schemas struct{ left int }

func newSchemas() *schemas { return &schemas{left: maxFields} }

func (s *schemas) named(name string, ref *openapi3.SchemaRef) Type {
	f := s.field(&openapi3.SchemaRef{Value: ref.Value}, 0)
	t := Type{Name: name, Kind: f.Type, Description: f.Description, Fields: f.Fields, Rules: f.Rules}
	if ref.Ref != "" {
		t.Kind, t.Fields = "same as "+refName(ref.Ref), []Field{{Name: refName(ref.Ref), Type: refName(ref.Ref), Ref: refName(ref.Ref)}}
		return t
	}
	for _, v := range f.Values {
		t.Values = append(t.Values, Field{Name: v})
	}
	if len(t.Values) > 0 {
		t.Kind = "enum"
	}
	return t
}

func refName(ref string) string { return ref[strings.LastIndex(ref, "/")+1:] }

// field describes a schema. A reference to a named type is linked.
func (s *schemas) field(ref *openapi3.SchemaRef, depth int) Field {
	s.left--
	switch {
	case ref == nil:
		return Field{Type: "any"}
	case ref.Ref != "":
		return Field{Type: refName(ref.Ref), Ref: refName(ref.Ref)}
	case ref.Value == nil || depth > maxDepth || s.left < 0:
		return Field{Type: "…"}
	}
	v := ref.Value
	f := Field{
		Description: v.Description, Deprecated: v.Deprecated, Rules: rules(v),
		Default: jsonText(v.Default), Values: enumValues(v),
	}
	f.Type, f.Ref = s.typeName(v, depth)
	f.Fields = s.properties(v, depth)
	return f
}

func (s *schemas) typeName(v *openapi3.Schema, depth int) (name, ref string) {
	switch {
	case len(v.OneOf) > 0:
		return alternatives("one of ", v.OneOf), ""
	case len(v.AnyOf) > 0:
		return alternatives("any of ", v.AnyOf), ""
	case v.Items != nil:
		item, ref := s.shortName(v.Items, depth)
		return "array of " + item, ref
	case v.Type == nil || len(*v.Type) == 0:
		if len(v.Properties) > 0 || len(v.AllOf) > 0 {
			return "object", ""
		}
		return "any", ""
	}
	name = strings.Join(*v.Type, " or ")
	if v.Format != "" {
		name += " (" + v.Format + ")"
	}
	if v.Nullable {
		name += " or null"
	}
	if extra := v.AdditionalProperties.Schema; extra != nil && len(v.Properties) == 0 {
		value, ref := s.shortName(extra, depth)
		return "map of " + value, ref
	}
	return name, ""
}

// shortName returns the type's name without looking at its fields.
func (s *schemas) shortName(ref *openapi3.SchemaRef, depth int) (name, link string) {
	switch {
	case ref == nil:
		return "any", ""
	case ref.Ref != "":
		return refName(ref.Ref), refName(ref.Ref)
	case ref.Value == nil || depth > maxDepth:
		return "…", ""
	}
	return s.typeName(ref.Value, depth+1)
}

// alternatives names the choices; their fields are those of the choice.
func alternatives(prefix string, refs openapi3.SchemaRefs) string {
	var names []string
	for i, r := range refs {
		names = append(names, alternativeName(r, i))
	}
	return prefix + strings.Join(names, ", ")
}

func alternativeName(r *openapi3.SchemaRef, i int) string {
	switch {
	case r == nil || r.Ref == "" && r.Value == nil:
		return "any"
	case r.Ref != "":
		return refName(r.Ref)
	case r.Value.Title != "":
		return r.Value.Title
	case len(r.Value.Properties) == 0 && r.Value.Type != nil && len(*r.Value.Type) > 0:
		return strings.Join(*r.Value.Type, " or ")
	}
	return "choice " + strconv.Itoa(i+1)
}

// properties lists an object's own fields and those of allOf, in order of name
// with required ones first, then the alternatives of a choice. The fields of
// an inline array item or map value are its own.
func (s *schemas) properties(v *openapi3.Schema, depth int) []Field {
	for _, inner := range []*openapi3.SchemaRef{v.Items, v.AdditionalProperties.Schema} {
		if inner != nil && len(v.Properties) == 0 {
			if inner.Ref != "" || inner.Value == nil || depth >= maxDepth {
				return nil
			}
			return s.properties(inner.Value, depth+1)
		}
	}
	m := merged{schemas: s, depth: depth, seen: map[*openapi3.Schema]bool{}, required: map[string]bool{}, at: map[string]int{}}
	m.add(v)
	for i := range m.fields {
		m.fields[i].Required = m.required[m.fields[i].Name]
	}
	slices.SortStableFunc(m.fields, func(a, b Field) int {
		switch {
		case a.Required == b.Required:
			return strings.Compare(a.Name, b.Name)
		case a.Required:
			return -1
		}
		return 1
	})
	return append(m.fields, m.choices...)
}

// merged is an object with all that allOf adds to it, each schema once.
type merged struct {
	*schemas
	depth    int
	seen     map[*openapi3.Schema]bool
	required map[string]bool
	fields   []Field
	at       map[string]int // in fields, by name
	choices  []Field
}

func (m *merged) add(v *openapi3.Schema) {
	if m.seen[v] || m.left < 0 {
		return
	}
	m.seen[v] = true
	for _, part := range v.AllOf {
		if part != nil && part.Value != nil {
			m.add(part.Value)
		}
	}
	for _, name := range v.Required {
		m.required[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(v.Properties)) {
		f := m.field(v.Properties[name], m.depth+1)
		f.Name = name
		if i, again := m.at[name]; again {
			m.fields[i] = f
			continue
		}
		m.at[name] = len(m.fields)
		m.fields = append(m.fields, f)
	}
	for i, r := range slices.Concat(v.OneOf, v.AnyOf) {
		f := m.field(r, m.depth+1)
		f.Name = alternativeName(r, i)
		m.choices = append(m.choices, f)
	}
}

func rules(s *openapi3.Schema) []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if s.Min != nil {
		add("at least %s", number(*s.Min))
	}
	if s.Max != nil {
		add("at most %s", number(*s.Max))
	}
	if s.MultipleOf != nil {
		add("a multiple of %s", number(*s.MultipleOf))
	}
	if s.MinLength > 0 {
		add("at least %d characters", s.MinLength)
	}
	if s.MaxLength != nil {
		add("at most %d characters", *s.MaxLength)
	}
	if s.Pattern != "" {
		add("matches %s", s.Pattern)
	}
	if s.MinItems > 0 {
		add("at least %d items", s.MinItems)
	}
	if s.MaxItems != nil {
		add("at most %d items", *s.MaxItems)
	}
	if s.UniqueItems {
		add("no item twice")
	}
	if s.Discriminator != nil && s.Discriminator.PropertyName != "" {
		add("told apart by %s", s.Discriminator.PropertyName)
	}
	if s.ReadOnly {
		add("read only")
	}
	if s.WriteOnly {
		add("write only")
	}
	if s.Const != nil {
		add("always %s", jsonText(s.Const))
	}
	return out
}

func enumValues(s *openapi3.Schema) []string {
	var out []string
	for _, v := range s.Enum {
		if str, ok := v.(string); ok {
			out = append(out, str)
			continue
		}
		out = append(out, jsonText(v))
	}
	return out
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func jsonText(v any) string {
	if v == nil {
		return ""
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
