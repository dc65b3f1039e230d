// SPDX-License-Identifier: Apache-2.0

package search

import "strings"

// Language is how an engine writes conditions over tokens.
type Language struct {
	// Token writes the test for a fact, or for one that begins with the text.
	Token func(token string, prefix bool) string
	// And and Or stand between parts, in brackets.
	And, Or string
	// Not writes that part does not hold; all is a test that always does.
	Not func(all, part string) string
}

// Translate writes a filter in the language of an engine. A filter that always
// holds is the empty text.
func Translate(f Filter, l Language) string {
	f = simple(f)
	if always(f) {
		return ""
	}
	return l.write(f)
}

func (l Language) write(f Filter) string {
	switch t := f.(type) {
	case All:
		return l.join(t, l.And)
	case Any:
		if len(t) == 0 {
			return l.Token(impossible, false)
		}
		return l.join(t, l.Or)
	case Not:
		return l.Not(l.Token(factToken(everything, ""), false), l.write(t.Filter))
	case Has:
		return l.Token(factToken(t.Field, t.Value), false)
	case HasPrefix:
		return l.Token(escapeFact(t.Field)+"="+escapeFact(t.Value), true)
	}
	return l.Token(impossible, false)
}

// Share estimates what share of all documents a filter holds for, from the share
// of those that have a token; tokens are taken to have nothing to do with each
// other.
func Share(f Filter, of func(token string, prefix bool) float64) float64 {
	switch t := f.(type) {
	case All:
		share := 1.0
		for _, p := range t {
			share *= Share(p, of)
		}
		return share
	case Any:
		none := 1.0
		for _, p := range t {
			none *= 1 - Share(p, of)
		}
		return 1 - none
	case Not:
		return 1 - Share(t.Filter, of)
	case Has:
		return of(factToken(t.Field, t.Value), false)
	case HasPrefix:
		return of(escapeFact(t.Field)+"="+escapeFact(t.Value), true)
	}
	return 1
}

// impossible is a token that no document has: those of facts are never so short
// with this sign.
const impossible = "!"

func (l Language) join(parts []Filter, word string) string {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = l.write(p)
	}
	return "(" + strings.Join(texts, word) + ")"
}
