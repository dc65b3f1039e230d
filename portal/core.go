// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/events"
	"github.com/callboard/callboard/portal/events/sqlevents"
	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/jobs/sqljobs"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/ui"
)

// core is what the portal itself provides to modules.
type core struct {
	opts *Options
	urls *lateURLs
	nav  *navigation
	ids  *identifiers
	find *searchBox
	bell *inboxBell
	app  *lateApp
	// scratch says to leave the real database alone: commands that only look
	// at the composition work on an empty one.
	scratch bool
}

func newCore(o *Options) *core {
	c := &core{opts: o, urls: &lateURLs{}, nav: &navigation{}, find: &searchBox{}, bell: &inboxBell{}, app: &lateApp{}}
	c.ids = &identifiers{public: c.site().Public()}
	return c
}

// provide registers the core's services.
func (c *core) provide(i do.Injector) {
	module.Provide(i, func(do.Injector) (*slog.Logger, error) { return c.opts.Logger, nil })
	module.Provide(i, func(do.Injector) (*config.Config, error) { return c.opts.Config, nil })
	module.Provide(i, func(do.Injector) (module.URLs, error) { return c.urls, nil })
	module.Provide(i, func(do.Injector) (module.Site, error) { return c.site(), nil })
	module.Provide(i, func(do.Injector) (module.Portal, error) { return c.app, nil })
	module.Provide(i, c.openDatabase)
	module.Provide(i, c.newBus)
	module.Provide(i, c.newQueue)
	module.Provide(i, c.newAudit)
	module.Provide(i, c.newFetch)
	module.Provide(i, c.newUI)
	module.Contribute(i, func(i do.Injector) (module.Module, error) { return do.Invoke[*ui.UI](i) })
}

// site says where the portal is.
func (c *core) site() module.Site {
	s := c.opts.Settings
	return module.Site{Name: s.Name, BaseURL: strings.TrimRight(s.BaseURL, "/"), Listen: s.Listen}
}

// openDatabase opens the database for the modules. That it cannot be opened is a
// matter of the settings that name it.
func (c *core) openDatabase(do.Injector) (*sqldb.DB, error) {
	db, err := c.open(context.Background())
	if err == nil {
		return db, nil
	}
	p := config.Problem{Path: "database", Rule: "database", Remedy: "correct it, or start the database"}
	if c.opts.Settings.Database == "" {
		p = config.Problem{Path: "data", Rule: "data", Remedy: "name a directory that can be made and written to"}
	}
	p.Message = "cannot be used: " + strings.Join(strings.Fields(err.Error()), " ")
	return nil, c.opts.Config.Report(p)
}

// open opens the database, whose directory it makes if it is ours.
func (c *core) open(ctx context.Context) (*sqldb.DB, error) {
	s := c.opts.Settings
	target := s.database()
	switch {
	case c.scratch:
		target = ":memory:"
	case s.Database == "":
		if err := os.MkdirAll(s.Data, dirMode); err != nil {
			return nil, fmt.Errorf("make the directory: %w", err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return sqldb.Open(ctx, target, &sqldb.Options{Logger: c.opts.Logger})
}

// newBus tells this process, and on PostgreSQL the other replicas, what happens.
func (c *core) newBus(i do.Injector) (events.Bus, error) {
	db, err := do.Invoke[*sqldb.DB](i)
	if err != nil {
		return nil, err
	}
	if err := sqlevents.Migrate(context.Background(), db); err != nil {
		return nil, err
	}
	return sqlevents.New(db, &sqlevents.Options{Logger: c.opts.Logger}), nil
}

// newQueue makes the queue of background work.
func (c *core) newQueue(i do.Injector) (jobs.Queue, error) {
	db, err := do.Invoke[*sqldb.DB](i)
	if err != nil {
		return nil, err
	}
	if err := sqljobs.Migrate(context.Background(), db); err != nil {
		return nil, err
	}
	queues, err := pools(i)
	if err != nil {
		return nil, err
	}
	return sqljobs.New(db, &jobs.Settings{Queues: queues, Logger: c.opts.Logger})
}

// pools are the workers of each queue: those of the default one, and those that
// packages contribute.
func pools(i do.Injector) (map[string]int, error) {
	lists, err := module.Collect[[]jobs.Pool](i)
	queues := (*jobs.Settings)(nil).WithDefaults().Queues
	for _, p := range slices.Concat(lists...) {
		queues[p.Queue] += p.Workers
	}
	return queues, err
}

// newAudit makes the log of who changed what.
func (c *core) newAudit(i do.Injector) (*audit.Log, error) {
	db, err := do.Invoke[*sqldb.DB](i)
	if err != nil {
		return nil, err
	}
	if err := audit.Migrate(context.Background(), db); err != nil {
		return nil, err
	}
	return audit.New(db, &audit.Options{Now: c.opts.Now, Request: requestFacts}), nil
}

// newUI makes the shell that every page stands in.
func (c *core) newUI(do.Injector) (*ui.UI, error) {
	return ui.New(&ui.Options{
		Name:        c.opts.Settings.Name,
		Environment: c.opts.Settings.Environment,
		Now:         c.opts.Now,
		URL:         c.urls.URL,
		Nav:         c.nav.sections,
		Account:     c.ids.account,
		Banner:      c.ids.warning,
		Search:      c.find.search,
		Inbox:       c.bell.show,
		Logger:      c.opts.Logger,
	})
}
