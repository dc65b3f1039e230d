// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// caseClashes finds keys that differ only in case. Entities are searched
// without regard to case, so that two such keys could not be told apart: the
// field's catalogs accept them and then fail to index the entity.
func (c *envelopeCheck) caseClashes(root map[string]any) {
	quick := caseHashes{seen: make(map[uint64]uint64, 64)}
	if quick.visit(hashStart, hashStart, root); !quick.clash {
		return
	}
	w := caseWalk{check: c, seen: make(map[string]spelling, 64)}
	for _, k := range slices.Sorted(maps.Keys(root)) {
		if k != "relations" && k != "status" {
			w.entry("", "", k, root[k])
		}
	}
}

// caseHashes finds out whether there may be a clash at all, without building a
// single key: it maps the hash of each key in lower case to that of its
// spelling. Nearly every entity ends here.
type caseHashes struct {
	seen  map[uint64]uint64
	clash bool
}

func (h *caseHashes) visit(folded, exact uint64, v any) {
	switch t := v.(type) {
	case map[string]any:
		for k, x := range t {
			f, e := hashKey(folded, exact, k)
			h.visit(f, e, x)
		}
	case []any:
		for _, x := range t {
			switch x := x.(type) {
			case map[string]any, []any:
				h.visit(folded, exact, x)
			case string:
				h.note(folded, exact)
				if len(x) <= MaxFieldLength {
					h.note(hashKey(folded, exact, x))
				}
			default:
				h.note(folded, exact)
			}
		}
	default:
		h.note(folded, exact)
	}
}

func (h *caseHashes) note(folded, exact uint64) {
	if first, ok := h.seen[folded]; ok && first != exact {
		h.clash = true
	}
	h.seen[folded] = exact
}

// FNV-1a, 64 bits.
const (
	hashStart = 14695981039346656037
	hashPrime = 1099511628211
)

// hashKey goes on hashing with a dot and a key, once in lower case.
func hashKey(folded, exact uint64, key string) (uint64, uint64) {
	folded, exact = (folded^'.')*hashPrime, (exact^'.')*hashPrime
	low := key
	for i := range len(key) {
		if key[i] >= 'A' && key[i] <= 'Z' || key[i] >= utf8.RuneSelf {
			low = strings.ToLower(key)
			break
		}
	}
	for i := range len(key) {
		exact = (exact ^ uint64(key[i])) * hashPrime
	}
	for i := range len(low) {
		folded = (folded ^ uint64(low[i])) * hashPrime
	}
	return folded, exact
}

type caseWalk struct {
	check *envelopeCheck
	// seen maps a search key in lower case to its first spelling.
	seen map[string]spelling
}

// spelling is a search key as written; item marks those that come from the
// texts of a list, which may differ in case among each other.
type spelling struct {
	full string
	item bool
}

// entry visits one field: dotted is the search key so far, at the JSON pointer.
func (w *caseWalk) entry(dotted, at, key string, v any) {
	full := key
	if dotted != "" {
		full = dotted + "." + key
	}
	w.visit(full, at+"/"+escapePointer(key), v)
}

func (w *caseWalk) visit(full, at string, v any) {
	if len(full) > maxKeyLength {
		return // nothing is searched by a key of this length
	}
	switch t := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(t)) {
			w.entry(full, at, k, t[k])
		}
	case []any:
		for i, x := range t {
			switch x := x.(type) {
			case map[string]any, []any:
				w.visit(full, at+"/"+strconv.Itoa(i), x)
			case string:
				w.note(full, at)
				if len(x) <= MaxFieldLength {
					w.item(full+"."+x, at)
				}
			default:
				w.note(full, at)
			}
		}
	default:
		w.note(full, at)
	}
}

func (w *caseWalk) note(full, at string) { w.spell(spelling{full: full}, at) }

func (w *caseWalk) item(full, at string) { w.spell(spelling{full: full, item: true}, at) }

func (w *caseWalk) spell(s spelling, at string) {
	key := strings.ToLower(s.full)
	first, ok := w.seen[key]
	if !ok {
		w.seen[key] = s
		return
	}
	if first.full == s.full || first.item && s.item {
		return
	}
	w.check.key("key-case", at, "the keys "+quote(first.full)+" and "+quote(s.full)+" differ only in case",
		"spell both the same way or rename one: entities are searched without regard to case")
}
