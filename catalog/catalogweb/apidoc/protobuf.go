// SPDX-License-Identifier: Apache-2.0

package apidoc

import (
	"slices"
	"strings"

	"github.com/emicklei/proto"
)

func parseProto(definition string) (Doc, error) {
	file, err := proto.NewParser(strings.NewReader(definition)).Parse()
	if err != nil {
		return Doc{}, invalid("the Protocol Buffers file cannot be read: %v", firstLine(err))
	}
	doc := Doc{Format: "Protocol Buffers"}
	for _, e := range file.Elements {
		switch x := e.(type) {
		case *proto.Syntax:
			doc.Format = "Protocol Buffers (" + x.Value + ")"
		case *proto.Package:
			doc.Title = x.Name
		case *proto.Service:
			doc.Groups = append(doc.Groups, protoService(x))
		case *proto.Message:
			doc.Types = append(doc.Types, protoMessage("", x, 0)...)
		case *proto.Enum:
			doc.Types = append(doc.Types, protoEnum("", x))
		}
	}
	linkProto(&doc)
	return doc, nil
}

// linkProto turns the names of types, which are looked up from the inside out,
// into those of the document's types.
func linkProto(doc *Doc) {
	known := map[string]bool{}
	for _, t := range doc.Types {
		known[t.Name] = true
	}
	find := func(scope, name string) string {
		name = strings.TrimPrefix(strings.TrimPrefix(name, "."), doc.Title+".")
		for {
			if full := strings.TrimPrefix(scope+"."+name, "."); known[full] {
				return full
			}
			if scope == "" {
				return ""
			}
			scope = scope[:max(0, strings.LastIndexByte(scope, '.'))]
		}
	}
	for _, t := range doc.Types {
		for i, f := range t.Fields {
			t.Fields[i].Ref = find(t.Name, f.Ref)
		}
	}
	for _, g := range doc.Groups {
		for _, op := range g.Operations {
			op.Request[0].Schema.Ref = find("", op.Request[0].Schema.Ref)
			op.Responses[0].Contents[0].Schema.Ref = find("", op.Responses[0].Contents[0].Schema.Ref)
		}
	}
}

func protoService(s *proto.Service) Group {
	g := Group{Name: s.Name, Description: comment(s.Comment)}
	for _, e := range s.Elements {
		rpc, ok := e.(*proto.RPC)
		if !ok {
			continue
		}
		g.Operations = append(g.Operations, Operation{
			ID: s.Name + "." + rpc.Name, Verb: "rpc", Path: rpc.Name, Description: comment(rpc.Comment), Deprecated: protoDeprecated(rpc.Elements),
			Request:   []Content{{Schema: streamed(rpc.RequestType, rpc.StreamsRequest)}},
			Responses: []Response{{Contents: []Content{{Schema: streamed(rpc.ReturnsType, rpc.StreamsReturns)}}}},
		})
	}
	return g
}

func protoDeprecated(elements []proto.Visitee) bool {
	return slices.ContainsFunc(elements, func(e proto.Visitee) bool {
		o, ok := e.(*proto.Option)
		return ok && o.Name == "deprecated" && o.Constant.Source == "true"
	})
}

func streamed(name string, stream bool) Field {
	f := Field{Type: name, Ref: name}
	if stream {
		f.Type = "stream of " + name
	}
	return f
}

// protoMessage returns the message and those nested in it, named in full.
func protoMessage(outer string, m *proto.Message, depth int) []Type {
	t := Type{Name: outer + m.Name, Kind: "message", Description: comment(m.Comment)}
	var nested []Type
	for _, e := range m.Elements {
		switch x := e.(type) {
		case *proto.NormalField:
			f := protoField(x.Field)
			f.Required = x.Required
			if x.Repeated {
				f.Type = "repeated " + f.Type
			}
			t.Fields = append(t.Fields, f)
		case *proto.MapField:
			f := protoField(x.Field)
			f.Type = "map of " + x.KeyType + " to " + x.Type
			t.Fields = append(t.Fields, f)
		case *proto.Oneof:
			t.Fields = append(t.Fields, protoOneof(x)...)
		case *proto.Enum:
			nested = append(nested, protoEnum(t.Name+".", x))
		case *proto.Message:
			if depth < maxDepth {
				nested = append(nested, protoMessage(t.Name+".", x, depth+1)...)
			}
		}
	}
	return append([]Type{t}, nested...)
}

func protoOneof(o *proto.Oneof) []Field {
	var fields []Field
	for _, e := range o.Elements {
		if x, ok := e.(*proto.OneOfField); ok {
			f := protoField(x.Field)
			f.Rules = []string{"one of " + o.Name}
			fields = append(fields, f)
		}
	}
	return fields
}

func protoField(f *proto.Field) Field {
	description := comment(f.Comment)
	if description == "" {
		description = comment(f.InlineComment)
	}
	deprecated := slices.ContainsFunc(f.Options, func(o *proto.Option) bool { return o.Name == "deprecated" && o.Constant.Source == "true" })
	return Field{Name: f.Name, Type: f.Type, Ref: f.Type, Description: description, Deprecated: deprecated}
}

func protoEnum(outer string, e *proto.Enum) Type {
	t := Type{Name: outer + e.Name, Kind: "enum", Description: comment(e.Comment)}
	for _, el := range e.Elements {
		if v, ok := el.(*proto.EnumField); ok {
			description := comment(v.Comment)
			if description == "" {
				description = comment(v.InlineComment)
			}
			t.Values = append(t.Values, Field{Name: v.Name, Description: description})
		}
	}
	return t
}

func comment(c *proto.Comment) string {
	if c == nil {
		return ""
	}
	lines := make([]string, 0, len(c.Lines))
	for _, l := range c.Lines {
		lines = append(lines, strings.TrimSpace(l))
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
