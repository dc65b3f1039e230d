// SPDX-License-Identifier: Apache-2.0

package portal_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/permission"
	"github.com/callboard/callboard/portal/portaltest"
	"github.com/callboard/callboard/portal/ui"

	"github.com/samber/do/v2"
)

// finder is a module that answers the search of the header.
type finder struct {
	site
	search module.Search
}

func (f *finder) Search() module.Search { return f.search }

func (f *finder) add() func(do.Injector) {
	return func(i do.Injector) {
		module.Contribute(i, func(do.Injector) (module.Module, error) { return f, nil })
	}
}

func find(id string, order int) *finder {
	return &finder{
		site: site{id: id, prefixes: []string{"/" + id}, routes: func(r *mux.Router) {
			page("/"+id, id+".list", id)(r)
			page("/"+id+"/suggest", id+".suggest", "[]")(r)
		}},
		search: module.Search{Route: id + ".list", Suggest: id + ".suggest", Hint: "Search " + id, Order: order},
	}
}

func TestSearchOfTheHeader(t *testing.T) {
	t.Parallel()
	if home := portaltest.Start(t).Get(t, "/"); strings.Contains(home.Body, `role="search"`) {
		t.Error("a portal without a searcher has a search form")
	}
	p := portaltest.Start(t, find("all", 900).add(), find("best", 100).add())
	home := p.Get(t, "/")
	for _, want := range []string{`action="/best"`, `data-suggest="/best/suggest"`, `placeholder="Search best"`} {
		if !strings.Contains(home.Body, want) {
			t.Errorf("GET / lacks %s:\n%s", want, home.Body)
		}
	}
	lost := find("lost", 0)
	lost.search.Route = "lost.nowhere"
	if _, err := compose(t, lost.add()); err == nil || !strings.Contains(err.Error(), `the search of module "lost" leads nowhere`) {
		t.Errorf("New with a search without a route = %v", err)
	}
}

func TestOrderOfSections(t *testing.T) {
	t.Parallel()
	var nav []module.NavItem
	for _, section := range []string{module.SectionAdministration, "Zoo", module.SectionOrganisation, "Bakery", module.SectionMain, module.SectionDeliver} {
		nav = append(nav, module.NavItem{ID: "tea." + section, Label: "in " + section + "!", URL: "/tea", Section: section})
	}
	p := portaltest.Start(t, (&site{id: "tea", prefixes: []string{"/tea"}, nav: nav}).add())
	body := p.Get(t, "/").Body
	at := -1
	for _, section := range []string{module.SectionMain, module.SectionDeliver, module.SectionOrganisation, "Bakery", "Zoo", module.SectionAdministration} {
		next := strings.Index(body, "in "+section+"!")
		if next <= at {
			t.Errorf("the section %q is not where it should be, at %d behind %d", section, next, at)
		}
		at = next
	}
}

// TestNavigationOfWhoMay: an entry that needs a permission is there for those
// who have it, and for all where nothing decides over permissions.
func TestNavigationOfWhoMay(t *testing.T) {
	t.Parallel()
	entry := func(id, needs string) module.NavItem {
		return module.NavItem{ID: "tea." + id, Label: "for " + id, URL: "/tea", Section: "Kitchen " + id, Permission: needs}
	}
	tea := &site{id: "tea", prefixes: []string{"/tea"}, nav: []module.NavItem{
		entry("all", ""), entry("viewers", "tea.pot.read"), entry("administrators", "tea.pot.break"),
	}}
	declared := func(i do.Injector) {
		module.Contribute(i, func(do.Injector) (permission.Declaration, error) {
			return permission.Declaration{Permissions: []permission.Permission{
				{ID: "tea.pot.read", Default: permission.GrantViewers}, {ID: "tea.pot.break"},
			}}, nil
		})
	}
	open := portaltest.Start(t, tea.add()).Get(t, "/").Body
	closed := portaltest.Start(t, tea.add(), permission.Package(), declared).Get(t, "/").Body
	for _, tt := range []struct {
		id     string
		closed bool
	}{{"all", true}, {"viewers", true}, {"administrators", false}} {
		if got := strings.Contains(closed, "for "+tt.id); got != tt.closed || !strings.Contains(open, "for "+tt.id) {
			t.Errorf("the entry for %s is shown with permissions: %t, want %t", tt.id, got, tt.closed)
		}
	}
	if strings.Contains(closed, "Kitchen administrators") {
		t.Error("a section without entries is shown")
	}
	if _, err := compose(t, tea.add(), permission.Package()); err == nil || !strings.Contains(err.Error(), `navigation entry "tea.viewers" of module "tea" needs the permission tea.pot.read, which nobody declares`) {
		t.Errorf("New with a permission that nobody declares = %v", err)
	}
}

// postbox is a module with an inbox.
type postbox struct {
	site
	inbox module.Inbox
}

func (p *postbox) Inbox() module.Inbox { return p.inbox }

func (p *postbox) add() func(do.Injector) {
	return func(i do.Injector) {
		module.Contribute(i, func(do.Injector) (module.Module, error) { return p, nil })
	}
}

func newPostbox(id string, unread func(context.Context) int) *postbox {
	return &postbox{
		site:  site{id: id, prefixes: []string{"/" + id}, routes: func(r *mux.Router) { page("/"+id, id+".list", id)(r) }},
		inbox: module.Inbox{Route: id + ".list", Live: id + ".list", Unread: unread},
	}
}

// known has everybody signed in.
type known struct{}

func (known) Identify(*http.Request) (callboard.Identity, error) {
	return callboard.Identity{Subject: "user:default/ines"}, nil
}

func (known) Account(*http.Request) ui.Account { return ui.Account{Name: "Ines"} }

func everybody(i do.Injector) {
	module.Contribute(i, func(do.Injector) (auth.Identifier, error) { return known{}, nil })
}

// TestBellOfTheHeader: who is signed in sees the inbox of the module that has
// one, with its number.
func TestBellOfTheHeader(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		unread   func(context.Context) int
		packages []func(do.Injector)
		want     []string
		lacks    string
	}{
		"a guest": {unread: func(context.Context) int { return 3 }, lacks: `id="bell"`},
		"a number": {unread: func(context.Context) int { return 3 }, packages: []func(do.Injector){everybody},
			want: []string{`href="/post"`, `data-live="/post?unread=3"`, "Notifications, 3 unread", `aria-hidden="true">3<`}},
		"many":    {unread: func(context.Context) int { return 100 }, packages: []func(do.Injector){everybody}, want: []string{"99&#43; unread"}},
		"none":    {unread: func(context.Context) int { return 0 }, packages: []func(do.Injector){everybody}, want: []string{`id="bell"`}, lacks: "badge"},
		"a panic": {unread: func(context.Context) int { panic("away") }, packages: []func(do.Injector){everybody}, want: []string{`id="bell"`}, lacks: "badge"},
	} {
		body := portaltest.Start(t, append(tt.packages, newPostbox("post", tt.unread).add())...).Get(t, "/").Body
		for _, want := range tt.want {
			if !strings.Contains(body, want) {
				t.Errorf("%s: the page lacks %s", name, want)
			}
		}
		if tt.lacks != "" && strings.Contains(body, tt.lacks) {
			t.Errorf("%s: the page has %s", name, tt.lacks)
		}
	}
	lost := newPostbox("post", nil)
	lost.inbox.Route, lost.inbox.Live = "post.nowhere", "post.never"
	_, err := compose(t, lost.add(), newPostbox("other", nil).add())
	for _, want := range []string{`the inbox of module "post" leads nowhere`, `the inbox of module "post" is not live`, `module "post" and module "other" both have an inbox`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New = %v, want %s", err, want)
		}
	}
}
