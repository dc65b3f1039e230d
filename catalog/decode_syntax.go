// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

// syntaxProblem reports why the text of a document could not be read.
func (doc *Document) syntaxProblem(s segment, err error, maxDepth int) {
	p := Problem{Severity: SeverityError, Rule: "yaml-syntax", Line: s.line + 1, Column: 1}
	var text *textError
	var load *yaml.LoadError
	switch {
	case errors.As(err, &text):
		p.Rule, p.Message, p.Remedy = text.rule, text.message, text.remedy
		p.Line, p.Column = s.line+text.line, text.column
	case errors.As(err, &load):
		mark := load.Mark
		if beyond := mark.Line > bytes.Count(s.text, []byte("\n")); mark.Line == 0 || beyond && load.ContextMark.Line > 0 {
			mark = load.ContextMark // where the open quote begins says more than the end of the file
		}
		if mark.Line > 0 {
			p.Line, p.Column = s.line+mark.Line, max(mark.Column, 1)
		}
		p.Message, p.Remedy = syntaxWords(load, s, p.Line-s.line)
		if open := load.ContextMark; open.Line > 0 && open.Line != mark.Line {
			p.Message += fmt.Sprintf("; what is wrong may begin on line %d, column %d", s.line+open.Line, open.Column)
		}
	default:
		p.Message = "the YAML cannot be read: " + err.Error()
	}
	if load != nil && load.Message == errTooDeep.Error() { // the parser keeps only the text of the error
		p.Rule = "yaml-depth"
		p.Message = fmt.Sprintf("values nest deeper than %d levels", maxDepth)
		p.Remedy = "flatten the document"
	}
	doc.Problems = append(doc.Problems, p)
}

// syntaxWords explains the commonest mistakes better than a parser can.
func syntaxWords(err *yaml.LoadError, s segment, line int) (message, remedy string) {
	text := nthLine(s.text, line)
	trimmed := strings.TrimLeft(text, " \t")
	message = strings.TrimPrefix(err.Message, "yaml: ")
	switch {
	case strings.HasPrefix(text, "\t") || strings.Contains(text[:len(text)-len(trimmed)], "\t"):
		return "a tab is used to indent", "indent with spaces; YAML does not allow tabs there"
	case strings.Contains(message, "cannot start any token"):
		_, value, _ := strings.Cut(trimmed, ": ")
		if value == "" {
			value = strings.TrimPrefix(trimmed, "- ")
		}
		if strings.HasPrefix(value, "{%") || strings.HasPrefix(value, "%") || strings.Contains(text, "{%") {
			return "a value starts with %, which YAML keeps for itself",
				"this looks like an unfilled template; leave template skeletons out of the catalog's locations"
		}
		return "a value starts with a character that YAML keeps for itself", "put the value in quotes"
	case strings.Contains(text, "{{"):
		return message, "put text with {{ }} in quotes; leave template skeletons out of the catalog's locations"
	}
	for _, w := range parserWords() {
		if strings.Contains(message, w.parser) {
			return w.message, w.remedy
		}
	}
	return message, "check the indentation and the punctuation around this place"
}

// parserWords are the parser's messages and what they mean to an author.
func parserWords() [14]struct{ parser, message, remedy string } {
	return [...]struct{ parser, message, remedy string }{
		{"mapping values are not allowed", `there is a second ": " in a value, or the line is indented too far`,
			`put a value that contains ": " in quotes, and align the keys of one object`},
		{"unknown anchor", "an alias (*) names an anchor (&) that is not defined before it", "define the anchor first, in the same document; put text that starts with * in quotes"},
		{"unexpected end of stream", "a quote is not closed", "close the quote"},
		{"unexpected document indicator", "a quote is not closed", "close the quote"},
		{"expected node content", "a value is missing here, or a bracket before it is not closed", "write the value, or close the bracket; put text that starts with [ or { in quotes"},
		{"',' or ']'", "a list in brackets is not closed", "separate its items by commas and close it with ]; put text that starts with [ in quotes"},
		{"',' or '}'", "an object in braces is not closed", "separate its fields by commas and close it with }; put text that starts with { in quotes"},
		{"expected '-' indicator", "a line does not belong to the list around it", "indent it like the other items, and start it with a dash"},
		{"expected key", "a line does not belong to the object around it", "indent it like the keys above"},
		{"unknown escape", "a backslash in double quotes begins no escape that YAML knows", `write \\ for a backslash, or use single quotes`},
		{"block sequence entries", "a list begins on the line of its key", "begin the list on the next line; put text that starts with a dash and a space in quotes"},
		{"directive name", "a line starts with %, which YAML keeps for itself", "put the text in quotes, or indent it"},
		{"alphabetic or numeric", "a name is missing behind * or &", "put text that starts with * or & in quotes"},
		{"expected ':'", "a line is neither a key with a colon nor part of the value above it", "write key: value, or indent text that continues a value"},
	}
}

func nthLine(text []byte, n int) string {
	for at, line := 0, 1; at < len(text); line++ {
		end, next := lineEnd(text, at)
		if line == n {
			return string(bytes.ToValidUTF8(text[at:end], nil))
		}
		at = next
	}
	return ""
}
