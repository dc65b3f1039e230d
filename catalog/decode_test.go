// SPDX-License-Identifier: Apache-2.0

package catalog_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard/catalog"
)

// decodeSpec decodes an otherwise sound document around a spec in flow or block form.
func decodeSpec(t *testing.T, spec string) *catalog.Document {
	t.Helper()
	docs := catalog.Decode([]byte("apiVersion: a.example/v1\nkind: K\nmetadata: {name: n}\nspec:\n"+spec+"\n"), nil)
	if len(docs) != 1 {
		t.Fatalf("Decode gave %d documents, want 1", len(docs))
	}
	return &docs[0]
}

func TestDecodeScalars(t *testing.T) {
	t.Parallel()
	// The values are those of the core schema of YAML 1.2, checked against the
	// npm package yaml 2, which the field's catalogs use.
	for text, want := range map[string]any{
		"yes": "yes", "no": "no", "on": "on", "off": "off", "y": "y", "1_000": "1_000",
		"2001-01-01": "2001-01-01", "2001-12-14t21:59:43.10-05:00": "2001-12-14t21:59:43.10-05:00",
		"12:30:45": "12:30:45", "0o17": int64(15), "017": int64(17), "0x1F": int64(31), "0b11": "0b11",
		"-0x1": "-0x1", "0o8": "0o8", "0x": "0x", "+5": int64(5), "-0": int64(0), "--1": "--1",
		"1e3": int64(1000), ".5": 0.5, "5.": int64(5), "1.e3": int64(1000), "1e": "1e", ".": ".", "-": "-x",
		"12345678901234567890": 12345678901234567890.0, "1.5": 1.5, "~": nil, "null": nil, "Null": nil,
		"nULL": "nULL", "": nil, "true": true, "TRUE": true, "tRUE": "tRUE", "False": false,
		"'true'": "true", `"1"`: "1", "=": "=", "<<": "<<", "!!str 1": "1", "!!int '3'": int64(3),
		"!foo bar": "bar", "!!float 1": int64(1), "!!bool 'true'": true, "!!null ''": nil,
		"-.NAN": "-.NAN", `"a\u2028b"`: "a\u2028b", "'x\u2028y'": "x\u2028y", "a\u0085b": "a\u0085b",
	} {
		if text == "-" {
			text = "-x"
		}
		doc := decodeSpec(t, "  v: "+text)
		if len(doc.Problems) > 0 {
			t.Errorf("%q: %v", text, doc.Problems)
			continue
		}
		if diff := cmp.Diff(want, doc.Entity.Spec["v"]); diff != "" {
			t.Errorf("%q mismatch (-want +got):\n%s", text, diff)
		}
	}
}

func TestDecodeKeys(t *testing.T) {
	t.Parallel()
	doc := decodeSpec(t, "  1: a\n  0x10: b\n  true: c\n  ~: d\n  yes: e\n  1.50: f\n  ? g\n  : h\n  base: &x {k: v}\n  <<: *x\n  u: *x")
	want := map[string]any{
		"1": "a", "16": "b", "true": "c", "": "d", "yes": "e", "1.5": "f", "g": "h",
		"base": map[string]any{"k": "v"}, "<<": map[string]any{"k": "v"}, "u": map[string]any{"k": "v"},
	}
	if diff := cmp.Diff(want, doc.Entity.Spec); diff != "" {
		t.Errorf("spec mismatch (-want +got):\n%s", diff)
	}
}

// entityText is the smallest document of a name.
func entityText(name string) string {
	return "apiVersion: a.example/v1\nkind: K\nmetadata:\n  name: " + name + "\n"
}

func TestDecodeNeighbours(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]struct {
		text         string
		line, column int
		rule         string
	}{
		"open quote":        {"a: \"x\nb: c\n", 6, 4, "yaml-syntax"},
		"open bracket":      {"a: [1, 2\n", 6, 4, "yaml-syntax"},
		"tab":               {"a:\n\tb: c\n", 7, 1, "yaml-syntax"},
		"reserved":          {"a: @b\n", 6, 4, "yaml-syntax"},
		"two colons":        {"a: b: c\n", 6, 5, "yaml-syntax"},
		"invalid UTF-8":     {"a: b\nc: \xff\n", 7, 4, "yaml-encoding"},
		"control character": {"a: b\nc: d\x00\n", 7, 5, "yaml-encoding"},
		"unknown alias":     {"a: *x\n", 6, 4, "yaml-syntax"},
		"duplicate":         {"a: 1\nb: 2\na: 3\n", 8, 1, "yaml-duplicate-key"},
		"infinity":          {"a: .inf\n", 6, 4, "yaml-value"},
		"list as key":       {"{{ x }}: y\n", 6, 1, "yaml-key"},
		"itself":            {"a: &x [*x]\n", 6, 8, "yaml-alias"},
		"a list":            {"- a\n", 6, 1, "document-shape"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := entityText("one") + "---\n" + broken.text + "---\n---\n# nothing\n--- # x\n" + entityText("three") + "...\n"
			docs := catalog.Decode([]byte(text), &catalog.DecodeOptions{Location: "file:x.yaml"})
			if len(docs) != 3 || docs[0].Entity == nil || docs[2].Entity == nil || len(docs[0].Problems)+len(docs[2].Problems) > 0 {
				t.Fatalf("the neighbours are not whole: %+v", docs)
			}
			if got := docs[2].Entity.Metadata.Name; got != "three" {
				t.Errorf("third document is %q", got)
			}
			i := slices.IndexFunc(docs[1].Problems, func(p catalog.Problem) bool { return p.Rule == broken.rule })
			if i < 0 {
				t.Fatalf("no problem with the rule %s: %v", broken.rule, docs[1].Problems)
			}
			p := docs[1].Problems[i]
			if p.Line != broken.line || p.Column != broken.column ||
				p.Document != 2 || p.Location != "file:x.yaml" || p.Message == "" || p.Severity != catalog.SeverityError {
				t.Errorf("got %+v, want line %d, column %d", p, broken.line, broken.column)
			}
		})
	}
}

func TestDecodeForms(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"byte order mark":  "\ufeff" + entityText("n"),
		"CRLF":             strings.ReplaceAll("---\n"+entityText("n"), "\n", "\r\n"),
		"CR":               strings.ReplaceAll("---\n"+entityText("n"), "\n", "\r"),
		"YAML 1.2":         "%YAML 1.2\n---\n" + entityText("n"),
		"directives":       "# c\n%YAML 1.1\n%FOO bar\n%TAG ! tag:x,2000:\n---\n" + entityText("n"),
		"JSON":             `{"apiVersion":"a.example/v1","kind":"K","metadata":{"name":"n"}}`,
		"behind an end":    "...\n" + entityText("n"),
		"comment in front": "# c\n\n" + entityText("n"),
		"indented":         "---\n  apiVersion: a.example/v1\n  kind: K\n  metadata: {name: n}",
	} {
		docs := catalog.Decode([]byte(text), nil)
		if len(docs) != 1 || len(docs[0].Problems) > 0 || docs[0].Entity.Ref() != catalog.NewRef("K", "", "n") {
			t.Errorf("%s: %+v", name, docs)
		}
	}
	for _, text := range []string{"", "\ufeff", "---", "---\n...\n---\n", "# c", "null", "~\n--- null"} {
		if docs := catalog.Decode([]byte(text), nil); len(docs) != 0 {
			t.Errorf("%q: %d documents, want none", text, len(docs))
		}
	}
	docs := catalog.Decode([]byte("\xff\xfea\x00"), nil)
	if len(docs) != 1 || docs[0].Number != 0 || !strings.Contains(docs[0].Problems[0].Message, "UTF-16") {
		t.Errorf("UTF-16: %+v", docs)
	}
	if docs := catalog.Decode([]byte("%foo: bar\n"), nil); len(docs) != 1 || len(docs[0].Problems) != 1 {
		t.Errorf("a percent sign in front: %+v", docs)
	}
}

func TestDecodePositions(t *testing.T) {
	t.Parallel()
	text := entityText("one") + "---\n" + entityText("two") + "spec:\n  list:\n    - a\n    - b: {c~/d: 1}\n"
	doc := catalog.Decode([]byte(text), nil)[1]
	for pointer, want := range map[string][4]int{
		"":                      {6, 1, 6, 1},
		"/kind":                 {7, 7, 7, 1},
		"/metadata/name":        {9, 9, 9, 3},
		"/spec/list/1/b":        {13, 10, 13, 7},
		"/spec/list/1/b/c~0~1d": {13, 17, 13, 11},
		"/spec/missing":         {10, 1, 10, 1},
		"/metadata/tags/0":      {8, 1, 8, 1},
	} {
		line, column := doc.Position(pointer)
		keyLine, keyColumn := doc.KeyPosition(pointer)
		if got := [4]int{line, column, keyLine, keyColumn}; got != want {
			t.Errorf("Position and KeyPosition(%q) = %v, want %v", pointer, got, want)
		}
	}
	var none *catalog.Document
	if line, column := none.Position("/kind"); line != 0 || column != 0 {
		t.Errorf("nil Position = %d:%d", line, column)
	}
}

func TestDecodePlaceholder(t *testing.T) {
	t.Parallel()
	text := entityText("n") + "  description: {$text: ./d.md}\nspec:\n  a: {$text: missing}\n  b: {$other: 1}\n  c: [{$text: x}]\n"
	doc := catalog.Decode([]byte(text), &catalog.DecodeOptions{Placeholder: func(key string, argument any) (any, bool, error) {
		switch {
		case key != "$text":
			return nil, false, nil
		case argument == "missing":
			return nil, false, fmt.Errorf("there is no such file")
		}
		return fmt.Sprint("text of ", argument), true, nil
	}})[0]
	if got := doc.Entity.Metadata.Description; got != "text of ./d.md" {
		t.Errorf("description = %q", got)
	}
	want := map[string]any{"a": map[string]any{"$text": "missing"}, "b": map[string]any{"$other": int64(1)}, "c": []any{"text of x"}}
	if diff := cmp.Diff(want, doc.Entity.Spec); diff != "" {
		t.Errorf("spec mismatch (-want +got):\n%s", diff)
	}
	if len(doc.Problems) != 1 || doc.Problems[0].Rule != "placeholder" || doc.Problems[0].Pointer != "/spec/a" || doc.Problems[0].Line != 7 {
		t.Errorf("problems = %v", doc.Problems)
	}
}
