// SPDX-License-Identifier: Apache-2.0

package ui

import "strconv"

// Meter is a bar that shows a part of a whole. Template "ui/meter".
type Meter struct {
	Value, Max float64
	// Label is what readers hear, such as "7 of 9 checks pass".
	Label string
	// Tone overrides the one that follows from the value: ok from 70 per cent.
	Tone Tone
	// Show writes the percentage beside the bar.
	Show bool
}

// Pct returns the filled part in whole per cent, within 0 to 100.
func (m Meter) Pct() int {
	if !(m.Max > 0) || !(m.Value > 0) {
		return 0
	}
	return min(int(m.Value/m.Max*100+.5), 100)
}

// Class returns the tone's class.
func (m Meter) Class() string {
	switch {
	case m.Tone != Neutral:
		return m.Tone.Class()
	case m.Pct() >= 70:
		return OK.Class()
	default:
		return Warn.Class()
	}
}

// Text returns the label, or the percentage if there is none.
func (m Meter) Text() string {
	if m.Label != "" {
		return m.Label
	}
	return strconv.Itoa(m.Pct()) + "%"
}

// Avatar stands for a person or a team by its initials. Template "ui/avatar".
type Avatar struct {
	Name string
	// URL leads to the person; empty is no link.
	URL string
	// Square marks a team.
	Square bool
	// WithName writes the name beside it.
	WithName bool
}
