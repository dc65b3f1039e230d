// SPDX-License-Identifier: Apache-2.0

package ui

import "time"

// Log is the output of a run. Template "ui/log".
type Log struct {
	// Label says whose output it is.
	Label string
	Lines []LogLine
	// Stream is the URL of server-sent events that add lines: each event's
	// data is JSON of [LogLine]'s fields t (RFC 3339), tone and text; the event
	// "end" ends it. Empty is a log that is complete.
	Stream string
	// LastID is the id of the last event that Lines hold.
	LastID string
	// Numbered writes line numbers that can be linked to.
	Numbered bool
}

// LogLine is a line of a log.
type LogLine struct {
	// At is written as a clock; zero leaves it out.
	At   time.Time `json:"t,omitzero"`
	Tone Tone      `json:"tone,omitempty"`
	Text string    `json:"text"`
}

// Clock returns the time of day in UTC, or "".
func (l LogLine) Clock() string {
	if l.At.IsZero() {
		return ""
	}
	return l.At.UTC().Format("15:04:05")
}
