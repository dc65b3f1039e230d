// SPDX-License-Identifier: Apache-2.0

package portal_test

import (
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/permission"
	"github.com/callboard/callboard/portal/portaltest"

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
