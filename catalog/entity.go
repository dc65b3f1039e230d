// SPDX-License-Identifier: Apache-2.0

package catalog

// Entity is one thing in the catalog: the envelope that every kind shares, and
// the kind's own spec. The JSON form is that of backstage.io/v1alpha1.
type Entity struct {
	APIVersion string
	Kind       string
	Metadata   Metadata
	// Spec holds JSON values: string, bool, int64, float64, nil,
	// []any and map[string]any.
	Spec map[string]any
	// Relations are filled in when the entity is read, never by an author.
	Relations []Relation
	// Status is what the portal and processors found out about the entity.
	Status *Status
}

// Metadata is what every entity says about itself.
type Metadata struct {
	UID         string
	ETag        string
	Name        string
	Namespace   string
	Title       string
	Description string
	Labels      map[string]string
	Annotations map[string]string
	Tags        []string
	Links       []Link
	// Extra holds fields that the envelope does not name; they are kept and served.
	Extra map[string]any
}

// Link is a link to something outside the catalog.
type Link struct {
	URL   string `json:"url"`
	Title string `json:"title,omitempty"`
	Icon  string `json:"icon,omitempty"`
	Type  string `json:"type,omitempty"`
}

// Relation is one end of an [Edge], seen from the entity that it starts at.
type Relation struct {
	Type   string `json:"type"`
	Target Ref    `json:"targetRef"`
}

// Status is the list of findings about an entity.
type Status struct {
	Items []StatusItem `json:"items,omitempty"`
}

// StatusItem is one finding.
type StatusItem struct {
	Type    string `json:"type"`
	Level   string `json:"level"` // info, warning or error
	Message string `json:"message"`
}

// Ref returns the entity's reference.
func (e *Entity) Ref() Ref { return NewRef(e.Kind, e.Metadata.Namespace, e.Metadata.Name) }
