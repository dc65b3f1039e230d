// SPDX-License-Identifier: Apache-2.0

package filecatalog

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

// freshness is how old a change must be before the time of a file tells it
// from the next one.
const freshness = 2 * time.Second

// Types implements [catalog.LocationReader].
func (c *Catalog) Types() []string { return []string{"file"} }

// Resolve implements [catalog.LocationReader]. Targets outside of the roots are
// [callboard.CodeForbidden].
func (c *Catalog) Resolve(base, target string) (string, error) {
	if target == "" || strings.HasSuffix(target, "/") {
		return "", fail(callboard.CodeInvalid, "%q names no file", target)
	}
	p := filepath.FromSlash(target)
	if !filepath.IsAbs(p) && base != "" {
		p = filepath.Join(filepath.Dir(filepath.FromSlash(base)), p)
	}
	p, err := filepath.Abs(p)
	if err != nil {
		return "", fmt.Errorf("filecatalog: resolve %s: %w", target, err)
	}
	if c.rootOf(p) == "" {
		return "", fail(callboard.CodeForbidden, "%s is outside of the directories that this portal reads", target)
	}
	return filepath.ToSlash(p), nil
}

// rootOf returns the root that holds the path, or "".
func (c *Catalog) rootOf(p string) string {
	for _, root := range c.roots {
		if _, ok := within(root, p); ok {
			return root
		}
	}
	return ""
}

// Read implements [catalog.LocationReader].
func (c *Catalog) Read(ctx context.Context, req catalog.ReadRequest) (catalog.ReadResult, error) {
	p := filepath.FromSlash(req.Target)
	root := c.rootOf(p)
	if root == "" {
		return catalog.ReadResult{}, fail(callboard.CodeForbidden, "%s is outside of the directories that this portal reads", req.Target)
	}
	c.noteNamed(p)
	info, err := os.Stat(p)
	if err != nil && hasMeta(p) {
		return c.readPattern(ctx, root, p)
	}
	if err != nil {
		c.note(p, location(p)) // so that its arrival is noticed
		return catalog.ReadResult{}, readError(p, err)
	}
	validator := fmt.Sprintf("%d-%d", info.ModTime().UnixNano(), info.Size())
	if validator == req.Validator && !c.hasBeside(p) {
		return catalog.ReadResult{Validator: validator, NotModified: true}, nil
	}
	if time.Since(info.ModTime()) < freshness {
		validator = ""
	}
	return catalog.ReadResult{Items: []catalog.Item{c.item(root, p)}, Validator: validator}, nil
}

// hasBeside reports whether the source reads other files too.
func (c *Catalog) hasBeside(p string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	loc := location(p)
	for file, users := range c.uses {
		if file != p && users[loc] {
			return true
		}
	}
	return false
}

// readPattern reads the files that a pattern matches, in order of name.
func (c *Catalog) readPattern(ctx context.Context, root, pattern string) (catalog.ReadResult, error) {
	slashed := filepath.ToSlash(pattern)
	if !doublestar.ValidatePattern(slashed) {
		return catalog.ReadResult{}, fail(callboard.CodeInvalid, "%q is not a pattern", pattern)
	}
	base, rest := doublestar.SplitPattern(slashed)
	pl := place{root: root, base: filepath.FromSlash(base), pattern: rest}
	c.notePattern(pattern)
	var res catalog.ReadResult
	for f, err := range pl.walk(ctx, c.noteDir) {
		if callboard.CodeOf(err) == callboard.CodeNotFound {
			break // nothing there, so nothing matches
		}
		if err != nil {
			return catalog.ReadResult{}, err
		}
		c.noteNamed(f.path)
		res.Items = append(res.Items, c.item(f.root, f.path))
	}
	return res, nil
}

func (c *Catalog) noteNamed(p string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.named[location(p)] = true
}

func (c *Catalog) notePattern(pattern string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.patterns[pattern] = true
}

func (c *Catalog) noteDir(dir string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dirs[dir] = true
	if c.notice != nil {
		c.notice(dir)
	}
}

// patternMatches reports whether a change at a path can change what a pattern
// matches: the path matches, or is a directory on the way.
func patternMatches(pattern, p string) bool {
	slashed, at := filepath.ToSlash(pattern), filepath.ToSlash(p)
	if doublestar.MatchUnvalidated(slashed, at) {
		return true
	}
	base, _ := doublestar.SplitPattern(slashed)
	return strings.HasPrefix(at, base+"/") && filepath.Ext(at) == ""
}
