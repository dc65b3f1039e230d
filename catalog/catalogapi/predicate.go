// SPDX-License-Identifier: Apache-2.0

package catalogapi

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/callboard/callboard/catalog"
)

// maxDepth is how deeply predicates may be nested.
const maxDepth = 32

// parsePredicate reads a filter predicate: {"$all": [...]}, {"$any": [...]},
// {"$not": ...}, or an object of fields, all of which must meet their condition:
// a plain value, {"$in": [...]}, {"$exists": bool}, {"$hasPrefix": "..."} or
// {"$contains": value}; and, which is ours, {"$hasPart": "..."}. The format is that of
// https://backstage.io/docs/features/software-catalog/catalog-customization.
// No predicate is a nil filter.
func parsePredicate(raw json.RawMessage, b *budget) (catalog.Filter, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	if deep(raw) {
		return nil, invalid("query: it is nested more than %d deep; write it flatter", maxDepth)
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, invalid("query: it is not valid JSON: %v", err)
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, invalid(`query: it must be an object, such as {"kind": "component"}`)
	}
	return (&predicates{budget: b}).predicate("query", object)
}

// deep reports whether JSON text is nested too deeply to be a predicate. It
// looks before anything is decoded, so that depth costs no stack. Each level of
// a predicate is at most two of JSON.
func deep(raw []byte) bool {
	depth, inString := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > 2*maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

type predicates struct{ budget *budget }

// predicate reads one object; at is its place, for messages.
func (p *predicates) predicate(at string, object map[string]any) (catalog.Filter, error) {
	for _, op := range []string{"$all", "$any", "$not"} {
		if v, ok := object[op]; ok {
			if len(object) != 1 {
				return nil, invalid("%s: %s must be the only key of its object; put the others beside it into an $all", at, op)
			}
			return p.logical(at+"."+op, op, v)
		}
	}
	all := catalog.All{}
	for _, field := range slices.Sorted(maps.Keys(object)) {
		f, err := p.field(at, field, object[field])
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return simplify(all), nil
}

func (p *predicates) logical(at, op string, v any) (catalog.Filter, error) {
	if op == "$not" {
		f, err := p.object(at, v)
		if err != nil {
			return nil, err
		}
		return catalog.Not{Filter: f}, nil
	}
	list, ok := v.([]any)
	if !ok {
		return nil, invalid("%s: it must be an array of predicates", at)
	}
	parts := make([]catalog.Filter, 0, len(list))
	for i, item := range list {
		f, err := p.object(at+"["+strconv.Itoa(i)+"]", item)
		if err != nil {
			return nil, err
		}
		parts = append(parts, f)
	}
	if op == "$any" {
		return catalog.Any(parts), nil
	}
	return catalog.All(parts), nil
}

func (p *predicates) object(at string, v any) (catalog.Filter, error) {
	if err := p.budget.spend(1); err != nil {
		return nil, err
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, invalid(`%s: it must be an object, such as {"kind": "component"}`, at)
	}
	return p.predicate(at, object)
}

// field reads the condition on one field.
func (p *predicates) field(at, field string, v any) (catalog.Filter, error) {
	at += "[" + strconv.Quote(short(field)) + "]"
	if err := p.budget.spend(1); err != nil {
		return nil, err
	}
	switch {
	case strings.HasPrefix(field, "$"):
		return nil, invalid("%s: there is no such operator; the logical ones are $all, $any and $not", at)
	case field == "":
		return nil, invalid("%s: a field needs a name", at)
	}
	if s, ok := plainText(v); ok {
		return catalog.In{Field: field, Values: []string{s}}, nil
	}
	object, ok := v.(map[string]any)
	if !ok || len(object) != 1 {
		return nil, invalid("%s: it must be a plain value or an object with one of $in, $exists, $hasPrefix, $contains and $hasPart", at)
	}
	for op, operand := range object {
		return p.operator(at+"."+short(op), field, op, operand)
	}
	return nil, nil
}

func (p *predicates) operator(at, field, op string, v any) (catalog.Filter, error) {
	switch op {
	case "$exists":
		return existence(at, field, v)
	case "$in":
		values, err := p.values(at, v)
		return catalog.In{Field: field, Values: values}, err
	case "$hasPrefix":
		s, ok := v.(string)
		if !ok {
			return nil, invalid("%s: it must be a string", at)
		}
		return catalog.Prefix{Field: field, Text: s}, nil
	case "$hasPart":
		s, ok := v.(string)
		if !ok {
			return nil, invalid("%s: it must be a string", at)
		}
		return catalog.Contains{Field: field, Text: s}, nil
	case "$contains":
		return p.contains(at, field, v)
	}
	return nil, invalid("%s: there is no such operator; there are $in, $exists, $hasPrefix, $contains and $hasPart", at)
}

func existence(at, field string, v any) (catalog.Filter, error) {
	want, ok := v.(bool)
	if !ok {
		return nil, invalid("%s: it must be true or false", at)
	}
	if !want {
		return catalog.Not{Filter: catalog.Exists{Field: field}}, nil
	}
	return catalog.Exists{Field: field}, nil
}

func (p *predicates) values(at string, v any) ([]string, error) {
	list, ok := v.([]any)
	if !ok {
		return nil, invalid("%s: it must be an array of values", at)
	}
	if len(list) > catalog.MaxLimit {
		return nil, invalid("%s: it has %d values; at most %d fit into a request, so split it", at, len(list), catalog.MaxLimit)
	}
	values := make([]string, 0, len(list))
	for i, item := range list {
		s, ok := plainText(item)
		if !ok {
			return nil, invalid("%s[%d]: it must be a string, a number, true or false", at, i)
		}
		values = append(values, s)
	}
	return values, nil
}

// contains reads {"$contains": value}: an array field has the value as an item.
// On relations it may be {"type": ..., "targetRef": ...}.
func (p *predicates) contains(at, field string, v any) (catalog.Filter, error) {
	if s, ok := plainText(v); ok {
		return catalog.In{Field: field, Values: []string{s}}, nil
	}
	object, ok := v.(map[string]any)
	if !ok || !strings.EqualFold(field, "relations") {
		return nil, invalid(`%s: it must be a plain value; only relations takes an object, {"type": ..., "targetRef": ...}`, at)
	}
	var kind string
	var targets []string
	for _, key := range slices.Sorted(maps.Keys(object)) {
		var err error
		switch strings.ToLower(key) {
		case "type":
			kind, _ = object[key].(string)
		case "targetref":
			targets, err = p.targets(at+".targetRef", object[key])
		default:
			err = invalid("%s: relations have no %q; ask for type and targetRef", at, short(key))
		}
		if err != nil {
			return nil, err
		}
	}
	if kind == "" {
		return nil, invalid(`%s: it needs the relation's type, such as {"type": "ownedBy"}`, at)
	}
	if targets == nil {
		return catalog.Exists{Field: "relations." + kind}, nil
	}
	return catalog.In{Field: "relations." + kind, Values: targets}, nil
}

func (p *predicates) targets(at string, v any) ([]string, error) {
	if s, ok := v.(string); ok {
		return []string{s}, nil
	}
	object, ok := v.(map[string]any)
	if !ok || len(object) != 1 || object["$in"] == nil {
		return nil, invalid(`%s: it must be a reference or {"$in": [references]}`, at)
	}
	values, err := p.values(at+".$in", object["$in"])
	if err == nil && len(values) == 0 {
		err = invalid("%s.$in: it must not be empty", at)
	}
	return values, err
}

// plainText is the text that a JSON value has in the index.
func plainText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1e21 {
			return strconv.FormatFloat(v, 'f', -1, 64), true
		}
		return strconv.FormatFloat(v, 'g', -1, 64), true
	}
	return "", false
}
