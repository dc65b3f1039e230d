// SPDX-License-Identifier: Apache-2.0

package catalog_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/callboard/callboard/catalog"
)

func TestDecodeHostile(t *testing.T) {
	t.Parallel()
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c <= 'k'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat("*"+string(c-1)+",", 9), ","))
	}
	long := "a: &a \"" + strings.Repeat("x", 1<<20) + "\"\nb: [" + strings.Repeat("*a,", 1000) + "*a]\n"
	for name, c := range map[string]struct {
		text  []byte
		rule  string
		count int
	}{
		"100 MB":            {bytes.Repeat([]byte("a: b # padding\n"), 100<<20/15), "file-size", 1},
		"10,001 documents":  {bytes.Repeat([]byte("a: b\n---\n"), 10_001), "document-count", 10_001},
		"depth in brackets": {bytes.Repeat([]byte("["), 10_000), "yaml-depth", 1},
		"depth in braces":   {bytes.Repeat([]byte("{a: "), 10_000), "yaml-depth", 1},
		"depth in dashes":   {bytes.Repeat([]byte("- "), 10_000), "yaml-depth", 1},
		"depth in lines":    {deepLines(2_000), "yaml-depth", 1},
		"depth in keys":     {bytes.Repeat([]byte("? "), 10_000), "yaml-depth", 1},
		"alias bomb":        {[]byte(bomb), "yaml-alias", 1},
		"alias of long":     {[]byte(long), "yaml-alias", 1},
		"alias in itself":   {[]byte("a: &a {b: *a}"), "yaml-alias", 1},
		"invalid UTF-8":     {[]byte("a: \xc3\x28"), "yaml-encoding", 1},
		"markers only":      {bytes.Repeat([]byte("---\n"), 200_000), "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			docs := catalog.Decode(c.text, nil)
			if len(docs) != c.count {
				t.Fatalf("%d documents, want %d", len(docs), c.count)
			}
			if c.count == 0 {
				return
			}
			p := docs[len(docs)-1].Problems
			if len(p) == 0 || p[0].Rule != c.rule || p[0].Remedy == "" {
				t.Errorf("problems = %v, want %s with a remedy", p, c.rule)
			}
		})
	}
}

func deepLines(depth int) []byte {
	var b bytes.Buffer
	for i := range depth {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.Bytes()
}

func TestValidateHostile(t *testing.T) {
	t.Parallel()
	kinds := mustKinds(t)
	head := "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: x\n"
	spec := "spec:\n  type: t\n  lifecycle: l\n  owner: o\n"
	lines := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	for name, text := range map[string]string{
		"bad labels":     head + "  labels:\n" + lines(20_000, "    -a%d: b\n") + spec,
		"bad tags":       head + "  tags: [" + lines(20_000, "-%d,") + "]\n" + spec,
		"duplicates":     head + spec + "  x:\n" + lines(10_000, "    k%d: 1\n") + lines(10_000, "    k9999: %d\n"),
		"bad references": head + spec + "  dependsOn: [" + lines(20_000, "x%d,") + "]\n",
		"bad items":      head + spec + "  providesApis: [" + lines(20_000, "%d,") + "]\n",
		"case":           head + spec + "  x:\n" + lines(10_000, "    k%d: 1\n") + lines(10_000, "    K%d: 1\n"),
		"unknown fields": head + spec + lines(10_000, "metadat%d: 1\n"),
		"a long key":     head + spec + "  ? \"" + strings.Repeat("k", 1<<20) + "\"\n  : {" + lines(10_000, "a%d: 1,") + "}\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := catalog.Decode([]byte(text), nil)[0]
			problems := kinds.Validate(&doc)
			if len(problems) == 0 || len(problems) > 400 {
				t.Errorf("%d problems", len(problems))
			}
			size := 0
			for _, p := range problems {
				size += len(p.String())
			}
			if size > 200_000 {
				t.Errorf("the problems have %d bytes", size)
			}
		})
	}
	keys := strings.Repeat("k", 1000)
	e := &catalog.Entity{Kind: "K", Metadata: catalog.Metadata{Name: "n"}, Spec: map[string]any{keys: map[string]any{"a": "b"}}}
	for _, f := range catalog.Flatten(e) {
		if len(f.Key) > catalog.MaxFieldLength {
			t.Errorf("a key of %d bytes", len(f.Key))
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(componentYAML))
	f.Add([]byte("a: &x [*x]\n---\n? {b}\n: !!int z\n...\n%YAML 1.2\n--- |\n  x\n"))
	f.Add([]byte("\ufeffapiVersion: v1\r\nkind: K\rmetadata: {name: \"\\x41\", labels: {A: b, a: B}}\n"))
	f.Add([]byte("metadata:\n  tags: [a, A, 1]\n  links: [{url: 'javascript:x'}, 3]\nspec: {$text: x}\nrelations: ~"))
	kinds, err := catalog.NewKinds()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		lines := bytes.Count(text, []byte("\n")) + bytes.Count(text, []byte("\r")) + 2
		for i, doc := range catalog.Decode(text, &catalog.DecodeOptions{Location: "file:f"}) {
			if doc.Number != i+1 && doc.Number != 0 {
				t.Fatalf("document %d has the number %d", i, doc.Number)
			}
			problems := kinds.Validate(&doc)
			for _, p := range problems {
				if p.Rule == "" || p.Message == "" || p.Severity == "" || p.Line > lines || doc.Number > 0 && (p.Line < 1 || p.Column < 1) {
					t.Fatalf("poor problem %+v", p)
				}
			}
			if doc.Entity == nil {
				if len(problems) == 0 {
					t.Fatal("no entity and no problem")
				}
				continue
			}
			kinds.Normalize(doc.Entity)
			catalog.Flatten(doc.Entity)
			b, err := doc.Entity.MarshalJSON()
			if err != nil {
				t.Fatal(err)
			}
			if err := new(catalog.Entity).UnmarshalJSON(b); err != nil {
				t.Fatalf("%s: %v", b, err)
			}
		}
	})
}

func FuzzParseRef(f *testing.F) {
	for _, s := range []string{"component:default/desk", "desk", "ns/desk", "Group:Stage", "a:b:c", ":x", "x:/y", "İ:ẞ/Σ", ""} {
		f.Add(s, "Group", "Default")
	}
	f.Fuzz(func(t *testing.T, s, kind, namespace string) {
		ref, err := catalog.ParseRef(s, catalog.Ref{Kind: kind, Namespace: namespace})
		if err != nil {
			if !ref.IsZero() {
				t.Fatalf("ParseRef(%q) = %v with %v", s, ref, err)
			}
			return
		}
		if strings.ContainsAny(kind, ":/") || strings.ContainsAny(namespace, ":/") {
			return // defaults are the caller's own words, and are not checked
		}
		again, err := catalog.ParseRef(ref.String(), catalog.Ref{})
		if err != nil || again != ref {
			t.Fatalf("ParseRef(%q) = %v, and back %v, %v", s, ref, again, err)
		}
	})
}

func FuzzEntityJSON(f *testing.F) {
	f.Add([]byte(orderJSON))
	f.Add([]byte(`{"metadata":{"labels":null,"x":{"y":[1e400,-0,"\ud800"]}},"spec":{}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var e catalog.Entity
		if e.UnmarshalJSON(text) != nil {
			return
		}
		first, err := e.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		var again catalog.Entity
		if err := again.UnmarshalJSON(first); err != nil {
			t.Fatalf("%s: %v", first, err)
		}
		second, err := again.MarshalJSON()
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("not stable: %s and %s, %v", first, second, err)
		}
		if c, err := e.Clone().MarshalJSON(); err != nil || !bytes.Equal(first, c) {
			t.Fatalf("clone differs: %s and %s, %v", first, c, err)
		}
		catalog.Flatten(&e)
	})
}
