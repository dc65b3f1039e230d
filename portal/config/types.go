// SPDX-License-Identifier: Apache-2.0

package config

import (
	"encoding"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Types that are one value although their kind says otherwise.
var (
	durationType = reflect.TypeFor[time.Duration]()
	urlType      = reflect.TypeFor[url.URL]()
	secretType   = reflect.TypeFor[Secret]()
	sizeType     = reflect.TypeFor[Size]()
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

func isSecret(t reflect.Type) bool {
	return t == secretType || t.Kind() == reflect.Pointer && t.Elem() == secretType
}

// isScalar reports whether a value of t is written as one YAML scalar.
func isScalar(t reflect.Type) bool {
	if t == durationType || t == urlType || reflect.PointerTo(t).Implements(textType) {
		return true
	}
	switch t.Kind() {
	case reflect.Bool, reflect.String, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return true
	}
	return false
}

// isLeaf reports whether a variable or flag can set a value of t: a scalar, a
// list of them, or a pointer to one.
func isLeaf(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return isScalar(t) || t.Kind() == reflect.Slice && isScalar(t.Elem())
}

// hasStruct reports whether t leads to a struct, whose keys are known.
func hasStruct(t reflect.Type) bool {
	for !isScalar(t) {
		switch t.Kind() {
		case reflect.Struct:
			return true
		case reflect.Pointer, reflect.Slice, reflect.Map:
			t = t.Elem()
		default:
			return false
		}
	}
	return false
}

// expected says what a scalar of type t looks like.
func expected(t reflect.Type) string {
	switch t {
	case durationType:
		return "a duration, such as 30s or 5m"
	case urlType:
		return "a URL, such as https://example.com/path"
	case sizeType:
		return "a size, such as 64 KB or 10 MB"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "a whole number"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number, 0 or more"
	}
	return "a text"
}

// setScalar reads text into v. It returns what was expected instead, or "".
func setScalar(v reflect.Value, text string) string {
	wanted := "expected " + expected(v.Type())
	switch {
	case v.Type() == durationType:
		dur, err := time.ParseDuration(text)
		if err != nil {
			return wanted
		}
		v.SetInt(int64(dur))
		return ""
	case v.Type() == urlType:
		u, err := url.Parse(text)
		if err != nil || u.Scheme == "" || u.Host == "" {
			return wanted
		}
		v.Set(reflect.ValueOf(*u))
		return ""
	case v.Addr().Type().Implements(textType):
		if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)); err != nil {
			return err.Error()
		}
		return ""
	}
	if !setKind(v, text) {
		return wanted
	}
	return ""
}

func setKind(v reflect.Value, text string) bool {
	var err error
	switch v.Kind() {
	case reflect.Bool:
		if text != "true" && text != "false" {
			return false
		}
		v.SetBool(text == "true")
	case reflect.String:
		v.SetString(text)
	case reflect.Float32, reflect.Float64:
		var f float64
		f, err = strconv.ParseFloat(text, v.Type().Bits())
		v.SetFloat(f)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		var i int64
		i, err = strconv.ParseInt(plainInt(text), 10, v.Type().Bits())
		v.SetInt(i)
	default:
		var u uint64
		u, err = strconv.ParseUint(plainInt(text), 10, v.Type().Bits())
		v.SetUint(u)
	}
	return err == nil
}

// plainInt drops the underscores that may group digits.
func plainInt(text string) string {
	if strings.HasPrefix(text, "_") || strings.HasSuffix(text, "_") {
		return text
	}
	return strings.ReplaceAll(text, "_", "")
}

// structField is a field as a key.
type structField struct {
	key   string
	index []int
	typ   reflect.Type
}

// structFields lists the keys of a struct, those of inlined structs included.
func structFields(t reflect.Type) []structField {
	var out []structField
	for i := range t.NumField() {
		f := t.Field(i)
		key, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if key == "-" || !f.IsExported() {
			continue
		}
		if inlined(f, key, options) {
			for _, inner := range structFields(f.Type) {
				inner.index = append([]int{i}, inner.index...)
				out = append(out, inner)
			}
			continue
		}
		out = append(out, structField{key: keyOf(f), index: []int{i}, typ: f.Type})
	}
	return out
}

func inlined(f reflect.StructField, key, options string) bool {
	return f.Type.Kind() == reflect.Struct && !isScalar(f.Type) && (options == "inline" || f.Anonymous && key == "")
}

func keyOf(f reflect.StructField) string {
	if key, _, _ := strings.Cut(f.Tag.Get("yaml"), ","); key != "" {
		return key
	}
	first, size := utf8.DecodeRuneInString(f.Name)
	return string(unicode.ToLower(first)) + f.Name[size:]
}

func keyList(t reflect.Type) string {
	var keys []string
	for _, f := range structFields(t) {
		keys = append(keys, f.key)
	}
	const most = 6
	if len(keys) > most {
		keys = append(keys[:most], fmt.Sprintf("%d more", len(keys)-most))
	}
	return "the keys " + strings.Join(keys, ", ")
}

// leafPaths lists the paths below a struct that a variable can set. Of a type
// that holds itself, which has no end, it lists one level.
func leafPaths(t reflect.Type, path string, open ...reflect.Type) []string {
	if isLeaf(t) {
		return []string{path}
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || slices.Contains(open, t) {
		return nil
	}
	var out []string
	for _, f := range structFields(t) {
		out = append(out, leafPaths(f.typ, join(path, f.key), append(open, t)...)...)
	}
	return out
}
