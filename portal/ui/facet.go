// SPDX-License-Identifier: Apache-2.0

package ui

// Facets is a form (GET) of filters with counts. Template "ui/facets". It
// has a button; where scripts run, a change applies at once.
type Facets struct {
	// Action is where the form leads; its own query is not kept, see Keep.
	Action string
	// Keep are parameters to hold on to: sort, view.
	Keep []Hidden
	// Search is the text field on top, if any.
	Search *SearchField
	Groups []Facet
	// Reset is the URL without filters; empty if there is nothing to reset.
	Reset string
}

// Facet is one property by which a list can be filtered.
type Facet struct {
	// Name is the parameter, repeated for each value.
	Name    string
	Title   string
	Options []FacetOption
	// More leads to the rest of the values.
	More Link
	// Single draws radio buttons: one value at a time.
	Single bool
}

// FacetOption is a value and how many items have it.
type FacetOption struct {
	Value string
	// Label is what people read; empty is the value.
	Label   string
	Count   int
	Checked bool
}

// Text returns the label.
func (o FacetOption) Text() string {
	if o.Label != "" {
		return o.Label
	}
	return o.Value
}

// SearchField is a text field that narrows a list. Template "ui/searchfield".
type SearchField struct {
	Name, Value string
	// Label is what readers hear; Placeholder is what stands in the field.
	Label, Placeholder string
}
