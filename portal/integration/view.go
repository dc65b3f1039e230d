// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"time"

	"github.com/callboard/callboard/portal/ui"
)

// View is what an integration shows of an answer: blocks of the design system,
// in which every text is text and every link leads to http or https.
type View struct {
	Blocks []ViewBlock
}

// ViewBlock is one block; of the fields below the title one is set.
type ViewBlock struct {
	Title  string
	Status *Status
	Facts  ui.KV
	Table  *ui.Table
	Chart  *ui.Chart
	Links  []ui.Link
	// Empty is what is said in place of no links.
	Empty string
	// More says how many rows are left out.
	More string
}

// Status is one word about the whole.
type Status struct {
	Chip ui.Chip
	Note string
}

// Fact is a value of an entity, for scorecards.
type Fact struct {
	// Name is the integration's and the fact's, such as sonarqube.coverage.
	Name string `json:"name"`
	// Title says what it is.
	Title string `json:"title,omitempty"`
	// Type is number, text or boolean.
	Type string `json:"type"`
	// Value is a float64, a string or a bool; nil is unknown.
	Value any `json:"value"`
	// At is when it was fetched.
	At time.Time `json:"at"`
}

// Document is something to be found by a search.
type Document struct {
	// ID is unique within the integration: its URL.
	ID    string `json:"id"`
	Title string `json:"title"`
	Text  string `json:"text,omitempty"`
	URL   string `json:"url"`
	// Subject is the reference of the entity that it is about; empty is none.
	Subject string `json:"subject,omitempty"`
}

// Result is everything that a definition makes of one answer.
type Result struct {
	View      View
	Facts     []Fact
	Documents []Document
}
