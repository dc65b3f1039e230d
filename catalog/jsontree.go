// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/callboard/callboard"
)

// jsonTree decodes JSON into the value types of [Entity.Spec]. The standard
// library checks that it is JSON; reading what was checked takes a third of the
// time that the library's own decoding does, and every entity is read so.
func jsonTree(b []byte) (any, error) {
	if !json.Valid(b) {
		return nil, notJSON(b)
	}
	t := treeReader{rest: b}
	v := t.value()
	return v, t.err
}

// notJSON says where b is no JSON.
func notJSON(b []byte) error {
	var v any
	return &callboard.Error{Code: callboard.CodeInvalid, Message: "not valid JSON", Err: json.Unmarshal(b, &v)}
}

// treeReader reads JSON that is known to be valid.
type treeReader struct {
	rest []byte
	err  error // the first
}

// next skips blanks and returns the first byte of what follows.
func (t *treeReader) next() byte {
	i := 0
	for t.rest[i] == ' ' || t.rest[i] == '\n' || t.rest[i] == '\t' || t.rest[i] == '\r' {
		i++
	}
	t.rest = t.rest[i:]
	return t.rest[0]
}

func (t *treeReader) value() any {
	switch c := t.next(); c {
	case '{':
		return t.object()
	case '[':
		return t.array()
	case '"':
		return t.text()
	case 't', 'n':
		t.rest = t.rest[len("true"):]
		if c == 't' {
			return true
		}
		return nil
	case 'f':
		t.rest = t.rest[len("false"):]
		return false
	}
	return t.number()
}

func (t *treeReader) object() map[string]any {
	m := make(map[string]any)
	for t.rest = t.rest[1:]; t.next() != '}'; t.comma() {
		key := t.text()
		t.next() // the colon
		t.rest = t.rest[1:]
		m[key] = t.value()
	}
	t.rest = t.rest[1:]
	return m
}

func (t *treeReader) array() []any {
	list := []any{}
	for t.rest = t.rest[1:]; t.next() != ']'; t.comma() {
		list = append(list, t.value())
	}
	t.rest = t.rest[1:]
	return list
}

func (t *treeReader) comma() {
	if t.next() == ',' {
		t.rest = t.rest[1:]
	}
}

func (t *treeReader) text() string {
	inner := t.rest[1:]
	end := bytes.IndexByte(inner, '"')
	plain := inner[:end]
	if bytes.IndexByte(plain, '\\') < 0 && utf8.Valid(plain) {
		t.rest = inner[end+1:]
		return string(plain)
	}
	return t.escapedText()
}

// escapedText leaves escapes, and bytes that are no text, to the standard library.
func (t *treeReader) escapedText() (s string) {
	end := 1
	for ; t.rest[end] != '"'; end++ {
		if t.rest[end] == '\\' {
			end++
		}
	}
	if err := json.Unmarshal(t.rest[:end+1], &s); err != nil && t.err == nil {
		t.err = err
	}
	t.rest = t.rest[end+1:]
	return s
}

func (t *treeReader) number() any {
	end := 0
	for end < len(t.rest) && bytes.IndexByte([]byte("+-.0123456789eE"), t.rest[end]) >= 0 {
		end++
	}
	v, err := jsonNumber(string(t.rest[:end]))
	if err != nil && t.err == nil {
		t.err = err
	}
	t.rest = t.rest[end:]
	return v
}
