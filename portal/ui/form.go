// SPDX-License-Identifier: Apache-2.0

package ui

import "strings"

// The kinds of [Field]. Any other kind is the type of an input element.
const (
	FieldText     = "text"
	FieldSelect   = "select"
	FieldArea     = "textarea"
	FieldCheckbox = "checkbox"
	FieldChecks   = "checks"
	FieldRadio    = "radio"
	FieldCombobox = "combobox"
)

// Form is a form whose post is answered by a redirect, or by the form again
// with what was typed and status 422. Template "ui/form".
type Form struct {
	// Action is where the form leads; empty is the page itself.
	Action string
	// Get submits by GET: the URL is the state.
	Get    bool
	Hidden []Hidden
	Fields []Field
	// Error is about the form as a whole.
	Error string
	// Submit is the verb on the button.
	Submit string
	// Danger draws the button as one that destroys.
	Danger bool
	Cancel Link
	// Files lets the form carry files.
	Files bool
}

// Errors returns the fields with errors as links to them, for the summary.
func (f Form) Errors() []Link {
	var links []Link
	for _, field := range f.Fields {
		if field.Error != "" {
			links = append(links, Link{Title: field.Label + ": " + field.Error, URL: "#" + field.InputID()})
		}
	}
	return links
}

// Field is a labelled input with its hint and its error. Template "ui/field".
type Field struct {
	// Kind is one of the Field constants or the type of an input; empty is text.
	Kind  string
	Name  string
	Label string
	// ID of the input; empty follows from Name.
	ID    string
	Value string
	// Options are what select, radio, checks and combobox offer.
	Options []Option
	// Checked is the state of a single checkbox.
	Checked bool
	Hint    string
	// Good is a hint that confirms the value, such as "free".
	Good  string
	Error string
	// Required is said as the absence of "optional".
	Required    bool
	Disabled    bool
	Placeholder string
	// Rows is the height of a text area; 0 is 4.
	Rows int
	// Mono uses the fixed-width face.
	Mono bool
	// Autocomplete is the attribute's value; empty is off for a combobox.
	Autocomplete string
	// Suggest is a URL that answers GET with q by a JSON array of [Suggestion]
	// for a combobox; Options are what works without scripts.
	Suggest string
}

// Option is a value to choose.
type Option struct {
	Value string
	// Label is what people read; empty is the value.
	Label    string
	Hint     string
	Selected bool
	Disabled bool
}

// Text returns the label.
func (o Option) Text() string {
	if o.Label != "" {
		return o.Label
	}
	return o.Value
}

// InputID returns the id of the input, and for a group that of its first.
func (f Field) InputID() string {
	if f.ID != "" {
		return f.ID
	}
	return "f-" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, f.Name)
}

// Type returns the type of the input element.
func (f Field) Type() string {
	if f.Kind == "" {
		return FieldText
	}
	return f.Kind
}

// DescribedBy returns the ids of hint and error, for aria-describedby.
func (f Field) DescribedBy() string {
	var ids []string
	if f.Error != "" {
		ids = append(ids, f.InputID()+"-error")
	}
	if f.Hint != "" || f.Good != "" {
		ids = append(ids, f.InputID()+"-hint")
	}
	return strings.Join(ids, " ")
}

// IsSelected reports whether the option is the field's value.
func (f Field) IsSelected(o Option) bool { return o.Selected || f.Value != "" && f.Value == o.Value }

// Height returns the rows of a text area.
func (f Field) Height() int {
	if f.Rows > 0 {
		return f.Rows
	}
	return 4
}
