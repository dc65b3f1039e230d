// SPDX-License-Identifier: Apache-2.0

package catalog_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard/catalog"
)

func mustKinds(tb testing.TB, extra ...catalog.Kind) *catalog.Kinds {
	tb.Helper()
	kinds, err := catalog.NewKinds(extra...)
	if err != nil {
		tb.Fatal(err)
	}
	return kinds
}

// found is a problem as a test states it: rule, position, pointer, and words of
// its message or remedy.
func found(p catalog.Problem) string {
	return fmt.Sprintf("%s %d:%d %s", p.Rule, p.Line, p.Column, p.Pointer)
}

// deskText is a document with the lines of metadata and spec beside the needed ones.
func deskText(metadata, spec string) string {
	return "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: desk\n" + metadata +
		"spec:\n  type: service\n  lifecycle: production\n  owner: crew\n" + spec
}

func TestValidate(t *testing.T) {
	t.Parallel()
	kinds := mustKinds(t)
	for name, c := range map[string]struct {
		text  string
		want  []string
		words string // in the text of the first problem
	}{
		"sound": {text: componentYAML},
		"name": {
			"apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata:\n  name: My Service!\nspec: {memberOf: []}\n",
			[]string{"metadata-name 4:9 /metadata/name"}, "did you mean 'my-service'?",
		},
		"skeleton": {
			"apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata:\n  name: ${{ values.name }}\nspec: {memberOf: []}\n",
			[]string{"metadata-name 4:9 /metadata/name"}, "template skeletons",
		},
		"number as name": {
			"apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata:\n  name: 12\nspec: {memberOf: []}\n",
			[]string{"metadata-name 4:9 /metadata/name"}, "put it in quotes: '12'",
		},
		"all at once": {
			"apiVersion: back stage\nkind: My-Kind\nmetadata:\n  title: ''\n  namespace: A\n  uid: 1\nspec: []\nstatus: {}\nrelations: []\nSpecs: {}\n",
			[]string{
				"api-version 1:13 /apiVersion", "kind 2:7 /kind", "metadata-name 3:1 /metadata/name",
				"metadata-title 4:10 /metadata/title", "metadata-namespace 5:14 /metadata/namespace", "metadata-uid 6:8 /metadata/uid",
				"spec 7:7 /spec", "root-field 8:1 /status", "root-field 9:1 /relations", "root-field 10:1 /Specs",
			}, "backstage.io/v1alpha1",
		},
		"empty object": {"{}\n", []string{"api-version 1:1 /apiVersion", "kind 1:1 /kind", "metadata 1:1 /metadata"}, "is missing"},
		"nothing in metadata": {
			"apiVersion: v1\nkind: Component\nmetadata:\nspec: ~\n",
			[]string{"unknown-api-version 1:13 /apiVersion", "metadata 3:10 /metadata", "spec 4:7 /spec"}, "no apiVersion",
		},
		"labels": {
			deskText("  labels:\n    -a: b\n    b: 'x y'\n    c: 1\n    d: ''\n    A.b/c: ok\n", ""),
			[]string{"label 6:5 /metadata/labels/-a", "label 7:8 /metadata/labels/b", "label 8:8 /metadata/labels/c", "label 10:5 /metadata/labels/A.b~1c"},
			"label key",
		},
		"annotations": {
			deskText("  annotations:\n    x/y/z: b\n    b: any text at all!\n    c: true\n    d: ~\n", ""),
			[]string{"annotation 6:5 /metadata/annotations/x~1y~1z", "annotation 8:8 /metadata/annotations/c", "annotation 9:8 /metadata/annotations/d"},
			"annotation key",
		},
		"tags": {
			deskText("  tags: [go, C++, 'c#', a--b, 1, '']\n", ""),
			[]string{"tag 5:14 /metadata/tags/1", "tag 5:25 /metadata/tags/3", "tag 5:31 /metadata/tags/4", "tag 5:34 /metadata/tags/5"},
			"did you mean 'c++'?",
		},
		"tags as text": {deskText("  tags: go, web\n", ""), []string{"tag 5:9 /metadata/tags"}, "must be a list"},
		"links": {
			deskText("  links:\n    - url: javascript:alert(1)\n    - url: data:text/html,x\n    - url: example.com\n    - url: https://\n    - title: x\n    - {url: 'https://a.example', title: ' ', icon: ''}\n    - x\n    - url: ' HTTP:a.example'\n    - url: mailto:a@a.example\n", ""),
			[]string{
				"link 6:12 /metadata/links/0/url", "link 7:12 /metadata/links/1/url", "link 8:12 /metadata/links/2/url", "link 9:12 /metadata/links/3/url",
				"link 10:7 /metadata/links/4/url", "link 11:41 /metadata/links/5/title", "link 11:52 /metadata/links/5/icon", "link 12:7 /metadata/links/6",
			}, "not safe",
		},
		"case": {
			deskText("  labels: {a: b, A: c}\n", "  Owner: x\n  list: [{x: 1}, {X: 2}]\n  dependsOn: ['resource:a', 'resource:A']\n"),
			[]string{"key-case 5:12 /metadata/labels/a", "key-case 9:3 /spec/owner", "key-case 11:19 /spec/list/1/X"}, "differ only in case",
		},
		"schema": {
			"apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: desk\nspec:\n  type: ''\n  owner: 3\n  dependsOn: resource:x\n  system: ~\n  providesApis: [a, 1, '']\n",
			[]string{
				"schema 5:1 /spec/lifecycle", "schema 6:9 /spec/type", "schema 7:10 /spec/owner", "schema 8:14 /spec/dependsOn",
				"schema 9:11 /spec/system", "schema 10:21 /spec/providesApis/1", "schema 10:24 /spec/providesApis/2",
			}, "spec.lifecycle is missing",
		},
		"no spec":      {"apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata:\n  name: x\n", []string{"spec 1:1 /spec"}, "at least type, children"},
		"unknown kind": {"apiVersion: backstage.io/v1alpha1\nkind: Componnt\nmetadata:\n  name: x\n", []string{"unknown-kind 2:7 /kind"}, "did you mean Component?"},
		"kind in lower case": {
			"apiVersion: backstage.io/v1alpha1\nkind: component\nmetadata:\n  name: x\n", []string{"unknown-kind 2:7 /kind"}, "did you mean Component?",
		},
		"unknown version": {"apiVersion: backstage.io/v2\nkind: User\nmetadata:\n  name: x\n", []string{"unknown-api-version 1:13 /apiVersion"}, "backstage.io/v1alpha1"},
		"references": {
			deskText("", "  dependsOn: [orders-db, 'a:b/', 'resource:x']\n  system: 'system:'\n  dependencyOf: 3\n"),
			[]string{"reference 9:15 /spec/dependsOn/0", "reference 9:26 /spec/dependsOn/1", "reference 10:11 /spec/system", "reference 11:17 /spec/dependencyOf"},
			"component:orders-db or resource:orders-db",
		},
		"choice": {
			"apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata:\n  name: x\nspec:\n  presence: optionl\n",
			[]string{"schema 6:13 /spec/presence"}, "did you mean optional?",
		},
		"form": {
			"apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata:\n  name: x\nspec:\n  type: service\n  parameters:\n    - 3\n    - backstage:permissions: {tags: x}\n  steps:\n    - id: a\n",
			[]string{"schema 8:7 /spec/parameters/0", "schema 9:37 /spec/parameters/1/backstage:permissions/tags", "schema 11:7 /spec/steps/0/action"}, "must be an object",
		},
		"neither form": {
			"apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata:\n  name: x\nspec:\n  type: service\n  parameters: x\n  steps: []\n",
			[]string{"schema 7:15 /spec/parameters"}, "fits none of the forms",
		},
		"variant": {
			"apiVersion: backstage.io/v1alpha1\nkind: API\nmetadata:\n  name: x\nspec:\n  type: mcp-server\n  lifecycle: x\n  owner: y\n  remotes: []\n",
			[]string{"schema 9:12 /spec/remotes"}, "at least 1",
		},
		"shape and spec together": {
			"apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: x\n  annotations: {a: 1}\nspec:\n  type: x\n  owner: y\n",
			[]string{"annotation 5:20 /metadata/annotations/a", "schema 6:1 /spec/lifecycle"}, "put it in quotes",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			docs := catalog.Decode([]byte(c.text), &catalog.DecodeOptions{Location: "file:x.yaml"})
			var got []string
			problems := kinds.Validate(&docs[0])
			for _, p := range problems {
				got = append(got, found(p))
				if p.Remedy == "" || p.Location != "file:x.yaml" || p.Document != 1 || p.Severity != catalog.SeverityError {
					t.Errorf("incomplete problem %+v", p)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("Validate mismatch (-want +got):\n%s\n%v", diff, problems)
			}
			if len(problems) > 0 && !strings.Contains(problems[0].String(), c.words) {
				t.Errorf("first problem is %q, want it to say %q", problems[0], c.words)
			}
		})
	}
}

func TestValidateNamesEntityAndOwner(t *testing.T) {
	t.Parallel()
	docs := catalog.Decode([]byte(deskText("  tags: 1\n  namespace: Shop\n", "")), nil)
	for _, p := range mustKinds(t).Validate(&docs[0]) {
		if p.Entity != "component:shop/desk" || p.Owner != "group:shop/crew" {
			t.Errorf("entity %q, owner %q of %v", p.Entity, p.Owner, p)
		}
	}
}

func TestCheckAfterChange(t *testing.T) {
	t.Parallel()
	kinds := mustKinds(t)
	doc := catalog.Decode([]byte(componentYAML), nil)[0]
	doc.Entity.Spec["owner"] = int64(3)
	doc.Entity.Metadata.Tags = append(doc.Entity.Metadata.Tags, "Not Good")
	var got []string
	for _, p := range kinds.Validate(&doc) {
		got = append(got, found(p))
	}
	if diff := cmp.Diff([]string{"tag 11:3 /metadata/tags/3", "schema 19:10 /spec/owner"}, got); diff != "" {
		t.Errorf("Validate mismatch (-want +got):\n%s", diff)
	}
	e := &catalog.Entity{APIVersion: "backstage.io/v1alpha1", Kind: "User", Metadata: catalog.Metadata{Name: "x"}, Spec: map[string]any{"memberOf": []string{"a"}}}
	if p := kinds.Check(e, nil); len(p) > 0 {
		t.Errorf("an entity made of Go types: %v", p)
	}
	e.Spec["f"] = func() {}
	if p := kinds.Check(e, nil); len(p) != 1 || p[0].Rule != "spec-value" || p[0].Entity != "user:default/x" {
		t.Errorf("a function in a spec: %v", p)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	// The verdicts were compared with the npm package @backstage/catalog-model.
	long := strings.Repeat("a", 63)
	for rule, c := range map[string]struct {
		valid     func(string) bool
		good, bad []string
	}{
		"name":       {catalog.ValidName, []string{"a", "A1", "a--b", "a._b", "a.b-c_d", long}, []string{"", "-a", "a-", "a b", "é", "a/b", long + "a", "a\n"}},
		"namespace":  {catalog.ValidNamespace, []string{"a", "a--b", "0", long}, []string{"", "A", "a.b", "-a", "a-", "a_b", long + "a"}},
		"kind":       {catalog.ValidKind, []string{"A", "a1B", long}, []string{"", "1a", "a-b", "A b", long + "a"}},
		"apiVersion": {catalog.ValidAPIVersion, []string{"v1", "a.b/v1", "a--b.c/V1"}, []string{"", "/v1", "a/", "a/b/c", "A/v1", "a..b/v1", "a/v1.2", "a_b/v1"}},
		"label key":  {catalog.ValidLabelKey, []string{"a", "a.b/c_D", "a"}, []string{"", "/a", "a/", "A/b", "a/b/c", "a b", strings.Repeat("a.", 127) + "a/b"}},
		"tag":        {catalog.ValidTag, []string{"a", "c++", "c#", "a:b", "a-b", "1", long}, []string{"", "A", "a--b", "-a", "a-", "a b", "a.b", long + "a"}},
	} {
		for _, s := range c.good {
			if !c.valid(s) {
				t.Errorf("%s %q is refused", rule, s)
			}
		}
		for _, s := range c.bad {
			if c.valid(s) {
				t.Errorf("%s %q is accepted", rule, s)
			}
		}
	}
}
