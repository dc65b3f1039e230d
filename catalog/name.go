// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"strings"
)

// The rules for names are those of Kubernetes, as the field's catalogs have
// them: https://backstage.io/docs/features/software-catalog/descriptor-format

// MaxNameLength is the greatest length of a name, namespace, kind or tag.
const MaxNameLength = 63

// ValidName reports whether s may be metadata.name: letters and digits, with
// single or repeated - _ . between them, at most 63 characters.
func ValidName(s string) bool {
	if s == "" || len(s) > MaxNameLength || !isAlnum(s[0]) || !isAlnum(s[len(s)-1]) {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isAlnum(c) && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

// ValidNamespace reports whether s may be metadata.namespace: lower-case
// letters and digits with - between them, at most 63 characters.
func ValidNamespace(s string) bool {
	if s == "" || len(s) > MaxNameLength || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isLowerAlnum(c) && c != '-' {
			return false
		}
	}
	return true
}

// ValidKind reports whether s may be a kind: a letter, then letters and digits.
func ValidKind(s string) bool {
	return s != "" && len(s) <= MaxNameLength && isLetter(s[0]) && allAlnum(s)
}

// ValidAPIVersion reports whether s may be an apiVersion, such as
// backstage.io/v1alpha1 or v1.
func ValidAPIVersion(s string) bool {
	return validPrefixed(s, func(v string) bool { return v != "" && len(v) <= MaxNameLength && allAlnum(v) })
}

// ValidLabelKey reports whether s may be the key of a label or annotation: a
// name, with or without a domain and a slash before it.
func ValidLabelKey(s string) bool { return validPrefixed(s, ValidName) }

// ValidTag reports whether s may be a tag: lower-case letters, digits and : + #
// with single - between them, at most 63 characters.
func ValidTag(s string) bool {
	if s == "" || len(s) > MaxNameLength || strings.Contains(s, "--") || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if !isTagByte(s[i]) && s[i] != '-' {
			return false
		}
	}
	return true
}

func isTagByte(c byte) bool { return isLowerAlnum(c) || c == ':' || c == '+' || c == '#' }

func validPrefixed(s string, validName func(string) bool) bool {
	prefix, name, hasPrefix := strings.Cut(s, "/")
	if !hasPrefix {
		return validName(s)
	}
	return validDomain(prefix) && validName(name)
}

func validDomain(s string) bool {
	const most = 253
	if s == "" || len(s) > most {
		return false
	}
	for part := range strings.SplitSeq(s, ".") {
		if !ValidNamespace(part) {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func isLowerAlnum(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }

func isAlnum(c byte) bool { return isLetter(c) || c >= '0' && c <= '9' }

func allAlnum(s string) bool {
	for i := range len(s) {
		if !isAlnum(s[i]) {
			return false
		}
	}
	return true
}

// suggestName returns the valid name nearest to s, or "". keep says which bytes
// stay as they are; the others become one dash.
func suggestName(s string, keep func(byte) bool) string {
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		switch c := s[i]; {
		case keep(c):
			b = append(b, c)
		case len(b) > 0 && b[len(b)-1] != '-':
			b = append(b, '-')
		}
	}
	if len(b) > MaxNameLength {
		b = b[:MaxNameLength]
	}
	return strings.Trim(string(b), "-_.")
}

// nearest returns the candidate most like s, or "" if none is like it.
func nearest(s string, candidates []string) string {
	best, bestDistance := "", max(2, len(s)/3)+1
	for _, c := range candidates {
		if strings.EqualFold(c, s) {
			return c
		}
		if d := editDistance(strings.ToLower(s), strings.ToLower(c)); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

// editDistance is Levenshtein's, over bytes; very long words are far from all.
func editDistance(a, b string) int {
	const most = 100
	if len(a) > most || len(b) > most {
		return most
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next := min(row[j]+1, row[j+1]+1, diagonal+cost)
			diagonal, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}
