// SPDX-License-Identifier: Apache-2.0

package httpx

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"

	"github.com/callboard/callboard"
)

// MaxJSONBytes is the size up to which [DecodeJSON] reads a body.
const MaxJSONBytes = 8 << 20

// DecodeJSON reads the request's body, one JSON value and nothing after it,
// into v. A body that is too large, is not JSON, does not fit v or has a field
// that v does not know is an error with a code, and its message says where and
// what was expected.
func DecodeJSON(r *http.Request, v any) error {
	return decodeJSON(r, v, (*json.Decoder).DisallowUnknownFields)
}

// DecodeJSONLenient is [DecodeJSON] for bodies that may have fields v does not
// know, as those of clients newer than this server do.
func DecodeJSONLenient(r *http.Request, v any) error {
	return decodeJSON(r, v, func(*json.Decoder) {})
}

func decodeJSON(r *http.Request, v any, configure func(*json.Decoder)) error {
	if err := checkJSONType(r); err != nil {
		return err
	}
	data, err := readBody(r)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return invalid(nil, "the request body is empty; expected JSON")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	configure(dec)
	if err := dec.Decode(v); err != nil {
		return jsonError(data, err)
	}
	if rest := bytes.TrimLeft(data[dec.InputOffset():], " \t\r\n"); len(rest) > 0 {
		end := len(data) - len(rest)
		return invalid(nil, "the request body goes on after its JSON value at %s; expected one value", position(data, end))
	}
	return nil
}

func checkJSONType(r *http.Request) error {
	ct := r.Header.Get("Content-Type")
	if ct == "" {
		return nil
	}
	media, _, err := mime.ParseMediaType(ct)
	if err == nil && (media == "application/json" || strings.HasSuffix(media, "+json")) {
		return nil
	}
	return WithStatus(invalid(nil, "the request body is %q; expected application/json", ct), http.StatusUnsupportedMediaType)
}

func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, MaxJSONBytes+1))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, tooLarge(large)
	case err != nil:
		return nil, invalid(err, "the request body could not be read to its end")
	case len(data) > MaxJSONBytes:
		return nil, tooLarge(&http.MaxBytesError{Limit: MaxJSONBytes})
	}
	return data, nil
}

func invalid(cause error, format string, args ...any) error {
	return &callboard.Error{Code: callboard.CodeInvalid, Message: fmt.Sprintf(format, args...), Err: cause}
}

// jsonError says where in data decoding stopped and why.
func jsonError(data []byte, err error) error {
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	var target *json.InvalidUnmarshalError
	switch {
	case errors.As(err, &target):
		return fmt.Errorf("httpx: decode request: %w", err)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return invalid(err, "the request body ends in the middle of JSON at %s", position(data, len(data)))
	case errors.As(err, &syntax):
		reason := strings.TrimPrefix(syntax.Error(), "json: ")
		return invalid(err, "the request body is not JSON at %s: %s", position(data, int(syntax.Offset)-1), reason)
	case errors.As(err, &mismatch):
		return invalid(err, "%s at %s is a %s; expected %s", fieldName(mismatch.Field),
			position(data, int(mismatch.Offset)-1), mismatch.Value, jsonKind(mismatch.Type))
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return invalid(err, "the field %s%s is unknown", name, unknownAt(data, name))
	}
	// What is left comes from a type's own UnmarshalJSON.
	return invalid(err, "the request body does not fit: %s", strings.TrimPrefix(err.Error(), "json: "))
}

func fieldName(field string) string {
	if field == "" {
		return "the value"
	}
	return "the field " + field
}

// jsonKind names what a Go type reads, in JSON's words.
func jsonKind(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return jsonKind(t.Elem())
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a string"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Float32, reflect.Float64:
		return "a number"
	default:
		return "a whole number"
	}
}

// position gives an offset as line:column, both from 1, the column in bytes.
func position(data []byte, offset int) string {
	before := data[:min(max(offset, 0), len(data))]
	line := 1 + bytes.Count(before, []byte("\n"))
	return fmt.Sprintf("%d:%d", line, len(before)-bytes.LastIndexByte(before, '\n'))
}

// unknownAt finds the key, quoted as Go quotes it, which the decoder rejects
// without saying where. If the name stands in several places, any could be
// meant, and it says nothing.
func unknownAt(data []byte, quoted string) string {
	dec := json.NewDecoder(bytes.NewReader(data))
	found := -1
	for {
		before := int(dec.InputOffset())
		tok, err := dec.Token()
		if err != nil {
			break
		}
		s, ok := tok.(string)
		if !ok || fmt.Sprintf("%q", s) != quoted || !isKey(data, int(dec.InputOffset())) {
			continue
		}
		if found >= 0 {
			return ""
		}
		found = before + len(data[before:]) - len(bytes.TrimLeft(data[before:], " \t\r\n,"))
	}
	if found < 0 {
		return ""
	}
	return " at " + position(data, found)
}

func isKey(data []byte, end int) bool {
	return bytes.HasPrefix(bytes.TrimLeft(data[end:], " \t\r\n"), []byte(":"))
}
