// SPDX-License-Identifier: Apache-2.0

package ui

// Tone is what a status means. It colours words; it never stands alone.
type Tone string

// The tones. Neutral is the zero value.
const (
	Neutral Tone = ""
	OK      Tone = "ok"
	Warn    Tone = "warn"
	Bad     Tone = "bad"
	Run     Tone = "run"
)

// Class returns the tone as a CSS class; a tone that is not one of ours is
// neutral, so data cannot choose classes.
func (t Tone) Class() string {
	switch t {
	case OK, Warn, Bad, Run:
		return string(t)
	default:
		return ""
	}
}

// Chip is a status word with a dot, or a plain label if neutral.
// Template "ui/chip".
type Chip struct {
	Tone Tone
	Text string
	// URL makes the chip a link.
	URL string
	// Title explains the status on hover.
	Title string
}

// Action is a button: a link, or a form post. Template "ui/action".
type Action struct {
	Label string
	URL   string
	// Icon is the name of an icon; empty has none.
	Icon string
	// IconOnly hides the label from sight, not from readers.
	IconOnly bool
	// Primary marks the one action that the page is about.
	Primary bool
	// Danger marks an action that destroys.
	Danger bool
	// Post makes it a form with Fields as hidden inputs.
	Post   bool
	Fields []Hidden
	// Confirm asks this question first, without a script.
	Confirm string
	// Toggle is "on" or "off" for a button that keeps a state, such as a star.
	// Its form carries the wished state in the field "state".
	Toggle string
	// Disabled says why the action is not possible now; empty is enabled.
	Disabled string
	// Download saves what the link leads to.
	Download bool
}

// Spelled returns the action with its label in sight, as it stands in a menu.
func (a Action) Spelled() Action {
	a.IconOnly = false
	return a
}

// Pressed returns the value of aria-pressed, or "" if the action is no toggle.
func (a Action) Pressed() string {
	switch a.Toggle {
	case "on":
		return "true"
	case "off":
		return "false"
	default:
		return ""
	}
}

// Wished returns the state that a press leads to, or "" if the action is no
// toggle.
func (a Action) Wished() string {
	switch a.Toggle {
	case "on":
		return "off"
	case "off":
		return "on"
	default:
		return ""
	}
}

// Hidden is a hidden input of a form.
type Hidden struct{ Name, Value string }

// Notice says what happened or what holds. Template "ui/notice".
type Notice struct {
	Tone  Tone   `json:"t,omitempty"`
	Title string `json:"h,omitempty"`
	Text  string `json:"x,omitempty"`
	Link  Link   `json:"l,omitzero"`
}

// Empty is the state of a list without items. Template "ui/empty".
type Empty struct {
	// Icon is the name of an icon; empty has none.
	Icon  string
	Title string
	Text  string
	// Command is what to type to get the first item, with a copy button.
	Command string
	// Action leads on: add the first item, or reset the filter.
	Action *Action
}

// Problem is the state of a card or page whose content could not be drawn.
// Template "ui/problem".
type Problem struct {
	Title string
	// Text says what failed, in words for a person.
	Text string
	// ID finds the cause in the log.
	ID string
	// Retry leads to another try; empty has none.
	Retry string
}

// Forbidden is the state of something that the reader may not see. Template
// "ui/forbidden".
type Forbidden struct {
	// Permission is the one that lacks.
	Permission string
	// GrantedBy says who gives it.
	GrantedBy Link
}

// Card is a box with a heading whose body is HTML of a template set, as
// [Templates.Fragment] returns it. Template "ui/card".
type Card struct {
	// ID becomes the element's id; empty has none.
	ID    string
	Title string
	// Note stands quietly at the right of the heading.
	Note string
	// More is a link at the right of the heading.
	More Link
	// Width is in twelfths; 0 is 4, values outside 3 to 12 are brought inside.
	Width int
	// Flush leaves out the padding: tables, logs, code.
	Flush bool
	// Body is drawn as it is.
	Body HTML
	// Problem replaces the body.
	Problem *Problem
	// Stale says since when the shown data is old.
	Stale *Stale
}

// Span returns the width's class.
func (c Card) Span() string { return spanClass(c.Width) }

// Class returns the classes of the action's button.
func (a Action) Class() string {
	c := "btn"
	if a.Primary {
		c += " primary"
	}
	if a.Danger {
		c += " danger"
	}
	if a.IconOnly {
		c += " icon-only"
	}
	return c
}

// Icon returns the name of the icon that goes with the tone.
func (n Notice) Icon() string {
	switch n.Tone {
	case OK:
		return "check"
	case Warn, Bad:
		return "alert"
	default:
		return "info"
	}
}
