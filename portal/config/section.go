// SPDX-License-Identifier: Apache-2.0

package config

import (
	"maps"
	"reflect"
	"strings"
)

// claim is what the sections know of one path.
type claim struct {
	whole    bool // everything below is read
	children []string
}

func (c *claim) add(name string) {
	for _, have := range c.children {
		if have == name {
			return
		}
	}
	c.children = append(c.children, name)
}

// Section reads what stands at path, such as "server" or "catalog.github",
// into a copy of defaults, and checks its validate tags. Keys are named by
// yaml tags as encoding packages do it; a field without one is named after
// itself with a small first letter. An empty path is the whole configuration.
//
// The error is [Problems]: wrong types, broken rules. Keys that T does not
// know are left to [Config.Check], because another section may know them.
func Section[T any](c *Config, path string, defaults T) (T, error) {
	out := defaults
	err := c.section(path, reflect.ValueOf(&out).Elem())
	return out, err
}

func (c *Config) section(path string, v reflect.Value) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := &decoder{c: c, origins: map[string]Origin{}, failed: map[string]bool{}}
	n := d.descend(path)
	if n == nil || n.kind != brokenKind { // else it has been reported
		d.decode(v, n, path)
		d.validate(v, path)
	}
	maps.Copy(c.origins, d.origins)
	c.problems = append(c.problems, d.problems...)
	c.values = append(c.values, sectionValues{path: path, values: d.values})
	return d.problems.sorted().orNil()
}

// descend walks from the root to a section and claims the way there.
func (d *decoder) descend(path string) *node {
	n, at := d.c.root, ""
	if path == "" {
		return n
	}
	for key := range strings.SplitSeq(path, ".") {
		d.c.claim(at).add(key)
		if !n.empty() && n.kind != mapKind {
			if n.kind != brokenKind {
				d.report(n.at, at, "type", "takes a mapping, not "+n.describe(), "write its keys below it")
			}
			return &node{kind: brokenKind}
		}
		n, at = n.child(key), join(at, key)
	}
	return n
}

// claim returns the claim on a path, a new one if there is none.
func (c *Config) claim(path string) *claim {
	if c.claims[path] == nil {
		c.claims[path] = &claim{}
	}
	return c.claims[path]
}
