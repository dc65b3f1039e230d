// SPDX-License-Identifier: Apache-2.0

package apidoc

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// graphqlTokens bounds how much of a schema is parsed.
const graphqlTokens = 500_000

func parseGraphQL(definition string) (Doc, error) {
	schema, err := parser.ParseSchemaWithLimit(&ast.Source{Name: "schema", Input: definition}, graphqlTokens)
	if err != nil {
		return Doc{}, invalid("the GraphQL schema cannot be read: %v", firstLine(err))
	}
	doc := Doc{Format: "GraphQL"}
	roots := graphqlRoots(schema)
	for _, d := range append(schema.Definitions, schema.Extensions...) {
		if verb, ok := roots[d.Name]; ok {
			doc.Groups = append(doc.Groups, graphqlGroup(verb, d))
			continue
		}
		doc.Types = append(doc.Types, graphqlType(d))
	}
	if len(schema.Schema) > 0 {
		doc.Description = schema.Schema[0].Description
	}
	return doc, nil
}

// graphqlRoots maps the root types' names to their verbs.
func graphqlRoots(schema *ast.SchemaDocument) map[string]string {
	roots := map[string]string{}
	for _, s := range schema.Schema {
		for _, op := range s.OperationTypes {
			roots[op.Type] = string(op.Operation)
		}
	}
	if len(roots) == 0 {
		return map[string]string{"Query": "query", "Mutation": "mutation", "Subscription": "subscription"}
	}
	return roots
}

func graphqlGroup(verb string, d *ast.Definition) Group {
	g := Group{Name: d.Name, Description: d.Description}
	for _, f := range d.Fields {
		op := Operation{ID: verb + "." + f.Name, Verb: verb, Path: f.Name, Description: f.Description, Deprecated: deprecated(f.Directives)}
		for _, arg := range f.Arguments {
			p := Field{Name: arg.Name, Type: arg.Type.String(), Ref: arg.Type.Name(), Required: arg.Type.NonNull, Description: arg.Description}
			if arg.DefaultValue != nil {
				p.Default = arg.DefaultValue.String()
			}
			op.Params = append(op.Params, p)
		}
		op.Responses = []Response{{Contents: []Content{{Schema: Field{Type: f.Type.String(), Ref: f.Type.Name()}}}}}
		g.Operations = append(g.Operations, op)
	}
	return g
}

func graphqlType(d *ast.Definition) Type {
	t := Type{Name: d.Name, Kind: strings.ToLower(strings.ReplaceAll(string(d.Kind), "_", " ")), Description: d.Description}
	for _, f := range d.Fields {
		field := Field{Name: f.Name, Type: f.Type.String(), Ref: f.Type.Name(), Required: f.Type.NonNull, Description: f.Description, Deprecated: deprecated(f.Directives)}
		if f.DefaultValue != nil {
			field.Default = f.DefaultValue.String()
		}
		t.Fields = append(t.Fields, field)
	}
	for _, v := range d.EnumValues {
		t.Values = append(t.Values, Field{Name: v.Name, Description: v.Description, Deprecated: deprecated(v.Directives)})
	}
	for _, name := range d.Types {
		t.Fields = append(t.Fields, Field{Name: name, Type: name, Ref: name})
	}
	if len(d.Interfaces) > 0 {
		t.Rules = append(t.Rules, "implements "+strings.Join(d.Interfaces, ", "))
	}
	return t
}

func deprecated(list ast.DirectiveList) bool { return list.ForName("deprecated") != nil }
