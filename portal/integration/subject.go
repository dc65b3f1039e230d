// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"slices"
	"strings"
	"time"
)

// Subject is the entity that an integration is asked about. The engine knows
// entities as trees of JSON values only, so it needs no catalog.
type Subject struct {
	// Ref is the reference, such as component:default/shop. It tells subjects
	// apart.
	Ref string
	// Kind is the kind, in any case.
	Kind string
	// Annotations are the entity's.
	Annotations map[string]string
	// Tree returns the entity as JSON values, the variable entity. It is called
	// only where an expression is evaluated; nil is an empty object.
	Tree func() map[string]any
}

// vars are the variables that every expression knows.
func (s Subject) vars(settings map[string]string, now time.Time) map[string]any {
	tree := map[string]any{}
	if s.Tree != nil {
		tree = s.Tree()
	}
	annotations := s.Annotations
	if annotations == nil {
		annotations = map[string]string{}
	}
	return map[string]any{"entity": tree, "annotations": annotations, "settings": settings, "now": now}
}

// applies reports whether the definition is shown on the subject. A condition
// that cannot be evaluated does not hold; what it may cost is bounded.
func (d *Definition) applies(s Subject, settings map[string]string, now time.Time) bool {
	if len(d.AppliesTo.Kinds) > 0 && !slices.ContainsFunc(d.AppliesTo.Kinds, func(k string) bool { return strings.EqualFold(k, s.Kind) }) {
		return false
	}
	for _, a := range d.AppliesTo.Annotations {
		if strings.TrimSpace(s.Annotations[a]) == "" {
			return false
		}
	}
	if d.program.when == nil {
		return true
	}
	v, err := d.program.when.eval(context.Background(), s.vars(settings, now))
	return err == nil && v.Value() == true
}
