// SPDX-License-Identifier: Apache-2.0

package filecatalog

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

// DefaultMaxBytes is the greatest size of a file that is read.
const DefaultMaxBytes = catalog.DefaultMaxBytes

// Catalog is a [catalog.Provider] and a [catalog.LocationReader] over files.
// Make one with [New]. It is safe for concurrent use.
type Catalog struct {
	opts  Options
	paths []place
	roots []string

	mu sync.Mutex
	// uses tells for each file which locations were made of it: itself, and
	// those whose placeholders named it.
	uses map[string]map[string]bool
	// named are the locations read as such, patterns those of them with
	// wildcards, and dirs the directories walked for those.
	named, patterns, dirs map[string]bool
	// notice is told of directories to watch while Watch runs.
	notice func(dir string)
}

var (
	_ catalog.Provider        = (*Catalog)(nil)
	_ catalog.Refresher       = (*Catalog)(nil)
	_ catalog.LocationReader  = (*Catalog)(nil)
	_ catalog.LocationWatcher = (*Catalog)(nil)
)

// Options is what a [Catalog] may be given.
type Options struct {
	// Name is the provider's name; empty means "file".
	Name string
	// Root is the only directory that may be read; empty derives it from each path.
	Root string
	// MaxBytes is the greatest size of a file; 0 means [DefaultMaxBytes].
	MaxBytes int64
	// ScanEvery is how often all files are looked over, for changes that the
	// system did not tell of; 0 means a minute.
	ScanEvery time.Duration
	// Settle is how long a file must be left alone before it is read again, so
	// that it is not read while it is being written; 0 means 40 milliseconds.
	Settle time.Duration
	// Logger takes what there is to tell; nil means [slog.Default].
	Logger *slog.Logger
}

// place is one path that the operator named.
type place struct {
	root    string // what may be read
	base    string // where walking starts, inside root
	pattern string // over paths relative to base; empty is the one file, or a directory
}

// New returns a catalog over paths: files, directories and globs (with **).
// Of a directory it takes, at any depth, each catalog-info.yaml and every other
// YAML file that mentions an apiVersion of backstage.io; of a glob and of a file
// it takes all. Hidden directories and node_modules are passed over, unless a
// glob names them. The paths need not exist yet. Nil opts means defaults.
func New(paths []string, opts *Options) (*Catalog, error) {
	c := &Catalog{
		uses:  map[string]map[string]bool{},
		named: map[string]bool{}, patterns: map[string]bool{}, dirs: map[string]bool{},
	}
	if opts != nil {
		c.opts = *opts
	}
	c.opts.setDefaults()
	if len(paths) == 0 {
		return nil, fail(callboard.CodeInvalid, "filecatalog: no path to read")
	}
	for _, p := range paths {
		pl, err := c.place(p)
		if err != nil {
			return nil, err
		}
		c.paths = append(c.paths, pl)
		c.roots = append(c.roots, pl.root)
	}
	return c, nil
}

func (o *Options) setDefaults() {
	if o.Name == "" {
		o.Name = "file"
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.ScanEvery <= 0 {
		o.ScanEvery = time.Minute
	}
	if o.Settle <= 0 {
		o.Settle = 40 * time.Millisecond
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
}

// Name implements [catalog.Provider].
func (c *Catalog) Name() string { return c.opts.Name }

func (c *Catalog) place(p string) (place, error) {
	abs, err := filepath.Abs(p)
	if err != nil {
		return place{}, fmt.Errorf("filecatalog: %s: %w", p, err)
	}
	pl := place{base: abs}
	info, statErr := os.Stat(abs)
	if statErr != nil && hasMeta(abs) {
		slashed := filepath.ToSlash(abs)
		if !doublestar.ValidatePattern(slashed) {
			return place{}, fail(callboard.CodeInvalid, "%q is not a pattern of file names", p)
		}
		base, pattern := doublestar.SplitPattern(slashed)
		pl.base, pl.pattern = filepath.FromSlash(base), pattern
	}
	dir := pl.base
	if pl.pattern == "" && (statErr != nil || !info.IsDir()) {
		dir = filepath.Dir(pl.base)
	}
	pl.root = repository(dir)
	if c.opts.Root != "" {
		if pl.root, err = filepath.Abs(c.opts.Root); err != nil {
			return place{}, fmt.Errorf("filecatalog: %s: %w", c.opts.Root, err)
		}
	}
	if _, ok := within(pl.root, pl.base); !ok {
		return place{}, fail(callboard.CodeInvalid, "%s is not below the root %s", p, pl.root)
	}
	return pl, nil
}

// repository returns the nearest directory at or above dir that holds a git
// repository, or dir itself.
func repository(dir string) string {
	for at := dir; ; {
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil {
			return at
		}
		up := filepath.Dir(at)
		if up == at {
			return dir
		}
		at = up
	}
}

// within returns path relative to root, and whether it is inside.
func within(root, path string) (string, bool) {
	rel, err := filepath.Rel(root, path)
	if err != nil || !filepath.IsLocal(rel) {
		return "", false
	}
	return rel, true
}

func hasMeta(p string) bool { return strings.ContainsAny(p, "*?[{") }

func location(path string) string { return "file:" + filepath.ToSlash(path) }

func pathOf(location string) string {
	return filepath.FromSlash(strings.TrimPrefix(location, "file:"))
}

func fail(code callboard.Code, format string, args ...any) error {
	return &callboard.Error{Code: code, Message: fmt.Sprintf(format, args...)}
}
