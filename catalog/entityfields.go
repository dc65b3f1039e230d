// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"maps"
	"slices"
)

// RelationOwnedBy is the relation from an entity to its owner.
const RelationOwnedBy = "ownedBy"

// DisplayName returns what to call the entity on a page: its title, else the
// display name of its profile (people and teams), else its name.
func (e *Entity) DisplayName() string {
	if e.Metadata.Title != "" {
		return e.Metadata.Title
	}
	if profile, ok := e.Spec["profile"].(map[string]any); ok {
		if s, ok := profile["displayName"].(string); ok && s != "" {
			return s
		}
	}
	return e.Metadata.Name
}

// Type returns spec.type, or "" if it has none.
func (e *Entity) Type() string { return e.specText("type") }

// Lifecycle returns spec.lifecycle, or "" if it has none.
func (e *Entity) Lifecycle() string { return e.specText("lifecycle") }

// Owner returns who owns the entity: the target of its ownedBy relation, else
// what spec.owner says, else the zero Ref.
func (e *Entity) Owner() Ref {
	for _, r := range e.Relations {
		if r.Type == RelationOwnedBy {
			return r.Target
		}
	}
	owner, err := ParseRef(e.specText("owner"), Ref{Kind: "group", Namespace: e.Metadata.Namespace})
	if err != nil {
		return Ref{}
	}
	return owner
}

// Targets returns the targets of the entity's relations of one type, in order.
func (e *Entity) Targets(relation string) []Ref {
	var refs []Ref
	for _, r := range e.Relations {
		if r.Type == relation {
			refs = append(refs, r.Target)
		}
	}
	return refs
}

// Annotation returns the annotation with the name, or "".
func (e *Entity) Annotation(name string) string { return e.Metadata.Annotations[name] }

func (e *Entity) specText(name string) string {
	s, _ := e.Spec[name].(string)
	return s
}

// Clone returns a deep copy: a change to one is never seen in the other.
func (e *Entity) Clone() *Entity {
	if e == nil {
		return nil
	}
	c := *e
	c.Metadata.Labels = maps.Clone(e.Metadata.Labels)
	c.Metadata.Annotations = maps.Clone(e.Metadata.Annotations)
	c.Metadata.Tags = slices.Clone(e.Metadata.Tags)
	c.Metadata.Links = slices.Clone(e.Metadata.Links)
	c.Metadata.Extra = cloneMap(e.Metadata.Extra)
	c.Spec = cloneMap(e.Spec)
	c.Relations = slices.Clone(e.Relations)
	if e.Status != nil {
		c.Status = &Status{Items: slices.Clone(e.Status.Items)}
	}
	return &c
}

func cloneMap(m map[string]any) map[string]any {
	if m == nil {
		return nil
	}
	c := make(map[string]any, len(m))
	for k, v := range m {
		c[k] = cloneValue(v)
	}
	return c
}

func cloneValue(v any) any {
	switch t := v.(type) {
	case map[string]any:
		return cloneMap(t)
	case []any:
		c := make([]any, len(t))
		for i, x := range t {
			c[i] = cloneValue(x)
		}
		return c
	}
	return v
}
