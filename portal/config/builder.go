// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// builder turns the YAML of one file into nodes: aliases resolved, directives
// and substitutions carried out.
type builder struct {
	*loader
	file string
	open []*yaml.Node // anchors being expanded
}

func (b *builder) at(n *yaml.Node) Origin {
	return Origin{Name: b.file, Line: n.Line, Column: n.Column}
}

func (b *builder) broken(n *yaml.Node) *node { return &node{kind: brokenKind, at: b.at(n)} }

func (b *builder) build(n *yaml.Node, depth int) *node {
	b.nodes++
	switch {
	case b.nodes == maxNodes:
		b.report(b.at(n), "limit", fmt.Sprintf("the configuration has more than %d values, aliases expanded", maxNodes), "remove aliases of aliases")
		return b.broken(n)
	case b.nodes > maxNodes:
		return b.broken(n)
	case depth > maxDepth:
		b.report(b.at(n), "limit", fmt.Sprintf("values are nested more than %d deep", maxDepth), "")
		return b.broken(n)
	}
	switch n.Kind {
	case yaml.AliasNode:
		return b.alias(n, depth)
	case yaml.MappingNode:
		return b.mapping(n, depth)
	case yaml.SequenceNode:
		list := &node{kind: listKind, at: b.at(n)}
		for _, item := range n.Content {
			list.items = append(list.items, b.build(item, depth+1))
		}
		return list
	default:
		return b.scalar(n)
	}
}

func (b *builder) alias(n *yaml.Node, depth int) *node {
	if slices.Contains(b.open, n.Alias) {
		b.report(b.at(n), "syntax", fmt.Sprintf("the alias *%s stands within what it names", n.Value), "remove it")
		return b.broken(n)
	}
	b.open = append(b.open, n.Alias)
	defer func() { b.open = b.open[:len(b.open)-1] }()
	return b.build(n.Alias, depth+1)
}

func (b *builder) scalar(n *yaml.Node) *node {
	if n.Style&yaml.TaggedStyle != 0 && n.ShortTag() != "!!str" {
		b.report(b.at(n), "syntax", fmt.Sprintf("the tag %s is not used in configuration", n.Tag), "remove it; the key decides the type")
		return b.broken(n)
	}
	quoted := n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle|yaml.TaggedStyle) != 0
	text, changed, err := substitute(n.Value, b.opts.Lookup)
	if err != nil {
		b.report(b.at(n), "substitution", err.Error(), err.remedy)
		return b.broken(n)
	}
	if !quoted && (n.ShortTag() == "!!null" || changed && text == "") {
		return &node{kind: nullKind, at: b.at(n)}
	}
	return &node{kind: scalarKind, text: text, shown: n.Value, quoted: quoted, at: b.at(n)}
}

// mapping builds a map; its later sources win: merge keys, then $include, then
// its own keys.
func (b *builder) mapping(n *yaml.Node, depth int) *node {
	out := &node{kind: mapKind, at: b.at(n)}
	var under *node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		name, ok := b.key(key)
		if !ok {
			continue
		}
		if first := out.field(name); first != nil {
			b.report(b.at(key), "duplicate-key", fmt.Sprintf("the key %s stands here twice, first at %s", name, first.at), "remove one")
			continue
		}
		switch {
		case key.Value == "<<" && key.Style == 0:
			under = merge(b.mergeKey(value, depth), under)
		case key.Value == "$include":
			under = merge(under, b.includes(value))
		case key.Value == "$file":
			return b.secretFile(n, value)
		default:
			out.fields = append(out.fields, &field{key: name, at: b.at(key), value: b.build(value, depth+1)})
		}
	}
	if len(out.fields) == 0 && under != nil {
		return under
	}
	if under != nil && under.kind == listKind {
		b.report(out.at, "include", "the included file is a list and cannot merge with the keys beside it", "remove them")
	}
	return merge(under, out)
}

// key returns a map's key as text.
func (b *builder) key(n *yaml.Node) (string, bool) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		b.report(b.at(n), "syntax", "a key is a text", "write key: value")
		return "", false
	}
	name, isDirective := strings.CutPrefix(n.Value, "$")
	switch {
	case !isDirective, name == "include", name == "file":
		return n.Value, true
	case strings.HasPrefix(name, "$"):
		return name, true
	}
	b.report(b.at(n), "syntax", fmt.Sprintf("there is no directive %s", n.Value), "write $include or $file, or $"+n.Value+" for a key that begins with a dollar sign")
	return "", false
}

// mergeKey reads the value of <<: a mapping, or several, of which the first wins.
func (b *builder) mergeKey(n *yaml.Node, depth int) *node {
	value := b.build(n, depth+1)
	switch value.kind {
	case mapKind, brokenKind:
		return mapOrNil(value)
	case listKind:
		var out *node
		for _, item := range value.items {
			if item.kind == mapKind {
				out = merge(item, out)
			}
		}
		return out
	}
	b.report(value.at, "syntax", "<< takes an alias of a mapping, not "+value.describe(), "")
	return nil
}

func mapOrNil(n *node) *node {
	if n == nil || n.kind != mapKind {
		return nil
	}
	return n
}

// includes reads one path or a list of them, the later wins.
func (b *builder) includes(n *yaml.Node) *node {
	paths := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		paths = n.Content
	}
	var out *node
	for _, p := range paths {
		path, ok := b.path(p, "$include")
		if !ok {
			continue
		}
		included := b.include(b.file, path, b.at(p))
		if included == nil {
			return b.broken(p)
		}
		if included.kind != mapKind && len(paths) > 1 {
			b.report(b.at(p), "include", "the file is "+included.describe()+" and cannot merge with others", "")
			continue
		}
		out = merge(out, included)
	}
	return out
}

// path reads a scalar that names a file.
func (b *builder) path(n *yaml.Node, directive string) (string, bool) {
	if n.Kind == yaml.ScalarNode {
		if s := b.scalar(n); s.kind == brokenKind {
			return "", false
		} else if s.kind == scalarKind && s.text != "" {
			return s.text, true
		}
	}
	b.report(b.at(n), "include", directive+" takes the path of a file", "write "+directive+": path")
	return "", false
}

// secretFile reads the content of a file as a scalar, without its last line end.
func (b *builder) secretFile(mapping, value *yaml.Node) *node {
	if len(mapping.Content) != 2 {
		b.report(b.at(mapping), "syntax", "$file stands alone in its mapping", "remove the other keys")
		return b.broken(mapping)
	}
	path, ok := b.path(value, "$file")
	if !ok {
		return b.broken(mapping)
	}
	data, ok := b.read(relativeTo(b.file, path), b.at(value))
	if !ok {
		return b.broken(mapping)
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	return &node{kind: scalarKind, text: text, quoted: true, secret: true, at: b.at(value)}
}
