// SPDX-License-Identifier: Apache-2.0

package catalogtest

import "github.com/callboard/callboard/catalog"

// Builder makes an entity for a test, step by step:
//
//	e := catalogtest.Component("shop").Owner("group:default/web").Set("type", "website").Entity()
type Builder struct{ e catalog.Entity }

// New starts an entity of any kind, in the default namespace.
func New(kind, name string) *Builder {
	return &Builder{catalog.Entity{
		APIVersion: "backstage.io/v1alpha1",
		Kind:       kind,
		Metadata:   catalog.Metadata{Name: name},
		Spec:       map[string]any{},
	}}
}

// Component starts a valid Component: a service in production, owned by
// group:default/team.
func Component(name string) *Builder {
	return New("Component", name).Set("type", "service").Set("lifecycle", "production").Owner("group:default/team")
}

// API starts a valid API, owned by group:default/team.
func API(name string) *Builder {
	return New("API", name).Set("type", "openapi").Set("lifecycle", "production").
		Set("definition", "openapi: 3.1.0").Owner("group:default/team")
}

// Group starts a valid Group of type team.
func Group(name string) *Builder {
	return New("Group", name).Set("type", "team").Set("children", []any{})
}

// User starts a valid User who is a member of the groups.
func User(name string, groups ...string) *Builder {
	list := []any{}
	for _, g := range groups {
		list = append(list, g)
	}
	return New("User", name).Set("memberOf", list)
}

// System starts a valid System, owned by group:default/team.
func System(name string) *Builder { return New("System", name).Owner("group:default/team") }

// LocationOf starts a valid Location that names targets of the type; an empty
// type is that of the source.
func LocationOf(name, typ string, targets ...string) *Builder {
	list := []any{}
	for _, t := range targets {
		list = append(list, t)
	}
	b := New("Location", name).Set("targets", list)
	if typ != "" {
		b.Set("type", typ)
	}
	return b
}

// Namespace puts the entity into a namespace.
func (b *Builder) Namespace(ns string) *Builder {
	b.e.Metadata.Namespace = ns
	return b
}

// Owner sets spec.owner.
func (b *Builder) Owner(ref string) *Builder { return b.Set("owner", ref) }

// Set sets a field of the spec to a JSON value.
func (b *Builder) Set(field string, value any) *Builder {
	b.e.Spec[field] = value
	return b
}

// Title sets the title.
func (b *Builder) Title(title string) *Builder {
	b.e.Metadata.Title = title
	return b
}

// Description sets the description.
func (b *Builder) Description(text string) *Builder {
	b.e.Metadata.Description = text
	return b
}

// Tags sets the tags.
func (b *Builder) Tags(tags ...string) *Builder {
	b.e.Metadata.Tags = tags
	return b
}

// Annotate sets one annotation.
func (b *Builder) Annotate(name, value string) *Builder {
	if b.e.Metadata.Annotations == nil {
		b.e.Metadata.Annotations = map[string]string{}
	}
	b.e.Metadata.Annotations[name] = value
	return b
}

// Label sets one label.
func (b *Builder) Label(name, value string) *Builder {
	if b.e.Metadata.Labels == nil {
		b.e.Metadata.Labels = map[string]string{}
	}
	b.e.Metadata.Labels[name] = value
	return b
}

// Entity returns the entity; the builder can go on to make variants of it.
func (b *Builder) Entity() *catalog.Entity { return b.e.Clone() }

// Claim returns the entity as a claim with its relations.
func (b *Builder) Claim(relations ...catalog.Edge) catalog.Claim {
	e := b.Entity()
	return catalog.Claim{Ref: e.Ref(), Entity: e, Relations: relations}
}
