// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// decoder reads nodes into the values of one section.
type decoder struct {
	c        *Config
	problems Problems
	values   []Value
	origins  map[string]Origin // of every path that a file or an override sets
	failed   map[string]bool   // paths about which nothing more is said
}

func (d *decoder) report(at Origin, path, rule, message, remedy string) {
	d.problems = append(d.problems, Problem{Origin: at, Path: path, Rule: rule, Message: message, Remedy: remedy})
	d.failed[path] = true
}

// decode reads n, which may be nil, into v, which holds the default.
func (d *decoder) decode(v reflect.Value, n *node, path string) {
	if n != nil && n.kind == brokenKind {
		d.failed[path] = true
		d.claimWhole(path)
		return
	}
	if isLeaf(v.Type()) {
		n = d.overridden(n, path)
	}
	if !n.empty() {
		d.origins[path] = n.at
	}
	switch {
	case isScalar(v.Type()):
		d.scalar(v, n, path)
	case v.Kind() == reflect.Pointer:
		d.pointer(v, n, path)
	case v.Kind() == reflect.Struct:
		d.structure(v, n, path)
	case v.Kind() == reflect.Map:
		d.mapping(v, n, path)
	case v.Kind() == reflect.Slice:
		d.list(v, n, path)
	case v.Kind() == reflect.Interface && v.NumMethod() == 0:
		d.free(v, n, path)
	default:
		panic(fmt.Sprintf("config: %s: a %s cannot be configured", path, v.Type()))
	}
}

// overridden returns the value that the environment or Set gives for path, or n.
func (d *decoder) overridden(n *node, path string) *node {
	if o, ok := d.c.overrides[path]; ok {
		o.used = true
		d.c.overrides[path] = o
		return overrideNode(o.text, o.origin)
	}
	name := variableFor(d.c.opts.Prefix, path)
	text, ok := d.c.opts.Lookup(name)
	if !ok {
		return n
	}
	at := Origin{Name: "env " + name}
	if other, taken := d.c.envNames[name]; taken && other != path {
		d.report(at, path, "ambiguous", "and "+other+" have the same variable "+name, "set one of them in a file")
		return n
	}
	d.c.envNames[name] = path
	return overrideNode(text, at)
}

func overrideNode(text string, at Origin) *node {
	return &node{kind: scalarKind, text: text, shown: text, at: at}
}

// variableFor names the variable that overrides a path: server.readTimeout is
// PREFIX_SERVER_READ_TIMEOUT.
func variableFor(prefix, path string) string {
	var b strings.Builder
	b.WriteString(prefix + "_")
	lower := false
	for _, c := range path {
		switch {
		case c >= 'A' && c <= 'Z':
			if lower {
				b.WriteByte('_')
			}
			b.WriteRune(c)
			lower = false
			continue
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			b.WriteString(strings.ToUpper(string(c)))
			lower = true
			continue
		case c == ']' || c == '"':
			continue
		}
		b.WriteByte('_')
		lower = false
	}
	return b.String()
}

func (d *decoder) claimWhole(path string) { d.c.claim(path).whole = true }

func (d *decoder) scalar(v reflect.Value, n *node, path string) {
	d.claimWhole(path)
	switch {
	case n.empty():
		d.record(path, v, nil)
		return
	case n.kind != scalarKind:
		d.report(n.at, path, "type", "is "+n.describe()+"; expected "+expected(v.Type()), "")
		return
	}
	if message := setScalar(v, n.text); message != "" {
		if isSecret(v.Type()) || n.secret {
			message = "is not " + expected(v.Type())
		} else {
			message = "is " + n.describe() + "; " + message
		}
		d.report(n.at, path, "type", message, "")
		return
	}
	d.record(path, v, n)
}

// pointer keeps nil unless something is set below it.
func (d *decoder) pointer(v reflect.Value, n *node, path string) {
	fresh := reflect.New(v.Type().Elem())
	if !v.IsNil() {
		fresh.Elem().Set(v.Elem())
	} else if n.empty() && !d.overridesBelow(v.Type().Elem(), path) {
		d.claimWhole(path)
		d.recordText(path, "", nil)
		return
	}
	d.decode(fresh.Elem(), n, path)
	v.Set(fresh)
}

// overridesBelow reports whether the environment or Set has a value for a
// field of t.
func (d *decoder) overridesBelow(t reflect.Type, path string) bool {
	for p := range d.c.overrides {
		if within(p, path) {
			return true
		}
	}
	return slices.ContainsFunc(leafPaths(t, path), func(p string) bool {
		_, ok := d.c.opts.Lookup(variableFor(d.c.opts.Prefix, p))
		return ok
	})
}

func (d *decoder) structure(v reflect.Value, n *node, path string) {
	if !n.empty() && n.kind != mapKind {
		d.claimWhole(path)
		d.report(n.at, path, "type", "is "+n.describe()+"; expected a mapping with "+keyList(v.Type()), "")
		return
	}
	for _, f := range structFields(v.Type()) {
		d.c.claim(path).add(f.key)
		d.decode(v.FieldByIndex(f.index), n.child(f.key), join(path, f.key))
	}
}

func (d *decoder) mapping(v reflect.Value, n *node, path string) {
	d.claimWhole(path)
	if !n.empty() && n.kind != mapKind {
		d.report(n.at, path, "type", "is "+n.describe()+"; expected a mapping", "write key: value below it")
		return
	}
	out := reflect.MakeMap(v.Type())
	for _, key := range v.MapKeys() {
		out.SetMapIndex(key, v.MapIndex(key))
	}
	for _, key := range mapKeys(v, n) {
		mk := reflect.ValueOf(key).Convert(v.Type().Key())
		item := reflect.New(v.Type().Elem()).Elem()
		if have := v.MapIndex(mk); have.IsValid() {
			item.Set(have)
		}
		d.decode(item, n.child(key), join(path, key))
		d.c.claim(path).add(key)
		out.SetMapIndex(mk, item)
	}
	d.c.claim(path).whole = !hasStruct(v.Type().Elem())
	if v.Len() > 0 || !n.empty() {
		v.Set(out)
	}
}

// mapKeys returns the keys of the file in its order, then those that only the
// default has, sorted.
func mapKeys(v reflect.Value, n *node) []string {
	var keys, rest []string
	if n != nil {
		for _, f := range n.fields {
			keys = append(keys, f.key)
		}
	}
	for _, key := range v.MapKeys() {
		if !slices.Contains(keys, key.String()) {
			rest = append(rest, key.String())
		}
	}
	slices.Sort(rest)
	return append(keys, rest...)
}

func (d *decoder) list(v reflect.Value, n *node, path string) {
	if !n.empty() && n.kind == scalarKind && n.at.Line == 0 {
		n = splitOverride(n)
	}
	if n.empty() {
		d.claimWhole(path)
		d.record(path, v, nil)
		return
	}
	if n.kind != listKind {
		d.claimWhole(path)
		d.report(n.at, path, "type", "is "+n.describe()+"; expected a list", "write - before each item")
		return
	}
	out := reflect.MakeSlice(v.Type(), len(n.items), len(n.items))
	before := len(d.values)
	for i, item := range n.items {
		d.decode(out.Index(i), item, index(path, i))
	}
	v.Set(out)
	if isScalar(v.Type().Elem()) || len(n.items) == 0 {
		// One line of Explain for the list, not one for each item.
		d.values = d.values[:before]
		d.claimWhole(path)
		d.record(path, v, n)
	}
}

// splitOverride reads a list from the text of a variable or flag.
func splitOverride(n *node) *node {
	out := &node{kind: listKind, at: n.at}
	text := strings.TrimSpace(n.text)
	var items []string
	if strings.HasPrefix(text, "[") && yaml.Load([]byte(text), &items) == nil {
		for _, item := range items {
			out.items = append(out.items, overrideNode(item, n.at))
		}
		return out
	}
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			out.items = append(out.items, overrideNode(item, n.at))
		}
	}
	return out
}

// free reads anything, for values whose shape only their module knows.
func (d *decoder) free(v reflect.Value, n *node, path string) {
	d.claimWhole(path)
	if n.empty() {
		d.record(path, v, nil)
		return
	}
	v.Set(reflect.ValueOf(n.plain()))
	d.record(path, v, n)
}
