// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

// treeBuilder turns the nodes of one document into JSON values.
type treeBuilder struct {
	*decoder
	doc        *Document
	separators separators
	aliases    int // aliases around the value being built
	path       []step
}

// step is one part of the way to a value: a key, or the place in a list.
type step struct {
	key   string
	index int // -1 for a key
	node  *yaml.Node
}

// pointer returns the JSON pointer of the value being built.
func (b *treeBuilder) pointer() string {
	var p strings.Builder
	for _, s := range b.path {
		p.WriteByte('/')
		if s.index >= 0 {
			p.WriteString(strconv.Itoa(s.index))
		} else {
			p.WriteString(escapePointer(s.key))
		}
	}
	return p.String()
}

// inside builds a value one step further in.
func (b *treeBuilder) inside(s step, n *yaml.Node, depth int) (any, bool) {
	s.node = n
	b.path = append(b.path, s)
	v, ok := b.value(n, depth+1)
	b.path = b.path[:len(b.path)-1]
	return v, ok
}

func escapePointer(key string) string {
	if !strings.ContainsAny(key, "~/") {
		return key
	}
	return strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
}

// nodeCost is what a node counts for beside its text where an alias repeats it.
const nodeCost = 64

// value builds the value of a node. It returns false where going on makes no
// sense: too deep, or an alias bomb.
func (b *treeBuilder) value(n *yaml.Node, depth int) (any, bool) {
	if depth > b.opts.MaxDepth {
		b.problem(n, Problem{
			Rule:    "yaml-depth",
			Message: fmt.Sprintf("values nest deeper than %d levels", b.opts.MaxDepth),
			Remedy:  "flatten the document",
		})
		return nil, false
	}
	if b.aliases > 0 {
		if b.budget -= nodeCost + len(n.Value); b.budget < 0 {
			b.problem(n, Problem{
				Rule:    "yaml-alias",
				Message: "the aliases of this file expand to more than " + byteCount(b.opts.MaxBytes),
				Remedy:  "write the repeated parts out, or move them to files of their own",
			})
			return nil, false
		}
	}
	switch n.Kind {
	case yaml.AliasNode:
		return b.alias(n, depth)
	case yaml.MappingNode:
		return b.mapping(n, depth)
	case yaml.SequenceNode:
		return b.sequence(n, depth)
	default:
		v, err := scalar(n, b.separators.show(n.Value))
		if err != nil {
			b.problem(n, Problem{Rule: "yaml-value", Message: err.Error(), Remedy: "put it in quotes if it is meant as text"})
		}
		return v, true
	}
}

func (b *treeBuilder) alias(n *yaml.Node, depth int) (any, bool) {
	around := func(s step) bool { return s.node == n.Alias }
	if n.Alias == b.doc.root || slices.ContainsFunc(b.path, around) {
		b.problem(n, Problem{
			Rule:    "yaml-alias",
			Message: "the alias *" + n.Value + " stands within the value that it repeats, which never ends",
			Remedy:  "write the value out",
		})
		return nil, false
	}
	b.aliases++
	v, ok := b.value(n.Alias, depth+1)
	b.aliases--
	return v, ok
}

func (b *treeBuilder) sequence(n *yaml.Node, depth int) (any, bool) {
	list := make([]any, len(n.Content))
	for i, c := range n.Content {
		v, ok := b.inside(step{index: i}, c, depth)
		if !ok {
			return nil, false
		}
		list[i] = v
	}
	return list, true
}

func (b *treeBuilder) mapping(n *yaml.Node, depth int) (any, bool) {
	m := make(map[string]any, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		key, ok := b.key(k)
		if !ok {
			continue
		}
		if _, twice := m[key]; twice {
			b.duplicate(n, k, key)
			continue
		}
		v, ok := b.inside(step{key: key, index: -1}, n.Content[i+1], depth)
		if !ok {
			return nil, false
		}
		m[key] = v
	}
	return b.placeholder(n, m), true
}

// maxKeyLength is the most bytes of a key, as YAML has it for most keys.
const maxKeyLength = 1024

// key returns the text of a key. Numbers and the like become text as JSON's
// keys must be; lists and objects cannot.
func (b *treeBuilder) key(n *yaml.Node) (string, bool) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.ScalarNode {
		b.problem(n, Problem{
			Rule:    "yaml-key",
			Message: "a key must be text, not a list or an object",
			Remedy:  "put the key in quotes; text like {{ name }} is an object in YAML",
		})
		return "", false
	}
	if len(n.Value) > maxKeyLength {
		b.problem(n, Problem{
			Rule:    "yaml-key",
			Message: fmt.Sprintf("a key has %d bytes; at most %d are allowed", len(n.Value), maxKeyLength),
			Remedy:  "put long text into a value",
		})
		return "", false
	}
	if plainScalar(n) && n.Value == "<<" {
		return "<<", true
	}
	text := b.separators.show(n.Value)
	v, err := scalar(n, text)
	if err != nil {
		return text, true
	}
	switch t := v.(type) {
	case int64:
		return strconv.FormatInt(t, 10), true
	case float64:
		return string(appendNumber(nil, t)), true
	case bool:
		return strconv.FormatBool(t), true
	case nil:
		return "", true
	}
	return text, true
}

func (b *treeBuilder) duplicate(n, key *yaml.Node, name string) {
	first := key
	for i := 0; i+1 < len(n.Content) && len(b.doc.Problems) < maxProblems; i += 2 {
		if k, ok := b.key(n.Content[i]); ok && k == name {
			first = n.Content[i]
			break
		}
	}
	b.path = append(b.path, step{key: name, index: -1})
	defer func() { b.path = b.path[:len(b.path)-1] }()
	b.problem(key, Problem{
		Rule: "yaml-duplicate-key",
		Message: fmt.Sprintf("the key %s is given twice: here, and on line %d, column %d",
			quote(name), first.Line+b.doc.line, first.Column),
		Remedy: "keep one of the two",
	})
}

// placeholder resolves {$text: ...} and its like.
func (b *treeBuilder) placeholder(n *yaml.Node, m map[string]any) any {
	if b.opts.Placeholder == nil || len(m) != 1 {
		return m
	}
	for k, argument := range m {
		if !strings.HasPrefix(k, "$") {
			break
		}
		v, resolved, err := b.opts.Placeholder(k, argument)
		if err != nil {
			b.problem(n, Problem{Rule: "placeholder", Message: fmt.Sprintf("%s: %v", k, err)})
			return m
		}
		if resolved {
			return v
		}
	}
	return m
}

func (b *treeBuilder) problem(n *yaml.Node, p Problem) {
	if len(b.doc.Problems) > maxProblems {
		return
	}
	if len(b.doc.Problems) == maxProblems {
		p = Problem{Rule: "more-problems", Message: "there are more problems than are listed", Remedy: "mend these first"}
	}
	p.Severity = SeverityError
	p.Pointer = b.pointer()
	p.Line, p.Column = n.Line+b.doc.line, n.Column
	b.doc.Problems = append(b.doc.Problems, p)
}
