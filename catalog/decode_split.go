// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"bytes"
	"fmt"
	"iter"
	"unicode/utf8"
)

// segment is the text of one document, cut out so that an error in it does not
// reach the others.
type segment struct {
	text []byte
	line int // lines of the file before it
	// blank says that there is nothing but comments, directives and space.
	blank bool
	// bad is what is wrong with the bytes themselves, or nil.
	bad *textError
	// separators are stand-ins for characters that YAML 1.2 keeps as text and
	// the parser takes for line ends.
	separators separators
}

// textError is a byte sequence that cannot be in a YAML file.
type textError struct {
	rule, message, remedy string
	line, column          int // within the segment, from 1
}

func (e *textError) Error() string { return e.message }

// splitDocuments cuts content at its document markers. By the rules of YAML a
// line that starts with --- or ... ends whatever came before it, block text and
// open quotes included, so this needs no parsing.
func splitDocuments(content []byte) iter.Seq[segment] {
	return func(yield func(segment) bool) { split(content, yield) }
}

func split(content []byte, yield func(segment) bool) {
	start, startLine, line := 0, 0, 0
	cut := func(end int) bool { return yield(newSegment(content[start:end], startLine)) }
	onlyDirectives := true
	for at := 0; at < len(content); {
		end, next := lineEnd(content, at)
		text := content[at:end]
		if at == 0 {
			text = bytes.TrimPrefix(text, []byte(byteOrderMark))
		}
		switch {
		case isMarker(text, "---"):
			if !onlyDirectives {
				if !cut(at) {
					return
				}
				start, startLine = at, line
			}
			onlyDirectives = false
		case isMarker(text, "..."):
			if !cut(at) {
				return
			}
			start, startLine = next, line+1
			onlyDirectives = true
		case onlyDirectives && !isBlankLine(text):
			onlyDirectives = false
		}
		at = next
		line++
	}
	cut(len(content))
}

// isBlankLine reports whether a line before --- belongs to no document.
func isBlankLine(line []byte) bool {
	t := bytes.TrimLeft(line, " \t")
	return len(t) == 0 || t[0] == '#' || line[0] == '%'
}

func isMarker(line []byte, marker string) bool {
	rest, ok := bytes.CutPrefix(line, []byte(marker))
	return ok && (len(rest) == 0 || rest[0] == ' ' || rest[0] == '\t')
}

// lineEnd returns where the line that starts at at ends, and the next begins.
func lineEnd(b []byte, at int) (end, next int) {
	i := bytes.IndexAny(b[at:], "\r\n")
	if i < 0 {
		return len(b), len(b)
	}
	end = at + i
	if b[end] == '\r' && end+1 < len(b) && b[end+1] == '\n' {
		return end, end + 2
	}
	return end, end + 1
}

const byteOrderMark = "\ufeff"

func newSegment(text []byte, line int) segment {
	s := segment{text: bytes.TrimPrefix(text, []byte(byteOrderMark)), line: line, blank: true}
	if s.bad = checkText(s.text); s.bad != nil {
		s.blank = false
		return s
	}
	if n := len(s.text); n > 0 && s.text[n-1] != '\n' {
		// Block text at the end of a file keeps its line end, as if the file had one.
		s.text = append(s.text[:n:n], '\n')
	}
	s.text = s.directives()
	s.text, s.separators = hideSeparators(s.text)
	return s
}

// directives returns the text with its %YAML line and other directives turned
// into comments of the same length: the parser knows YAML 1.1 only, where we
// mean 1.2 whatever the line says. It also finds out whether the text is blank.
func (s *segment) directives() []byte {
	text, changed := s.text, false
	for at := 0; at < len(s.text); {
		end, next := lineEnd(s.text, at)
		line := s.text[at:end]
		if len(line) > 0 && !isBlankLine(line) {
			if !isMarker(line, "---") {
				s.blank = false
				return s.text // a percent sign that begins no directive is an error
			}
			s.blank = s.restBlank(line[3:], s.text[next:])
			return text
		}
		if len(line) > 0 && line[0] == '%' {
			s.blank = false
			if !bytes.HasPrefix(line, []byte("%TAG")) {
				if !changed {
					text, changed = bytes.Clone(s.text), true
				}
				text[at] = '#'
			}
		}
		at = next
	}
	return s.text
}

// restBlank reports whether nothing follows a --- marker.
func (s *segment) restBlank(onLine, behind []byte) bool {
	if t := bytes.TrimLeft(onLine, " \t"); len(t) > 0 && t[0] != '#' {
		return false
	}
	for at := 0; at < len(behind); {
		end, next := lineEnd(behind, at)
		if t := bytes.TrimLeft(behind[at:end], " \t"); len(t) > 0 && t[0] != '#' {
			return false
		}
		at = next
	}
	return true
}

// checkText finds the first byte that no YAML text may hold.
func checkText(b []byte) *textError {
	line, column := 1, 1
	for i := 0; i < len(b); {
		c := b[i]
		switch {
		case c == '\n' || c == '\r' && (i+1 == len(b) || b[i+1] != '\n'):
			line, column = line+1, 0
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRune(b[i:])
			if r == utf8.RuneError && n == 1 {
				return &textError{
					rule: "yaml-encoding", line: line, column: column,
					message: fmt.Sprintf("the byte 0x%02X is not valid UTF-8", c),
					remedy:  "save the file as UTF-8",
				}
			}
			if !printable(r) {
				return controlError(r, line, column)
			}
			i += n - 1
		case c < ' ' && c != '\t' && c != '\r', c == 0x7F:
			return controlError(rune(c), line, column)
		}
		i++
		column++
	}
	return nil
}

// printable is YAML's set of characters above ASCII.
func printable(r rune) bool {
	return r == 0x85 || r >= 0xA0 && r != 0xFFFE && r != 0xFFFF
}

func controlError(r rune, line, column int) *textError {
	return &textError{
		rule: "yaml-encoding", line: line, column: column,
		message: fmt.Sprintf("the control character U+%04X is not allowed in YAML", r),
		remedy:  `remove it, or write it as "\x` + fmt.Sprintf("%02X", r) + `" in double quotes`,
	}
}

// foreignEncoding recognises files that are not UTF-8 at all.
func foreignEncoding(b []byte) (Problem, bool) {
	if bytes.HasPrefix(b, []byte{0xFE, 0xFF}) || bytes.HasPrefix(b, []byte{0xFF, 0xFE}) {
		return Problem{
			Rule: "yaml-encoding", Line: 1, Column: 1,
			Message: "the file is encoded in UTF-16",
			Remedy:  "save the file as UTF-8",
		}, true
	}
	return Problem{}, false
}

// separators maps stand-ins from the private use area back to the characters
// they stand for. The zero value maps nothing.
type separators struct{ from [3]rune }

var lineSeparators = [3]string{"\u0085", "\u2028", "\u2029"}

// hideSeparators replaces the line separators of YAML 1.1, which 1.2 treats as
// text, by characters that occur nowhere in the text.
func hideSeparators(text []byte) ([]byte, separators) {
	var s separators
	next := rune(0xE000)
	for i, sep := range lineSeparators {
		if !bytes.Contains(text, []byte(sep)) {
			continue
		}
		for bytes.ContainsRune(text, next) && next < 0xF8FF {
			next++
		}
		s.from[i] = next
		text = bytes.ReplaceAll(text, []byte(sep), []byte(string(next)))
		next++
	}
	return text, s
}

// show puts the separators back.
func (s separators) show(text string) string {
	if s == (separators{}) {
		return text
	}
	b := []byte(text)
	for i, r := range s.from {
		if r != 0 {
			b = bytes.ReplaceAll(b, []byte(string(r)), []byte(lineSeparators[i]))
		}
	}
	return string(b)
}
