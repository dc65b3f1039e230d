// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"strconv"
	"strings"
)

// Origin is where a value comes from.
type Origin struct {
	// Name is a file's path, "env NAME", what was given to [Config.Set], such
	// as "flag --listen", or "default".
	Name string
	// Line and Column are the position in a file, from 1; else 0.
	Line, Column int
}

// String returns file:line:column, or the name alone.
func (o Origin) String() string {
	if o.Line == 0 {
		return o.Name
	}
	return fmt.Sprintf("%s:%d:%d", o.Name, o.Line, o.Column)
}

func defaultOrigin() Origin { return Origin{Name: "default"} }

// join appends a key to a path. A key with other characters than letters,
// digits, - and _ is quoted, so that paths are never ambiguous.
func join(path, key string) string {
	if !plainKey(key) {
		key = strconv.Quote(key)
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

func plainKey(key string) bool {
	if key == "" {
		return false
	}
	return strings.Trim(strings.ToLower(key), "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// within reports whether path is parent or lies below it.
func within(path, parent string) bool {
	rest, ok := strings.CutPrefix(path, parent)
	return ok && (parent == "" || rest == "" || rest[0] == '.' || rest[0] == '[')
}
