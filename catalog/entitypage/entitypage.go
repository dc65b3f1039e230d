// SPDX-License-Identifier: Apache-2.0

// Package entitypage holds the slots of the entity page: tabs, cards and
// actions that any module may fill. A module contributes values of these types
// through portal/module, and the catalog's pages draw them:
//
//	module.Contribute(i, func(do.Injector) (entitypage.Card, error) {
//		return entitypage.Card{ID: "acme.oncall", Title: "On call", Render: card}, nil
//	})
//
// Each slot is drawn with a deadline, a size limit and a recover: one that
// fails becomes an error card, and the page stays.
package entitypage

import (
	"html/template"
	"net/http"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/ui"
)

// Request is what a slot draws from.
type Request struct {
	// HTTP is the page's request; its context carries identity and deadline.
	HTTP *http.Request
	// Entity is the page's entity, relations included. It must not be changed.
	Entity *catalog.Entity
	// Record is the same as stored.
	Record catalog.Record
}

// RenderFunc draws a slot. The HTML comes from a template set of portal/ui.
type RenderFunc func(Request) (template.HTML, error)

// Matcher says on which entities a slot appears; nil is on all.
type Matcher func(*catalog.Entity) bool

// Card is a box on the overview tab.
type Card struct {
	// ID is unique, as module.name.
	ID    string
	Title string
	// Order sorts cards; the built-in ones use 100, 200, ….
	Order int
	// Width is in twelfths of the page: 3 to 12; 0 means 4.
	Width int
	// Flush draws the content to the card's edges: a table, code, a log.
	Flush bool
	// More returns a link for the right of the heading; nil and the zero link
	// have none.
	More   func(Request) ui.Link
	For    Matcher
	Render RenderFunc
}

// Key returns the ID, which no two have.
func (c Card) Key() string { return c.ID }

// Tab is a page of the entity, at /catalog/{namespace}/{kind}/{name}/{ID}.
type Tab struct {
	// ID is the path segment, unique over all modules.
	ID     string
	Title  string
	Order  int
	For    Matcher
	Render RenderFunc
}

// Key returns the ID, which no two have.
func (t Tab) Key() string { return t.ID }

// Action is a button in the header: a link, or a form post if Post is set.
type Action struct {
	ID    string
	Label string
	// Icon is the name of an icon of portal/ui; empty has none.
	Icon  string
	Order int
	For   Matcher
	// URL returns where the button leads.
	URL  func(Request) string
	Post bool
	// Button, unless nil, draws the button in place of Label, Icon, URL and Post,
	// for one that depends on the reader. One without a URL is left out.
	Button func(Request) ui.Action
}

// Key returns the ID, which no two have.
func (a Action) Key() string { return a.ID }

// Slots are tabs, cards and actions whose number only the configuration knows.
// A package contributes one in place of a slot for each.
type Slots struct {
	Tabs    []Tab
	Cards   []Card
	Actions []Action
}
