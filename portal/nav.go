// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"sync/atomic"

	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/permission"
	"github.com/callboard/callboard/portal/ui"
)

// navigation is what the modules offer, in sections. It is filled when all
// modules are built.
type navigation struct {
	entries atomic.Pointer[[]navSection]
	// may decides which entries a reader sees; nil leaves none out. It is set
	// before entries are.
	may *permission.Checker
}

type navSection struct {
	title string
	items []navEntry
}

type navEntry struct {
	item module.NavItem
	url  string
}

// set gathers the entries and checks them.
func (n *navigation) set(modules []module.Module, table *routeTable, p *problems) {
	var items []module.NavItem
	owner := map[string]string{}
	for _, m := range modules {
		nav, ok := m.(module.Navigator)
		if !ok {
			continue
		}
		for _, item := range nav.Nav() {
			if other, taken := owner[item.ID]; taken {
				p.addf("two navigation entries have the ID %q: one of module %q and one of module %q", item.ID, other, m.ID())
			}
			owner[item.ID] = m.ID()
			n.check(item, m.ID(), p)
			items = append(items, item)
		}
	}
	slices.SortStableFunc(items, func(a, b module.NavItem) int {
		return cmp.Or(compareSections(a.Section, b.Section), cmp.Compare(a.Order, b.Order))
	})
	var sections []navSection
	for _, item := range items {
		entry := navEntry{item: item, url: item.URL}
		if item.Route != "" {
			to, err := table.url(item.Route, nil)
			if err != nil {
				p.addf("navigation entry %q of module %q leads nowhere: %v", item.ID, owner[item.ID], err)
			}
			entry.url = to
		}
		if len(sections) == 0 || sections[len(sections)-1].title != item.Section {
			sections = append(sections, navSection{title: item.Section})
		}
		last := &sections[len(sections)-1]
		last.items = append(last.items, entry)
	}
	n.entries.Store(&sections)
}

// check says of an entry that it needs a permission that nobody declares.
func (n *navigation) check(item module.NavItem, owner string, p *problems) {
	if item.Permission == "" || n.may == nil {
		return
	}
	if _, known := n.may.Set().Permission(item.Permission); !known {
		p.addf("navigation entry %q of module %q needs the permission %s, which nobody declares", item.ID, owner, item.Permission)
	}
}

// shows reports whether the reader may see the entry.
func (n *navigation) shows(ctx context.Context, item module.NavItem) bool {
	return item.Permission == "" || n.may == nil || n.may.May(ctx, item.Permission)
}

// compareSections puts the sections that the portal knows into their order,
// with the others, by name, between Organisation and Administration.
func compareSections(a, b string) int {
	rank := func(section string) int {
		switch section {
		case module.SectionMain:
			return 0
		case module.SectionDeliver:
			return 1
		case module.SectionOrganisation:
			return 2
		case module.SectionAdministration:
			return 4
		}
		return 3
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
}

// sections returns the navigation for the reader of the request.
func (n *navigation) sections(r *http.Request) []ui.NavSection {
	entries := n.entries.Load()
	if entries == nil {
		return nil
	}
	out := make([]ui.NavSection, 0, len(*entries))
	for _, s := range *entries {
		section := ui.NavSection{Title: s.title, Foot: s.title == module.SectionAdministration, Items: make([]ui.NavItem, 0, len(s.items))}
		for _, e := range s.items {
			if !n.shows(r.Context(), e.item) {
				continue
			}
			section.Items = append(section.Items, ui.NavItem{
				ID: e.item.ID, Title: e.item.Label, URL: e.url, Icon: e.item.Icon, Count: count(r.Context(), e.item),
			})
		}
		if len(section.Items) > 0 {
			out = append(out, section)
		}
	}
	return out
}

// count asks an entry for its number. A module that fails at it has none.
func count(ctx context.Context, item module.NavItem) (n int) {
	if item.Count == nil {
		return 0
	}
	defer func() {
		if recover() != nil {
			n = 0
		}
	}()
	return item.Count(ctx)
}
