// SPDX-License-Identifier: Apache-2.0

package apidoc_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog/catalogweb/apidoc"
)

func TestPlaceOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, apiType, definition string
		want                      apidoc.Place
	}{
		{"YAML", "openapi", "openapi: 3.0.0\ninfo:\n  title: [a\npaths: {}\n", apidoc.Place{Line: 4}},
		{"JSON", "openapi", "{\n  \"openapi\": \"3.0.0\",\n  ,\n}\n", apidoc.Place{Line: 3}},
		{"a reference", "openapi", "openapi: 3.0.0\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get:\n      responses:\n        '200':\n          $ref: '#/components/responses/None'\n", apidoc.Place{Line: 8, Column: 18}},
		{"AsyncAPI", "asyncapi", "asyncapi: 3.0.0\n\tinfo: x\n", apidoc.Place{Line: 2}},
		{"GraphQL", "graphql", "type Query {\n  a: Int\n  b b\n}\n", apidoc.Place{Line: 3, Column: 5}},
		{"proto", "grpc", "syntax = \"proto3\";\nservice A {\n  rpc B (C) gives (D);\n}\n", apidoc.Place{Line: 3, Column: 13}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := apidoc.Parse(tt.apiType, tt.definition)
			place, ok := apidoc.PlaceOf(err)
			if !ok || place.Line != tt.want.Line || tt.want.Column != 0 && place.Column != tt.want.Column {
				t.Errorf("PlaceOf(%v) = %v, %v; want %v", err, place, ok, tt.want)
			}
			if callboard.CodeOf(err) != callboard.CodeInvalid {
				t.Errorf("Parse = %v, want it to be invalid", err)
			}
		})
	}
	if _, ok := apidoc.PlaceOf(nil); ok {
		t.Error("PlaceOf(nil) knows a place")
	}
	if _, err := apidoc.Parse("openapi", "info: {title: x}"); err != nil {
		if place, ok := apidoc.PlaceOf(err); ok {
			t.Errorf("PlaceOf(%v) = %v, want none", err, place)
		}
	}
}

// head is what an OpenAPI document begins with.
const head = "openapi: 3.0.0\ninfo: {title: t, version: '1'}\n"

// hostile are definitions that never end, are deep, or multiply.
func hostile() map[string][2]string {
	wide := func(n int, part string) string { return strings.Repeat(part+", ", n-1) + part }
	lists := "a: &a0 [x, x, x, x, x, x, x, x, x]\n"
	for i := range 9 {
		lists += fmt.Sprintf("b%d: &a%d [%s]\n", i, i+1, wide(9, fmt.Sprintf("*a%d", i)))
	}
	self := "{$ref: '#/components/schemas/A'}"
	var paths, many strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&paths, "  /p%d: {get: {responses: {'200': {description: d, content: {application/json: {schema: {allOf: [{$ref: '#/components/schemas/B'}]}}}}}}}\n", i)
	}
	for i := range 500 {
		fmt.Fprintf(&many, "f%d: {type: string}, ", i)
	}
	return map[string][2]string{
		"cycle":            {"openapi", head + "paths: {}\ncomponents: {schemas: {A: {type: object, properties: {a: " + self + "}}}}"},
		"allOf itself":     {"openapi", head + "paths: {}\ncomponents: {schemas: {A: {allOf: [" + wide(40, self) + "]}}}"},
		"allOf in circles": {"openapi", head + "paths: {}\ncomponents: {schemas: {A: {allOf: [{$ref: '#/components/schemas/B'}, {$ref: '#/components/schemas/B'}]}, B: {allOf: [" + self + ", " + self + "]}}}"},
		"oneOf itself":     {"openapi", head + "paths: {}\ncomponents: {schemas: {A: {oneOf: [" + wide(40, self) + "]}}}"},
		"items of itself":  {"openapi", head + "paths: {}\ncomponents: {schemas: {A: {type: array, items: " + self + "}}}"},
		"alias bomb":       {"openapi", head + lists},
		"deep YAML":        {"openapi", head + "x: " + strings.Repeat("[", 100_000)},
		"deep JSON":        {"openapi", `{"openapi": "3.0.0", "x": ` + strings.Repeat(`{"a":`, 100_000)},
		"deep schema":      {"openapi", head + "paths: {}\ncomponents: {schemas: {A: " + strings.Repeat("{items: ", 500) + "{}" + strings.Repeat("}", 500) + "}}"},
		"a wide type":      {"openapi", head + "paths:\n" + paths.String() + "components: {schemas: {B: {type: object, properties: {" + many.String() + "}}}}"},
		"async cycle":      {"asyncapi", "asyncapi: 2.6.0\nchannels: {c: {publish: {message: {payload: " + self + "}}}}\ncomponents: {schemas: {A: {allOf: [" + wide(50, self) + "], properties: {" + strings.ReplaceAll(many.String(), "{type: string}", self) + "}}}}"},
		"async reference":  {"asyncapi", "asyncapi: 3.0.0\noperations: {o: {$ref: '#/operations/o'}}"},
		"async spread":     {"asyncapi", "asyncapi: 2.6.0\nchannels: {c: {publish: {message: {payload: {$ref: '#/components/schemas/S0'}}}}}\ncomponents: {schemas: {" + spread(18) + "}}"},
		"deep GraphQL":     {"graphql", "type Query { a: " + strings.Repeat("[", 200_000) + "Int" + strings.Repeat("]", 200_000) + " }"},
		"GraphQL tokens":   {"graphql", "type Query { " + strings.Repeat("a: Int ", 300_000) + "}"},
		"deep proto":       {"grpc", `syntax = "proto3";` + strings.Repeat("message A {", 50_000) + strings.Repeat("}", 50_000)},
		"open proto":       {"grpc", strings.Repeat("message A {", 100_000)},
		"nothing":          {"grpc", strings.Repeat("\x00", 1000)},
		"not UTF-8":        {"openapi", "openapi: 3.0.0\ninfo: {title: \"\xff\xfe\"}\npaths: {}"},
	}
}

// spread is n schemas that each name the next one ten times.
func spread(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "S%d: {type: object, properties: {", i)
		for k := range 10 {
			fmt.Fprintf(&b, "p%d: {$ref: '#/components/schemas/S%d'}, ", k, i+1)
		}
		b.WriteString("}}, ")
	}
	return b.String() + fmt.Sprintf("S%d: {type: string}", n)
}

func TestHostileDefinitionsEnd(t *testing.T) {
	t.Parallel()
	for name, h := range hostile() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			doc, err := apidoc.Parse(h[0], h[1])
			if err != nil && callboard.CodeOf(err) != callboard.CodeInvalid {
				t.Errorf("Parse = %v, want a document or an invalid error", err)
			}
			for _, g := range doc.Groups {
				for _, op := range g.Operations {
					for _, c := range op.Request {
						c.Example()
					}
				}
			}
			if took := time.Since(start); took > time.Minute {
				t.Errorf("Parse took %v for %d bytes", took, len(h[1]))
			}
			if len(callboard.MessageOf(err)) > 1000 {
				t.Errorf("the message has %d bytes", len(callboard.MessageOf(err)))
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	var paths strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&paths, "  /p%d: {get: {operationId: o%d, tags: [t%d], parameters: [{name: a, in: query, schema: {type: string}}], responses: {'200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/B'}}}}}}}\n", i, i, i%20)
	}
	definition := head + "paths:\n" + paths.String() + "components: {schemas: {B: {type: object, properties: {a: {type: string}, b: {$ref: '#/components/schemas/B'}}}}}"
	b.SetBytes(int64(len(definition)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := apidoc.Parse("openapi", definition); err != nil {
			b.Fatal(err)
		}
	}
}
