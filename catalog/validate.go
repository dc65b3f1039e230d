// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"cmp"
	"slices"
	"strings"
)

// Validate returns everything that is wrong with a document: its text, its
// envelope, and its entity as it stands now, against its kind. An entity that
// processors changed after [Decode] is checked as changed, with the positions
// of the text. No problem of [SeverityError] means that it can be taken in.
func (ks *Kinds) Validate(doc *Document) []Problem {
	problems := slices.Clone(doc.Problems)
	switch root, isMap := doc.tree.(map[string]any); {
	case doc.Entity != nil:
		problems = merge(problems, ks.Check(doc.Entity, doc))
	case isMap:
		// Too broken for an entity; what its kind says about it is worth knowing
		// all the same, so that everything can be mended in one go.
		more := ks.checkSpec(root, doc)
		doc.stamp(more, root)
		problems = merge(problems, more)
	}
	inOrder(problems)
	return problems
}

// inOrder sorts problems by where they are.
func inOrder(problems []Problem) {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), strings.Compare(a.Pointer, b.Pointer))
	})
}

// Check returns everything that is wrong with an entity. at is the document
// that it comes from, for positions, or nil.
func (ks *Kinds) Check(e *Entity, at *Document) []Problem {
	root, err := e.tree()
	if err != nil {
		p := []Problem{{Severity: SeverityError, Rule: "spec-value", Message: err.Error(), Pointer: "/spec"}}
		at.stamp(p, map[string]any{"kind": e.Kind, "metadata": map[string]any{"name": e.Metadata.Name, "namespace": e.Metadata.Namespace}})
		return p
	}
	delete(root, "relations")
	delete(root, "status")
	v := envelopeCheck{doc: at}
	v.check(root)
	problems := append(v.problems, ks.checkSpec(root, at)...)
	_, more := ks.Relations(e)
	for _, p := range more {
		if at != nil {
			p.Line, p.Column = at.Position(p.Pointer)
		}
		problems = merge(problems, []Problem{p})
	}
	at.stamp(problems, root)
	inOrder(problems)
	return problems
}

// checkSpec checks kind, apiVersion and spec.
func (ks *Kinds) checkSpec(root map[string]any, at *Document) []Problem {
	kind, _ := root["kind"].(string)
	apiVersion, _ := root["apiVersion"].(string)
	if !ValidKind(kind) || apiVersion == "" {
		return nil
	}
	entry := ks.lookup(apiVersion, kind)
	v := envelopeCheck{doc: at}
	switch versions := ks.versions(kind); {
	case entry != nil:
		return entry.checkSpec(root["spec"], at)
	case len(versions) > 0:
		v.value("unknown-api-version", "/apiVersion", "the kind "+kind+" has no apiVersion "+quote(apiVersion),
			"use "+strings.Join(versions, " or "))
	default:
		remedy := "use one of " + strings.Join(ks.names(), ", ") + ", or declare the kind with a Kind document"
		if near := nearest(kind, ks.names()); near != "" {
			remedy = "did you mean " + near + "? If not: " + remedy
		}
		v.value("unknown-kind", "/kind", "the kind "+quote(kind)+" is not known here", remedy)
	}
	return v.problems
}

// merge appends those of more that problems does not already have.
func merge(problems, more []Problem) []Problem {
	for _, p := range more {
		same := func(o Problem) bool { return o.Rule == p.Rule && o.Pointer == p.Pointer }
		overlapping := func(o Problem) bool {
			return o.Pointer == p.Pointer && o.Pointer != "" && o.Severity == SeverityError && (p.Rule == "schema" || p.Rule == "reference")
		}
		if !slices.ContainsFunc(problems, same) && !slices.ContainsFunc(problems, overlapping) {
			problems = append(problems, p)
		}
	}
	return problems
}
