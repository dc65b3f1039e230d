// SPDX-License-Identifier: Apache-2.0

package module

import "context"

// Inbox says what waits for the reader: the bell in the header of every page.
type Inbox struct {
	// Route is the name of the route that the bell leads to.
	Route string
	// Live is the name of the route of server-sent events that says when the
	// number changes; empty shows it as it was when the page was loaded. It is
	// asked for with the number that is shown as the parameter unread, so that
	// nothing is lost between the page and the stream.
	Live string
	// Unread returns the number to show for the reader in ctx. It must be quick:
	// it is called for every page.
	Unread func(ctx context.Context) int
}

// Inboxer is a module that has the inbox. One of a portal has.
type Inboxer interface {
	// Inbox returns the routes. It is called once, after they are known.
	Inbox() Inbox
}

// SettingsPage is a page among the reader's own settings. Modules contribute it.
type SettingsPage struct {
	// ID is unique in the portal, as module.name.
	ID string
	// Title stands on its tab.
	Title string
	// Route is the name of its route, which must need no variables.
	Route string
	// Order sorts the tabs; those of sign-in use 100 and 200.
	Order int
}

// Key returns the ID, which no two have.
func (p SettingsPage) Key() string { return p.ID }
