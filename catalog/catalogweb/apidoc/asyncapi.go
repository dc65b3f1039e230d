// SPDX-License-Identifier: Apache-2.0

package apidoc

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

const (
	// maxInline bounds how many references lead into each other, maxInlined
	// how many values of schemas are put in their place in all.
	maxInline  = 20
	maxInlined = 20_000
)

// asyncDoc walks an AsyncAPI tree, version 2 or 3.
type asyncDoc struct {
	tree map[string]any
	*schemas
	inlined *int
}

func parseAsyncAPI(data []byte) (Doc, error) {
	tree, err := parseTree(data)
	if err != nil {
		return Doc{}, err
	}
	version := text(tree["asyncapi"])
	if version == "" {
		return Doc{}, invalid("the definition has no %q at its top; is it an AsyncAPI document?", "asyncapi")
	}
	a := asyncDoc{tree, newSchemas(), new(int)}
	info := object(tree["info"])
	doc := Doc{
		Format: "AsyncAPI " + version, Title: text(info["title"]),
		Version: text(info["version"]), Description: text(info["description"]),
	}
	for _, name := range sortedKeys(tree["servers"]) {
		s := a.resolve(object(tree["servers"])[name])
		address := text(s["url"]) + text(s["host"]) + text(s["pathname"])
		if protocol := text(s["protocol"]); protocol != "" && !strings.Contains(address, "://") {
			address = protocol + "://" + address
		}
		doc.Servers = append(doc.Servers, Server{URL: address, Description: text(s["description"])})
	}
	if strings.HasPrefix(version, "2.") {
		doc.Groups = a.channelsV2()
	} else {
		doc.Groups = a.operationsV3()
	}
	schemas := object(object(tree["components"])["schemas"])
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		doc.Types = append(doc.Types, a.named(name, &openapi3.SchemaRef{Value: jsonSchema(schemas[name]).Value}))
	}
	return doc, nil
}

// channelsV2: each channel offers subscribe and publish, said from the
// application's side.
func (a asyncDoc) channelsV2() []Group {
	var groups []Group
	for _, address := range sortedKeys(a.tree["channels"]) {
		channel := a.resolve(object(a.tree["channels"])[address])
		g := Group{Name: address, Description: text(channel["description"])}
		for _, verb := range []string{"publish", "subscribe"} {
			if op := object(channel[verb]); op != nil {
				g.Operations = append(g.Operations, a.operation(verb, map[string]any{"address": address, "parameters": channel["parameters"]}, op, messageList(a.resolve(op["message"]))))
			}
		}
		groups = append(groups, g)
	}
	return groups
}

func (a asyncDoc) operationsV3() []Group {
	var groups []Group
	index := map[string]int{}
	for _, id := range sortedKeys(a.tree["operations"]) {
		op := a.resolve(object(a.tree["operations"])[id])
		channel := a.resolve(op["channel"])
		address := cmp.Or(text(channel["address"]), refName(text(object(op["channel"])["$ref"])))
		messages, _ := op["messages"].([]any)
		if len(messages) == 0 {
			for _, name := range sortedKeys(channel["messages"]) {
				messages = append(messages, object(channel["messages"])[name])
			}
		}
		out := a.operation(text(op["action"]), channel, op, messages)
		out.Path = address
		out.ID = id
		i, ok := index[address]
		if !ok {
			i = len(groups)
			index[address] = i
			groups = append(groups, Group{Name: address, Description: text(channel["description"])})
		}
		groups[i].Operations = append(groups[i].Operations, out)
	}
	return groups
}

// operation reads one operation of either version. What its messages carry in
// their headers, and what the address leaves open, are its parameters.
func (a asyncDoc) operation(verb string, channel, op map[string]any, messages []any) Operation {
	out := Operation{
		ID: text(op["operationId"]), Verb: verb, Path: text(channel["address"]),
		Summary: text(op["summary"]), Description: text(op["description"]),
	}
	for _, name := range sortedKeys(channel["parameters"]) {
		p := a.resolve(object(channel["parameters"])[name])
		f := a.payload(p["schema"])
		if p["schema"] == nil { // version 3 has strings only
			f = Field{Type: "string", Default: text(p["default"]), Values: texts(p["enum"])}
		}
		f.Name, f.In, f.Required = name, "path", true
		if d := text(p["description"]); d != "" {
			f.Description = d
		}
		out.Params = append(out.Params, f)
	}
	for _, m := range messages {
		message := a.resolve(m)
		for _, h := range a.payload(message["headers"]).Fields {
			h.In = "header"
			out.Params = append(out.Params, h)
		}
		out.Request = append(out.Request, a.content(message))
	}
	return out
}

func (a asyncDoc) content(message map[string]any) Content {
	schema := jsonSchema(a.inline(message["payload"], nil))
	media := &openapi3.MediaType{Schema: schema}
	if list, ok := message["examples"].([]any); ok && len(list) > 0 {
		media.Example = object(list[0])["payload"]
	}
	name := cmp.Or(text(message["title"]), text(message["name"]))
	f := a.field(schema, 0)
	if f.Description == "" {
		f.Description = cmp.Or(text(message["summary"]), text(message["description"]))
	}
	return Content{
		MediaType: strings.TrimSpace(name + " " + cmp.Or(text(message["contentType"]), text(a.tree["defaultContentType"]))),
		Schema:    f, sample: example(media),
	}
}

func (a asyncDoc) payload(v any) Field { return a.field(jsonSchema(a.inline(v, nil)), 0) }

// resolve follows references inside the document, a few at most.
func (a asyncDoc) resolve(v any) map[string]any {
	for range 8 {
		m := object(v)
		ref := text(m["$ref"])
		if ref == "" {
			return m
		}
		v = a.at(ref)
	}
	return nil
}

func (a asyncDoc) at(ref string) any {
	path, inside := strings.CutPrefix(ref, "#/")
	if !inside {
		return nil
	}
	var v any = a.tree
	for part := range strings.SplitSeq(path, "/") {
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		v = object(v)[part]
	}
	return v
}

// inline replaces references in a schema by what they name: a message's
// payload is shown whole. A reference inside of itself is left out, and so is
// what goes beyond the document's budget.
func (a asyncDoc) inline(v any, open []string) any {
	*a.inlined++
	if *a.inlined > maxInlined || len(open) > maxInline {
		return nil
	}
	switch x := v.(type) {
	case map[string]any:
		if ref := text(x["$ref"]); ref != "" {
			if slices.Contains(open, ref) {
				return map[string]any{"title": refName(ref), "type": "object"}
			}
			return a.inline(a.resolve(x), append(slices.Clip(open), ref))
		}
		out := make(map[string]any, len(x))
		for k, e := range x {
			out[k] = a.inline(e, open)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = a.inline(e, open)
		}
		return out
	}
	return v
}

func messageList(message map[string]any) []any {
	if list, ok := message["oneOf"].([]any); ok {
		return list
	}
	if message == nil {
		return nil
	}
	return []any{message}
}

// jsonSchema reads a JSON Schema from a tree; what does not fit is any.
func jsonSchema(v any) *openapi3.SchemaRef {
	ref := &openapi3.SchemaRef{}
	b, err := json.Marshal(v)
	if err != nil || json.Unmarshal(b, ref) != nil || ref.Value == nil {
		return &openapi3.SchemaRef{Value: &openapi3.Schema{}}
	}
	return ref
}

func texts(v any) []string {
	list, _ := v.([]any)
	var out []string
	for _, e := range list {
		out = append(out, text(e))
	}
	return out
}

func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

func text(v any) string {
	switch x := v.(type) {
	case nil, map[string]any, []any:
		return ""
	case string:
		return x
	default:
		return fmt.Sprint(x)
	}
}

func sortedKeys(v any) []string { return slices.Sorted(maps.Keys(object(v))) }

// stringKeys turns maps with keys of any type into maps with string keys.
func stringKeys(v any) any {
	switch x := v.(type) {
	case map[string]any:
		for k, e := range x {
			x[k] = stringKeys(e)
		}
	case map[any]any:
		out := make(map[string]any, len(x))
		for k, e := range x {
			out[fmt.Sprint(k)] = stringKeys(e)
		}
		return out
	case []any:
		for i, e := range x {
			x[i] = stringKeys(e)
		}
	}
	return v
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
