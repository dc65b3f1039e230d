// SPDX-License-Identifier: Apache-2.0

package ui

import "time"

// KV is a list of labels and values. Template "ui/kv".
type KV []KVItem

// KVItem is one label with its value. What is set is drawn.
type KVItem struct {
	Label string
	Text  string
	// URL makes the text a link.
	URL  string
	Mono bool
	// Copy adds a button that copies the text.
	Copy  bool
	Time  time.Time
	Links []Link
	Chips []Chip
	// HTML comes from a template set.
	HTML HTML
}

// TreeNode is an item of a tree. Template "ui/tree" takes a slice of them.
type TreeNode struct {
	Title string
	URL   string
	// Icon is the name of an icon; empty has none.
	Icon string
	// Note stands quietly at the right.
	Note     string
	Current  bool
	Open     bool
	Children []TreeNode
}

// Expanded reports whether the children are shown: the node is open, or the
// current node is below it.
func (n TreeNode) Expanded() bool {
	if n.Open {
		return true
	}
	for _, c := range n.Children {
		if c.Current || c.Expanded() {
			return true
		}
	}
	return false
}

// The states of a [Step]. The zero value is still to come.
const (
	StepDone   = "done"
	StepNow    = "now"
	StepFailed = "failed"
)

// Step is a stage on a way. Templates "ui/steps" (a line with times) and
// "ui/wizard" (numbers) take a slice of them.
type Step struct {
	// State is StepDone, StepNow, StepFailed or empty.
	State string
	Title string
	// Text stands below the title.
	Text string
	// URL makes the title a link.
	URL string
}

// Word returns the key of the state's word.
func (s Step) Word() string {
	switch s.State {
	case StepDone, StepNow, StepFailed:
		return "step." + s.State
	default:
		return "step.next"
	}
}

// Event is an entry of a history. Template "ui/history" takes a slice of them.
type Event struct {
	At    time.Time
	Tone  Tone
	Title string
	URL   string
	// Text says more; By names who did it.
	Text, By string
	// Detail opens below, such as a diff.
	Detail HTML
}

// Menu is a button that opens a list of actions. Template "ui/menu".
type Menu struct {
	Label string
	// Icon is the name of an icon; empty has none.
	Icon     string
	IconOnly bool
	Items    []Action
}

// Class returns the classes of the menu's button.
func (m Menu) Class() string { return Action{IconOnly: m.IconOnly}.Class() }

// Stat is a figure with its name. Template "ui/stat".
type Stat struct {
	Label string
	Value string
	// Note stands below, coloured by Tone: "+41%".
	Note  string
	Tone  Tone
	URL   string
	Spark *Sparkline
}

// Definition describes one name: a parameter, a property, a configuration
// key. Template "ui/definitions" takes a slice of them.
type Definition struct {
	Name string
	// Type is written behind the name, such as "string".
	Type     string
	Required bool
	// Deprecated strikes the name through.
	Deprecated bool
	// Text is Markdown.
	Text string
	// Default and Values are written below the text.
	Default string
	Values  []string
	// Children are drawn indented, closed if there are many.
	Children []Definition
}
