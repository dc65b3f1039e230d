// SPDX-License-Identifier: Apache-2.0

package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Part is a piece of a text, and whether it is what was looked for. Texts are
// plain: whoever writes them on a page escapes them.
type Part struct {
	Text string
	Mark bool
}

const (
	// snippetLetters is how long a snippet is, snippetRead how much of a text
	// is looked through for one, in bytes.
	snippetLetters = 220
	snippetRead    = 16 << 10
)

// span is a word's place in a text.
type span struct {
	from, to int
	mark     bool
}

// marks finds the words of a text, and which of them were looked for.
func (a *asked) marks(text string) []span {
	wanted := a.wanted()
	var spans []span
	from := -1
	end := func(to int) {
		if from < 0 {
			return
		}
		spans = append(spans, span{from, to, a.isWanted(wanted, text[from:to])})
		from = -1
	}
	for i, r := range text {
		switch {
		case isWordRune(r) && from < 0:
			from = i
		case !isWordRune(r):
			end(i)
		}
	}
	end(len(text))
	return spans
}

func (a *asked) isWanted(wanted [][]string, run string) bool {
	for _, w := range Words(run) {
		s := Stem(w)
		for _, stems := range wanted {
			if slices.Contains(stems, s) {
				return true
			}
		}
		if n := len(a.terms); n > 0 && a.terms[n-1].term.Open {
			words := a.terms[n-1].term.Words
			if last := words[len(words)-1]; len(last) > 1 && strings.HasPrefix(w, last) {
				return true
			}
		}
	}
	return false
}

// mark cuts a text where what was looked for begins and ends.
func (a *asked) mark(text string) []Part {
	return cut(text, a.marks(text))
}

func cut(text string, spans []span) []Part {
	var parts []Part
	at := 0
	for _, s := range spans {
		if !s.mark {
			continue
		}
		if s.from > at {
			parts = append(parts, Part{Text: text[at:s.from]})
		}
		parts = append(parts, Part{Text: text[s.from:s.to], Mark: true})
		at = s.to
	}
	if at < len(text) {
		parts = append(parts, Part{Text: text[at:]})
	}
	return parts
}

// snippet returns the part of a text that has most of what was looked for, or
// its beginning.
func (a *asked) snippet(text string) []Part {
	text = strings.Join(strings.FieldsFunc(plain(text, snippetRead), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	spans := a.marks(text)
	from := bestWindow(spans)
	to := min(len(text), from+snippetLetters)
	for to < len(text) && !utf8.RuneStart(text[to]) {
		to++
	}
	if to < len(text) { // end with a word
		if space := strings.LastIndexByte(text[from:to], ' '); space > snippetLetters/2 {
			to = from + space
		}
	}
	var inside []span
	for _, s := range spans {
		if s.from >= from && s.to <= to {
			inside = append(inside, span{s.from - from, s.to - from, s.mark})
		}
	}
	parts := cut(text[from:to], inside)
	if from > 0 {
		parts = append([]Part{{Text: "… "}}, parts...)
	}
	if to < len(text) {
		parts = append(parts, Part{Text: " …"})
	}
	return parts
}

// bestWindow returns where the piece of a text begins that has the most marks:
// some words before the first of them.
func bestWindow(spans []span) int {
	best, most := 0, 0
	for i, s := range spans {
		if !s.mark {
			continue
		}
		n := 0
		for _, o := range spans[i:] {
			if o.to > s.from+snippetLetters-40 {
				break
			}
			if o.mark {
				n++
			}
		}
		if n > most {
			most = n
			best = spans[max(0, i-4)].from
			if s.from < snippetLetters/2 {
				best = 0
			}
		}
	}
	return best
}
