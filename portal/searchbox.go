// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"sync/atomic"

	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/ui"
)

// searchBox is what answers the search of the header. It is filled when all
// modules are built.
type searchBox struct {
	answers atomic.Pointer[ui.Search]
}

// set takes the search with the lowest order, and checks all of them.
func (s *searchBox) set(modules []module.Module, table *routeTable, p *problems) {
	var first *module.Search
	for _, m := range modules {
		searcher, ok := m.(module.Searcher)
		if !ok {
			continue
		}
		offer := searcher.Search()
		answers := ui.Search{Hint: offer.Hint}
		for _, link := range []struct {
			route string
			to    *string
		}{{offer.Route, &answers.URL}, {offer.Suggest, &answers.Suggest}} {
			if link.route == "" {
				continue
			}
			to, err := table.url(link.route, nil)
			if err != nil {
				p.addf("the search of module %q leads nowhere: %v", m.ID(), err)
			}
			*link.to = to
		}
		if first == nil || offer.Order < first.Order {
			first = &offer
			s.answers.Store(&answers)
		}
	}
}

// search returns what the shell shows.
func (s *searchBox) search() ui.Search {
	if answers := s.answers.Load(); answers != nil {
		return *answers
	}
	return ui.Search{}
}
