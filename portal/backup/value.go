// SPDX-License-Identifier: Apache-2.0

package backup

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// marked is a value that JSON has no type for.
type marked struct {
	// Bytes is base64.
	Bytes *string `json:"bytes,omitempty"`
	// Text is base64 of text that is not valid UTF-8.
	Text *string `json:"text,omitempty"`
	// Float is a number that is not finite: NaN, +Inf or -Inf.
	Float *string `json:"float,omitempty"`
}

// encodeRow writes the values as one line. Integers are JSON numbers without,
// floats with a point or an exponent.
func encodeRow(values []any) ([]byte, error) {
	line := []byte{'['}
	for n, v := range values {
		if n > 0 {
			line = append(line, ',')
		}
		text, err := encodeValue(v)
		if err != nil {
			return nil, err
		}
		line = append(line, text...)
	}
	return append(line, ']', '\n'), nil
}

func encodeValue(v any) ([]byte, error) {
	switch x := v.(type) {
	case nil:
		return []byte("null"), nil
	case int64:
		return strconv.AppendInt(nil, x, 10), nil
	case int32:
		return strconv.AppendInt(nil, int64(x), 10), nil
	case int16:
		return strconv.AppendInt(nil, int64(x), 10), nil
	case bool:
		return strconv.AppendBool(nil, x), nil
	case float64:
		return encodeFloat(x)
	case string:
		if !utf8.ValidString(x) {
			return json.Marshal(marked{Text: encoded([]byte(x))})
		}
		return encodeText(x)
	case []byte:
		return json.Marshal(marked{Bytes: encoded(x)})
	case time.Time:
		return encodeText(x.UTC().Format(time.RFC3339Nano))
	default:
		return nil, fmt.Errorf("a value of type %T has no form in a backup", v)
	}
}

func encodeText(s string) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(s)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

func encodeFloat(x float64) ([]byte, error) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		text := strconv.FormatFloat(x, 'g', -1, 64)
		return json.Marshal(marked{Float: &text})
	}
	text := strconv.AppendFloat(nil, x, 'g', -1, 64)
	if !bytes.ContainsAny(text, ".e") {
		text = append(text, ".0"...)
	}
	return text, nil
}

func encoded(b []byte) *string {
	text := base64.StdEncoding.EncodeToString(b)
	return &text
}

// decodeRow reads a line of n values.
func decodeRow(line []byte, n int) ([]any, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(line, &raw); err != nil {
		return nil, err
	}
	if len(raw) != n {
		return nil, fmt.Errorf("a row has %d values, not %d", len(raw), n)
	}
	values := make([]any, n)
	for i, text := range raw {
		v, err := decodeValue(text)
		if err != nil {
			return nil, err
		}
		values[i] = v
	}
	return values, nil
}

func decodeValue(text json.RawMessage) (any, error) {
	switch text[0] {
	case 'n':
		return nil, nil
	case 't', 'f':
		return text[0] == 't', nil
	case '"':
		var s string
		err := json.Unmarshal(text, &s)
		return s, err
	case '{':
		return decodeMarked(text)
	case '[':
		return nil, fmt.Errorf("a value is a list")
	}
	number := string(text)
	if strings.ContainsAny(number, ".eE") {
		return strconv.ParseFloat(number, 64)
	}
	return strconv.ParseInt(number, 10, 64)
}

func decodeMarked(text []byte) (any, error) {
	var m marked
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		return nil, err
	}
	switch {
	case m.Bytes != nil:
		return base64.StdEncoding.DecodeString(*m.Bytes)
	case m.Text != nil:
		b, err := base64.StdEncoding.DecodeString(*m.Text)
		return string(b), err
	case m.Float != nil:
		return strconv.ParseFloat(*m.Float, 64)
	default:
		return nil, fmt.Errorf("a value is an empty object")
	}
}
