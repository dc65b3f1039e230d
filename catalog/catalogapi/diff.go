// SPDX-License-Identifier: Apache-2.0

package catalogapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// difference is one operation of RFC 6902 that leads from the version before to
// this one, and what stood there.
type difference struct {
	Op   string `json:"op"` // add, remove or replace
	Path string `json:"path"`
	// Value is the new value, absent for remove.
	Value *any `json:"value,omitempty"`
	// Old is the value before, absent for add.
	Old *any `json:"old,omitempty"`
}

// diff compares two entities; nil is none. The uid and etag that a store puts in
// are no change.
func diff(before, after json.RawMessage) ([]difference, error) {
	x, err := tree(before)
	if err != nil {
		return nil, err
	}
	y, err := tree(after)
	if err != nil {
		return nil, err
	}
	out := differences{}
	switch {
	case before == nil && after == nil:
	case before == nil:
		out.add("", y)
	case after == nil:
		out.remove("", x)
	default:
		out.compare("", x, y)
	}
	return out, nil
}

func tree(b json.RawMessage) (any, error) {
	if b == nil {
		return nil, nil
	}
	var v map[string]any
	if err := json.Unmarshal(b, &v); err != nil {
		return nil, fmt.Errorf("catalogapi: decode a version: %w", err)
	}
	if metadata, ok := v["metadata"].(map[string]any); ok {
		delete(metadata, "uid")
		delete(metadata, "etag")
	}
	return v, nil
}

type differences []difference

func (d *differences) add(path string, v any) {
	*d = append(*d, difference{Op: "add", Path: path, Value: &v})
}

func (d *differences) remove(path string, old any) {
	*d = append(*d, difference{Op: "remove", Path: path, Old: &old})
}

func (d *differences) replace(path string, old, v any) {
	*d = append(*d, difference{Op: "replace", Path: path, Value: &v, Old: &old})
}

// compare goes down as long as both sides have the same shape.
func (d *differences) compare(path string, x, y any) {
	if reflect.DeepEqual(x, y) {
		return
	}
	xo, xIsObject := x.(map[string]any)
	yo, yIsObject := y.(map[string]any)
	xl, xIsList := x.([]any)
	yl, yIsList := y.([]any)
	switch {
	case xIsObject && yIsObject:
		d.objects(path, xo, yo)
	case xIsList && yIsList:
		d.lists(path, xl, yl)
	default:
		d.replace(path, x, y)
	}
}

func (d *differences) objects(path string, x, y map[string]any) {
	keys := maps.Clone(x)
	maps.Copy(keys, y)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		at := path + "/" + pointerEscaper().Replace(key)
		old, was := x[key]
		v, is := y[key]
		switch {
		case !was:
			d.add(at, v)
		case !is:
			d.remove(at, old)
		default:
			d.compare(at, old, v)
		}
	}
}

// lists leaves the common beginning and end alone and replaces, inserts or
// removes between them, in an order in which the operations can be applied.
func (d *differences) lists(path string, x, y []any) {
	start := 0
	for start < len(x) && start < len(y) && reflect.DeepEqual(x[start], y[start]) {
		start++
	}
	xe, ye := len(x), len(y)
	for xe > start && ye > start && reflect.DeepEqual(x[xe-1], y[ye-1]) {
		xe, ye = xe-1, ye-1
	}
	at := func(i int) string { return path + "/" + strconv.Itoa(i) }
	both := min(xe, ye)
	for i := start; i < both; i++ {
		d.compare(at(i), x[i], y[i])
	}
	for i := xe - 1; i >= both; i-- {
		d.remove(at(i), x[i])
	}
	for i := both; i < ye; i++ {
		d.add(at(i), y[i])
	}
}

// pointerEscaper writes a key as a part of a JSON pointer.
func pointerEscaper() *strings.Replacer { return strings.NewReplacer("~", "~0", "/", "~1") }
