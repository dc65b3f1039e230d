// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/callboard/callboard"
)

// jsonWriter writes JSON without reflection: entities are written on every
// ingest and every read that changes them. The first error stays.
type jsonWriter struct {
	buf []byte
	err error
}

func (w *jsonWriter) open(c byte) { w.buf = append(w.buf, c) }

func (w *jsonWriter) close(c byte) { w.buf = append(w.buf, c) }

// comma separates a value from the one before it in the same container.
func (w *jsonWriter) comma() {
	if n := len(w.buf); n > 0 && w.buf[n-1] != '{' && w.buf[n-1] != '[' {
		w.buf = append(w.buf, ',')
	}
}

func (w *jsonWriter) field(name string) *jsonWriter {
	w.comma()
	w.str(name)
	w.buf = append(w.buf, ':')
	return w
}

func (w *jsonWriter) text(name, value string) {
	if value != "" {
		w.field(name).str(value)
	}
}

func (w *jsonWriter) str(s string) { w.buf = appendJSONString(w.buf, s) }

func (w *jsonWriter) value(v any) {
	switch t := v.(type) {
	case nil:
		w.buf = append(w.buf, "null"...)
	case string:
		w.str(t)
	case bool:
		w.buf = strconv.AppendBool(w.buf, t)
	case int64:
		w.buf = strconv.AppendInt(w.buf, t, 10)
	case float64:
		w.float(t)
	case []any:
		w.open('[')
		for _, x := range t {
			w.comma()
			w.value(x)
		}
		w.close(']')
	case map[string]any:
		w.open('{')
		for _, k := range slices.Sorted(maps.Keys(t)) {
			w.field(k).value(t[k])
		}
		w.close('}')
	default:
		w.other(v)
	}
}

// other writes values that a provider put in as Go types of its own.
func (w *jsonWriter) other(v any) {
	b, err := json.Marshal(v)
	if err != nil {
		w.err = errors.Join(w.err, noJSON(v, err))
		return
	}
	w.buf = append(w.buf, b...)
}

func (w *jsonWriter) float(f float64) {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		w.err = errors.Join(w.err, noJSON(f, nil))
		return
	}
	w.buf = appendNumber(w.buf, f)
}

func (w *jsonWriter) strings(name string, m map[string]string) {
	if m == nil {
		return
	}
	w.field(name).open('{')
	for _, k := range slices.Sorted(maps.Keys(m)) {
		w.field(k).str(m[k])
	}
	w.close('}')
}

func (w *jsonWriter) metadata(m *Metadata) {
	w.open('{')
	w.text("name", m.Name)
	w.text("namespace", m.Namespace)
	w.text("uid", m.UID)
	w.text("etag", m.ETag)
	w.text("title", m.Title)
	w.text("description", m.Description)
	w.strings("labels", m.Labels)
	w.strings("annotations", m.Annotations)
	if m.Tags != nil {
		w.field("tags").open('[')
		for _, t := range m.Tags {
			w.comma()
			w.str(t)
		}
		w.close(']')
	}
	if m.Links != nil {
		w.field("links").open('[')
		for _, l := range m.Links {
			w.comma()
			w.link(l)
		}
		w.close(']')
	}
	for _, k := range slices.Sorted(maps.Keys(m.Extra)) {
		if !m.names(k) {
			w.field(k).value(m.Extra[k])
		}
	}
	w.close('}')
}

func (w *jsonWriter) link(l Link) {
	w.open('{')
	w.field("url").str(l.URL)
	w.text("title", l.Title)
	w.text("icon", l.Icon)
	w.text("type", l.Type)
	w.close('}')
}

func (w *jsonWriter) relations(rs []Relation) {
	w.open('[')
	for _, r := range rs {
		w.comma()
		w.open('{')
		w.field("type").str(r.Type)
		w.field("targetRef").str(r.Target.String())
		w.close('}')
	}
	w.close(']')
}

// appendJSONString appends s as a JSON string. Invalid UTF-8 becomes U+FFFD,
// and the two separators that JavaScript once took for line ends are escaped.
func appendJSONString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			switch {
			case r == utf8.RuneError && n == 1:
				b = append(append(b, s[start:i]...), `\ufffd`...)
				start = i + n
			case r == '\u2028' || r == '\u2029':
				b = append(append(b, s[start:i]...), '\\', 'u', '2', '0', '2', hex[r&0xF])
				start = i + n
			}
			i += n
			continue
		}
		b = append(b, s[start:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xF])
		}
		i++
		start = i
	}
	return append(append(b, s[start:]...), '"')
}

// appendNumber appends f in JavaScript's form, which is also JSON's: plain
// digits from 1e-6 up to 1e21, else an exponent without padding.
func appendNumber(b []byte, f float64) []byte {
	abs := math.Abs(f)
	if abs == 0 || (abs >= 1e-6 && abs < 1e21) {
		return strconv.AppendFloat(b, f, 'f', -1, 64)
	}
	start := len(b)
	b = strconv.AppendFloat(b, f, 'e', -1, 64)
	// Go pads exponents to two digits (1e-07), JavaScript does not.
	if n := len(b); n-start >= 4 && b[n-2] == '0' && (b[n-3] == '-' || b[n-3] == '+') {
		b[n-2] = b[n-1]
		b = b[:n-1]
	}
	return b
}

// jsonNumber reads a JSON number: int64 where it is whole, else float64.
func jsonNumber(s string) (any, error) {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return i, nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return nil, &callboard.Error{Code: callboard.CodeInvalid, Message: "number " + quote(s) + " is out of range"}
	}
	return wholeNumber(f), nil
}

// wholeNumber returns f as an int64 if it is one that a float64 holds exactly.
func wholeNumber(f float64) any {
	const exact = 1 << 53
	if f == math.Trunc(f) && math.Abs(f) <= exact {
		return int64(f)
	}
	return f
}

func noJSON(v any, cause error) error {
	return &callboard.Error{Code: callboard.CodeInvalid, Message: fmt.Sprintf("a value of type %T has no JSON form", v), Err: cause}
}
