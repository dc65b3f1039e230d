// SPDX-License-Identifier: Apache-2.0

package config

import (
	"cmp"
	"encoding"
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Value is one value in force and where it comes from.
type Value struct {
	// Path is the key.
	Path string
	// Value is the value as text, "***" for a secret.
	Value string
	// Origin is where it comes from.
	Origin Origin
}

type sectionValues struct {
	path   string
	values []Value
}

// Explain returns every value of the sections read so far, defaults included:
// the sections by path, their keys in the order of their structs.
func (c *Config) Explain() []Value {
	c.mu.Lock()
	defer c.mu.Unlock()
	sections := slices.Clone(c.values)
	slices.SortStableFunc(sections, func(a, b sectionValues) int { return cmp.Compare(a.path, b.path) })
	var out []Value
	seen := map[string]bool{}
	for _, s := range sections {
		for _, v := range s.values {
			if !seen[v.Path] {
				seen[v.Path] = true
				out = append(out, v)
			}
		}
	}
	return out
}

// record notes the value at path; n is nil for a default.
func (d *decoder) record(path string, v reflect.Value, n *node) {
	text := valueText(v)
	secret := n != nil && n.secret || n.hasSecret() || secretPath(path) && text != ""
	if n != nil {
		d.c.secrets.note(v, n.text, secret)
	}
	if secret {
		text = mask
	}
	d.recordText(path, text, n)
}

func (d *decoder) recordText(path, text string, n *node) {
	at := defaultOrigin()
	if n != nil {
		at = n.at
	}
	d.values = append(d.values, Value{Path: path, Value: text, Origin: at})
}

// hasSecret reports whether the content of a file stands anywhere below n.
func (n *node) hasSecret() bool {
	if n == nil {
		return false
	}
	return n.secret || slices.ContainsFunc(n.items, (*node).hasSecret) ||
		slices.ContainsFunc(n.fields, func(f *field) bool { return f.value.hasSecret() })
}

// valueText writes a value for people, secrets masked.
func valueText(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case Secret:
		return x.String()
	case time.Duration:
		return x.String()
	case url.URL:
		return maskURL(x.String())
	case encoding.TextMarshaler:
		if text, err := x.MarshalText(); err == nil {
			return string(text)
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return ""
		}
		return valueText(v.Elem())
	case reflect.Slice:
		items := make([]string, v.Len())
		for i := range items {
			items[i] = valueText(v.Index(i))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case reflect.String:
		return maskURL(v.String())
	case reflect.Interface, reflect.Map:
		return freeText(v)
	}
	return fmt.Sprint(v.Interface())
}

func freeText(v reflect.Value) string {
	if v.IsNil() {
		return ""
	}
	text, err := json.Marshal(maskFree(v.Interface()))
	if err != nil {
		return mask
	}
	return string(text)
}

// maskFree masks what lies under keys that are named like secrets.
func maskFree(v any) any {
	switch x := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(x))
		for key, value := range x {
			out[key] = maskFree(value)
			if secretPath(key) {
				out[key] = mask
			}
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, value := range x {
			out[i] = maskFree(value)
		}
		return out
	case string:
		return maskURL(x)
	}
	return v
}
