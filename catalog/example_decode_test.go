// SPDX-License-Identifier: Apache-2.0

package catalog_test

import (
	"fmt"

	"github.com/callboard/callboard/catalog"
)

func ExampleDecode() {
	file := `apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: Ticket Desk
spec:
  type: service
  owner: stage-crew
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata:
  name: stage-crew
spec:
  type: team
  children: []
`
	kinds, err := catalog.NewKinds()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, doc := range catalog.Decode([]byte(file), &catalog.DecodeOptions{Location: "file:catalog-info.yaml"}) {
		problems := kinds.Validate(&doc)
		for _, p := range problems {
			fmt.Printf("%d:%d %s; %s\n", p.Line, p.Column, p.Message, p.Remedy)
		}
		if len(problems) == 0 {
			fmt.Println("ok:", doc.Entity.Ref())
		}
	}
	// Output:
	// 4:9 metadata.name "Ticket Desk" is not valid; name: use letters, digits and - _ . between them, at most 63 characters; did you mean 'ticket-desk'?
	// 5:1 spec.lifecycle is missing; add lifecycle to spec
	// ok: group:default/stage-crew
}

func ExampleParseKinds() {
	declared, err := catalog.ParseKinds([]byte(`apiVersion: callboard.dev/v1alpha1
kind: Kind
metadata:
  name: Prop
  description: A thing that actors carry on stage.
spec:
  apiVersions: [stage.example/v1]
  schema:
    type: object
    required: [owner]
    properties:
      owner: {type: string, minLength: 1}
  relations:
    - {field: spec.owner, type: ownedBy, inverse: ownerOf, defaultKind: Group}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	kinds, err := catalog.NewKinds(declared...)
	if err != nil {
		fmt.Println(err)
		return
	}
	sword := &catalog.Entity{
		APIVersion: "stage.example/v1", Kind: "Prop",
		Metadata: catalog.Metadata{Name: "sword"},
		Spec:     map[string]any{"owner": "props"},
	}
	edges, _ := kinds.Relations(sword)
	for _, e := range edges {
		fmt.Println(e.Source, e.Type, e.Target)
	}
	// Output:
	// prop:default/sword ownedBy group:default/props
	// group:default/props ownerOf prop:default/sword
}

func ExampleKindOf() {
	type Prop struct {
		Owner string `json:"owner" doc:"Who looks after it." ref:"ownedBy,ownerOf,Group"`
		State string `json:"state,omitempty" enum:"ready,broken"`
	}
	kind, err := catalog.KindOf[Prop](catalog.Kind{Name: "Prop", APIVersions: []string{"stage.example/v1"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	kinds, err := catalog.NewKinds(kind)
	if err != nil {
		fmt.Println(err)
		return
	}
	sword := &catalog.Entity{
		APIVersion: "stage.example/v1", Kind: "Prop",
		Metadata: catalog.Metadata{Name: "sword"},
		Spec:     map[string]any{"owner": "props", "state": "brokn"},
	}
	for _, p := range kinds.Check(sword, nil) {
		fmt.Println(p.Pointer, p.Message, "-", p.Remedy)
	}
	// Output:
	// /spec/state spec.state is "brokn", which is not one of "ready", "broken" - did you mean broken?
}

func ExampleParseRef() {
	ref, err := catalog.ParseRef("stage-crew", catalog.Ref{Kind: "Group"})
	fmt.Println(ref, err)
	_, err = catalog.ParseRef("stage-crew", catalog.Ref{})
	fmt.Println(err)
	// Output:
	// group:default/stage-crew <nil>
	// entity reference "stage-crew": it has no kind, and none is implied here; write kind:namespace/name
}

func ExampleFlatten() {
	for _, f := range catalog.Flatten(&catalog.Entity{
		Kind:     "Component",
		Metadata: catalog.Metadata{Name: "desk", Tags: []string{"Go"}},
		Spec:     map[string]any{"lifecycle": "Production"},
	}) {
		if !f.Null && f.Key != "apiversion" {
			fmt.Printf("%s = %s (%s)\n", f.Key, f.Value, f.Original)
		}
	}
	// Output:
	// kind = component (Component)
	// metadata.tags = go (Go)
	// metadata.tags.go = true (true)
	// spec.lifecycle = production (Production)
	// metadata.name = desk (desk)
	// metadata.namespace = default (default)
}
