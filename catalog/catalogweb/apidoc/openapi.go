// SPDX-License-Identifier: Apache-2.0

package apidoc

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v4"
)

func parseOpenAPI(data []byte) (Doc, error) {
	tree, err := parseTree(data)
	if err != nil {
		return Doc{}, err
	}
	asJSON, err := json.Marshal(tree)
	if err != nil {
		return Doc{}, invalid("the definition cannot be read: %v", err)
	}
	if version := text(tree["swagger"]); version != "" {
		return parseSwagger(asJSON, version)
	}
	version := text(tree["openapi"])
	if version == "" {
		return Doc{}, invalid("the definition has neither %q nor %q at its top; is it an OpenAPI document?", "openapi", "swagger")
	}
	t, err := openapi3.NewLoader().LoadFromData(asJSON)
	if err != nil {
		return Doc{}, invalid("the OpenAPI definition cannot be read: %v", firstLine(err))
	}
	return openAPIDoc(t, "OpenAPI "+version), nil
}

func parseSwagger(data []byte, version string) (Doc, error) {
	var old openapi2.T
	if err := json.Unmarshal(data, &old); err != nil {
		return Doc{}, invalid("the Swagger definition cannot be read: %v", firstLine(err))
	}
	t, err := openapi2conv.ToV3(&old)
	if err != nil {
		return Doc{}, invalid("the Swagger definition cannot be read: %v", firstLine(err))
	}
	return openAPIDoc(t, "Swagger "+version), nil
}

// parseTree reads YAML or JSON whose top is an object. Keys that are not
// strings, such as the status 200, become strings.
func parseTree(data []byte) (map[string]any, error) {
	var v any
	if err := yaml.Unmarshal(data, &v); err != nil {
		return nil, invalid("the definition is not YAML or JSON: %v", firstLine(err))
	}
	tree, ok := stringKeys(v).(map[string]any)
	if !ok {
		return nil, invalid("the definition is not an object at its top")
	}
	return tree, nil
}

// openAPI reads one document.
type openAPI struct {
	*openapi3.T
	*schemas
}

func openAPIDoc(t *openapi3.T, format string) Doc {
	doc := Doc{Format: format}
	if t.Info != nil {
		doc.Title, doc.Version, doc.Description = t.Info.Title, t.Info.Version, t.Info.Description
	}
	for _, s := range t.Servers {
		doc.Servers = append(doc.Servers, Server{URL: s.URL, Description: s.Description})
	}
	r := openAPI{t, newSchemas()}
	doc.Groups = r.groups()
	if t.Components != nil {
		for _, name := range slices.Sorted(maps.Keys(t.Components.Schemas)) {
			doc.Types = append(doc.Types, r.named(name, t.Components.Schemas[name]))
		}
	}
	return doc
}

// groups puts each operation under its first tag; declared tags come
// first, in their order, then the others as they are met.
func (t openAPI) groups() []Group {
	var groups []Group
	index := map[string]int{}
	add := func(name, description string) int {
		i, ok := index[name]
		if !ok {
			i = len(groups)
			index[name] = i
			groups = append(groups, Group{Name: name, Description: description})
		}
		return i
	}
	for _, tag := range t.Tags {
		add(tag.Name, tag.Description)
	}
	for _, path := range slices.Sorted(maps.Keys(t.Paths.Map())) {
		item := t.Paths.Value(path)
		for _, verb := range verbs(item) {
			op := item.Operations()[verb]
			tag := "Operations"
			if len(op.Tags) > 0 {
				tag = op.Tags[0]
			}
			i := add(tag, "")
			groups[i].Operations = append(groups[i].Operations, t.operation(verb, path, item, op))
		}
	}
	return slices.DeleteFunc(groups, func(g Group) bool { return len(g.Operations) == 0 })
}

// verbs returns the methods of a path in the order that people read them.
func verbs(item *openapi3.PathItem) []string {
	order := []string{"GET", "POST", "PUT", "PATCH", "DELETE"}
	found := slices.Sorted(maps.Keys(item.Operations()))
	slices.SortStableFunc(found, func(a, b string) int {
		rank := func(v string) int {
			if i := slices.Index(order, v); i >= 0 {
				return i
			}
			return len(order)
		}
		return rank(a) - rank(b)
	})
	return found
}

func (t openAPI) operation(verb, path string, item *openapi3.PathItem, op *openapi3.Operation) Operation {
	out := Operation{
		ID: op.OperationID, Verb: verb, Path: path, Summary: op.Summary,
		Description: op.Description, Deprecated: op.Deprecated, Security: t.security(op),
	}
	for _, ref := range slices.Concat(item.Parameters, op.Parameters) {
		if ref == nil || ref.Value == nil {
			continue
		}
		p := t.parameter(ref.Value)
		// The operation's own parameter replaces the path's of that name.
		out.Params = slices.DeleteFunc(out.Params, func(o Field) bool { return o.Name == p.Name && o.In == p.In })
		out.Params = append(out.Params, p)
	}
	if op.RequestBody != nil && op.RequestBody.Value != nil {
		out.Request = t.contents(op.RequestBody.Value.Content)
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses.Map())) {
		ref := op.Responses.Value(status)
		if ref == nil || ref.Value == nil {
			continue
		}
		r := Response{Status: status, Contents: t.contents(ref.Value.Content)}
		if ref.Value.Description != nil {
			r.Description = *ref.Value.Description
		}
		out.Responses = append(out.Responses, r)
	}
	return out
}

func (t openAPI) parameter(p *openapi3.Parameter) Field {
	f := t.field(p.Schema, 0)
	f.Name, f.In, f.Required, f.Deprecated = p.Name, p.In, p.Required, p.Deprecated || f.Deprecated
	if p.Description != "" {
		f.Description = p.Description
	}
	return f
}

func (t openAPI) contents(c openapi3.Content) []Content {
	var out []Content
	for _, mediaType := range slices.Sorted(maps.Keys(c)) {
		m := c[mediaType]
		if m == nil {
			continue
		}
		out = append(out, Content{MediaType: mediaType, Schema: t.field(m.Schema, 0), sample: example(m)})
	}
	return out
}

func (t openAPI) security(op *openapi3.Operation) []string {
	requirements := t.Security
	if op.Security != nil {
		requirements = *op.Security
	}
	var out []string
	for _, r := range requirements {
		var names []string
		for _, name := range slices.Sorted(maps.Keys(r)) {
			names = append(names, t.scheme(name, r[name]))
		}
		out = append(out, strings.Join(names, " and "))
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

// scheme returns a way of signing in with what it takes: "customer (oauth2: orders.write)".
func (t openAPI) scheme(name string, scopes []string) string {
	var facts []string
	if t.Components != nil {
		if s := t.Components.SecuritySchemes[name]; s != nil && s.Value != nil {
			facts = append(facts, strings.TrimSpace(s.Value.Type+" "+s.Value.Scheme))
			if s.Value.Type == "apiKey" {
				facts[0] = strings.TrimSpace("key in " + s.Value.In + " " + s.Value.Name)
			}
		}
	}
	if len(scopes) > 0 {
		facts = append(facts, strings.Join(scopes, ", "))
	}
	if len(facts) == 0 {
		return name
	}
	return name + " (" + strings.Join(facts, ": ") + ")"
}
