// SPDX-License-Identifier: Apache-2.0

package module

import (
	"html/template"
	"net/http"
)

// Keyed is a contribution that is unique by its key within its extension
// point. A contribution without Key but with a method ID or Name that returns
// a string is unique by that.
type Keyed interface {
	// Key returns what must be unique, such as "acme.oncall".
	Key() string
}

// KeyOf returns what makes a contribution unique within its extension point,
// and what to call that; both are empty if nothing does.
func KeyOf(value any) (key, word string) {
	switch v := value.(type) {
	case Keyed:
		return v.Key(), "key"
	case interface{ ID() string }:
		return v.ID(), "ID"
	case interface{ Name() string }:
		return v.Name(), "name"
	default:
		return "", ""
	}
}

// Link is a title that leads somewhere; it converts to and from a ui.Link. It
// is declared here so that a module without pages links no design system.
type Link struct {
	Title string
	URL   string
}

// HomeCard is a box on the home page.
type HomeCard struct {
	// ID is unique in the portal, as module.name.
	ID string
	// Title is its heading.
	Title string
	// Order sorts cards; the built-in ones use 100, 200, ….
	Order int
	// Width is in twelfths of the page: 12 takes the whole width, 6 and more
	// stand in the main column, less at the side; 0 means 4.
	Width int
	// Flush draws the content to the card's edges: a table, code, a log.
	Flush bool
	// More returns a link for the right of the heading; nil and the zero link
	// have none.
	More func(r *http.Request) Link
	// Render draws the card for the reader in the request's context. It runs
	// with a deadline, a size limit and a recover; empty HTML leaves it out.
	Render func(r *http.Request) (template.HTML, error)
}

// Key returns the card's ID.
func (c HomeCard) Key() string { return c.ID }

// HomeLead is a sentence below the greeting of the home page: what matters to
// the reader before anything else.
type HomeLead struct {
	// ID is unique in the portal, as module.name.
	ID string
	// Order sorts the sentences.
	Order int
	// Text returns the sentence for the reader in the request's context. It runs
	// like a card; an empty sentence, or one that fails, is left out.
	Text func(r *http.Request) (string, error)
}

// Key returns the sentence's ID.
func (l HomeLead) Key() string { return l.ID }

// URLs builds links from the names of routes. The portal provides one; it
// answers once all modules have added their routes.
type URLs interface {
	// URL returns the path of the named route with its variables filled in
	// from pairs of name and value. An unknown route or a missing variable is
	// an error.
	URL(name string, pairs ...string) (string, error)
}
