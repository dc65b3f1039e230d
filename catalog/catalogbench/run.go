// SPDX-License-Identifier: Apache-2.0

package catalogbench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/sqlcatalog"
	"github.com/callboard/callboard/portal/sqldb"
)

// Options are the settings of [Run].
type Options struct {
	// Sizes are the numbers of entities to measure with; none means 10,000.
	Sizes []int
	// Databases are where to measure: "sqlite" is a temporary file, and a
	// postgres:// URL a temporary schema there; none means sqlite.
	Databases []string
	// Each is how long a question is asked over and over, five times at least;
	// 0 means 300 ms.
	Each time.Duration
	// Progress is told what is being measured; nil tells nobody.
	Progress func(text string)
}

// Run measures every size on every database, in databases of its own that are
// gone when it returns. It stops early when ctx ends.
func Run(ctx context.Context, opts Options) (*Report, error) {
	if len(opts.Sizes) == 0 {
		opts.Sizes = []int{10_000}
	}
	if len(opts.Databases) == 0 {
		opts.Databases = []string{"sqlite"}
	}
	if opts.Each <= 0 {
		opts.Each = defaultEach
	}
	if opts.Progress == nil {
		opts.Progress = func(string) {}
	}
	r := &Report{Machine: fmt.Sprintf("%s/%s, %d processors, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())}
	for _, target := range opts.Databases {
		for _, n := range opts.Sizes {
			b := &bench{target: target, company: NewCompany(n), progress: opts.Progress, meter: meter{each: opts.Each}}
			if err := b.run(ctx); err != nil {
				return nil, fmt.Errorf("catalogbench: %d entities on %s: %w", n, withoutPassword(target), err)
			}
			r.Results = append(r.Results, b.result)
		}
	}
	return r, nil
}

// bench measures one size on one database.
type bench struct {
	target   string
	company  *Company
	progress func(string)

	result Result
	meter  meter
	site   *Site
}

func (b *bench) run(ctx context.Context) error {
	b.result.Entities = b.company.n
	b.meter.database = func() time.Duration { return 0 }
	for _, step := range []func(context.Context, string) error{b.storeAlone, b.service} {
		if err := b.within(ctx, step); err != nil {
			return err
		}
	}
	slices.SortStableFunc(b.result.Figures, func(x, y Figure) int {
		return cmp.Compare(slices.Index(groups(), x.Group), slices.Index(groups(), y.Group))
	})
	return nil
}

// groups are the groups of figures in the order of the report.
func groups() []string { return []string{"ingest", "store", "API", "page", "start", "memory"} }

// within runs a step on an empty database.
func (b *bench) within(ctx context.Context, step func(ctx context.Context, url string) error) (err error) {
	s, err := newScratch(ctx, b.target)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.remove()) }()
	return step(ctx, s.url)
}

// batch is how many finished entities are stored at once.
const batch = 1000

func (b *bench) say(what string) {
	b.progress(fmt.Sprintf("%s, %s entities: %s", b.result.Engine, count(b.company.n), what))
}

// rate adds what one entity costs to take in.
func (b *bench) rate(name string, each Cost) {
	b.add(Figure{Group: "ingest", Name: name, Cost: &each, Rate: float64(time.Second) / float64(each.Wall)})
}

func (b *bench) add(f Figure) { b.result.Figures = append(b.result.Figures, f) }

// storeAlone takes finished entities into the store, twice.
func (b *bench) storeAlone(ctx context.Context, url string) (err error) {
	db, err := sqldb.Open(ctx, url, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	store, err := sqlcatalog.New(ctx, db, nil)
	if err != nil {
		return err
	}
	b.result.Engine = string(db.Dialect())
	b.meter.database = databaseTime(ctx, db)
	for _, name := range []string{"store alone, per entity", "store alone again, no change"} {
		b.say("ingest, " + name)
		var spent Cost
		err := b.company.Changes(batch, func(c catalog.Change) error {
			cost, err := b.meter.once(1, func() error { _, err := store.Apply(ctx, c); return err })
			spent.add(cost)
			return err
		})
		if err != nil {
			return err
		}
		b.rate(name, spent.over(b.company.n))
	}
	return nil
}
