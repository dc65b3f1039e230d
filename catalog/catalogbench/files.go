// SPDX-License-Identifier: Apache-2.0

package catalogbench

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/callboard/callboard/catalog"
)

// perFile is how many entities a generated file holds.
const perFile = 4

// Files is the number of files that the company consists of.
func (c *Company) Files() int { return (c.n + perFile - 1) / perFile }

// FileName is the path of the i-th file, i from 0 to Files()-1, a hundred to a folder.
func (c *Company) FileName(i int) string {
	return fmt.Sprintf("team-%d/repo-%d/catalog-info.yaml", i/100, i)
}

// File is the i-th file: YAML, as a person writes it.
func (c *Company) File(i int) []byte {
	var b strings.Builder
	for j := i * perFile; j < min((i+1)*perFile, c.n); j++ {
		if j > i*perFile {
			b.WriteString("---\n")
		}
		writeEntity(&b, c.Entity(j))
	}
	return []byte(b.String())
}

// WriteFiles writes every file of the company into dir, which it makes.
func (c *Company) WriteFiles(dir string) error {
	if err := os.Mkdir(dir, 0o750); err != nil {
		return fmt.Errorf("catalogbench: %w", err)
	}
	for i := range c.Files() {
		path := filepath.Join(dir, filepath.FromSlash(c.FileName(i)))
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			return fmt.Errorf("catalogbench: %w", err)
		}
		if err := os.WriteFile(path, c.File(i), 0o600); err != nil {
			return fmt.Errorf("catalogbench: %w", err)
		}
	}
	return nil
}

func writeEntity(b *strings.Builder, e *catalog.Entity) {
	fmt.Fprintf(b, "apiVersion: %s\nkind: %s\nmetadata:\n", e.APIVersion, e.Kind)
	m := e.Metadata
	writeMap(b, 1, map[string]any{
		"name": m.Name, "title": m.Title, "description": m.Description, "tags": list(m.Tags),
		"labels": texts(m.Labels), "annotations": texts(m.Annotations),
	})
	if len(m.Links) > 0 {
		b.WriteString("  links:\n")
	}
	for _, l := range m.Links {
		fmt.Fprintf(b, "    - url: %s\n      title: %s\n", l.URL, l.Title)
	}
	b.WriteString("spec:\n")
	writeMap(b, 1, e.Spec)
}

// writeMap writes what is not empty, in order of key. Empty lists stay: some
// kinds ask for them.
func writeMap(b *strings.Builder, depth int, m map[string]any) {
	indent := strings.Repeat("  ", depth)
	for _, key := range slices.Sorted(maps.Keys(m)) {
		switch v := m[key].(type) {
		case map[string]any:
			if len(v) > 0 {
				fmt.Fprintf(b, "%s%s:\n", indent, key)
				writeMap(b, depth+1, v)
			}
		case []any:
			fmt.Fprintf(b, "%s%s: %s\n", indent, key, flow(v))
		case string:
			if v != "" {
				fmt.Fprintf(b, "%s%s: %s\n", indent, key, scalar(v, indent+"  "))
			}
		}
	}
}

func flow(list []any) string {
	parts := make([]string, len(list))
	for i, v := range list {
		parts[i] = scalar(fmt.Sprint(v), "")
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// plain are texts that mean themselves in YAML.
var plain = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_./@ -]*$`)

func scalar(s, indent string) string {
	switch {
	case strings.Contains(s, "\n"):
		return "|\n" + indent + strings.ReplaceAll(strings.TrimSuffix(s, "\n"), "\n", "\n"+indent)
	case plain.MatchString(s):
		return s
	}
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always has a JSON form, which is YAML
	}
	return string(text)
}

func list(values []string) any {
	if len(values) == 0 {
		return ""
	}
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}

func texts(m map[string]string) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

// Changes calls fn with the company as changes of at most size entities each,
// file by file, the way a provider of finished entities delivers it.
func (c *Company) Changes(size int, fn func(catalog.Change) error) error {
	kinds, err := catalog.NewKinds()
	if err != nil {
		return err
	}
	change := catalog.Change{Cause: catalog.Cause{Reason: "scan"}}
	claims := 0
	for file := range c.Files() {
		u := catalog.SourceUpdate{Key: catalog.SourceKey{Provider: "bench", Location: location(c.FileName(file))}}
		for i := file * perFile; i < min((file+1)*perFile, c.n); i++ {
			e := c.Entity(i)
			edges, _ := kinds.Relations(e)
			u.Claims = append(u.Claims, catalog.Claim{Ref: e.Ref(), Entity: e, Relations: edges})
		}
		change.Sources = append(change.Sources, u)
		claims += len(u.Claims)
		if claims >= size || file == c.Files()-1 {
			if err := fn(change); err != nil {
				return err
			}
			change.Sources, claims = nil, 0
		}
	}
	return nil
}

func location(path string) string { return "bench:/" + path }
