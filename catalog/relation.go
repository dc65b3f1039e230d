// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"slices"
	"strconv"
	"strings"
)

// Relations returns the edges that an entity declares by the relation fields of
// its kind, each followed by its inverse, without repetition. References that
// cannot be read, and targets of a kind that makes no sense, are problems; they
// have no position, [Kinds.Check] gives them one. An unknown kind has no edges.
func (ks *Kinds) Relations(e *Entity) ([]Edge, []Problem) {
	entry := ks.lookup(e.APIVersion, e.Kind)
	if entry == nil {
		return nil, nil
	}
	r := relationReader{entity: e, self: e.Ref(), edges: make([]Edge, 0, 16)}
	for _, f := range entry.RelationFields(e.Type()) {
		r.field(f)
	}
	return r.edges, r.problems
}

// Normalize brings an entity into the form that is stored: its namespace is
// always named, and the lists of its relation fields are sorted, so that a
// change of order in a source is no change. The field's catalogs do the same.
func (ks *Kinds) Normalize(e *Entity) {
	if e.Metadata.Namespace == "" {
		e.Metadata.Namespace = DefaultNamespace
	}
	entry := ks.lookup(e.APIVersion, e.Kind)
	if entry == nil {
		return
	}
	for _, f := range entry.RelationFields(e.Type()) {
		if list, ok := fieldValue(e, f.Field).([]any); ok && allText(list) {
			slices.SortStableFunc(list, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
		}
	}
}

func allText(list []any) bool {
	for _, x := range list {
		if _, ok := x.(string); !ok {
			return false
		}
	}
	return true
}

type relationReader struct {
	entity   *Entity
	self     Ref
	edges    []Edge
	seen     map[Edge]struct{}
	problems []Problem
}

func (r *relationReader) field(f RelationField) {
	switch v := fieldValue(r.entity, f.Field).(type) {
	case nil:
	case []any:
		for i, x := range v {
			r.reference(f, x, i)
		}
	case []string:
		for i, x := range v {
			r.reference(f, x, i)
		}
	default:
		r.reference(f, v, -1)
	}
}

// fieldValue returns the value at a dotted path below spec, or nil.
func fieldValue(e *Entity, field string) any {
	name, ok := strings.CutPrefix(field, "spec.")
	if !ok {
		return nil
	}
	if v, ok := e.Spec[name]; ok {
		return v
	}
	var v any = e.Spec
	for part := range strings.SplitSeq(name, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[part]
	}
	return v
}

// reference reads one reference; index is its place in a list, or -1.
func (r *relationReader) reference(f RelationField, v any, index int) {
	at := func() string {
		pointer := "/" + strings.ReplaceAll(f.Field, ".", "/")
		if index >= 0 {
			pointer += "/" + strconv.Itoa(index)
		}
		return pointer
	}
	s, ok := v.(string)
	if !ok {
		r.problem("reference", SeverityError, at(), "a reference must be text, not "+typeWord(v), "write kind:namespace/name")
		return
	}
	if s == "" && index < 0 {
		return
	}
	namespace := r.entity.Metadata.Namespace
	if f.Namespace == NamespaceDefault {
		namespace = DefaultNamespace
	}
	target, err := ParseRef(s, Ref{Kind: f.DefaultKind, Namespace: namespace})
	if err != nil {
		remedy := "write kind:namespace/name"
		if f.DefaultKind == "" && !strings.Contains(s, ":") {
			remedy = "write the kind too, for example component:" + s + " or resource:" + s
		}
		r.problem("reference", SeverityError, at(), err.Error(), remedy)
		return
	}
	if !ValidName(target.Name) || !ValidNamespace(target.Namespace) {
		r.problem("reference-name", SeverityWarning, at(), "the reference "+quote(s)+" can be that of no entity, for its name is not valid",
			"write kind:namespace/name; names have letters, digits and - _ . between them")
	}
	if len(f.Targets) > 0 && !slices.ContainsFunc(f.Targets, func(k string) bool { return strings.EqualFold(k, target.Kind) }) {
		r.problem("reference-kind", SeverityWarning, at(),
			"the target of "+f.Type+" is "+target.String()+"; it should be a "+strings.Join(f.Targets, " or "),
			"refer to a "+strings.Join(f.Targets, " or ")+", or write the kind before the name")
	}
	r.add(Edge{Source: r.self, Type: f.Type, Target: target})
	r.add(Edge{Source: target, Type: f.Inverse, Target: r.self})
}

func (r *relationReader) add(e Edge) {
	const few = 32 // up to here looking through the edges is quicker than a map
	switch {
	case r.seen != nil:
		if _, ok := r.seen[e]; ok {
			return
		}
		r.seen[e] = struct{}{}
	case slices.Contains(r.edges, e):
		return
	case len(r.edges) == few:
		r.seen = make(map[Edge]struct{}, 2*few)
		for _, o := range r.edges {
			r.seen[o] = struct{}{}
		}
		r.seen[e] = struct{}{}
	}
	r.edges = append(r.edges, e)
}

func (r *relationReader) problem(rule string, s Severity, at, message, remedy string) {
	if len(r.problems) > maxProblems {
		return
	}
	if len(r.problems) == maxProblems {
		rule, at, message, remedy = "more-problems", "", "there are more problems than are listed", "mend these first"
	}
	r.problems = append(r.problems, Problem{
		Severity: s, Rule: rule, Message: message, Remedy: remedy, Pointer: at, Entity: r.self.String(),
	})
}
