// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"strconv"
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

// Position returns line and column of the value at the JSON pointer, counted
// from 1 in the whole file. A value that is not in the text has the position of
// the nearest thing around it that is. Without text both are 0.
func (doc *Document) Position(pointer string) (line, column int) {
	_, value := doc.find(pointer)
	return doc.position(value)
}

// KeyPosition returns the position of the key at the JSON pointer, where
// [Document.Position] returns that of its value.
func (doc *Document) KeyPosition(pointer string) (line, column int) {
	key, _ := doc.find(pointer)
	return doc.position(key)
}

func (doc *Document) position(n *yaml.Node) (line, column int) {
	if n == nil {
		return 0, 0
	}
	return n.Line + doc.line, n.Column
}

// find walks to the pointer as far as the text goes. Where the last part is
// missing it returns the key of what should hold it: that is the line to mend.
func (doc *Document) find(pointer string) (key, value *yaml.Node) {
	if doc == nil || doc.root == nil {
		return nil, nil
	}
	key, value = doc.root, doc.root
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if pointer == "" {
			break
		}
		k, v := child(value, unescapePointer(part))
		if v == nil {
			return key, key
		}
		key, value = k, v
	}
	return key, value
}

func child(n *yaml.Node, name string) (key, value *yaml.Node) {
	for range 3 { // an alias leads to a node that is none, so this is ample
		if n.Kind != yaml.AliasNode {
			break
		}
		n = n.Alias
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == name && n.Content[i].Kind == yaml.ScalarNode {
				return n.Content[i], n.Content[i+1]
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i], n.Content[i]
		}
	}
	return nil, nil
}

func unescapePointer(part string) string {
	return strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
}

// add reports a problem at the value of a pointer.
func (doc *Document) add(p Problem, pointer string) {
	p.Pointer = pointer
	p.Line, p.Column = doc.Position(pointer)
	if p.Severity == "" {
		p.Severity = SeverityError
	}
	doc.Problems = append(doc.Problems, p)
}

// stamp fills in where the problems are and whose, as far as the tree says it.
func (doc *Document) stamp(problems []Problem, tree any) {
	entity, owner := "", ""
	if root, ok := tree.(map[string]any); ok {
		entity, owner = claimed(root)
	}
	for i := range problems {
		p := &problems[i]
		p.Entity, p.Owner = entity, owner
		if doc != nil {
			p.Location, p.Document = doc.location, doc.Number
		}
	}
}

// claimed returns the references of the entity that a tree is about, and of its
// owner, each empty if the tree does not say.
func claimed(root map[string]any) (entity, owner string) {
	metadata, _ := root["metadata"].(map[string]any)
	kind, _ := root["kind"].(string)
	name, _ := metadata["name"].(string)
	namespace, _ := metadata["namespace"].(string)
	if kind == "" || name == "" {
		return "", ""
	}
	entity = NewRef(kind, namespace, name).String()
	spec, _ := root["spec"].(map[string]any)
	text, _ := spec["owner"].(string)
	if ref, err := ParseRef(text, Ref{Kind: "group", Namespace: namespace}); err == nil {
		owner = ref.String()
	}
	return entity, owner
}
