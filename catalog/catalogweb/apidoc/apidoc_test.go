// SPDX-License-Identifier: Apache-2.0

package apidoc_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog/catalogweb/apidoc"
)

// demo is the reference portal's company: one definition of every format.
const demo = "../../../examples/portal/demo/"

func parse(t *testing.T, apiType, file string) apidoc.Doc {
	t.Helper()
	b, err := os.ReadFile(demo + file)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := apidoc.Parse(apiType, string(b))
	if err != nil {
		t.Fatalf("Parse(%s): %v", file, err)
	}
	return doc
}

func TestParseFormats(t *testing.T) {
	t.Parallel()
	tests := []struct {
		apiType, file, format string
		operations            []string
		types                 int
	}{
		{"openapi", "commerce/orders-api.openapi.yaml", "OpenAPI 3.1.0", []string{
			"getBasket GET /baskets/{basketId}", "emptyBasket DELETE /baskets/{basketId}", "addItem POST /baskets/{basketId}/items",
			"listOrders GET /orders", "placeOrder POST /orders", "getOrder GET /orders/{orderId}",
		}, 7},
		{"openapi", "payments/payments-api.openapi.yaml", "OpenAPI 3.0.3", []string{
			"authorisePayment POST /payments", "getPayment GET /payments/{id}",
			"capturePayment POST /payments/{id}/capture", "voidPayment POST /payments/{id}/void",
		}, 5},
		{"openapi", "platform/accounts-api.swagger.json", "Swagger 2.0", []string{
			"signIn POST /sessions", "signOut DELETE /sessions/{id}", "listConsents GET /customers/{id}/consents",
		}, 3},
		{"asyncapi", "commerce/order-events.asyncapi.yaml", "AsyncAPI 3.0.0", []string{
			"publishPlaced send orders.placed.v1", "publishShipped send orders.shipped.v1",
		}, 0},
		{"graphql", "discovery/search-api.graphql", "GraphQL", []string{
			"query.search query search", "query.suggest query suggest", "query.product query product",
		}, 11},
		{"grpc", "commerce/stock.proto", "Protocol Buffers (proto3)", []string{
			"Stock.Level rpc Level", "Stock.Reserve rpc Reserve", "Stock.Release rpc Release", "Stock.Watch rpc Watch",
		}, 7},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			t.Parallel()
			doc := parse(t, tt.apiType, tt.file)
			if doc.Format != tt.format {
				t.Errorf("Format = %q, want %q", doc.Format, tt.format)
			}
			got := map[string]bool{}
			for _, g := range doc.Groups {
				for _, op := range g.Operations {
					got[op.ID+" "+op.Verb+" "+op.Path] = true
				}
			}
			want := map[string]bool{}
			for _, op := range tt.operations {
				want[op] = true
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("operations mismatch (-want +got):\n%s", diff)
			}
			if len(doc.Types) != tt.types {
				t.Errorf("got %d types, want %d", len(doc.Types), tt.types)
			}
		})
	}
}

func TestOperationDetails(t *testing.T) {
	t.Parallel()
	doc := parse(t, "openapi", "commerce/orders-api.openapi.yaml")
	op, ok := doc.Operation("placeOrder")
	if !ok {
		t.Fatal("no operation placeOrder")
	}
	wantParam := apidoc.Field{Name: "Idempotency-Key", In: "header", Type: "string (uuid)", Required: true}
	if diff := cmp.Diff([]apidoc.Field{wantParam}, op.Params); diff != "" {
		t.Errorf("Params mismatch (-want +got):\n%s", diff)
	}
	if got := op.Request[0].Schema.Fields[0].Name; got != "basketId" || !op.Request[0].Schema.Fields[0].Required {
		t.Errorf("first request field = %q, want the required basketId", got)
	}
	if got := op.Responses[0].Contents[0].Schema.Ref; got != "Order" {
		t.Errorf("201 refers to %q, want Order", got)
	}
	add, _ := doc.Operation("addItem")
	if !strings.Contains(add.Request[0].Example(), "tent-2p-green") {
		t.Errorf("example = %s, want the author's", add.Request[0].Example())
	}
	if !strings.Contains(op.Responses[0].Contents[0].Example(), `"currency"`) {
		t.Errorf("example = %s, want one made from the schema", op.Responses[0].Contents[0].Example())
	}
	order, _ := doc.Type("Order")
	for _, f := range order.Fields {
		if f.Name == "replaces" && f.Ref != "Order" {
			t.Errorf("replaces refers to %q, want Order: a schema may refer to itself", f.Ref)
		}
	}
}

func TestAsyncAPIVersion2(t *testing.T) {
	t.Parallel()
	doc, err := apidoc.Parse("asyncapi", `
asyncapi: 2.6.0
info: {title: Lights, version: 1.0.0}
channels:
  lights/{id}/measured:
    subscribe:
      operationId: onMeasured
      message: {$ref: '#/components/messages/Measured'}
components:
  messages:
    Measured:
      name: measured
      payload: {$ref: '#/components/schemas/Lumens'}
  schemas:
    Lumens: {type: object, properties: {value: {type: integer, minimum: 0}}}
`)
	if err != nil {
		t.Fatal(err)
	}
	op, ok := doc.Operation("onMeasured")
	if !ok || op.Verb != "subscribe" || len(op.Request) != 1 {
		t.Fatalf("operation = %+v, %v", op, ok)
	}
	if got := op.Request[0].Schema.Fields; len(got) != 1 || got[0].Name != "value" || got[0].Rules[0] != "at least 0" {
		t.Errorf("payload fields = %+v", got)
	}
}

func TestParseRefusals(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, apiType, definition, want string }{
		{"empty", "openapi", "", "not an object"},
		{"not YAML", "openapi", "{a: [", "not YAML"},
		{"no version", "openapi", "info: {title: x}", "OpenAPI document?"},
		{"broken reference", "openapi", "openapi: 3.0.0\ninfo: {title: t, version: '1'}\npaths: {/a: {get: {responses: {'200': {$ref: '#/components/responses/None'}}}}}", "cannot be read"},
		{"external file", "openapi", "openapi: 3.0.0\ninfo: {title: t, version: '1'}\npaths: {/a: {$ref: '/etc/passwd'}}", "cannot be read"},
		{"graphql", "graphql", "type Query {", "cannot be read"},
		{"proto", "grpc", "service {", "cannot be read"},
		{"async", "asyncapi", "info: {}", "AsyncAPI document?"},
		{"unknown", "trpc", "x", "shown as text"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := apidoc.Parse(tt.apiType, tt.definition)
			if callboard.CodeOf(err) != callboard.CodeInvalid || !strings.Contains(callboard.MessageOf(err), tt.want) {
				t.Errorf("Parse = %v, want an invalid error that says %q", err, tt.want)
			}
		})
	}
	if _, err := apidoc.Parse("openapi", strings.Repeat("a", apidoc.MaxBytes+1)); callboard.CodeOf(err) != callboard.CodeTooLarge {
		t.Errorf("Parse of a long definition = %v, want too large", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, file := range []struct{ apiType, name string }{
		{"openapi", "commerce/orders-api.openapi.yaml"}, {"openapi", "platform/accounts-api.swagger.json"},
		{"asyncapi", "commerce/order-events.asyncapi.yaml"}, {"graphql", "discovery/search-api.graphql"}, {"grpc", "commerce/stock.proto"},
	} {
		b, err := os.ReadFile(demo + file.name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file.apiType, string(b))
	}
	f.Fuzz(func(t *testing.T, apiType, definition string) {
		doc, err := apidoc.Parse(apiType, definition)
		if err != nil {
			return
		}
		for _, g := range doc.Groups {
			for _, op := range g.Operations {
				if found, ok := doc.Operation(op.ID); !ok || found.Path != op.Path {
					t.Errorf("operation %q is not found by its ID", op.ID)
				}
			}
		}
	})
}
