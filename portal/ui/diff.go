// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"fmt"
	"slices"
	"strings"
)

// The kinds of [DiffLine].
const (
	DiffSame = ""
	DiffAdd  = "add"
	DiffDel  = "del"
)

// Diff is the change of one text. Template "ui/diff".
type Diff struct {
	Title          string
	Hunks          []DiffHunk
	Added, Removed int
}

// DiffHunk is a run of lines around a change.
type DiffHunk struct {
	// Header says where, such as "@@ -3,7 +3,8 @@".
	Header string
	Lines  []DiffLine
}

// DiffLine is a line with its numbers before and after; 0 is none.
type DiffLine struct {
	Kind     string
	Old, New int
	Text     string
}

// Sign returns the mark at the line's start.
func (l DiffLine) Sign() string {
	switch l.Kind {
	case DiffAdd:
		return "+"
	case DiffDel:
		return "−"
	default:
		return " "
	}
}

// maxDiffLines bounds the work of [NewDiff], which grows with the product of
// both texts in the worst case; longer ones are shown as replaced.
const maxDiffLines = 3000

// NewDiff compares two texts line by line and keeps context lines around each
// change.
func NewDiff(title, before, after string, context int) Diff {
	lines := diffLines(splitLines(before), splitLines(after))
	d := Diff{Title: title}
	for _, l := range lines {
		switch l.Kind {
		case DiffAdd:
			d.Added++
		case DiffDel:
			d.Removed++
		}
	}
	d.Hunks = hunks(lines, max(context, 0))
	return d
}

func splitLines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// diffLines returns all lines of both texts, in order, each with its kind.
func diffLines(a, b []string) []DiffLine {
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var out []DiffLine
	for i := range head {
		out = append(out, DiffLine{Old: i + 1, New: i + 1, Text: a[i]})
	}
	out = append(out, middle(a[head:len(a)-tail], b[head:len(b)-tail], head)...)
	for i := range tail {
		o, n := len(a)-tail+i, len(b)-tail+i
		out = append(out, DiffLine{Old: o + 1, New: n + 1, Text: a[o]})
	}
	return out
}

// middle compares what lies between the common start and end: by the longest
// common subsequence, or as replaced where that would cost too much.
func middle(a, b []string, offset int) []DiffLine {
	var out []DiffLine
	i, j := 0, 0
	del := func() {
		out = append(out, DiffLine{Kind: DiffDel, Old: offset + i + 1, Text: a[i]})
		i++
	}
	add := func() {
		out = append(out, DiffLine{Kind: DiffAdd, New: offset + j + 1, Text: b[j]})
		j++
	}
	if len(a) <= maxDiffLines && len(b) <= maxDiffLines {
		length := commonLengths(a, b)
		for i < len(a) && j < len(b) {
			switch {
			case a[i] == b[j]:
				out = append(out, DiffLine{Old: offset + i + 1, New: offset + j + 1, Text: a[i]})
				i++
				j++
			case length[i+1][j] >= length[i][j+1]:
				del()
			default:
				add()
			}
		}
	}
	for i < len(a) {
		del()
	}
	for j < len(b) {
		add()
	}
	return out
}

// commonLengths returns, for each pair of suffixes, how many lines they share.
func commonLengths(a, b []string) [][]uint16 {
	length := make([][]uint16, len(a)+1)
	for i := range length {
		length[i] = make([]uint16, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	return length
}

// hunks cuts away what lies further than context lines from a change.
func hunks(lines []DiffLine, context int) []DiffHunk {
	var out []DiffHunk
	end := 0
	for i := 0; i < len(lines); i++ {
		if lines[i].Kind == DiffSame {
			continue
		}
		from, to := max(i-context, end), i+1
		for k := to; k < len(lines) && k <= to+2*context; k++ {
			if lines[k].Kind != DiffSame {
				to = k + 1
			}
		}
		stop := min(to+context, len(lines))
		out = append(out, newHunk(slices.Clone(lines[from:stop])))
		end, i = stop, stop-1
	}
	return out
}

func newHunk(lines []DiffLine) DiffHunk {
	var oldFrom, oldCount, newFrom, newCount int
	for _, l := range lines {
		if l.Old > 0 {
			oldCount++
			if oldFrom == 0 {
				oldFrom = l.Old
			}
		}
		if l.New > 0 {
			newCount++
			if newFrom == 0 {
				newFrom = l.New
			}
		}
	}
	return DiffHunk{Header: fmt.Sprintf("@@ -%d,%d +%d,%d @@", oldFrom, oldCount, newFrom, newCount), Lines: lines}
}
