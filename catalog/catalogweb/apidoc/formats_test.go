// SPDX-License-Identifier: Apache-2.0

package apidoc_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard/catalog/catalogweb/apidoc"
)

func read(t *testing.T, apiType, definition string) apidoc.Doc {
	t.Helper()
	doc, err := apidoc.Parse(apiType, definition)
	if err != nil {
		t.Fatalf("Parse: %v", err)
	}
	return doc
}

func operation(t *testing.T, doc apidoc.Doc, id string) apidoc.Operation {
	t.Helper()
	op, ok := doc.Operation(id)
	if !ok {
		t.Fatalf("no operation %q", id)
	}
	return op
}

// outline writes fields as one line: a* is required, a{b c} has fields, a:T is
// of type T.
func outline(fields []apidoc.Field) string {
	var parts []string
	for _, f := range fields {
		p := f.Name
		if f.Required {
			p += "*"
		}
		if f.In != "" {
			p = f.In + " " + p
		}
		p += ":" + f.Type
		if len(f.Fields) > 0 {
			p += "{" + outline(f.Fields) + "}"
		}
		parts = append(parts, p)
	}
	return strings.Join(parts, ", ")
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s mismatch (-want +got):\n%s", what, diff)
	}
}

const swagger = `{"swagger": "2.0", "info": {"title": "Pets", "version": "1"}, "host": "pets.example", "basePath": "/v1", "schemes": ["https"],
"securityDefinitions": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}, "security": [{"key": []}],
"paths": {"/pets/{id}": {"parameters": [{"name": "id", "in": "path", "required": true, "type": "integer"}],
 "get": {"operationId": "getPet", "produces": ["application/json"], "responses": {"200": {"description": "A pet", "schema": {"$ref": "#/definitions/Pet"}}}},
 "post": {"consumes": ["application/json"], "parameters": [{"in": "body", "name": "pet", "schema": {"$ref": "#/definitions/Pet"}}, {"in": "query", "name": "dry", "type": "boolean", "default": false}], "responses": {"204": {"description": "Kept"}}}}},
"definitions": {"Pet": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "maxLength": 20}, "tags": {"type": "array", "items": {"type": "string"}}}}}}`

func TestSwagger2(t *testing.T) {
	t.Parallel()
	doc := read(t, "openapi", swagger)
	same(t, "Format", "Swagger 2.0", doc.Format)
	same(t, "Servers", []apidoc.Server{{URL: "https://pets.example/v1"}}, doc.Servers)
	get := operation(t, doc, "getPet")
	same(t, "Params", "path id*:integer", outline(get.Params))
	same(t, "Security", []string{"key (key in header X-Key)"}, get.Security)
	same(t, "Response", "Pet", get.Responses[0].Contents[0].Schema.Ref)
	post := operation(t, doc, "POST-pets-id")
	same(t, "Params", "path id*:integer, query dry:boolean", outline(post.Params))
	same(t, "Body", "Pet", post.Request[0].Schema.Ref)
	pet, _ := doc.Type("Pet")
	same(t, "Pet", "name*:string, tags:array of string", outline(pet.Fields))
	same(t, "rules", []string{"at most 20 characters"}, pet.Fields[0].Rules)
}

const openapi3 = `
openapi: 3.0.3
info: {title: Zoo, version: 2.0.0, description: All animals}
servers: [{url: 'https://zoo.example/{stage}', description: Live}]
security: [{token: []}]
tags: [{name: keep, description: Keeping}]
paths:
  /animals:
    parameters:
      - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 50, default: 10}}
    get:
      operationId: list
      security: []
      parameters: [{name: limit, in: query, description: The own one, schema: {type: integer}}]
      responses:
        '200':
          description: Some
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Animal'}}}}
        default: {$ref: '#/components/responses/Wrong'}
    post:
      tags: [keep]
      operationId: keep
      deprecated: true
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [animal]
              properties:
                animal: {$ref: '#/components/schemas/Animal'}
                where:
                  type: object
                  required: [cage]
                  properties:
                    cage: {type: object, properties: {row: {type: integer}, number: {type: integer, nullable: true}}}
            examples: {cat: {value: {animal: {name: Tom}}}}
          text/csv: {schema: {type: string}}
      responses: {'201': {description: Kept}}
components:
  securitySchemes:
    token: {type: http, scheme: bearer}
  responses:
    Wrong: {description: Wrong, content: {application/problem+json: {schema: {type: object, additionalProperties: {type: object, properties: {why: {type: string}}}}}}}
  schemas:
    Animal:
      oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}, {type: object, title: Other, properties: {legs: {type: integer}}}]
      discriminator: {propertyName: kind}
    Base: {type: object, required: [name], properties: {name: {type: string}, kind: {type: string, enum: [cat, dog]}}}
    Cat: {allOf: [{$ref: '#/components/schemas/Base'}, {type: object, required: [kind], properties: {lives: {type: integer, description: Left}}}]}
    Dog: {allOf: [{$ref: '#/components/schemas/Base'}], properties: {friends: {type: array, items: {$ref: '#/components/schemas/Dog'}}}}
`

func TestOpenAPI30(t *testing.T) {
	t.Parallel()
	doc := read(t, "openapi", openapi3)
	same(t, "Format", "OpenAPI 3.0.3", doc.Format)
	same(t, "Description", "All animals", doc.Description)
	same(t, "groups", "keep Operations", doc.Groups[0].Name+" "+doc.Groups[1].Name)
	list := operation(t, doc, "list")
	same(t, "an operation's parameter replaces the path's", "The own one", list.Params[0].Description)
	same(t, "Params", 1, len(list.Params))
	same(t, "an operation without sign-in", 0, len(list.Security))
	same(t, "Responses", "200 default", list.Responses[0].Status+" "+list.Responses[1].Status)
	same(t, "a list", "array of Animal", list.Responses[0].Contents[0].Schema.Type)
	same(t, "a map", ":map of object{why:string}", outline([]apidoc.Field{list.Responses[1].Contents[0].Schema}))
	keep := operation(t, doc, "keep")
	same(t, "Deprecated", true, keep.Deprecated)
	same(t, "Security", []string{"token (http bearer)"}, keep.Security)
	same(t, "body", "animal*:Animal, where:object{cage*:object{number:integer or null, row:integer}}", outline(keep.Request[0].Schema.Fields))
	same(t, "the author's example", true, strings.Contains(keep.Request[0].Example(), `"Tom"`))
	same(t, "path's parameter", []string{"at least 1", "at most 50"}, keep.Params[0].Rules)
	same(t, "default", "10", keep.Params[0].Default)
	for name, want := range map[string]string{
		"Animal": "Cat:Cat, Dog:Dog, Other:object{legs:integer}",
		"Cat":    "kind*:string, name*:string, lives:integer",
		"Dog":    "name*:string, friends:array of Dog, kind:string",
	} {
		typ, _ := doc.Type(name)
		same(t, name, want, outline(typ.Fields))
	}
	animal, _ := doc.Type("Animal")
	same(t, "a choice links its types", "Cat", animal.Fields[0].Ref)
	same(t, "Kind", "one of Cat, Dog, Other", animal.Kind)
	same(t, "discriminator", []string{"told apart by kind"}, animal.Rules)
}

func TestOpenAPI31(t *testing.T) {
	t.Parallel()
	doc := read(t, "openapi", `
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /a:
    get:
      responses:
        200:
          description: ok
          content: {application/json: {schema: {type: [string, 'null'], examples: [abc]}}}
  /b: {delete: {responses: {'204': {description: gone}}}}
components:
  schemas:
    Fixed: {const: 7}
    Same: {$ref: '#/components/schemas/Fixed'}
`)
	get := operation(t, doc, "GET-a")
	same(t, "types", "string or null", get.Responses[0].Contents[0].Schema.Type)
	same(t, "example", `"abc"`, get.Responses[0].Contents[0].Example())
	fixed, _ := doc.Type("Fixed")
	same(t, "const", []string{"always 7"}, fixed.Rules)
	alias, _ := doc.Type("Same")
	same(t, "an alias links on", "Fixed", alias.Fields[0].Ref)
}

func TestAsyncAPI3(t *testing.T) {
	t.Parallel()
	doc := read(t, "asyncapi", `
asyncapi: 3.0.0
info: {title: Lamps, version: 1.0.0}
defaultContentType: application/json
servers:
  live: {host: 'broker.example:9092', protocol: kafka, description: Live}
channels:
  lit:
    address: lamps.{street}.lit
    description: Who lights what
    parameters: {street: {description: Which street, enum: [high, low]}}
    messages: {Lit: {$ref: '#/components/messages/Lit'}}
  dark: {messages: {Dark: {payload: {type: string}}}}
operations:
  onLit: {action: receive, channel: {$ref: '#/channels/lit'}, summary: A lamp was lit}
  goDark: {action: send, channel: {$ref: '#/channels/dark'}}
components:
  messages:
    Lit:
      name: lit
      headers: {type: object, properties: {trace: {type: string}}}
      payload: {$ref: '#/components/schemas/Lamp'}
      examples: [{payload: {id: 7}}]
  schemas:
    Lamp: {type: object, required: [id], properties: {id: {type: integer}, at: {$ref: '#/components/schemas/Place'}, near: {type: array, items: {$ref: '#/components/schemas/Lamp'}}}}
    Place: {type: object, properties: {pole: {type: object, properties: {height: {type: object, properties: {metres: {type: number}}}}}}}
`)
	same(t, "Servers", []apidoc.Server{{URL: "kafka://broker.example:9092", Description: "Live"}}, doc.Servers)
	on := operation(t, doc, "onLit")
	same(t, "operation", "receive lamps.{street}.lit A lamp was lit", on.Verb+" "+on.Path+" "+on.Summary)
	same(t, "Params", "path street*:string, header trace:string", outline(on.Params))
	same(t, "values", []string{"high", "low"}, on.Params[0].Values)
	same(t, "media type", "lit application/json", on.Request[0].MediaType)
	same(t, "payload", "id*:integer, at:object{pole:object{height:object{metres:number}}}, near:array of object", outline(on.Request[0].Schema.Fields))
	same(t, "example", "{\n  \"id\": 7\n}", on.Request[0].Example())
	dark := operation(t, doc, "goDark")
	same(t, "a channel without an address goes by its name", "dark", dark.Path)
}

func TestGraphQL(t *testing.T) {
	t.Parallel()
	doc := read(t, "graphql", `
schema { query: Root mutation: Change }
"What can be asked"
type Root { "One" item(id: ID!, deep: Boolean = false): Item @deprecated, find: [Result!]! }
type Change { drop(id: ID!): Boolean }
interface Node { id: ID! }
type Item implements Node { id: ID!, size: Size, parts(first: Int): [Item] }
union Result = Item | Other
type Other { x: Int }
enum Size { SMALL "Huge" BIG }
input Filter { name: String = "a" }
scalar Date
extend type Root { late: Date }
`)
	item := operation(t, doc, "query.item")
	same(t, "item", "query item One", item.Verb+" "+item.Path+" "+item.Description)
	same(t, "Deprecated", true, item.Deprecated)
	same(t, "Params", "id*:ID!, deep:Boolean", outline(item.Params))
	same(t, "Default", "false", item.Params[1].Default)
	same(t, "answer", "Item", item.Responses[0].Contents[0].Schema.Ref)
	operation(t, doc, "mutation.drop")
	operation(t, doc, "query.late")
	kinds := map[string]string{}
	for _, typ := range doc.Types {
		kinds[typ.Name] = typ.Kind
	}
	same(t, "types", map[string]string{"Node": "interface", "Item": "object", "Result": "union", "Other": "object", "Size": "enum", "Filter": "input object", "Date": "scalar"}, kinds)
	typ, _ := doc.Type("Item")
	same(t, "Rules", []string{"implements Node"}, typ.Rules)
}

func TestProto(t *testing.T) {
	t.Parallel()
	doc := read(t, "grpc", `syntax = "proto3";
package zoo.v1;
// Keeps animals.
service Zoo {
  // Lists them.
  rpc List (ListRequest) returns (stream Animal);
  rpc Feed (stream Animal) returns (Animal) { option deprecated = true; }
}
message ListRequest { int32 limit = 1; map<string, Animal> by = 2; }
message Animal {
  message Leg { int32 length = 1; }
  enum Mood { CALM = 0; WILD = 1; // Beware
  }
  oneof food { string hay = 1; bytes meat = 2; }
  repeated Leg legs = 3; // All of them
  Mood mood = 4;
}
`)
	same(t, "Format", "Protocol Buffers (proto3)", doc.Format)
	same(t, "Title", "zoo.v1", doc.Title)
	list := operation(t, doc, "Zoo.List")
	same(t, "List", "rpc List Lists them.", list.Verb+" "+list.Path+" "+list.Description)
	same(t, "answer", "stream of Animal", list.Responses[0].Contents[0].Schema.Type)
	same(t, "Feed", "stream of Animal", operation(t, doc, "Zoo.Feed").Request[0].Schema.Type)
	same(t, "Deprecated", true, operation(t, doc, "Zoo.Feed").Deprecated)
	animal, _ := doc.Type("Animal")
	same(t, "Animal", "hay:string, meat:bytes, legs:repeated Leg, mood:Mood", outline(animal.Fields))
	same(t, "oneof", []string{"one of food"}, animal.Fields[0].Rules)
	same(t, "a nested type is linked", "Animal.Leg", animal.Fields[2].Ref)
	same(t, "inline comment", "All of them", animal.Fields[2].Description)
	request, _ := doc.Type("ListRequest")
	same(t, "map", "limit:int32, by:map of string to Animal", outline(request.Fields))
	same(t, "a map's values are linked", "Animal", request.Fields[1].Ref)
}
