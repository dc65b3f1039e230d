// SPDX-License-Identifier: Apache-2.0

package ui

import "time"

// GraphView is a drawing of portal/ui/graph with buttons to move it where
// scripts run. Template "ui/graph".
type GraphView struct {
	// Label is what readers hear.
	Label string
	SVG   HTML
	// Fit shrinks the drawing to the width there is; otherwise it scrolls.
	Fit bool
}

// Partial is the state of a list to which only some sources answered.
// Template "ui/partial".
type Partial struct {
	Answered, Asked int
	// Missing names the others and says what is wrong.
	Missing string
}

// Stale is the state of data that could not be read again: the old is kept.
// Template "ui/stale".
type Stale struct {
	Since time.Time
	// Text says why.
	Text string
}
