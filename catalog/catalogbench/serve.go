// SPDX-License-Identifier: Apache-2.0

package catalogbench

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/callboard/callboard/portal/sqldb"
)

// service takes the company in through the whole of a catalog, as files, and
// asks the questions.
func (b *bench) service(ctx context.Context, url string) error {
	b.say("first start")
	debug.FreeOSMemory()
	cost, err := b.meter.once(1, func() error { return b.open(ctx, url) })
	if err != nil {
		return err
	}
	b.add(Figure{Group: "start", Name: "first start to first page", Cost: &cost})
	all, _ := residentBytes()
	b.add(Figure{Group: "memory", Name: "resident, nothing loaded", Bytes: all})
	b.meter.database = databaseTime(ctx, b.site.db)
	for _, step := range []func(context.Context) error{b.load, b.ask, b.size} {
		if err := step(ctx); err != nil {
			return errors.Join(err, b.site.Close())
		}
	}
	if err := b.site.Close(); err != nil {
		return err
	}
	return b.restart(ctx, url)
}

// open opens the site and waits for the first page.
func (b *bench) open(ctx context.Context, url string) error {
	site, err := OpenSite(ctx, url, b.company)
	if err != nil {
		return err
	}
	if _, err := site.Get(ctx, "/catalog"); err != nil {
		return errors.Join(err, site.Close())
	}
	b.site = site
	return nil
}

// load takes the company in, twice, and then a file that changed.
func (b *bench) load(ctx context.Context) error {
	var peak uint64
	watch := func(seen int) {
		if all, _ := residentBytes(); all > peak {
			peak = all
		}
		if seen%10_000 == 0 {
			b.say(fmt.Sprintf("ingest, %s taken in", count(seen)))
		}
	}
	for _, name := range []string{"files through the service, per entity", "files again, no change"} {
		b.say("ingest, " + name)
		cost, err := b.meter.once(b.company.n, func() error { return b.site.Load(ctx, watch) })
		if err != nil {
			return err
		}
		b.rate(name, cost)
	}
	b.add(Figure{Group: "memory", Name: "resident, most while taking in", Bytes: peak})
	if err := b.site.analyze(ctx); err != nil {
		return err
	}
	b.say("ingest, one file changed")
	cost, _, err := b.meter.often(ctx, func(ctx context.Context, i int) (int, error) {
		return perFile, b.site.Edit(ctx, i*31%b.company.Files(), fmt.Sprintf("edit-%d", i))
	})
	b.add(Figure{Group: "ingest", Name: "one file of four changed, until it is seen", Cost: &cost, Found: perFile})
	return err
}

// analyze has PostgreSQL look at what was loaded, which it does by itself
// within a minute.
func (s *Site) analyze(ctx context.Context) error {
	if s.db.Dialect() != sqldb.Postgres {
		return nil
	}
	_, err := s.db.SQL().ExecContext(ctx, `ANALYZE`)
	return err
}

// ask measures every question.
func (b *bench) ask(ctx context.Context) error {
	questions, err := b.site.Questions(ctx)
	if err != nil {
		return err
	}
	for _, q := range questions {
		b.say(q.Group + ", " + q.Name)
		cost, found, err := b.meter.often(ctx, q.Ask)
		if err != nil {
			return fmt.Errorf("%s: %w", q.Name, err)
		}
		b.add(Figure{Group: q.Group, Name: q.Name, Cost: &cost, Found: found})
	}
	return nil
}

// size tells of memory and disk.
func (b *bench) size(ctx context.Context) error {
	all, _ := residentBytes()
	b.add(Figure{Group: "memory", Name: "resident, loaded and asked", Bytes: all})
	debug.FreeOSMemory()
	rest, files := residentBytes()
	b.add(Figure{Group: "memory", Name: "resident, loaded and at rest", Bytes: rest})
	b.add(Figure{Group: "memory", Name: "of that, pages of files", Bytes: files})
	query := `SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()`
	if b.site.db.Dialect() == sqldb.Postgres {
		query = `SELECT COALESCE(SUM(pg_total_relation_size(c.oid)), 0)::BIGINT
			FROM pg_class c
			WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname LIKE 'catalog\_%'`
	}
	var bytes uint64
	if err := b.site.db.SQL().QueryRowContext(ctx, query).Scan(&bytes); err != nil {
		return fmt.Errorf("size of the database: %w", err)
	}
	b.add(Figure{Group: "memory", Name: "database", Bytes: bytes})
	return nil
}

// restart measures the start of a catalog that is there already.
func (b *bench) restart(ctx context.Context, url string) error {
	b.say("start, loaded")
	b.meter.database = func() time.Duration { return 0 }
	cost, _, err := b.meter.often(ctx, func(ctx context.Context, _ int) (int, error) {
		if err := b.open(ctx, url); err != nil {
			return 0, err
		}
		return 1, b.site.Close()
	})
	b.add(Figure{Group: "start", Name: "start to first page, loaded", Cost: &cost})
	return err
}
