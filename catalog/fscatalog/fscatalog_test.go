// SPDX-License-Identifier: Apache-2.0

package fscatalog_test

import (
	"testing"
	"testing/fstest"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogtest"
	"github.com/callboard/callboard/catalog/fscatalog"
)

func files() fstest.MapFS {
	return fstest.MapFS{
		"a.yaml":     {Data: []byte("apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: a}\nspec: {type: team, children: []}\n")},
		"sub/b.yaml": {Data: []byte("apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: b}\nspec: {type: team, children: []}\n")},
	}
}

func open(tb testing.TB) *fscatalog.Catalog {
	tb.Helper()
	c, err := fscatalog.New("test", files(), "a.yaml", "sub/b.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func TestProvider(t *testing.T) {
	t.Parallel()
	catalogtest.TestProvider(t, func(tb testing.TB) catalog.Provider { return open(tb) })
}

func TestRefusesWhatIsNotThere(t *testing.T) {
	t.Parallel()
	for name, entry := range map[string]string{"test": "nowhere.yaml", "with space": "a.yaml", "": "a.yaml", "dir": "sub"} {
		if _, err := fscatalog.New(name, files(), entry); callboard.CodeOf(err) != callboard.CodeInvalid {
			t.Errorf("New(%q, %q) = %v, want invalid", name, entry, err)
		}
	}
	c := open(t)
	for _, target := range []string{"../x.yaml", "/../x.yaml", "../../etc/passwd", "."} {
		if got, err := c.Resolve("a.yaml", target); callboard.CodeOf(err) != callboard.CodeForbidden {
			t.Errorf("Resolve(a.yaml, %q) = %q, %v; want forbidden", target, got, err)
		}
	}
	if _, err := c.Read(t.Context(), catalog.ReadRequest{Target: "none.yaml"}); callboard.CodeOf(err) != callboard.CodeNotFound {
		t.Errorf("Read(none.yaml) = %v, want not found", err)
	}
	if _, err := c.Read(t.Context(), catalog.ReadRequest{Target: "[.yaml"}); callboard.CodeOf(err) != callboard.CodeInvalid {
		t.Errorf("Read([.yaml) = %v, want invalid", err)
	}
}
