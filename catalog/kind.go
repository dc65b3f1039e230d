// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"fmt"
	"slices"

	"github.com/callboard/callboard"
)

// Kind is the declaration of a kind of entity, as data: what its spec holds,
// what its fields relate to, and what it is called. The built-in kinds are
// declared in the same way as a company's own, by a document (see [ParseKinds])
// or from a Go type (see [KindOf]).
type Kind struct {
	// Name is the value of an entity's kind, such as Component.
	Name string `json:"name"`
	// APIVersions lists the values of apiVersion that it is known under. Two
	// kinds may have one name if they share none of these.
	APIVersions []string `json:"apiVersions"`
	// Title and Plural are what pages call one and several; the default is Name,
	// and Title with an s.
	Title  string `json:"title,omitempty"`
	Plural string `json:"plural,omitempty"`
	// Description says in a sentence what the kind is for.
	Description string `json:"description,omitempty"`
	// Icon names an icon of the design system.
	Icon string `json:"icon,omitempty"`
	// Schema is the JSON Schema (2020-12 unless it says otherwise) of the spec;
	// nil accepts any object.
	Schema map[string]any `json:"schema,omitempty"`
	// Relations are the fields that refer to other entities.
	Relations []RelationField `json:"relations,omitempty"`
	// Variants replace schema and relations for some values of spec.type.
	Variants []Variant `json:"variants,omitempty"`
	// Columns are what a list of this kind shows beside the name.
	Columns []Column `json:"columns,omitempty"`
}

// Variant is what holds for entities of a kind with one value of spec.type.
type Variant struct {
	// Type is the value of spec.type.
	Type string `json:"type"`
	// Description says in a sentence what the variant is for.
	Description string `json:"description,omitempty"`
	// Schema replaces the kind's own; nil keeps it.
	Schema map[string]any `json:"schema,omitempty"`
	// Relations come beside the kind's own.
	Relations []RelationField `json:"relations,omitempty"`
}

// RelationField says that a field holds one reference or a list of them.
type RelationField struct {
	// Field is the dotted path, such as spec.owner.
	Field string `json:"field"`
	// Type is the relation from the entity to the target, Inverse the one back.
	Type    string `json:"type"`
	Inverse string `json:"inverse"`
	// DefaultKind is the kind of a reference that names none; empty demands one.
	DefaultKind string `json:"defaultKind,omitempty"`
	// Namespace says which namespace a reference without one means.
	Namespace NamespaceRule `json:"namespace,omitempty"`
	// Targets lists the kinds that make sense; another one is a warning. Empty
	// allows all.
	Targets []string `json:"targets,omitempty"`
}

// NamespaceRule says which namespace a reference without one means.
type NamespaceRule string

// The namespace rules; the zero value is NamespaceInherit.
const (
	// NamespaceInherit: that of the entity which refers.
	NamespaceInherit NamespaceRule = "inherit"
	// NamespaceDefault: always [DefaultNamespace].
	NamespaceDefault NamespaceRule = "default"
)

// Column is a column of a list.
type Column struct {
	// Title is the heading.
	Title string `json:"title"`
	// Field is the dotted path, such as spec.lifecycle or relations.ownedBy.
	Field string `json:"field"`
}

// variant returns the variant for the value of spec.type, or nil.
func (k *Kind) variant(specType string) *Variant {
	for i := range k.Variants {
		if k.Variants[i].Type == specType {
			return &k.Variants[i]
		}
	}
	return nil
}

// RelationFields returns the relation fields of entities with the value of
// spec.type, in order.
func (k *Kind) RelationFields(specType string) []RelationField {
	if v := k.variant(specType); v != nil && len(v.Relations) > 0 {
		return slices.Concat(k.Relations, v.Relations)
	}
	return k.Relations
}

// withDefaults fills in titles and checks the declaration.
func (k Kind) withDefaults() (Kind, error) {
	if !ValidKind(k.Name) {
		return k, kindError(k.Name, "its name must be a letter followed by letters and digits")
	}
	if len(k.APIVersions) == 0 {
		return k, kindError(k.Name, "it has no apiVersions")
	}
	for _, v := range k.APIVersions {
		if !ValidAPIVersion(v) {
			return k, kindError(k.Name, "the apiVersion "+quote(v)+" is not valid")
		}
	}
	if k.Title == "" {
		k.Title = k.Name
	}
	if k.Plural == "" {
		k.Plural = k.Title + "s"
	}
	fields := slices.Clone(k.Relations)
	for _, v := range k.Variants {
		if v.Type == "" {
			return k, kindError(k.Name, "a variant has no type")
		}
		fields = append(fields, v.Relations...)
	}
	for _, f := range fields {
		if err := f.check(); err != nil {
			return k, kindError(k.Name, err.Error())
		}
	}
	return k, nil
}

func (f RelationField) check() error {
	switch {
	case f.Field == "" || f.Type == "" || f.Inverse == "":
		return fmt.Errorf("a relation needs field, type and inverse: %+v", f)
	case f.Namespace != "" && f.Namespace != NamespaceInherit && f.Namespace != NamespaceDefault:
		return fmt.Errorf("the relation of %s has the namespace rule %s; it can be inherit or default", f.Field, quote(string(f.Namespace)))
	}
	return nil
}

func kindError(name, why string) error {
	return &callboard.Error{Code: callboard.CodeInvalid, Message: "kind " + quote(name) + ": " + why}
}
