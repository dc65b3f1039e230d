// SPDX-License-Identifier: Apache-2.0

package catalogagent

import (
	"context"
	"strings"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogweb/apidoc"
	"github.com/callboard/callboard/portal/agent"
)

// maxOperations bounds one list of operations.
const maxOperations = 300

// operationLine is an operation in a list.
type operationLine struct {
	ID         string `json:"id"`
	Verb       string `json:"verb"`
	Path       string `json:"path"`
	Summary    string `json:"summary,omitempty"`
	Group      string `json:"group,omitempty"`
	Deprecated bool   `json:"deprecated,omitempty"`
}

// field is a parameter, a property or a schema.
type field struct {
	Name        string   `json:"name,omitempty"`
	In          string   `json:"in,omitempty"`
	Type        string   `json:"type,omitempty"`
	Named       string   `json:"named,omitempty"`
	Required    bool     `json:"required,omitempty"`
	Deprecated  bool     `json:"deprecated,omitempty"`
	Description string   `json:"description,omitempty"`
	Default     string   `json:"default,omitempty"`
	Rules       []string `json:"rules,omitempty"`
	Values      []string `json:"values,omitempty"`
	Fields      []field  `json:"fields,omitempty"`
}

func fieldOf(f apidoc.Field) field {
	return field{f.Name, f.In, f.Type, f.Ref, f.Required, f.Deprecated, f.Description, f.Default, f.Rules, f.Values, fieldsOf(f.Fields)}
}

func fieldsOf(fields []apidoc.Field) []field {
	var out []field
	for _, f := range fields {
		out = append(out, fieldOf(f))
	}
	return out
}

// body is what is sent or comes back in one media type.
type body struct {
	MediaType string `json:"mediaType"`
	Schema    field  `json:"schema"`
	Example   string `json:"example,omitempty"`
}

func bodiesOf(contents []apidoc.Content) []body {
	var out []body
	for _, c := range contents {
		out = append(out, body{c.MediaType, fieldOf(c.Schema), c.Example()})
	}
	return out
}

// response is one answer that an operation may give.
type response struct {
	Status      string `json:"status,omitempty"`
	Description string `json:"description,omitempty"`
	Bodies      []body `json:"bodies,omitempty"`
}

// operation is one operation whole.
type operation struct {
	operationLine
	Description string     `json:"description,omitempty"`
	Security    []string   `json:"security,omitempty"`
	Params      []field    `json:"parameters,omitempty"`
	Request     []body     `json:"request,omitempty"`
	Responses   []response `json:"responses,omitempty"`
}

func operationOf(op apidoc.Operation) *operation {
	out := &operation{
		operationLine: lineOf("", op), Description: op.Description, Security: op.Security,
		Params: fieldsOf(op.Params), Request: bodiesOf(op.Request),
	}
	for _, r := range op.Responses {
		out.Responses = append(out.Responses, response{r.Status, r.Description, bodiesOf(r.Contents)})
	}
	return out
}

func lineOf(group string, op apidoc.Operation) operationLine {
	return operationLine{op.ID, op.Verb, op.Path, short(op.Summary), group, op.Deprecated}
}

// namedType is a named schema of a definition.
type namedType struct {
	Name        string   `json:"name"`
	Kind        string   `json:"kind,omitempty"`
	Description string   `json:"description,omitempty"`
	Fields      []field  `json:"fields,omitempty"`
	Values      []field  `json:"values,omitempty"`
	Rules       []string `json:"rules,omitempty"`
}

// definition is an API, or the part of it that was asked for.
type definition struct {
	Format     string          `json:"format"`
	Title      string          `json:"title,omitempty"`
	Version    string          `json:"version,omitempty"`
	Servers    []string        `json:"servers,omitempty"`
	Operations []operationLine `json:"operations,omitempty"`
	// More counts operations beyond those listed.
	More      int        `json:"more,omitempty"`
	Operation *operation `json:"operation,omitempty"`
	Type      *namedType `json:"type,omitempty"`
}

type apiInput struct {
	Ref       string `json:"ref" jsonschema:"the API, such as api:default/payments"`
	Operation string `json:"operation,omitempty" jsonschema:"the id of an operation to describe whole, with parameters, bodies and responses"`
	Type      string `json:"type,omitempty" jsonschema:"the name of a schema, message or type to describe"`
	Text      string `json:"text,omitempty" jsonschema:"list only operations with this in verb, path, summary or id"`
}

func (p Parts) apiOperations() (agent.Tool, error) {
	return agent.Read(agent.Spec{
		Name: "catalog_api_operations", Title: "Operations of an API", Permission: catalog.MayReadEntity,
		Description: "Reads the definition of an API (OpenAPI, Swagger, AsyncAPI, GraphQL or protobuf). Returns the list of its operations; with operation one of them whole, with type a named schema. Call it first without either.",
	}, func(ctx context.Context, in apiInput) (definition, error) {
		doc, err := p.doc(ctx, in.Ref)
		if err != nil {
			return definition{}, err
		}
		out := definition{Format: doc.Format, Title: doc.Title, Version: doc.Version}
		switch {
		case in.Operation != "":
			op, ok := doc.Operation(in.Operation)
			if !ok {
				return out, &callboard.Error{Code: callboard.CodeNotFound, Message: "the API has no operation with that id; list them first"}
			}
			out.Operation = operationOf(op)
		case in.Type != "":
			t, ok := doc.Type(in.Type)
			if !ok {
				return out, &callboard.Error{Code: callboard.CodeNotFound, Message: "the API has no type of that name; operations name those that there are"}
			}
			out.Type = &namedType{t.Name, t.Kind, t.Description, fieldsOf(t.Fields), fieldsOf(t.Values), t.Rules}
		default:
			out.list(doc, strings.ToLower(in.Text))
		}
		return out, nil
	})
}

// list adds servers and operations.
func (d *definition) list(doc apidoc.Doc, text string) {
	for _, s := range doc.Servers {
		d.Servers = append(d.Servers, s.URL)
	}
	for _, g := range doc.Groups {
		for _, op := range g.Operations {
			if !strings.Contains(strings.ToLower(op.Verb+" "+op.Path+" "+op.Summary+" "+op.ID), text) {
				continue
			}
			if len(d.Operations) == maxOperations {
				d.More++
				continue
			}
			d.Operations = append(d.Operations, lineOf(g.Name, op))
		}
	}
}

// doc reads the definition of an API that the caller may see.
func (p Parts) doc(ctx context.Context, ref string) (apidoc.Doc, error) {
	e, err := p.entity(ctx, ref)
	if err != nil {
		return apidoc.Doc{}, err
	}
	text, _ := e.Spec["definition"].(string)
	switch {
	case e.Ref().Kind != "api" || text == "":
		return apidoc.Doc{}, invalid("%s has no API definition", e.Ref())
	case !apidoc.Readable(e.Type()):
		return apidoc.Doc{}, invalid("definitions of the type %s cannot be taken apart; read it with catalog_get_entity and definition", e.Type())
	}
	return apidoc.Parse(e.Type(), text)
}
