// SPDX-License-Identifier: Apache-2.0

package filecatalog

import (
	"context"
	"errors"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

// Run implements [catalog.Provider]: it delivers all files, and then each
// change, until ctx ends.
func (c *Catalog) Run(ctx context.Context, sink catalog.Sink) error {
	w, err := newWatcher(c.opts.Settle, c.opts.Logger)
	if err != nil {
		c.opts.Logger.WarnContext(ctx, "cannot watch files; they are looked over now and then", "every", c.opts.ScanEvery, "error", err)
	}
	defer w.close()
	r := &run{Catalog: c, sink: sink, watcher: w, known: map[string]stamp{}}
	if err := r.replace(ctx); err != nil {
		return unlessEnded(ctx, err)
	}
	scan := time.NewTimer(r.pause())
	defer scan.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case changed := <-w.changes():
			err = r.changed(ctx, changed)
		case <-scan.C:
			err = r.rescan(ctx)
			scan.Reset(r.pause())
		}
		if err != nil {
			return unlessEnded(ctx, err)
		}
	}
}

func unlessEnded(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil //nolint:nilerr // the end was asked for
	}
	return err
}

// run is one run of the provider.
type run struct {
	*Catalog
	sink    catalog.Sink
	watcher *watcher
	known   map[string]stamp // the files delivered, or looked at and passed over
	// away is what could not be walked the last time. The rest is served all
	// the same, and nothing is removed until everything can be walked again.
	away string
}

// retryEvery is how often a directory that cannot be walked is tried again.
const retryEvery = 5 * time.Second

// pause is how long until all files are looked over.
func (r *run) pause() time.Duration {
	if r.away != "" {
		return min(r.opts.ScanEvery, retryEvery)
	}
	return r.opts.ScanEvery
}

// walkError is a path that could not be walked.
type walkError struct{ error }

func (e walkError) Unwrap() error { return e.error }

// replace delivers every file.
func (r *run) replace(ctx context.Context) error {
	known := map[string]stamp{}
	err := r.sink.Replace(ctx, r.items(ctx, known))
	if away, ok := errors.AsType[walkError](err); ok && ctx.Err() == nil {
		r.known = known
		r.missing(ctx, away)
		return nil
	}
	if err == nil {
		r.known, r.away = known, ""
	}
	return err
}

// missing notes that a path could not be walked, and tells of it once.
func (r *run) missing(ctx context.Context, away walkError) {
	text := callboard.MessageOf(away.error)
	if r.away != text {
		r.opts.Logger.WarnContext(ctx, "some files cannot be read; the others are served, and it is tried again", "every", min(r.opts.ScanEvery, retryEvery), "error", away.error)
	}
	r.away = text
}

func (r *run) items(ctx context.Context, known map[string]stamp) iter.Seq2[catalog.Item, error] {
	return func(yield func(catalog.Item, error) bool) {
		for f, err := range r.scan(ctx, r.watcher.add) {
			if err != nil {
				yield(catalog.Item{}, walkError{err})
				return
			}
			item, ours := r.load(f)
			if (ours || r.namedFile(f.path)) && !yield(item, nil) {
				return
			}
			known[f.path] = f.stamp
		}
	}
}

// rescan looks all files over and delivers what changed.
func (r *run) rescan(ctx context.Context) error {
	if r.away != "" {
		return r.replace(ctx) // what went away meanwhile is known to the sink only
	}
	found := map[string]candidate{}
	for f, err := range r.scan(ctx, r.watcher.add) {
		if err != nil {
			return r.replace(ctx) // which tells the sink, so that it is shown
		}
		found[f.path] = f
	}
	var items []catalog.Item
	for _, p := range slices.Sorted(maps.Keys(found)) {
		if s, ok := r.known[p]; ok && s == found[p].stamp {
			continue
		}
		if item, ours := r.load(found[p]); ours {
			items = append(items, item)
		}
	}
	var gone []string
	for p := range r.known {
		if _, ok := found[p]; !ok {
			gone = append(gone, location(p))
		}
	}
	if err := r.deliver(ctx, items, gone); err != nil {
		return err
	}
	r.known = map[string]stamp{}
	for p, f := range found {
		r.known[p] = f.stamp
	}
	return nil
}

// deliver updates. Where much is gone at once it delivers everything instead,
// so that the service can tell a mistake, such as a disk that went away.
func (r *run) deliver(ctx context.Context, items []catalog.Item, gone []string) error {
	switch {
	case len(gone) > 1 && 4*len(gone) > len(r.known):
		return r.replace(ctx)
	case len(items)+len(gone) == 0:
		return nil
	}
	slices.Sort(gone)
	return r.sink.Update(ctx, items, gone)
}

// changed delivers the files that the system says have changed.
func (r *run) changed(ctx context.Context, paths []string) error {
	touched := map[string]bool{}
	for _, p := range paths {
		if p == "" || r.isDir(p) {
			return r.rescan(ctx) // too much at once, or a directory came or went
		}
		touched[p] = true
		for _, loc := range r.users(p) {
			if _, ours := r.known[pathOf(loc)]; ours {
				touched[pathOf(loc)] = true
			}
		}
	}
	var items []catalog.Item
	var gone []string
	for _, p := range slices.Sorted(maps.Keys(touched)) {
		f, covered := r.candidate(p)
		_, had := r.known[p]
		item, ours := catalog.Item{}, false
		if covered {
			item, ours = r.load(f)
		}
		switch {
		case ours:
			items = append(items, item)
			r.known[p] = f.stamp
		case had:
			gone = append(gone, location(p))
			delete(r.known, p)
		}
	}
	return r.deliver(ctx, items, gone)
}

// isDir reports whether a path is a directory now, or was one before.
func (r *run) isDir(p string) bool {
	if info, err := os.Lstat(p); err == nil {
		return info.IsDir()
	}
	prefix := p + string(filepath.Separator)
	for k := range r.known {
		if strings.HasPrefix(k, prefix) {
			return true
		}
	}
	return false
}

// candidate returns the file as the first path that covers it would.
func (c *Catalog) candidate(p string) (candidate, bool) {
	for _, pl := range c.paths {
		if take, sniff := pl.covers(p); take {
			f := candidate{root: pl.root, path: p, sniff: sniff}
			if info, err := os.Stat(p); err == nil {
				f.stamp = stampOf(info)
			}
			return f, true
		}
	}
	return candidate{}, false
}

// Refresh implements [catalog.Refresher].
func (c *Catalog) Refresh(ctx context.Context, locations []string) (items []catalog.Item, removed []string, err error) {
	for _, loc := range locations {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		f, covered := c.candidate(pathOf(loc))
		if !covered {
			return nil, nil, fail(callboard.CodeNotFound, "%s is not among the files of this catalog", loc)
		}
		if item, ours := c.load(f); ours {
			items = append(items, item)
		} else {
			removed = append(removed, loc)
		}
	}
	return items, removed, nil
}
