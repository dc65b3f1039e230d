// SPDX-License-Identifier: Apache-2.0

package catalog_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

func TestBuiltinKinds(t *testing.T) {
	t.Parallel()
	var names []string
	for _, k := range mustKinds(t).All() {
		names = append(names, k.Name)
		if k.Title == "" || k.Plural == "" || k.Description == "" || k.Icon == "" || k.Schema == nil || len(k.Columns) == 0 {
			t.Errorf("%s is not described: %+v", k.Name, k)
		}
	}
	want := []string{"Component", "API", "Resource", "System", "Domain", "Group", "User", "Location", "Template", "AiResource"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("built-in kinds mismatch (-want +got):\n%s", diff)
	}
	if k, ok := mustKinds(t).Kind("api"); !ok || k.Plural != "APIs" {
		t.Errorf(`Kind("api") = %v, %v`, k.Name, ok)
	}
	if _, ok := mustKinds(t).Kind("robot"); ok {
		t.Error("Kind finds what is not declared")
	}
}

// outgoing returns the edges from the entity, and checks that each has its inverse.
func outgoing(t *testing.T, kinds *catalog.Kinds, text string) []string {
	t.Helper()
	doc := catalog.Decode([]byte(text), nil)[0]
	if p := kinds.Validate(&doc); len(p) > 0 {
		t.Fatalf("%s: %v", text, p)
	}
	edges, _ := kinds.Relations(doc.Entity)
	self := doc.Entity.Ref()
	var got []string
	for i := 0; i < len(edges); i += 2 {
		to, back := edges[i], edges[i+1]
		if to.Source != self || back.Target != self || back.Source != to.Target {
			t.Errorf("%v is not followed by its inverse but by %v", to, back)
		}
		got = append(got, to.Type+"/"+back.Type+" "+to.Target.String())
	}
	return got
}

func TestRelations(t *testing.T) {
	t.Parallel()
	kinds := mustKinds(t)
	head := "apiVersion: backstage.io/v1alpha1\nmetadata: {name: x, namespace: shop}\n"
	for text, want := range map[string][]string{
		head + "kind: Component\nspec: {type: t, lifecycle: l, owner: Crew, system: s, subcomponentOf: p, providesApis: [a, a, Other/b], consumesApis: [c], dependsOn: ['resource:d'], dependencyOf: [component:e]}": {
			"ownedBy/ownerOf group:shop/crew", "partOf/hasPart component:shop/p", "providesApi/apiProvidedBy api:shop/a", "providesApi/apiProvidedBy api:other/b",
			"consumesApi/apiConsumedBy api:shop/c", "dependsOn/dependencyOf resource:shop/d", "dependencyOf/dependsOn component:shop/e", "partOf/hasPart system:shop/s",
		},
		head + "kind: API\nspec: {type: t, lifecycle: l, owner: 'user:default/u', system: s, definition: d}":                   {"ownedBy/ownerOf user:default/u", "partOf/hasPart system:shop/s"},
		head + "kind: API\nspec: {type: mcp-server, lifecycle: l, owner: u, remotes: [{type: sse, url: 'https://a.example'}]}": {"ownedBy/ownerOf group:shop/u"},
		head + "kind: Resource\nspec: {type: t, owner: o, dependsOn: ['a:b'], dependencyOf: 'c:d', system: s}": {
			"ownedBy/ownerOf group:shop/o", "dependsOn/dependencyOf a:shop/b", "dependencyOf/dependsOn c:shop/d", "partOf/hasPart system:shop/s",
		},
		head + "kind: System\nspec: {owner: o, domain: d}":      {"ownedBy/ownerOf group:shop/o", "partOf/hasPart domain:shop/d"},
		head + "kind: Domain\nspec: {owner: o, subdomainOf: d}": {"ownedBy/ownerOf group:shop/o", "partOf/hasPart domain:shop/d"},
		head + "kind: Group\nspec: {type: t, parent: p, children: [c], members: [m]}": {
			"childOf/parentOf group:shop/p", "parentOf/childOf group:shop/c", "hasMember/memberOf user:shop/m",
		},
		head + "kind: User\nspec: {memberOf: [g]}":                                                                                                    {"memberOf/hasMember group:shop/g"},
		head + "kind: Location\nspec: {target: x}":                                                                                                    nil,
		head + "kind: AiResource\nspec: {type: skill, lifecycle: l, owner: o, dependsOn: [d]}":                                                        {"ownedBy/ownerOf group:shop/o", "dependsOn/dependencyOf airesource:shop/d"},
		head + "kind: AiResource\nspec: {type: plugin, lifecycle: l, owner: o, skills: [s]}":                                                          {"ownedBy/ownerOf group:shop/o", "hasPart/partOf airesource:shop/s"},
		head + "kind: AiResource\nspec: {type: marketplace, lifecycle: l, owner: o, plugins: [s]}":                                                    {"ownedBy/ownerOf group:shop/o", "hasPart/partOf airesource:shop/s"},
		head + "kind: AiResource\nspec: {type: rule, lifecycle: l, owner: o, category: c, rationale: r}":                                              {"ownedBy/ownerOf group:shop/o"},
		head + "kind: AiResource\nspec: {type: other, lifecycle: l, owner: o, system: s, dependsOn: [d]}":                                             {"ownedBy/ownerOf group:shop/o", "partOf/hasPart system:shop/s"},
		strings.Replace(head, "backstage.io/v1alpha1", "scaffolder.backstage.io/v1beta3", 1) + "kind: Template\nspec: {type: t, owner: o, steps: []}": {"ownedBy/ownerOf group:shop/o"},
	} {
		if diff := cmp.Diff(want, outgoing(t, kinds, text)); diff != "" {
			t.Errorf("%s\nRelations mismatch (-want +got):\n%s", text, diff)
		}
	}
}

func TestRelationsManyAndOdd(t *testing.T) {
	t.Parallel()
	kinds := mustKinds(t)
	list := make([]any, 0, 2_000)
	for i := range 1_000 {
		name := "resource:r" + strings.Repeat("x", i%50) + string(rune('a'+i%26))
		list = append(list, name, name)
	}
	e := &catalog.Entity{APIVersion: "backstage.io/v1alpha1", Kind: "Component", Metadata: catalog.Metadata{Name: "x"}, Spec: map[string]any{"dependsOn": list}}
	edges, problems := kinds.Relations(e)
	seen := map[catalog.Edge]bool{}
	for _, edge := range edges {
		if seen[edge] {
			t.Fatalf("edge %v is repeated", edge)
		}
		seen[edge] = true
	}
	if len(edges) == 0 || len(problems) > 0 {
		t.Errorf("%d edges, problems %v", len(edges), problems)
	}
	e.Spec = map[string]any{"owner": "component:x", "system": map[string]any{}}
	edges, problems = kinds.Relations(e)
	if len(edges) != 2 || len(problems) != 2 || problems[0].Severity != catalog.SeverityWarning || problems[0].Rule != "reference-kind" {
		t.Errorf("edges %v, problems %v", edges, problems)
	}
	if edges, _ := kinds.Relations(&catalog.Entity{Kind: "Robot"}); edges != nil {
		t.Errorf("edges of an unknown kind: %v", edges)
	}
}

func TestNormalize(t *testing.T) {
	t.Parallel()
	kinds := mustKinds(t)
	e := &catalog.Entity{
		APIVersion: "backstage.io/v1alpha1", Kind: "Component", Metadata: catalog.Metadata{Name: "x"},
		Spec: map[string]any{"dependsOn": []any{"b:b", "a:a"}, "consumesApis": []any{"z", int64(1)}, "order": []any{"b", "a"}},
	}
	kinds.Normalize(e)
	want := map[string]any{"dependsOn": []any{"a:a", "b:b"}, "consumesApis": []any{"z", int64(1)}, "order": []any{"b", "a"}}
	if diff := cmp.Diff(want, e.Spec); diff != "" || e.Metadata.Namespace != "default" {
		t.Errorf("namespace %q, spec mismatch (-want +got):\n%s", e.Metadata.Namespace, diff)
	}
}

const robotKind = `apiVersion: callboard.dev/v1alpha1
kind: Kind
metadata:
  name: Robot
  description: A machine that moves the scenery.
spec:
  apiVersions: [stage.example/v1]
  plural: Robots
  schema:
    type: object
    required: [owner]
    properties:
      owner: {type: string, minLength: 1}
      arms: {type: integer, minimum: 1}
  relations:
    - {field: spec.owner, type: ownedBy, inverse: ownerOf, defaultKind: Group, namespace: default}
    - {field: spec.parts.base, type: standsOn, inverse: carries}
  variants:
    - type: flying
      relations:
        - {field: spec.hangar, type: partOf, inverse: hasPart, defaultKind: Resource}
`

func TestParseKinds(t *testing.T) {
	t.Parallel()
	declared, err := catalog.ParseKinds([]byte(robotKind))
	if err != nil {
		t.Fatal(err)
	}
	kinds := mustKinds(t, declared...)
	text := "apiVersion: stage.example/v1\nkind: Robot\nmetadata: {name: x, namespace: shop}\nspec: {type: flying, owner: crew, arms: 2, parts: {base: 'resource:floor'}, hangar: h}"
	want := []string{"ownedBy/ownerOf group:default/crew", "standsOn/carries resource:shop/floor", "partOf/hasPart resource:shop/h"}
	if diff := cmp.Diff(want, outgoing(t, kinds, text)); diff != "" {
		t.Errorf("Relations mismatch (-want +got):\n%s", diff)
	}
	doc := catalog.Decode([]byte("apiVersion: stage.example/v1\nkind: Robot\nmetadata: {name: x}\nspec: {arms: 0, owner: a}\n"), nil)[0]
	if p := kinds.Validate(&doc); len(p) != 1 || p[0].Pointer != "/spec/arms" {
		t.Errorf("problems = %v", p)
	}
}

func TestKindsRefuse(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"unknown field": {strings.Replace(robotKind, "plural:", "plurals:", 1), `unknown field "plurals"`},
		"not a kind":    {strings.Replace(robotKind, "kind: Kind", "kind: Sort", 1), "kind Kind"},
		"broken":        {"a: [", "not closed"},
		"name in spec":  {strings.Replace(robotKind, "plural:", "name: Other\n  plural:", 1), "metadata.name"},
	} {
		if _, err := catalog.ParseKinds([]byte(c.text)); callboard.CodeOf(err) != callboard.CodeInvalid || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	declared, err := catalog.ParseKinds([]byte(robotKind))
	if err != nil {
		t.Fatal(err)
	}
	robot := declared[0]
	bad := func(change func(*catalog.Kind)) catalog.Kind {
		k := robot
		change(&k)
		return k
	}
	for want, k := range map[string]catalog.Kind{
		"must be a letter":        bad(func(k *catalog.Kind) { k.Name = "a b" }),
		"no apiVersions":          bad(func(k *catalog.Kind) { k.APIVersions = nil }),
		"is not valid":            bad(func(k *catalog.Kind) { k.APIVersions = []string{"a b"} }),
		"its schema":              bad(func(k *catalog.Kind) { k.Schema = map[string]any{"type": "strong"} }),
		"complete in itself":      bad(func(k *catalog.Kind) { k.Schema = map[string]any{"$ref": "file:///etc/passwd"} }),
		"variant has no type":     bad(func(k *catalog.Kind) { k.Variants = []catalog.Variant{{}} }),
		"schema of the variant":   bad(func(k *catalog.Kind) { k.Variants = []catalog.Variant{{Type: "x", Schema: map[string]any{"type": 3}}} }),
		"field, type and inverse": bad(func(k *catalog.Kind) { k.Relations = []catalog.RelationField{{Field: "spec.x"}} }),
		"can be inherit or default": bad(func(k *catalog.Kind) {
			k.Relations = []catalog.RelationField{{Field: "spec.x", Type: "a", Inverse: "b", Namespace: "z"}}
		}),
		"declared twice": {Name: "Component", APIVersions: []string{"backstage.io/v1beta1"}},
	} {
		if _, err := catalog.NewKinds(k); callboard.CodeOf(err) != callboard.CodeInvalid || !strings.Contains(err.Error(), want) {
			t.Errorf("NewKinds = %v, want %q", err, want)
		}
	}
	_, err = catalog.NewKinds(catalog.Kind{Name: "1"}, catalog.Kind{Name: "2"})
	if err == nil || !strings.Contains(err.Error(), `"1"`) || !strings.Contains(err.Error(), `"2"`) {
		t.Errorf("NewKinds = %v, want both mistakes", err)
	}
	if _, err := catalog.NewKinds(catalog.Kind{Name: "Component", APIVersions: []string{"acme.example/v1"}}); err != nil {
		t.Errorf("a kind of a built-in name under another apiVersion: %v", err)
	}
}

type robot struct {
	Owner  string            `json:"owner" doc:"Who looks after it." ref:"ownedBy,ownerOf,Group"`
	Mode   string            `json:"mode" enum:"idle,busy"`
	Arms   int               `json:"arms,omitempty"`
	Speed  *float64          `json:"speed"`
	Parts  []part            `json:"parts,omitempty"`
	Labels map[string]string `json:"labels,omitempty"`
	Needs  []string          `json:"needs,omitempty" ref:"dependsOn,dependencyOf"`
	hidden int
	Skip   int         `json:"-"`
	Base   catalog.Ref `json:"base,omitzero"`
}

type part struct {
	Name  string `json:"name"`
	Inner []part `json:"inner,omitempty"`
	Any   any    `json:"any,omitempty"`
	Spare bool   `json:"spare,omitempty"`
}

func TestKindOf(t *testing.T) {
	t.Parallel()
	k, err := catalog.KindOf[robot](catalog.Kind{Name: "Robot", APIVersions: []string{"stage.example/v1"}})
	if err != nil {
		t.Fatal(err)
	}
	kinds := mustKinds(t, k)
	head := "apiVersion: stage.example/v1\nkind: Robot\nmetadata: {name: x}\nspec: "
	good := head + "{owner: crew, mode: idle, arms: 2, speed: 1.5, parts: [{name: a, inner: [{}]}], labels: {a: b}, needs: ['resource:x'], extra: 1, base: 'resource:default/floor'}"
	if diff := cmp.Diff([]string{"ownedBy/ownerOf group:default/crew", "dependsOn/dependencyOf resource:default/x"}, outgoing(t, kinds, good)); diff != "" {
		t.Errorf("Relations mismatch (-want +got):\n%s", diff)
	}
	doc := catalog.Decode([]byte(head+"{owner: '', mode: lazy, arms: 1.5, parts: [{}], labels: {a: 1}}"), nil)[0]
	var got []string
	for _, p := range kinds.Validate(&doc) {
		got = append(got, p.Pointer)
	}
	if diff := cmp.Diff([]string{"/spec/owner", "/spec/mode", "/spec/arms", "/spec/parts/0/name", "/spec/labels/a"}, got); diff != "" {
		t.Errorf("problems mismatch (-want +got):\n%s", diff)
	}
	doc = catalog.Decode([]byte(good), nil)[0]
	spec, err := catalog.SpecOf[robot](doc.Entity)
	if err != nil || spec.Arms != 2 || *spec.Speed != 1.5 || spec.Base.Name != "floor" || spec.hidden != 0 {
		t.Errorf("SpecOf = %+v, %v", spec, err)
	}
	doc.Entity.Spec["arms"] = "two"
	if _, err := catalog.SpecOf[robot](doc.Entity); callboard.CodeOf(err) != callboard.CodeInvalid {
		t.Errorf("SpecOf of a wrong type = %v", err)
	}
	if _, err := catalog.KindOf[int](catalog.Kind{Name: "Robot"}); callboard.CodeOf(err) != callboard.CodeInvalid {
		t.Errorf("KindOf[int] = %v", err)
	}
	if _, err := catalog.KindOf[struct{ F func() }](catalog.Kind{Name: "Robot"}); callboard.CodeOf(err) != callboard.CodeInvalid {
		t.Errorf("KindOf of a function = %v", err)
	}
	if _, err := catalog.KindOf[struct {
		O string `ref:"ownedBy"`
	}](catalog.Kind{Name: "Robot", APIVersions: []string{"a/v1"}}); callboard.CodeOf(err) != callboard.CodeInvalid {
		t.Errorf("KindOf with half a relation = %v", err)
	}
}
