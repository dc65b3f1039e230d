// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// piece is a part of a template: a text as it is, or an expression.
type piece struct {
	text   string // literal, or the expression's source
	offset int    // of the expression in the template
	inside bool   // it is an expression
	many   bool   // {{+ }}: slashes stay
	expr   *expression
}

// textTemplate is a text with expressions in double braces.
type textTemplate struct {
	pieces []piece
}

// cutTemplate takes a template apart. Braces and quotes of the expressions may
// stand in any order that CEL allows.
func cutTemplate(text string) (pieces []piece, problem string) {
	at := 0
	for {
		open := strings.Index(text[at:], "{{")
		if open < 0 {
			if at < len(text) {
				pieces = append(pieces, piece{text: text[at:]})
			}
			return pieces, ""
		}
		if open > 0 {
			pieces = append(pieces, piece{text: text[at : at+open]})
		}
		start := at + open + 2
		end := closing(text[start:])
		if end < 0 {
			return nil, "opens {{ and does not close it with }}"
		}
		p := piece{text: text[start : start+end], offset: start, inside: true}
		if rest, ok := strings.CutPrefix(p.text, "+"); ok {
			p.text, p.offset, p.many = rest, start+1, true
		}
		lead := len(p.text) - len(strings.TrimLeft(p.text, " \n\t"))
		p.text, p.offset = strings.TrimSpace(p.text), p.offset+lead
		if p.text == "" {
			return nil, "has {{ }} with nothing in it"
		}
		pieces = append(pieces, p)
		at = start + end + 2
	}
}

// closing returns where the }} of an expression begins, or -1.
func closing(s string) int {
	depth, quote := 0, byte(0)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0 && c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '{':
			depth++
		case c == '}' && depth > 0:
			depth--
		case c == '}' && i+1 < len(s) && s[i+1] == '}':
			return i
		}
	}
	return -1
}

// maxValue bounds the text of one expression in a template.
const maxValue = 4 << 10

// value evaluates a piece. Null is empty.
func (p piece) value(ctx context.Context, vars map[string]any) (string, error) {
	if !p.inside {
		return p.text, nil
	}
	v, err := p.expr.eval(ctx, vars)
	if err != nil {
		return "", err
	}
	return p.textOf(v)
}

// textOf returns a value as it is sent; null is empty.
func (p piece) textOf(v ref.Val) (string, error) {
	var text string
	switch v := v.(type) {
	case types.Null:
	case types.String:
		text = string(v)
	case types.Int:
		text = strconv.FormatInt(int64(v), 10)
	case types.Uint:
		text = strconv.FormatUint(uint64(v), 10)
	case types.Double:
		text = strconv.FormatFloat(float64(v), 'f', -1, 64)
	case types.Bool:
		text = strconv.FormatBool(bool(v))
	default:
		return "", p.refuse("is a " + v.Type().TypeName() + ", which is no text")
	}
	switch {
	case len(text) > maxValue:
		return "", p.refuse(fmt.Sprintf("is longer than %d bytes", maxValue))
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return "", p.refuse("has characters that are no text, such as the end of a line")
	}
	return text, nil
}

// valueError is a value that cannot be put where it should go.
type valueError struct {
	place  place
	source string
	reason string
}

// Error says which value, where, and why not.
func (e *valueError) Error() string {
	return fmt.Sprintf("%s: the value of %s %s", e.place, e.source, e.reason)
}

func (p piece) refuse(reason string) error {
	e := &valueError{source: p.text, reason: reason}
	if p.expr != nil {
		e.place = p.expr.at
	}
	return e
}

// expand puts the template together as it is, for where nothing is escaped.
func (t *textTemplate) expand(ctx context.Context, vars map[string]any) (string, error) {
	if t == nil {
		return "", nil
	}
	var b strings.Builder
	for _, p := range t.pieces {
		text, err := p.value(ctx, vars)
		if err != nil {
			return "", err
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

// single returns the one expression that the template is, or nil.
func (t *textTemplate) single() *expression {
	if len(t.pieces) == 1 && t.pieces[0].inside {
		return t.pieces[0].expr
	}
	return nil
}
