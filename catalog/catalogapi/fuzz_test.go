// SPDX-License-Identifier: Apache-2.0

package catalogapi

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard"

	"github.com/callboard/callboard/catalog"
)

// sample is something to try filters on.
func sample() catalog.Fields {
	return catalog.Fields{
		"kind":          {"component"},
		"metadata.name": {"orders, returns"},
		"metadata.tags": {"java", "a*b"},
		"spec.null":     nil,
		"a":             {"b", ""},
	}
}

// refusal fails the test unless err is one that the client can act on.
func refusal(t *testing.T, what string, err error) {
	t.Helper()
	if callboard.CodeOf(err) != callboard.CodeInvalid || len(err.Error()) > 1000 {
		t.Errorf("%.200q: %v, want a short error of code invalid", what, err)
	}
}

// FuzzFilter also holds match, where it has nothing of its own, against filter.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		"kind=component,metadata.name", "a=b,a=c", "=x", ",,", "a=", "metadata.tags=java ,  kind", `a=b\,c`, "a=b*", "*", `\`, "a=*b*", "é=ü",
		`metadata.name=orders\, returns`, `metadata.tags=a\*b`, "a = b = c",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, set string) {
		var b budget
		filter, err := parseFilters([]string{set}, &b)
		if err != nil {
			refusal(t, set, err)
		}
		b = 0
		match, matchErr := parseMatches([]string{set}, &b)
		if matchErr != nil {
			refusal(t, set, matchErr)
		}
		if strings.ContainsAny(set, `\*`) || strings.TrimSpace(set) != set {
			return
		}
		if (err == nil) != (matchErr == nil) {
			t.Fatalf("%q: filter says %v, match says %v", set, err, matchErr)
		}
		if err == nil && catalog.Match(filter, sample()) != catalog.Match(match, sample()) {
			t.Errorf("%q: filter %v and match %v differ", set, filter, match)
		}
	})
}

func FuzzPredicate(f *testing.F) {
	for _, seed := range []string{
		`{"kind":"component"}`, `{"$all":[{"a":1},{"b":true}]}`, `{"$not":{"$any":[]}}`, `{"a":{"$exists":false}}`, `{"a":{"$in":["x",1,false]}}`,
		`{"relations":{"$contains":{"type":"x","targetRef":{"$in":["y"]}}}}`, `{"a":{"$hasPrefix":"x"}}`, `{"a":1e99}`, `{"a":1.5}`, `null`, `{"":1}`,
		strings.Repeat(`{"$not":`, 40) + `{}` + strings.Repeat(`}`, 40), `{"a":"\ud800"}`, `[`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var b budget
		filter, err := parsePredicate(raw, &b)
		if err != nil {
			refusal(t, string(raw), err)
			return
		}
		catalog.Match(filter, sample())
	})
}

// FuzzProject holds the projection of text against one of decoded values.
func FuzzProject(f *testing.F) {
	f.Add([]byte(`{"kind":"Component","metadata":{"name":"a","annotations":{"x.y/z":"\"}","n":null}},"spec":{"l":[{"a":1},2],"e":{}}}`),
		"kind,metadata.annotations.x.y/z,spec.e,spec.l.a")
	f.Add([]byte(`{"a\"b":{"c":1.5e3},"a":true}`), `a"b.c,a.b`)
	f.Fuzz(func(t *testing.T, raw []byte, paths string) {
		var tree map[string]any
		if json.Unmarshal(raw, &tree) != nil || tree == nil {
			return
		}
		p, err := parseFields([]string{paths})
		if err != nil {
			refusal(t, paths, err)
			return
		}
		if p.all() {
			return
		}
		raw, err = json.MarshalIndent(tree, "", " ") // each key once
		if err != nil {
			t.Fatal(err)
		}
		got := p.apply(raw)
		var text any
		if err := json.Unmarshal(got, &text); err != nil {
			t.Fatalf("%s of %s is no JSON: %s", paths, raw, got)
		}
		if diff := cmp.Diff(any(cut(tree, p.paths)), text); diff != "" {
			t.Errorf("%s of %s mismatch (-want +got):\n%s", paths, raw, diff)
		}
	})
}

func cut(tree map[string]any, paths []string) map[string]any {
	out := map[string]any{}
	for key, v := range tree {
		whole, rest := under(key, paths)
		if whole {
			out[key] = v
			continue
		}
		if inner, ok := v.(map[string]any); ok {
			if kept := cut(inner, rest); len(kept) > 0 {
				out[key] = kept
			}
		}
	}
	return out
}

// FuzzDiff applies each diff to what it starts from.
func FuzzDiff(f *testing.F) {
	f.Add([]byte(`{"a":[1,2,3],"b":{"c":1},"d/~":1}`), []byte(`{"a":[1,3],"b":{"c":2,"e":[]},"d/~":2}`))
	f.Add([]byte(`{"a":[1]}`), []byte(`{"a":[0,1,2,3]}`))
	f.Add([]byte(`{"a":{}}`), []byte(`{"a":[]}`))
	f.Fuzz(func(t *testing.T, before, after []byte) {
		x, y := canonical(before), canonical(after)
		if x == nil || y == nil {
			return
		}
		operations, err := diff(x, y)
		if err != nil {
			t.Fatal(err)
		}
		patch, err := json.Marshal(operations)
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := jsonpatch.DecodePatch(patch)
		if err != nil {
			t.Fatalf("diff is no patch: %v: %s", err, patch)
		}
		got, err := decoded.Apply(x)
		if err != nil {
			t.Fatalf("apply %s to %s: %v", patch, x, err)
		}
		if !jsonpatch.Equal(got, y) {
			t.Errorf("%s applied to %s gives %s, want %s", patch, x, got, y)
		}
	})
}

// canonical is JSON text of an object, or nil for what the patch library cannot
// take: the empty key, and null where it stands for an absent member.
func canonical(raw []byte) json.RawMessage {
	var v map[string]any
	if json.Unmarshal(raw, &v) != nil || v == nil || odd(v) {
		return nil
	}
	delete(v, "metadata")
	b, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return b
}

func odd(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case map[string]any:
		_, empty := v[""]
		return empty || slices.ContainsFunc(slices.Collect(maps.Values(v)), odd)
	case []any:
		return slices.ContainsFunc(v, odd)
	}
	return false
}

func FuzzCursor(f *testing.F) {
	f.Add(encodeCursor(pageCursor{Store: "x", Total: 3}))
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		var c pageCursor
		if err := decodeCursor(s, &c); err != nil {
			refusal(t, s, err)
		}
	})
}
