// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"html/template"
	"net/http"

	"golang.org/x/text/language"
)

// shell is what the layout is executed with.
type shell struct {
	Page Page
	// Content is the page's own part, drawn.
	Content template.HTML

	Name, Environment, Lang string
	// Theme is "light", "dark" or "" for the system's.
	Theme string
	// Keys is false if the reader switched single-key shortcuts off.
	Keys      bool
	Nav, Foot []NavSection
	Account   Account
	Inbox     Inbox
	Banner    *Notice
	Notices   []Notice
	// Here is the path and query of this page, for forms that come back to it.
	Here string
	// Query is what the search form shows.
	Query               string
	Search              Search
	Preferences, Styles string
	Script, Sprite      string
	Mark                string
	MoreStyles          []string
	MoreScripts         []string
}

// shell gathers what surrounds a page. Anything that fails here is left out
// and logged: a page without a count is better than none.
func (u *UI) shell(w http.ResponseWriter, r *http.Request, data Pager, tag language.Tag) *shell {
	p := data.page()
	s := &shell{
		Page: p, Name: u.opts.Name, Environment: u.opts.Environment, Lang: tag.String(),
		Theme: themeOf(r), Keys: keysOf(r), Here: r.URL.RequestURI(), Preferences: preferencesPath,
		Notices: append(p.Notices[:len(p.Notices):len(p.Notices)], u.takeFlash(w, r)...),
		Styles:  u.Asset("callboard.css"), Script: u.Asset("callboard.js"),
		Sprite: u.Asset("icons.svg"), Mark: u.Asset("mark.svg"),
	}
	for _, name := range p.Styles {
		s.MoreStyles = append(s.MoreStyles, u.Asset(name))
	}
	for _, name := range p.Scripts {
		s.MoreScripts = append(s.MoreScripts, u.Asset(name))
	}
	if u.opts.Banner != nil {
		s.Banner = u.opts.Banner(r)
	}
	if p.Bare {
		return s
	}
	u.fillChrome(s, r)
	return s
}

// fillChrome adds navigation, account and search.
func (u *UI) fillChrome(s *shell, r *http.Request) {
	if u.opts.Nav != nil {
		for _, sec := range u.opts.Nav(r) {
			if sec.Foot {
				s.Foot = append(s.Foot, sec)
			} else {
				s.Nav = append(s.Nav, sec)
			}
		}
	}
	s.Account = u.Account(r)
	if u.opts.Inbox != nil {
		s.Inbox = u.opts.Inbox(r)
	}
	if u.opts.Search != nil {
		s.Search = u.opts.Search()
	}
	if s.Search.URL != "" && r.URL.Path == s.Search.URL {
		s.Query = r.URL.Query().Get("q")
	}
}

// navGroup is a section of the navigation with the item that is open.
type navGroup struct {
	Section NavSection
	active  string
}

// Is reports whether the item called id is the open one.
func (g navGroup) Is(id string) bool { return id != "" && id == g.active }

func newNavGroup(s NavSection, active string) navGroup { return navGroup{s, active} }
