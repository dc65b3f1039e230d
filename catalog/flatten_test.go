// SPDX-License-Identifier: Apache-2.0

package catalog_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard/catalog"
)

func TestFlatten(t *testing.T) {
	t.Parallel()
	e := &catalog.Entity{
		APIVersion: "backstage.io/v1alpha1", Kind: "Component",
		Metadata: catalog.Metadata{
			Name: "Desk", UID: "U1", ETag: "hidden", Tags: []string{"Go", "go"},
			Annotations: map[string]string{"Example.com/X": "Y"},
		},
		Spec: map[string]any{
			"a": int64(1), "b": map[string]any{"c": nil, "e": []any{"f", "G"}},
			"h":    []any{map[string]any{"i": 1.5}, map[string]any{"i": true}},
			"long": strings.Repeat("x", 201), strings.Repeat("k", 200): "dropped",
			"empty": "",
		},
		Relations: []catalog.Relation{{Type: "ownedBy", Target: catalog.NewRef("group", "", "crew")}},
		Status:    &catalog.Status{Items: []catalog.StatusItem{{Type: "x"}}},
	}
	want := []catalog.Field{
		{Key: "apiversion", Value: "backstage.io/v1alpha1", Original: "backstage.io/v1alpha1"},
		{Key: "kind", Value: "component", Original: "Component"},
		{Key: "metadata.annotations.example.com/x", Value: "y", Original: "Y"},
		{Key: "metadata.tags", Value: "go", Original: "Go"},
		{Key: "metadata.tags.go", Value: "true", Original: "true"},
		{Key: "spec.a", Value: "1", Original: "1"},
		{Key: "spec.b.c", Null: true},
		{Key: "spec.b.e", Value: "f", Original: "f"},
		{Key: "spec.b.e.f", Value: "true", Original: "true"},
		{Key: "spec.b.e", Value: "g", Original: "G"},
		{Key: "spec.b.e.g", Value: "true", Original: "true"},
		{Key: "spec.empty"},
		{Key: "spec.h.i", Value: "1.5", Original: "1.5"},
		{Key: "spec.h.i", Value: "true", Original: "true"},
		{Key: "spec.long", Null: true},
		{Key: "metadata.name", Value: "desk", Original: "Desk"},
		{Key: "metadata.namespace", Null: true},
		{Key: "metadata.uid", Value: "u1", Original: "U1"},
		{Key: "metadata.namespace", Value: "default", Original: "default"},
		{Key: "relations.ownedby", Value: "group:default/crew", Original: "group:default/crew"},
	}
	if diff := cmp.Diff(want, catalog.Flatten(e)); diff != "" {
		t.Errorf("Flatten mismatch (-want +got):\n%s", diff)
	}
}

// TestFlattenMany has more fields than are looked through one by one.
func TestFlattenMany(t *testing.T) {
	t.Parallel()
	e := &catalog.Entity{APIVersion: "v1", Kind: "K", Metadata: catalog.Metadata{Name: "n"}, Spec: map[string]any{}}
	var list []any
	for i := range 300 {
		list = append(list, fmt.Sprint("X", i%150))
	}
	e.Spec["list"] = list
	seen := map[string]int{}
	for _, f := range catalog.Flatten(e) {
		seen[f.Key+"="+f.Value]++
	}
	for i := range 150 {
		for _, want := range []string{fmt.Sprintf("spec.list=x%d", i), fmt.Sprintf("spec.list.x%d=true", i)} {
			if seen[want] != 1 {
				t.Errorf("Flatten gives %s %d times, want once", want, seen[want])
			}
		}
	}
}

func BenchmarkFlatten(b *testing.B) {
	e := ticketDesk()
	b.ReportAllocs()
	for b.Loop() {
		catalog.Flatten(e)
	}
}
