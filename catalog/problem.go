// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"strconv"
	"time"
)

// Severity says how bad a [Problem] is.
type Severity string

// The severities.
const (
	// SeverityError: the document or entity was not taken in.
	SeverityError Severity = "error"
	// SeverityWarning: it was taken in, but something is amiss.
	SeverityWarning Severity = "warning"
)

// Problem is something wrong with what a source declares, precise enough to be
// mended: where it is, which rule it breaks, and what to do. The same value is
// shown by the command, the API and the page.
type Problem struct {
	// ID is given by the store and stays while the problem does.
	ID       int64    `json:"id,omitempty"`
	Severity Severity `json:"severity"`
	// Rule is the short, stable name of the rule, such as "metadata-name".
	Rule string `json:"rule"`
	// Message says what is wrong, Remedy how to mend it.
	Message string `json:"message"`
	Remedy  string `json:"remedy,omitempty"`

	// Provider and Location are the source's; the store fills them in.
	Provider string `json:"provider,omitempty"`
	Location string `json:"location"`
	// Document counts from 1 within the file; 0 is the file as a whole.
	Document int `json:"document,omitempty"`
	// Line and Column count from 1; 0 is unknown.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
	// Pointer is the JSON pointer into the document, such as /metadata/name.
	Pointer string `json:"pointer,omitempty"`
	// Entity is the full reference, as far as it is known.
	Entity string `json:"entity,omitempty"`
	// Owner is the full reference of the entity's owner, as far as it is known.
	Owner string `json:"owner,omitempty"`
	// FirstSeen and LastSeen are kept by the store.
	FirstSeen time.Time `json:"firstSeen,omitzero"`
	LastSeen  time.Time `json:"lastSeen,omitzero"`
}

// String returns the problem in one line: where, what, and what to do.
func (p Problem) String() string {
	b := []byte(p.Location)
	if p.Line > 0 {
		if len(b) > 0 {
			b = append(b, ':')
		}
		b = strconv.AppendInt(b, int64(p.Line), 10)
		b = append(b, ':')
		b = strconv.AppendInt(b, int64(p.Column), 10)
	}
	if p.Document > 0 {
		b = append(b, " (document "...)
		b = strconv.AppendInt(b, int64(p.Document), 10)
		b = append(b, ')')
	}
	if len(b) > 0 {
		b = append(b, ": "...)
	}
	if p.Pointer != "" {
		b = append(append(b, p.Pointer...), ": "...)
	}
	b = append(append(b, p.Message...), " ["...)
	b = append(append(b, p.Rule...), ']')
	if p.Remedy != "" {
		b = append(append(b, "; "...), p.Remedy...)
	}
	return string(b)
}
