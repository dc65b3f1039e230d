// SPDX-License-Identifier: Apache-2.0

package graph

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	textSize  = 12.0
	subSize   = 10.5
	labelSize = 10.0
	padding   = 10.0
	iconSpace = 20.0
	minWidth  = 48.0
	// maxTextBytes is more than any box can show.
	maxTextBytes = 1024
)

func (n Node) name() string {
	if n.Label != "" {
		return n.Label
	}
	return n.ID
}

// newBox measures a node.
func newBox(n Node, o Options) Box {
	room := max(o.MaxWidth, 2*minWidth) - 2*padding
	if n.Icon != "" && o.Sprite != "" {
		room -= iconSpace
	}
	weight := 1.0
	if n.Focus {
		weight = 1.08 // it is set in semibold
	}
	b := Box{Node: n, H: 30, lines: []string{fit(n.name(), room/weight, textSize)}}
	w := textWidth(b.lines[0], textSize) * weight
	if n.Sub != "" {
		sub := fit(n.Sub, room, subSize)
		b.lines = append(b.lines, sub)
		w, b.H = max(w, textWidth(sub, subSize)), 42
	}
	b.W = max(minWidth, roundUp(w)+max(o.MaxWidth, 2*minWidth)-room)
	return b
}

// roundUp rounds to an even number, so that middles lie on whole pixels.
func roundUp(w float64) float64 {
	n := int(w)
	if float64(n) < w {
		n++
	}
	return float64(n + n%2)
}

// fit cuts text to a width in px and says so by an ellipsis.
func fit(text string, width, size float64) string {
	if len(text) > maxTextBytes {
		text = text[:maxTextBytes]
	}
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "\uFFFD")), " ")
	if textWidth(text, size) <= width {
		return text
	}
	for len(text) > 0 && textWidth(text+"…", size) > width {
		_, last := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-last]
	}
	return strings.TrimRight(text, " ") + "…"
}

// textWidth returns the width of text in px, in the widest of the faces that
// the pages name: it may be generous, never short.
func textWidth(text string, size float64) float64 {
	w := 0.0
	for _, r := range text {
		w += runeWidth(r)
	}
	return w * size
}

// runeWidth returns the advance of a character in em.
func runeWidth(r rune) float64 {
	switch {
	case strings.ContainsRune("ijlI'|", r):
		return .295
	case strings.ContainsRune(" .,:;!ft()[]/\\-r", r):
		return .4
	case strings.ContainsRune("mwMW%@", r):
		return .985
	case r < utf8.RuneSelf && unicode.IsUpper(r):
		return .75
	case r < utf8.RuneSelf:
		return .64
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Punct):
		return .8
	default:
		return 1.15
	}
}
