// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
)

// Limits on what is read. Configuration is written by hand; what is larger is
// a mistake or an attack.
const (
	maxFileBytes = 1 << 20
	maxFiles     = 100
	maxDepth     = 64 // of nesting in a file
	maxIncludes  = 10 // of files within files
	maxNodes     = 200_000
)

// Options says where configuration comes from. The zero value reads files
// from disk and no environment.
type Options struct {
	// Lookup returns an environment variable; usually os.LookupEnv. Nil means
	// that no variable is set.
	Lookup func(name string) (string, bool)
	// Prefix begins the names of variables that override keys; "" means
	// "CALLBOARD".
	Prefix string
	// ReadFile reads a file named on the command line, by $include or by
	// $file; nil reads from disk.
	ReadFile func(path string) ([]byte, error)
}

// Config is configuration that has been read and not yet been given its types.
// It may be used by several goroutines.
type Config struct {
	opts      Options
	mu        sync.Mutex
	root      *node
	overrides map[string]override
	claims    map[string]*claim
	values    []sectionValues
	origins   map[string]Origin // of what the sections have read
	problems  Problems
	envNames  map[string]string // variable name -> path it overrides
	secrets   secrets
}

// override is a value from outside the files.
type override struct {
	text   string
	origin Origin
	used   bool
}

// Load reads the files; a later one wins over an earlier one. The error is
// [Problems]. The Config is usable even then, as far as the files could be
// read, so that the problems of the sections can be listed too.
func Load(files []string, opts *Options) (*Config, error) {
	l := newLoader(opts)
	root := &node{kind: mapKind}
	for _, file := range files {
		if n := l.file(file, Origin{}); n != nil {
			root = merge(root, l.topLevel(n))
		}
	}
	return newConfig(l, root)
}

// Parse reads data as the content of a file called name, for configuration
// that is not on disk: embedded, generated, or a test's.
func Parse(name string, data []byte, opts *Options) (*Config, error) {
	l := newLoader(opts)
	root := &node{kind: mapKind}
	if n := l.parse(name, data); n != nil {
		root = l.topLevel(n)
	}
	return newConfig(l, root)
}

func newConfig(l *loader, root *node) (*Config, error) {
	c := &Config{
		opts:      l.opts,
		root:      root,
		overrides: map[string]override{},
		claims:    map[string]*claim{},
		origins:   map[string]Origin{},
		problems:  l.problems,
		envNames:  map[string]string{},
	}
	return c, l.problems.sorted().orNil()
}

// Set gives the key at path a value that wins over files and environment.
// Origin says where it comes from, such as "flag --listen". It has an effect
// on sections read afterwards. The value is a scalar, or a list as [a, b] or
// a,b. A path that no section reads is reported by Check.
func (c *Config) Set(path, value, origin string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.overrides[path] = override{text: value, origin: Origin{Name: origin}}
}

// Report adds a problem that only the owner of a section, or of a flag, can
// know of: a file that is not there, a name that is not known. A problem with a
// path and no origin gets the place where the path is set. It returns the
// problem as [Problems], and Check returns it too.
func (c *Config) Report(p Problem) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.Origin == (Origin{}) && p.Path != "" {
		p.Origin = originOf(c.origins, p.Path)
	}
	if !slices.Contains(c.problems, p) {
		c.problems = append(c.problems, p)
	}
	return Problems{p}
}

// Origin returns where the value at path is set, or the nearest thing above it
// that is. The section that has it must have been read.
func (c *Config) Origin(path string) Origin {
	c.mu.Lock()
	defer c.mu.Unlock()
	return originOf(c.origins, path)
}

// Check returns everything that is wrong, as [Problems]: what loading and the
// sections found, and what [Config.Unclaimed] finds. Call it when all sections
// have been read.
func (c *Config) Check() error {
	unclaimed := c.Unclaimed()
	c.mu.Lock()
	defer c.mu.Unlock()
	all := append(append(Problems{}, c.problems...), unclaimed...)
	return all.sorted().orNil()
}

// readFromDisk reads a file up to one byte more than is allowed.
func readFromDisk(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a directory", path)
	}
	return io.ReadAll(io.LimitReader(f, maxFileBytes+1))
}
