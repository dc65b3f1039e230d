// SPDX-License-Identifier: Apache-2.0

package ui

import "time"

// Page is what the shell needs to know of a page. Page structs embed it.
type Page struct {
	// Title names the document and, unless Heading is set, the h1.
	Title string
	// Heading replaces the title in the h1.
	Heading string
	// Description is one sentence for search engines and link previews.
	Description string
	// Crumbs lead from the top to the page that holds this one.
	Crumbs []Link
	// Active is the ID of the navigation item to mark.
	Active string
	// Status is the HTTP status; 0 is 200.
	Status int
	// Lead is the sentence under the heading.
	Lead string
	// Chips stand beside the heading.
	Chips []Chip
	// Facts stand under the lead.
	Facts []Fact
	// Actions are the buttons at the right of the heading.
	Actions []Action
	// Tabs stand under the head.
	Tabs []Tab
	// Notices stand above the content, before those left by [UI.Flash].
	Notices []Notice
	// Styles and Scripts are assets to load beside the shell's own, by the
	// names under which [UI.Mount] has them; scripts are ES modules.
	Styles, Scripts []string
	// Refresh reloads the page after that time where scripts do not run.
	Refresh time.Duration
	// Wide lifts the limit on the width of the content.
	Wide bool
	// OwnHead leaves crumbs, heading and tabs to the page's template.
	OwnHead bool
	// Bare leaves out navigation, search and account: sign-in and print views.
	Bare bool
}

// Pager is a page's data: any struct that embeds [Page].
type Pager interface{ page() Page }

func (p Page) page() Page { return p }

// H1 returns the text of the heading.
func (p Page) H1() string {
	if p.Heading != "" {
		return p.Heading
	}
	return p.Title
}

// Link is a title that leads somewhere; without a URL it is plain text.
type Link struct {
	Title string
	URL   string
}

// Fact is one "Owner payments-core" under a heading.
type Fact struct {
	// Label comes before the value, quiet; it may be empty.
	Label string
	Value string
	// URL makes the value a link.
	URL string
	// Time is drawn in place of Value if it is not zero.
	Time time.Time
	// Mono draws the value in the fixed-width face.
	Mono bool
}

// Tab is one view of a page. Tabs are links: the URL is the state.
type Tab struct {
	Title string
	URL   string
	// Current marks the open tab.
	Current bool
	// Count is shown behind the title if it is not zero.
	Count int
}

// NavSection is a group of the navigation.
type NavSection struct {
	// Title is the group's heading; empty for the first group.
	Title string
	Items []NavItem
	// Foot puts the group at the bottom.
	Foot bool
}

// NavItem is one entry of the navigation.
type NavItem struct {
	// ID is what [Page.Active] names.
	ID    string
	Title string
	URL   string
	// Icon is the name of an icon; empty draws a dot.
	Icon string
	// Count is shown at the right if it is not zero.
	Count int
}

// Account is who reads a page. The zero value is nobody.
type Account struct {
	Name string
	// URL leads to the person's page or to sign-in.
	URL string
	// Menu lists what the account offers: settings, sign out, change person.
	Menu []Action
}
