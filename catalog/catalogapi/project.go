// SPDX-License-Identifier: Apache-2.0

package catalogapi

import (
	"encoding/json"
	"strings"
)

// maxFields is the most fields that a projection may name.
const maxFields = 200

// projection cuts an entity down to some of its fields. It works on the stored
// text: what is kept is copied, and nothing is decoded. The zero value keeps
// everything.
type projection struct{ paths []string }

// parseFields reads field paths such as metadata.name, each string holding
// several with commas between. Keys with dots in them need no escaping.
func parseFields(lists []string) (projection, error) {
	var p projection
	seen := map[string]bool{}
	for _, list := range lists {
		for path := range strings.SplitSeq(list, ",") {
			path = strings.TrimSpace(path)
			switch {
			case path == "" || seen[path]:
				continue
			case strings.Contains(path, "["):
				return p, invalid("field %q: items of an array cannot be picked; ask for the whole array", short(path))
			case len(p.paths) == maxFields:
				return p, invalid("fields: more than %d are asked for; leave the parameter out to get whole entities", maxFields)
			}
			seen[path] = true
			p.paths = append(p.paths, path)
		}
	}
	return p, nil
}

func (p projection) all() bool { return len(p.paths) == 0 }

// apply returns the entity's JSON with the projected fields only.
func (p projection) apply(entity json.RawMessage) json.RawMessage {
	if p.all() {
		return entity
	}
	out, _ := project(make([]byte, 0, 256), entity, p.paths)
	return out
}

// project appends the object at the start of src, cut down to the paths, and
// says whether anything was kept.
func project(dst, src []byte, paths []string) ([]byte, bool) {
	dst = append(dst, '{')
	empty := true
	for key, value := range members(src) {
		name, ok := keyText(key)
		if !ok {
			continue
		}
		whole, rest := under(name, paths)
		mark := len(dst)
		if !empty {
			dst = append(dst, ',')
		}
		dst = append(append(dst, key...), ':')
		kept := whole
		switch {
		case whole:
			dst = append(dst, value...)
		case len(rest) > 0 && value[0] == '{':
			dst, kept = project(dst, value, rest)
		}
		if !kept {
			dst = dst[:mark]
			continue
		}
		empty = false
	}
	return append(dst, '}'), !empty
}

// under returns the paths that go on below the key, and whether one ends at it.
func under(key string, paths []string) (whole bool, rest []string) {
	for _, path := range paths {
		switch {
		case path == key:
			return true, nil
		case len(path) > len(key)+1 && path[len(key)] == '.' && path[:len(key)] == key:
			rest = append(rest, path[len(key)+1:])
		}
	}
	return false, rest
}

// keyText is the key without quotes and escapes.
func keyText(quoted []byte) (string, bool) {
	inner := quoted[1 : len(quoted)-1]
	for _, c := range inner {
		if c == '\\' {
			var s string
			return s, json.Unmarshal(quoted, &s) == nil && s != ""
		}
	}
	return string(inner), true
}

// members yields the members of the JSON object at the start of src, keys with
// their quotes. The text must be valid JSON, as a [catalog.Record]'s is; of
// anything else it yields nothing more.
func members(src []byte) func(yield func(key, value []byte) bool) {
	return func(yield func(key, value []byte) bool) {
		i := space(src, 0)
		if i >= len(src) || src[i] != '{' {
			return
		}
		i = space(src, i+1)
		for i < len(src) && src[i] == '"' {
			keyEnd := text(src, i)
			start := space(src, keyEnd)
			if start >= len(src) || src[start] != ':' {
				return
			}
			start = space(src, start+1)
			end := value(src, start)
			if end <= start || !yield(src[i:keyEnd], src[start:end]) {
				return
			}
			i = space(src, end)
			if i >= len(src) || src[i] != ',' {
				return
			}
			i = space(src, i+1)
		}
	}
}

func space(src []byte, i int) int {
	for i < len(src) && (src[i] == ' ' || src[i] == '\n' || src[i] == '\t' || src[i] == '\r') {
		i++
	}
	return i
}

// text returns the end of the string that starts at i.
func text(src []byte, i int) int {
	for i++; i < len(src); i++ {
		switch src[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(src)
}

// value returns the end of the value that starts at i.
func value(src []byte, i int) int {
	for depth := 0; i < len(src); {
		switch src[i] {
		case '"':
			i = text(src, i)
		case '{', '[':
			depth++
			i++
			continue
		case '}', ']':
			depth--
			i++
		default:
			if depth > 0 {
				i++
				continue
			}
			return scalar(src, i)
		}
		if depth == 0 {
			return i
		}
	}
	return len(src)
}

// scalar returns the end of the number or word that starts at i.
func scalar(src []byte, i int) int {
	for i < len(src) && !strings.ContainsRune(",}] \n\t\r", rune(src[i])) {
		i++
	}
	return i
}
