// SPDX-License-Identifier: Apache-2.0

package catalogapi

import (
	"strings"

	"github.com/callboard/callboard/catalog"
)

// parseMatches reads the match parameter, which is ours. It has the grammar of
// filter with two additions that filter cannot have without changing what old
// clients mean: a backslash takes the meaning from the character behind it, so
// that a value may hold a comma; and a star at the end of a value, or at both
// ends, matches by prefix or by part.
//
//	match=metadata.title=Orders\, returns,spec.type=serv*
func parseMatches(sets []string, b *budget) (catalog.Filter, error) {
	return parseSets(sets, func(set string) (catalog.Filter, error) {
		byField := map[string]catalog.Any{}
		var order []string
		for part := range splitEscaped(set) {
			if err := b.spend(1); err != nil {
				return nil, err
			}
			field, f, err := parseMatch(part)
			if err != nil {
				return nil, err
			}
			if f == nil {
				continue
			}
			if _, seen := byField[field]; !seen {
				order = append(order, field)
			}
			byField[field] = append(byField[field], f)
		}
		var all catalog.All
		for _, field := range order {
			all = append(all, alternatives(byField[field]))
		}
		if len(all) == 0 {
			return nil, nil
		}
		return simplify(all), nil
	})
}

// alternatives joins the conditions on one field. As in filter, existence says
// nothing beside a value.
func alternatives(of catalog.Any) catalog.Filter {
	var valued catalog.Any
	for _, f := range of {
		if _, ok := f.(catalog.Exists); !ok {
			valued = append(valued, f)
		}
	}
	switch {
	case len(valued) == 0:
		return of[0]
	case len(valued) == 1:
		return valued[0]
	default:
		return valued
	}
}

// splitEscaped yields the parts between commas that no backslash precedes.
func splitEscaped(set string) func(func(string) bool) {
	return func(yield func(string) bool) {
		start := 0
		for i := 0; i < len(set); i++ {
			switch set[i] {
			case '\\':
				i++
			case ',':
				if !yield(set[start:i]) {
					return
				}
				start = i + 1
			}
		}
		yield(set[start:])
	}
}

// parseMatch reads field, field=value, field=prefix* or field=*part*.
func parseMatch(part string) (string, catalog.Filter, error) {
	if strings.TrimSpace(part) == "" {
		return "", nil, nil
	}
	eq := indexUnescaped(part, '=')
	rawField, rawValue := part, ""
	if eq >= 0 {
		rawField, rawValue = part[:eq], part[eq+1:]
	}
	field := literal(rawField)
	if field.text == "" || field.stars() {
		return "", nil, invalid("match %q: a condition needs a plain field before the equals sign; write field=value, field=start* or field", short(part))
	}
	if eq < 0 {
		return field.text, catalog.Exists{Field: field.text}, nil
	}
	value := literal(rawValue)
	switch {
	case value.inner:
		return "", nil, invalid("match %q: a star may only end a value, or stand at both of its ends; write \\* for a star itself", short(part))
	case value.leading && value.trailing:
		return field.text, catalog.Contains{Field: field.text, Text: value.text}, nil
	case value.trailing:
		return field.text, catalog.Prefix{Field: field.text, Text: value.text}, nil
	case value.leading:
		return "", nil, invalid("match %q: matching by ending is not offered; write *text* to find the text anywhere", short(part))
	}
	return field.text, catalog.In{Field: field.text, Values: []string{value.text}}, nil
}

// unescaped is a piece of a condition without its backslashes, and where stars
// without a backslash stood.
type unescaped struct {
	text                     string
	leading, inner, trailing bool
}

func (u unescaped) stars() bool { return u.leading || u.inner || u.trailing }

func literal(s string) unescaped {
	var u unescaped
	var b strings.Builder
	s = trimUnescaped(s)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case c == '*' && i == 0 && len(s) > 1:
			u.leading = true
		case c == '*' && i == len(s)-1:
			u.trailing = true
		case c == '*':
			u.inner = true
		default:
			b.WriteByte(c)
		}
	}
	u.text = b.String()
	return u
}

// trimUnescaped trims white space at both ends but keeps what a backslash
// protects.
func trimUnescaped(s string) string {
	s = strings.TrimLeft(s, " \t\r\n")
	trimmed := strings.TrimRight(s, " \t\r\n")
	slashes := len(trimmed) - len(strings.TrimRight(trimmed, `\`))
	if slashes%2 == 1 && len(trimmed) < len(s) {
		return s[:len(trimmed)+1]
	}
	return trimmed
}

func indexUnescaped(s string, c byte) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case c:
			return i
		}
	}
	return -1
}
