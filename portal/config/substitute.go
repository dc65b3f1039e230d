// SPDX-License-Identifier: Apache-2.0

package config

import "strings"

// substitutionError says what is wrong with a ${...} and what to do.
type substitutionError struct {
	message string
	remedy  string
}

// Error returns the message.
func (e *substitutionError) Error() string { return e.message }

// substitute replaces ${NAME}, ${NAME:-default} and $$ in s. A dollar sign
// before anything else stands for itself, as in regular expressions. What is
// put in is not looked at again.
func substitute(s string, lookup func(string) (string, bool)) (text string, changed bool, err *substitutionError) {
	if !strings.Contains(s, "$") {
		return s, false, nil
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, "$")
		b.WriteString(before)
		switch {
		case !found:
			return b.String(), changed, nil
		case strings.HasPrefix(after, "$"):
			b.WriteByte('$')
			s = after[1:]
		case strings.HasPrefix(after, "{"):
			inner, rest, closed := strings.Cut(after[1:], "}")
			if !closed {
				return "", false, malformed("${" + inner)
			}
			value, err := variable(inner, lookup)
			if err != nil {
				return "", false, err
			}
			b.WriteString(value)
			s, changed = rest, true
		default:
			b.WriteByte('$')
			s = after
		}
	}
}

// variable resolves what stands between the braces. As in a shell, the default
// serves for a variable that is empty too.
func variable(inner string, lookup func(string) (string, bool)) (string, *substitutionError) {
	name, fallback, hasDefault := strings.Cut(inner, ":-")
	if !variableName(name) || strings.Contains(fallback, "${") {
		return "", malformed("${" + inner + "}")
	}
	value, set := lookup(name)
	switch {
	case hasDefault && value == "":
		return fallback, nil
	case !set:
		return "", &substitutionError{
			message: "the environment variable " + name + " is not set",
			remedy:  "set it, or give a default with ${" + name + ":-default}",
		}
	}
	return value, nil
}

func malformed(what string) *substitutionError {
	return &substitutionError{
		message: shorten(what) + " is no substitution",
		remedy:  "write ${NAME} or ${NAME:-default}, or $${ for the characters themselves",
	}
}

func variableName(name string) bool {
	for i, c := range name {
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}
