// SPDX-License-Identifier: Apache-2.0

package catalog_test

import (
	"testing"

	"github.com/callboard/callboard/catalog"
)

const componentYAML = `apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: ticket-desk
  title: Ticket desk
  description: Sells seats at the window, online and by phone, and prints them.
  labels: {example.com/tier: gold}
  annotations:
    example.com/project: theatre/ticket-desk
    backstage.io/techdocs-ref: dir:.
  tags: [go, web, payments]
  links:
    - url: https://example.com/desk
      title: Desk
      icon: dashboard
spec:
  type: service
  lifecycle: production
  owner: stage-crew
  system: ticketing
  providesApis: [seat-map, orders]
  consumesApis: [payments]
  dependsOn:
    - resource:orders-db
    - component:mailer
`

func BenchmarkComponent(b *testing.B) {
	kinds, err := catalog.NewKinds()
	if err != nil {
		b.Fatal(err)
	}
	content := []byte(componentYAML)
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			catalog.Decode(content, nil)
		}
	})
	doc := catalog.Decode(content, nil)[0]
	b.Run("check", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			kinds.Check(doc.Entity, &doc)
		}
	})
	b.Run("all", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			doc := catalog.Decode(content, nil)[0]
			if p := kinds.Validate(&doc); len(p) != 0 {
				b.Fatal(p)
			}
			if edges, _ := kinds.Relations(doc.Entity); len(edges) == 0 {
				b.Fatal("no relations")
			}
		}
	})
	b.Run("json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := doc.Entity.MarshalJSON(); err != nil {
				b.Fatal(err)
			}
		}
	})
	text, err := doc.Entity.MarshalJSON()
	if err != nil {
		b.Fatal(err)
	}
	b.Run("unjson", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := new(catalog.Entity).UnmarshalJSON(text); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("flatten", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			catalog.Flatten(doc.Entity)
		}
	})
}

func BenchmarkNewKinds(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := catalog.NewKinds(); err != nil {
			b.Fatal(err)
		}
	}
}
