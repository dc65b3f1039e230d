// SPDX-License-Identifier: Apache-2.0

package sqlcatalog

import (
	"bytes"
	"encoding/base64"
	"encoding/json"

	"github.com/callboard/callboard/catalog"
)

// selection is what a query selects and in which order: the part of it that a
// cursor carries on.
type selection struct {
	filter catalog.Filter
	text   *catalog.Text
	order  []catalog.Order
}

// position is a place between two entities in the order of a selection.
type position struct {
	// Back looks for the entities before the place, not for those behind it.
	Back bool `json:"b,omitempty"`
	// Keys are the values of the sort fields at the place, nil where missing.
	Keys []*string `json:"k,omitempty"`
	Ref  string    `json:"r"`
	// With takes in the entity that stands at the place itself.
	With bool `json:"w,omitempty"`
}

// cursorVersion changes with the meaning of what cursors hold.
const cursorVersion = 1

type cursor struct {
	Version int             `json:"v"`
	Filter  *filterNode     `json:"f,omitempty"`
	Text    *catalog.Text   `json:"t,omitempty"`
	Order   []catalog.Order `json:"o,omitempty"`
	At      *position       `json:"p"`
}

// filterNode is a [catalog.Filter] as JSON.
type filterNode struct {
	Op     string        `json:"op"`
	Field  string        `json:"f,omitempty"`
	Values []string      `json:"v,omitempty"`
	Parts  []*filterNode `json:"p,omitempty"`
}

func encodeCursor(s selection, at position) string {
	b, err := json.Marshal(cursor{cursorVersion, nodeOf(s.filter), s.text, s.order, &at})
	if err != nil {
		panic(err) // texts and numbers always have a JSON form
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func decodeCursor(text string) (selection, position, error) {
	bad := invalid("the cursor is not one of this catalog's; start again from the first page")
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return selection{}, position{}, bad
	}
	var c cursor
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if dec.Decode(&c) != nil || c.Version != cursorVersion || c.At == nil || len(c.At.Keys) != len(c.Order) {
		return selection{}, position{}, bad
	}
	filter, ok := c.Filter.filter()
	if !ok {
		return selection{}, position{}, bad
	}
	return selection{filter, c.Text, c.Order}, *c.At, nil
}

func nodeOf(f catalog.Filter) *filterNode {
	switch f := f.(type) {
	case catalog.All:
		return &filterNode{Op: "all", Parts: nodesOf(f)}
	case catalog.Any:
		return &filterNode{Op: "any", Parts: nodesOf(f)}
	case catalog.Not:
		return &filterNode{Op: "not", Parts: nodesOf([]catalog.Filter{f.Filter})}
	case catalog.In:
		return &filterNode{Op: "in", Field: f.Field, Values: f.Values}
	case catalog.Exists:
		return &filterNode{Op: "exists", Field: f.Field}
	case catalog.Prefix:
		return &filterNode{Op: "prefix", Field: f.Field, Values: []string{f.Text}}
	case catalog.Contains:
		return &filterNode{Op: "contains", Field: f.Field, Values: []string{f.Text}}
	}
	return nil
}

func nodesOf(filters []catalog.Filter) []*filterNode {
	nodes := make([]*filterNode, len(filters))
	for i, f := range filters {
		nodes[i] = nodeOf(f)
	}
	return nodes
}

// filter is the reverse of nodeOf.
func (n *filterNode) filter() (catalog.Filter, bool) {
	if n == nil {
		return nil, true
	}
	parts := make([]catalog.Filter, len(n.Parts))
	for i, p := range n.Parts {
		var ok bool
		if parts[i], ok = p.filter(); !ok {
			return nil, false
		}
	}
	switch {
	case n.Op == "all":
		return catalog.All(parts), true
	case n.Op == "any":
		return catalog.Any(parts), true
	case n.Op == "not" && len(parts) == 1:
		return catalog.Not{Filter: parts[0]}, true
	case n.Op == "in":
		return catalog.In{Field: n.Field, Values: n.Values}, true
	case n.Op == "exists":
		return catalog.Exists{Field: n.Field}, true
	case n.Op == "prefix" && len(n.Values) == 1:
		return catalog.Prefix{Field: n.Field, Text: n.Values[0]}, true
	case n.Op == "contains" && len(n.Values) == 1:
		return catalog.Contains{Field: n.Field, Text: n.Values[0]}, true
	}
	return nil, false
}
