// SPDX-License-Identifier: Apache-2.0

package config

import "strconv"

type kind int

const (
	nullKind kind = iota
	scalarKind
	mapKind
	listKind
	// brokenKind stands where a problem has been reported already; nothing
	// more is said of it.
	brokenKind
)

// node is a value as the files give it, after substitution and includes.
type node struct {
	kind   kind
	text   string // of a scalar, after substitution
	shown  string // of a scalar, as written: what messages may quote
	quoted bool   // so that "8080" given to an untyped value stays a text
	secret bool   // from $file
	fields []*field
	items  []*node
	at     Origin
}

// field is one key of a map, in the order of the file.
type field struct {
	key   string
	at    Origin
	value *node
}

func (n *node) field(key string) *field {
	if n == nil {
		return nil
	}
	for _, f := range n.fields {
		if f.key == key {
			return f
		}
	}
	return nil
}

// child returns the value of a key, nil if there is none.
func (n *node) child(key string) *node {
	if f := n.field(key); f != nil {
		return f.value
	}
	return nil
}

// empty reports whether the node says nothing, so that the default stands.
func (n *node) empty() bool { return n == nil || n.kind == nullKind }

// describe names what the node is, for messages.
func (n *node) describe() string {
	switch n.kind {
	case mapKind:
		return "a mapping"
	case listKind:
		return "a list"
	case scalarKind:
		if n.secret {
			return "the content of a file"
		}
		return strconv.Quote(shorten(n.shown))
	default:
		return "empty"
	}
}

func shorten(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// merge returns over laid upon under: maps merge, all else replaces. Neither
// is changed.
func merge(under, over *node) *node {
	if under == nil || over == nil || under.kind != mapKind || over.kind != mapKind {
		if over == nil {
			return under
		}
		return over
	}
	out := &node{kind: mapKind, at: over.at}
	for _, f := range under.fields {
		out.fields = append(out.fields, &field{key: f.key, at: f.at, value: f.value})
	}
	for _, f := range over.fields {
		if have := out.field(f.key); have != nil {
			have.at, have.value = f.at, merge(have.value, f.value)
			continue
		}
		out.fields = append(out.fields, f)
	}
	return out
}

// plain returns the node as maps, slices and scalars, typed as YAML types them.
func (n *node) plain() any {
	switch n.kind {
	case mapKind:
		out := make(map[string]any, len(n.fields))
		for _, f := range n.fields {
			out[f.key] = f.value.plain()
		}
		return out
	case listKind:
		out := make([]any, len(n.items))
		for i, item := range n.items {
			out[i] = item.plain()
		}
		return out
	case scalarKind:
		return n.plainScalar()
	default:
		return nil
	}
}

func (n *node) plainScalar() any {
	if n.quoted {
		return n.text
	}
	if n.text == "true" || n.text == "false" {
		return n.text == "true"
	}
	if i, err := strconv.ParseInt(n.text, 10, 64); err == nil {
		return i
	}
	if f, err := strconv.ParseFloat(n.text, 64); err == nil {
		return f
	}
	return n.text
}
