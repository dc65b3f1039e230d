// SPDX-License-Identifier: Apache-2.0

package apidoc

import (
	"encoding/json"
	"maps"
	"slices"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
)

// sampleDepth and sampleNodes bound an example that is made from a schema.
const (
	sampleDepth = 6
	sampleNodes = 200
)

// example returns what makes the author's example of a body, or one from its schema.
func example(m *openapi3.MediaType) func() string {
	return sync.OnceValue(func() string { return exampleOf(m) })
}

func exampleOf(m *openapi3.MediaType) string {
	if m.Example != nil {
		return indented(m.Example)
	}
	for _, name := range slices.Sorted(maps.Keys(m.Examples)) {
		if e := m.Examples[name]; e != nil && e.Value != nil && e.Value.Value != nil {
			return indented(e.Value.Value)
		}
	}
	if m.Schema == nil || m.Schema.Value == nil {
		return ""
	}
	s := sampler{nodes: sampleNodes}
	return indented(s.value(m.Schema, 0))
}

func indented(v any) string {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return ""
	}
	return string(b)
}

// sampler makes a value that fits a schema, within a budget of nodes.
type sampler struct{ nodes int }

func (s *sampler) value(ref *openapi3.SchemaRef, depth int) any {
	s.nodes--
	if ref == nil || ref.Value == nil || depth > sampleDepth || s.nodes < 0 {
		return nil
	}
	v := ref.Value
	switch {
	case v.Example != nil:
		return v.Example
	case len(v.Examples) > 0:
		return v.Examples[0]
	case v.Default != nil:
		return v.Default
	case v.Const != nil:
		return v.Const
	case len(v.Enum) > 0:
		return v.Enum[0]
	case len(v.OneOf) > 0:
		return s.value(v.OneOf[0], depth+1)
	case len(v.AnyOf) > 0:
		return s.value(v.AnyOf[0], depth+1)
	}
	return s.byType(v, depth)
}

func (s *sampler) byType(v *openapi3.Schema, depth int) any {
	switch {
	case v.Items != nil:
		return []any{s.value(v.Items, depth+1)}
	case v.Type.Includes("integer"), v.Type.Includes("number"):
		if v.Min != nil {
			return *v.Min
		}
		return 0
	case v.Type.Includes("boolean"):
		return true
	case v.Type.Includes("string"):
		return sampleString(v.Format)
	case len(v.Properties) > 0, len(v.AllOf) > 0, v.Type.Includes("object"):
		return s.object(v, depth)
	}
	return nil
}

func (s *sampler) object(v *openapi3.Schema, depth int) map[string]any {
	out := map[string]any{}
	for _, part := range v.AllOf {
		if m, ok := s.value(part, depth+1).(map[string]any); ok {
			maps.Copy(out, m)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v.Properties)) {
		if depth < sampleDepth {
			out[name] = s.value(v.Properties[name], depth+1)
		}
	}
	return out
}

func sampleString(format string) string {
	samples := map[string]string{
		"date-time": "2026-01-31T09:30:00Z", "date": "2026-01-31", "uuid": "7f3c1a52-9d1e-4a6b-8f60-2f1f6f0f9b11",
		"uri": "https://example.com", "email": "somebody@example.com", "byte": "aGVsbG8=", "ipv4": "192.0.2.1",
	}
	if s, ok := samples[format]; ok {
		return s
	}
	return "string"
}
