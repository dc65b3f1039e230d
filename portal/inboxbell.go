// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"context"
	"net/http"
	"strconv"
	"sync/atomic"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/ui"
)

// inboxBell is what waits for the reader. It is filled when all modules are
// built.
type inboxBell struct {
	inbox atomic.Pointer[bell]
}

type bell struct {
	url, live string
	unread    func(ctx context.Context) int
}

// set takes the inbox of the module that has one, and checks it.
func (b *inboxBell) set(modules []module.Module, table *routeTable, p *problems) {
	owner := ""
	for _, m := range modules {
		inboxer, ok := m.(module.Inboxer)
		if !ok {
			continue
		}
		if owner != "" {
			p.addf("module %q and module %q both have an inbox; leave one of them out", owner, m.ID())
			continue
		}
		owner = m.ID()
		offer := inboxer.Inbox()
		found := bell{unread: offer.Unread}
		var err error
		if found.url, err = table.url(offer.Route, nil); err != nil {
			p.addf("the inbox of module %q leads nowhere: %v", owner, err)
		}
		if offer.Live != "" {
			if found.live, err = table.url(offer.Live, nil); err != nil {
				p.addf("the inbox of module %q is not live: %v", owner, err)
			}
		}
		b.inbox.Store(&found)
	}
}

// show returns what the shell shows: nothing to who has not signed in.
func (b *inboxBell) show(r *http.Request) (shown ui.Inbox) {
	found := b.inbox.Load()
	if found == nil || !callboard.IdentityFrom(r.Context()).SignedIn() {
		return ui.Inbox{}
	}
	shown = ui.Inbox{URL: found.url, Unread: found.number(r.Context())}
	if found.live != "" {
		shown.Live = found.live + "?unread=" + strconv.Itoa(shown.Unread)
	}
	return shown
}

// number asks the module. One that fails at it has none.
func (b *bell) number(ctx context.Context) (n int) {
	defer func() {
		if recover() != nil {
			n = 0
		}
	}()
	if b.unread == nil {
		return 0
	}
	return b.unread(ctx)
}
