// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"slices"
	"strings"
	"unicode"

	"github.com/callboard/callboard/catalog"
)

// relationNames knows which relation is the other way round of which, so that
// an edge told from both its ends is drawn once, in the direction that its
// kind declares.
type relationNames struct{ forward map[string]string } // by inverse

func newRelationNames(kinds *catalog.Kinds) relationNames {
	n := relationNames{forward: map[string]string{}}
	for _, k := range kinds.All() {
		n.declare(k.Relations)
		for _, v := range k.Variants {
			n.declare(v.Relations)
		}
	}
	return n
}

// declare notes the fields' relations. Where two fields declare one relation
// from both its ends, as dependsOn and dependencyOf do, the first one counts.
func (n relationNames) declare(fields []catalog.RelationField) {
	for _, f := range fields {
		if _, turned := n.forward[f.Type]; !turned && f.Type != f.Inverse {
			n.forward[f.Inverse] = f.Type
		}
	}
}

// canonical returns the edge in its declared direction.
func (n relationNames) canonical(from catalog.Ref, r catalog.Relation) catalog.Edge {
	if forward, ok := n.forward[r.Type]; ok {
		return catalog.Edge{Source: r.Target, Type: forward, Target: from}
	}
	return catalog.Edge{Source: from, Type: r.Type, Target: r.Target}
}

// all returns the declared relations in order of name.
func (n relationNames) all() []string {
	types := []string{}
	for _, forward := range n.forward {
		if !slices.Contains(types, forward) {
			types = append(types, forward)
		}
	}
	slices.Sort(types)
	return types
}

// relationTitle turns a relation's name into words: apiProvidedBy becomes
// "API provided by".
func relationTitle(name string) string {
	var words []string
	start := 0
	for i, r := range name {
		if unicode.IsUpper(r) && i > start {
			words = append(words, strings.ToLower(name[start:i]))
			start = i
		}
	}
	words = append(words, strings.ToLower(name[start:]))
	for i, w := range words {
		switch w {
		case "api", "apis":
			words[i] = "API" + strings.TrimPrefix(w, "api")
		}
	}
	return strings.Join(words, " ")
}

// capital returns s with its first letter in upper case.
func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
