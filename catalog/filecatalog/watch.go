// SPDX-License-Identifier: Apache-2.0

package filecatalog

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

// watcher gathers what the system tells of files, and hands it on when they
// have been left alone for a moment. A nil watcher never tells anything.
type watcher struct {
	events *fsnotify.Watcher
	settle time.Duration
	log    *slog.Logger
	out    chan []string
	done   chan struct{}
	ended  sync.WaitGroup
	warned sync.Once
}

// newWatcher starts a watcher, which close ends.
func newWatcher(settle time.Duration, log *slog.Logger) (*watcher, error) {
	events, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	w := &watcher{events: events, settle: settle, log: log, out: make(chan []string), done: make(chan struct{})}
	w.ended.Go(w.gather)
	return w, nil
}

func (w *watcher) close() {
	if w == nil {
		return
	}
	close(w.done)
	if err := w.events.Close(); err != nil {
		w.log.Warn("cannot stop watching files", "error", err)
	}
	w.ended.Wait()
}

// add watches a directory. Adding one twice does nothing.
func (w *watcher) add(dir string) {
	if w == nil {
		return
	}
	if err := w.events.Add(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.warned.Do(func() {
			w.log.Warn("cannot watch a directory; its files are looked over now and then", "directory", dir, "error", err)
		})
	}
}

// changes yields sets of changed paths; "" among them means that some were lost.
func (w *watcher) changes() <-chan []string {
	if w == nil {
		return nil
	}
	return w.out
}

// gather collects events until none came for the time to settle, but not for
// longer than ten times that.
func (w *watcher) gather() {
	pending := map[string]bool{}
	var quiet <-chan time.Time
	var first time.Time
	for {
		var out chan []string
		var batch []string
		if len(pending) > 0 && quiet == nil {
			out, batch = w.out, slices.Sorted(maps.Keys(pending))
		}
		select {
		case <-w.done:
			return
		case out <- batch:
			pending = map[string]bool{}
		case <-quiet:
			quiet = nil
		case e, ok := <-w.events.Events:
			if !ok {
				return
			}
			if e.Op == fsnotify.Chmod {
				continue
			}
			if len(pending) == 0 {
				first = time.Now()
			}
			pending[filepath.Clean(e.Name)] = true
			if quiet == nil || time.Since(first) < 10*w.settle {
				quiet = time.After(w.settle)
			}
		case err, ok := <-w.events.Errors:
			if !ok {
				return
			}
			w.log.Warn("watching files", "error", err)
			pending[""] = true
		}
	}
}

// Watch implements [catalog.LocationWatcher].
func (c *Catalog) Watch(ctx context.Context, changed func(location string)) error {
	w, err := newWatcher(c.opts.Settle, c.opts.Logger)
	if err != nil {
		return err
	}
	defer w.close()
	for _, dir := range c.watchFrom(w.add) {
		w.add(dir)
	}
	defer c.watchFrom(nil)
	for {
		select {
		case <-ctx.Done():
			return nil
		case paths := <-w.changes():
			for _, loc := range c.touched(paths) {
				changed(loc)
			}
		}
	}
}

// watchFrom sets who is told of directories, and returns those known so far.
func (c *Catalog) watchFrom(notice func(string)) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notice = notice
	dirs := maps.Clone(c.dirs)
	for p := range c.uses {
		dirs[filepath.Dir(p)] = true
	}
	return slices.Sorted(maps.Keys(dirs))
}

// touched returns the locations that were made of the paths or, for patterns,
// that match them.
func (c *Catalog) touched(paths []string) []string {
	found := map[string]bool{}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range paths {
		for loc := range c.uses[p] {
			if c.named[loc] {
				found[loc] = true
			}
		}
		for pattern := range c.patterns {
			if patternMatches(pattern, p) {
				found[location(pattern)] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}
