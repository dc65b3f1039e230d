// SPDX-License-Identifier: Apache-2.0

package catalogweb_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard/catalog/catalogtest"
	"github.com/callboard/callboard/catalog/catalogweb"
)

const orders = `openapi: 3.0.3
info: {title: Orders, version: 2.0.0, description: All orders}
servers: [{url: 'https://orders.example'}]
paths:
  /orders/{id}:
    get:
      operationId: getOrder
      tags: [Orders]
      summary: Read an order
      parameters: [{name: id, in: path, required: true, description: Which, schema: {type: string}}]
      responses:
        '200': {description: The order, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
        '404': {description: There is none}
  /orders:
    post:
      operationId: place
      deprecated: true
      requestBody: {content: {application/json: {schema: {type: object, required: [basket], properties: {basket: {type: string}}}}}}
      responses: {'201': {description: Placed}}
components:
  schemas:
    Order: {type: object, properties: {lines: {type: array, items: {$ref: '#/components/schemas/Line'}}, of: {$ref: '#/components/schemas/Order'}}}
    Line: {description: One line, type: object, properties: {sku: {type: string, maxLength: 9}}}
    'a/b?c': {type: string, enum: [x, y]}
`

func api(name, kind, definition string) *catalogtest.Builder {
	return catalogtest.API(name).Set("type", kind).Set("definition", definition)
}

func TestAPIs(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.get("/apis", http.StatusOK).one(".empty").says("No API", "spec.definition")
	s.add(
		api("orders", "openapi", orders).Title("Orders API"), api("events", "asyncapi", "asyncapi: 3.0.0"),
		catalogtest.Component("till").Set("providesApis", []any{"orders"}),
		catalogtest.Component("shop").Set("consumesApis", []any{"orders", "events"}),
		catalogtest.Component("app").Set("consumesApis", []any{"orders"}),
	)
	rows := s.get("/apis", http.StatusOK).all("tbody tr")
	if len(rows) != 2 {
		t.Fatalf("%d APIs, want 2", len(rows))
	}
	rows[1].says("Orders API", "openapi", "team", "till", "2", "production")
	rows[1].one(`a[href="/catalog/default/component/till"]`)
	if diff := cmp.Diff([]string{"Orders API"}, s.get("/apis?q=orders", http.StatusOK).texts("tbody th a")); diff != "" {
		t.Errorf("found mismatch (-want +got):\n%s", diff)
	}
	s.get("/apis?q=zebra", http.StatusOK).one(".empty").says("No such API", "Show all")
	s.get("/apis?cursor=rubbish", http.StatusBadRequest)
}

func TestDefinitionOperations(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.add(api("orders", "openapi", orders))
	const base = "/catalog/default/api/orders/definition"
	page := s.get(base, http.StatusOK)
	page.one("main").says("OpenAPI 3.0.3, version 2.0.0", "All orders", "https://orders.example")
	if diff := cmp.Diff([]string{"POST /orders deprecated", "GET /orders/{id} Read an order"}, page.texts(".operations li")); diff != "" {
		t.Errorf("operations mismatch (-want +got):\n%s", diff)
	}
	page.one(`.operations a[href="` + base + `/getOrder"]`)
	page.one(`.segments a[href="` + base + `?view=types"]`)
	page.one(`a[href="/apis/default/orders/definition"][download]`)
	if got := s.get(base+"?q=PLACE", http.StatusOK).texts(".operations li"); len(got) != 1 {
		t.Errorf("found %q, want the one operation", got)
	}
	s.get(base+"?q=zebra", http.StatusOK).one("main").says("No operation has that")
	s.get(base+"?view=nonsense", http.StatusOK).one(".operations li .mono[href=\"" + base + "/place\"]")
	if got := s.get(base+"?view=source", http.StatusOK).one("pre.code").text(); !strings.Contains(got, "operationId") {
		t.Errorf("the source says %q", got)
	}
	types := s.get(base+"?view=types", http.StatusOK)
	types.one(`a[href="` + base + `/type/Order"]`)
	s.get(types.one(`a[href="`+base+`/type/a%2Fb%3Fc"]`).attr("href"), http.StatusOK).one("main").says("a/b?c", "enum", "x")
}

func TestDefinitionParts(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.add(api("orders", "openapi", orders))
	const base = "/catalog/default/api/orders/definition"
	op := s.get(base+"/getOrder", http.StatusOK)
	op.one("main").says("GET", "/orders/{id}", "Read an order", "id path, string required Which", "200", "OK", "404", "Not Found", "There is none")
	op.one(`a[href="#type-Order"]`)
	op.one("#type-Order").says("lines array of Line", "of Order")
	op.one("#type-Line").says("One line", "at most 9 characters")
	op.none("#type-Other")
	s.get(base+"/place", http.StatusOK).one("main").says("deprecated", "basket string required", `"basket"`)
	line := s.get(base+"/type/Order", http.StatusOK)
	line.none("#type-Order")
	line.one("#type-Line")
	s.get(base+"/none", http.StatusNotFound).says("no operation none")
	s.get(base+"/type/None", http.StatusNotFound).says("no type None")
}

func TestDefinitionBroken(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.add(
		api("broken", "openapi", "openapi: 3.0.0\ninfo:\n  title: t\n  version: '1'\npaths:\n  /a: {get: {responses: {'200': {$ref: '#/components/responses/None'}}}}\n"),
		api("unknown", "trpc", "a text <b>of</b> its own"),
		api("wide", "graphql", "type Query { "+strings.Repeat("x", 5000)+" ! }"),
	)
	page := s.get("/catalog/default/api/broken/definition", http.StatusOK)
	page.one(".note.bad").says("cannot be read: line 6, column 41", "#/components/responses/None")
	blocks := page.texts("pre.code")
	if len(blocks) != 2 || !strings.Contains(blocks[0], "5 paths: 6") || !strings.Contains(blocks[0], "^") {
		t.Errorf("text blocks are %q, want the place and the whole", blocks)
	}
	page.one(`a[href="/apis/default/broken/definition"]`)
	unknown := s.get("/catalog/default/api/unknown/definition", http.StatusOK)
	unknown.none(".note.bad")
	unknown.one("pre.code").says("a text <b>of</b> its own")
	unknown.none("pre.code b")
	wide := s.get("/catalog/default/api/wide/definition", http.StatusOK)
	if got := wide.texts("pre.code")[0]; len(got) > 400 {
		t.Errorf("the place is shown in %d bytes, want the part of the line", len(got))
	}
}

func TestDefinitionDownload(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.add(api("stock", "grpc", "syntax = \"proto3\";"), catalogtest.API("empty").Set("definition", " "), catalogtest.Component("shop"))
	page := s.get("/apis/default/stock/definition", http.StatusOK)
	if got := page.header.Get("Content-Disposition"); got != `attachment; filename="stock.proto"` {
		t.Errorf("Content-Disposition = %q", got)
	}
	page.says(`syntax = "proto3";`)
	s.get("/apis/default/none/definition", http.StatusNotFound)
	s.get("/apis/default/shop/definition", http.StatusNotFound)
}

func TestDefinitionHuge(t *testing.T) {
	t.Parallel()
	s := newSite(t, &catalogweb.Options{SlotTimeout: time.Minute}) // machines that test are busy
	var paths, schemas strings.Builder
	for i := range 1500 {
		fmt.Fprintf(&paths, "  /p%04d: {get: {operationId: o%d, responses: {'200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/S%d'}}}}}}}\n", i, i, i)
		fmt.Fprintf(&schemas, "    S%d: {type: object, properties: {next: {$ref: '#/components/schemas/S%d'}}}\n", i, (i+1)%1500)
	}
	s.add(api("huge", "openapi", "openapi: 3.0.0\ninfo: {title: t, version: '1'}\npaths:\n"+paths.String()+"components:\n  schemas:\n"+schemas.String()))
	const base = "/catalog/default/api/huge/definition"
	page := s.get(base, http.StatusOK)
	if got := len(page.all(".operations li")); got != 300 {
		t.Errorf("%d operations, want 300", got)
	}
	page.one("main").says("and 1,200 more")
	if got := s.get(base+"?q=p1499", http.StatusOK).texts(".operations li a"); len(got) != 1 {
		t.Errorf("found %q", got)
	}
	s.get(base+"?view=types", http.StatusOK).one("main").says("1,500 types", "and 500 more")
	s.get(base+"?view=source", http.StatusOK).one("main").says("The first 63 of")
	op := s.get(base+"/o3", http.StatusOK)
	if got := len(op.all("details[id]")); got != 30 {
		t.Errorf("%d types inline, want 30", got)
	}
	op.one(`a.chip[href="` + base + `/type/S33"]`)
}

func BenchmarkDefinition(b *testing.B) {
	s := newSite(b, nil)
	s.add(api("orders", "openapi", orders))
	for b.Loop() {
		s.get("/catalog/default/api/orders/definition", http.StatusOK)
	}
}
