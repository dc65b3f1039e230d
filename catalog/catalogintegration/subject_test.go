// SPDX-License-Identifier: Apache-2.0

package catalogintegration_test

import (
	"testing"
	"time"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogintegration"
	"github.com/callboard/callboard/portal/integration"
)

// TestSubject: expressions know an entity by the names of its file, and what it
// does not say is there and empty.
func TestSubject(t *testing.T) {
	t.Parallel()
	e := &catalog.Entity{
		APIVersion: "backstage.io/v1alpha1", Kind: "Component",
		Metadata: catalog.Metadata{
			Name: "shop", Tags: []string{"go"}, Labels: map[string]string{"tier": "1"}, Annotations: map[string]string{"acme.example/city": "Kassel"},
			Links: []catalog.Link{{URL: "https://a.example", Title: "A"}}, Extra: map[string]any{"nickname": "s"},
		},
		Spec: map[string]any{"type": "service", "replicas": int64(3)},
	}
	for expression, want := range map[string]string{
		"entity.metadata.name + entity.metadata.namespace":                                        "shopdefault",
		"entity.kind + entity.apiVersion":                                                         "Componentbackstage.io/v1alpha1",
		"entity.metadata.tags.join(',') + entity.metadata.labels.tier + entity.metadata.nickname": "go1s",
		"entity.metadata.links[0].url":                                                            "https://a.example",
		"string(entity.spec.replicas + 1) + entity.spec.type":                                     "4service",
		"entity.metadata.title + '|' + entity.metadata.description":                               "|",
		"annotations['acme.example/city']":                                                        "Kassel",
	} {
		d, err := integration.Parse("a.yaml", []byte("id: a\ntitle: A\ndescription: A.\nappliesTo: {kinds: [component]}\nsource: {url: \"https://a.example/\"}\nview:\n  - kind: status\n    text: |\n      "+expression+"\n"))
		if err != nil {
			t.Errorf("%s: %v", expression, err)
			continue
		}
		out, err := d.Try(catalogintegration.Subject(e), nil, nil, time.Unix(0, 0))
		if err != nil {
			t.Errorf("%s: %v", expression, err)
			continue
		}
		if got := out.Result.View.Blocks[0].Status.Chip.Text; got != want {
			t.Errorf("%s = %q, want %q", expression, got, want)
		}
	}
	s := catalogintegration.Subject(&catalog.Entity{Kind: "API", Metadata: catalog.Metadata{Name: "bare"}})
	if tree := s.Tree(); s.Ref != "api:default/bare" || tree["spec"] == nil {
		t.Errorf("a bare entity = %+v, %v", s, tree)
	}
}
