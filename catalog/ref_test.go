// SPDX-License-Identifier: Apache-2.0

package catalog_test

import (
	"encoding/json"
	"testing"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

func TestParseRef(t *testing.T) {
	t.Parallel()
	defaults := catalog.Ref{Kind: "Group", Namespace: "Shop"}
	for text, want := range map[string]string{
		"crew": "group:shop/crew", "Other/Crew": "group:other/crew", "User:ines": "user:shop/ines", "User:Default/Ines": "user:default/ines",
		"a b": "group:shop/a b", "${{ x }}": "group:shop/${{ x }}", "a/b/c": "group:a/b/c", "a:b:c": "a:shop/b:c", "a/b:c": "group:a/b:c", "a:b/c:d/e": "a:b/c:d/e",
	} {
		if got, err := catalog.ParseRef(text, defaults); err != nil || got.String() != want {
			t.Errorf("ParseRef(%q) = %v, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", ":", "/", "user:", "user:/x", "user:a/", ":x", "/x", "/x:y"} {
		if got, err := catalog.ParseRef(text, defaults); callboard.CodeOf(err) != callboard.CodeInvalid || !got.IsZero() {
			t.Errorf("ParseRef(%q) = %v, %v; want invalid", text, got, err)
		}
	}
	if got, err := catalog.ParseRef("x", catalog.Ref{}); callboard.CodeOf(err) != callboard.CodeInvalid {
		t.Errorf("ParseRef without a kind = %v, %v", got, err)
	}
}

func TestRefText(t *testing.T) {
	t.Parallel()
	ref := catalog.NewRef("User", "", "Ines")
	b, err := json.Marshal(map[catalog.Ref]catalog.Ref{ref: ref})
	if err != nil || string(b) != `{"user:default/ines":"user:default/ines"}` {
		t.Errorf("Marshal = %s, %v", b, err)
	}
	var back map[catalog.Ref]catalog.Ref
	if err := json.Unmarshal(b, &back); err != nil || back[ref] != ref {
		t.Errorf("Unmarshal = %v, %v", back, err)
	}
	if ref.Compare(catalog.NewRef("user", "", "jo")) >= 0 || ref.Compare(ref) != 0 {
		t.Error("Compare is not the order of the full form")
	}
}
