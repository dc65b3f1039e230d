// SPDX-License-Identifier: Apache-2.0

package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of what people type. The rest is left out.
const (
	maxQuery   = 500 // letters
	maxTerms   = 12
	maxPhrases = 4
)

// Text is what somebody typed, taken apart.
type Text struct {
	// Terms are the words to find.
	Terms []Term
	// Phrases are the words in quotes, by stem.
	Phrases [][]string
	// Without are the words behind a minus, by stem.
	Without []string
	// Key is all of it as a name, without what may be written differently.
	Key string
}

// Term is what was typed between two spaces: a word, or several such as
// payments-api.
type Term struct {
	// Words are its parts, and Joined is what they are without what is between;
	// empty if there is one part only.
	Words  []string
	Joined string
	// Open says that it may be the beginning of a word: it is the last and
	// nothing follows it.
	Open bool
}

// Empty reports whether there is nothing to look for.
func (t *Text) Empty() bool { return len(t.Terms) == 0 && len(t.Phrases) == 0 }

// ParseText takes apart what somebody typed. Every text is one: what has no
// meaning is left out.
//
//	checkout api        both words, the second may go on
//	"order events"      next to each other
//	payments -legacy    without that word
func ParseText(text string) Text {
	var t Text
	text = readable(text)
	var key []string
	for rest := text; rest != ""; {
		var part string
		part, rest = nextPart(rest)
		negative := strings.HasPrefix(part, "-") && len(part) > 1
		quoted := strings.HasPrefix(strings.TrimPrefix(part, "-"), `"`)
		words := Words(part)
		switch {
		case len(words) == 0:
		case negative:
			if len(t.Without) < maxTerms {
				t.Without = append(t.Without, stems(words)...)
			}
		case quoted:
			key = append(key, split(part)...)
			if len(t.Phrases) < maxPhrases {
				t.Phrases = append(t.Phrases, stems(words[:min(len(words), maxTerms)]))
			}
		default:
			key = append(key, split(part)...)
			t.addTerm(part, rest == "" && isWordRune(lastRune(part)))
		}
	}
	t.Key = keyOf(key[:min(len(key), maxTerms)])
	t.dropFillers()
	return t
}

// readable returns the text without control characters, in the length that is
// searched for.
func readable(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, " "))
	if runes := []rune(text); len(runes) > maxQuery {
		text = string(runes[:maxQuery])
	}
	return strings.TrimLeft(text, " ")
}

// nextPart cuts off what stands before the next space, or what is in quotes. A
// quote that is not closed ends with the text.
func nextPart(text string) (part, rest string) {
	text = strings.TrimLeftFunc(text, unicode.IsSpace)
	open := strings.TrimPrefix(text, "-")
	if inner, ok := strings.CutPrefix(open, `"`); ok {
		if end := strings.Index(inner, `"`); end >= 0 {
			cut := len(text) - len(inner) + end + 1
			return text[:cut], text[cut:]
		}
		return text, ""
	}
	if end := strings.IndexFunc(text, unicode.IsSpace); end >= 0 {
		return text[:end], text[end:]
	}
	return text, ""
}

func lastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}

func stems(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = Stem(w)
	}
	return out
}

// addTerm takes in a part without quotes. A hump of camelCase is a part.
func (t *Text) addTerm(part string, open bool) {
	if len(t.Terms) == maxTerms {
		return
	}
	words := split(part)
	if len(words) == 0 {
		return
	}
	words = words[:min(len(words), maxTerms)]
	term := Term{Words: words, Open: open}
	if joined := strings.Join(words, ""); len(words) > 1 && len(joined) <= maxWord {
		term.Joined = joined
	}
	t.Terms = append(t.Terms, term)
}

// fillers are words that say nothing beside others.
func fillers() []string {
	return []string{"a", "an", "the", "of", "to", "for", "in", "on", "and", "or", "is", "are", "how", "what", "who", "where", "do", "does", "i", "we", "my", "our", "with", "by", "can"}
}

// dropFillers leaves out words that say nothing, unless nothing else is there.
// The last one may be the beginning of a word.
func (t *Text) dropFillers() {
	list := fillers()
	kept := slices.DeleteFunc(slices.Clone(t.Terms), func(x Term) bool {
		return !x.Open && len(x.Words) == 1 && slices.Contains(list, x.Words[0])
	})
	if len(kept) > 0 || len(t.Phrases) > 0 {
		t.Terms = kept
	}
}
