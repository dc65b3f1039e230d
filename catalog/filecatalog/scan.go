// SPDX-License-Identifier: Apache-2.0

package filecatalog

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

// stamp tells one state of a file from another without reading it.
type stamp struct {
	changed time.Time
	size    int64
}

// candidate is a file that a walk found.
type candidate struct {
	root, path string
	stamp      stamp
	// sniff says that it counts only if it looks like entities.
	sniff bool
}

// scan yields the files of all paths, each once, in order of the paths and
// then by name. If a directory cannot be walked, the error comes at the end.
func (c *Catalog) scan(ctx context.Context, dir func(string)) iter.Seq2[candidate, error] {
	return func(yield func(candidate, error) bool) {
		seen := map[string]bool{}
		var failed []error
		for _, p := range c.paths {
			for f, err := range p.walk(ctx, dir) {
				if err != nil {
					failed = append(failed, err)
					break
				}
				if !seen[f.path] && !yield(f, nil) {
					return
				}
				seen[f.path] = true
			}
		}
		if failed != nil {
			yield(candidate{}, together(failed))
		}
	}
}

// together is several failures as one, with the messages of all.
func together(failed []error) error {
	messages := make([]string, len(failed))
	for i, err := range failed {
		messages[i] = callboard.MessageOf(err)
	}
	return &callboard.Error{Code: callboard.CodeUnavailable, Message: strings.Join(messages, "; "), Err: errors.Join(failed...)}
}

// walk yields the files of one path; dir is told of each directory walked.
func (p place) walk(ctx context.Context, dir func(string)) iter.Seq2[candidate, error] {
	return func(yield func(candidate, error) bool) {
		root, err := os.OpenRoot(p.root)
		if err != nil {
			yield(candidate{}, readError(p.root, err))
			return
		}
		defer func() { _ = root.Close() }() // only reads
		start, _ := within(p.root, p.base)
		info, err := root.Stat(start)
		switch {
		case err != nil && p.pattern == "" && isYAML(p.base): // the item will say that it is not there
			dir(filepath.Dir(p.base))
			yield(candidate{root: p.root, path: p.base}, nil)
			return
		case err != nil:
			yield(candidate{}, readError(p.base, err))
			return
		case !info.IsDir():
			dir(filepath.Dir(p.base))
			yield(candidate{root: p.root, path: p.base, stamp: stampOf(info)}, nil)
			return
		}
		w := walk{place: p, root: root, dir: dir, yield: yield}
		err = fs.WalkDir(root.FS(), filepath.ToSlash(start), func(name string, d fs.DirEntry, err error) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return w.visit(name, d, err)
		})
		if err != nil && !errors.Is(err, fs.SkipAll) {
			yield(candidate{}, err)
		}
	}
}

type walk struct {
	place
	root  *os.Root
	dir   func(string)
	yield func(candidate, error) bool
}

func (w *walk) visit(name string, d fs.DirEntry, err error) error {
	abs := filepath.Join(w.place.root, filepath.FromSlash(name))
	if err != nil {
		if abs == w.base || !errors.Is(err, fs.ErrNotExist) {
			return readError(abs, err)
		}
		return nil // it went away while we walked
	}
	if d.IsDir() {
		if abs != w.base && w.skips(d.Name()) {
			return fs.SkipDir
		}
		w.dir(abs)
		return nil
	}
	rel, _ := within(w.base, abs)
	take, sniff := w.takes(filepath.ToSlash(rel))
	if !take {
		return nil
	}
	f := candidate{root: w.place.root, path: abs, sniff: sniff}
	if info, err := w.root.Stat(filepath.FromSlash(name)); err == nil {
		if info.IsDir() {
			return nil // a link to a directory
		}
		f.stamp = stampOf(info)
	}
	if !w.yield(f, nil) {
		return fs.SkipAll
	}
	return nil
}

// skips reports whether a directory is passed over: hidden ones and
// node_modules, unless the pattern names such a one.
func (p place) skips(name string) bool {
	if name == "node_modules" {
		return !strings.Contains(p.pattern, name)
	}
	return strings.HasPrefix(name, ".") && (name == ".git" || !strings.Contains("/"+p.pattern, "/."))
}

// takes reports whether a file belongs to the path, and whether only if it
// looks like entities.
func (p place) takes(rel string) (take, sniff bool) {
	if p.pattern != "" {
		return doublestar.MatchUnvalidated(p.pattern, rel), false
	}
	name := path.Base(rel)
	if strings.HasPrefix(name, ".") {
		return false, false
	}
	return isYAML(name), strings.TrimSuffix(name, path.Ext(name)) != "catalog-info"
}

func isYAML(name string) bool {
	ext := path.Ext(name)
	return ext == ".yaml" || ext == ".yml"
}

// covers reports whether a path that was not seen before would be taken.
func (p place) covers(abs string) (take, sniff bool) {
	if abs == p.base {
		return true, false
	}
	rel, ok := within(p.base, abs)
	if !ok {
		return false, false
	}
	parts := strings.Split(filepath.ToSlash(rel), "/")
	for _, dir := range parts[:len(parts)-1] {
		if p.skips(dir) {
			return false, false
		}
	}
	return p.takes(filepath.ToSlash(rel))
}

// looksLikeEntities is what decides about the YAML files of a directory that
// are not named catalog-info: other tools keep YAML files too.
func looksLikeEntities(content []byte) bool {
	return bytes.Contains(content, []byte("backstage.io/v1"))
}

// load reads a candidate; false if it is not one of ours after all.
func (c *Catalog) load(f candidate) (catalog.Item, bool) {
	it := c.item(f.root, f.path)
	if f.sniff && (it.Err != nil || !looksLikeEntities(it.Content)) {
		return it, false
	}
	return it, callboard.CodeOf(it.Err) != callboard.CodeNotFound
}

// namedFile reports whether the operator named this very file.
func (c *Catalog) namedFile(p string) bool {
	return slices.ContainsFunc(c.paths, func(pl place) bool { return pl.pattern == "" && pl.base == p })
}

func stampOf(info fs.FileInfo) stamp { return stamp{info.ModTime(), info.Size()} }
