// SPDX-License-Identifier: Apache-2.0

package search

import "strings"

// Stem reduces a folded English word so that its inflections meet: deploys,
// deployed, deploying and deployment are deploy. It is light on purpose: it never
// shortens a word to fewer than four letters, and leaves alone what it does not
// know, so that different words stay different.
func Stem(word string) string {
	if len(word) < 4 || !isLowerASCII(word) {
		return word
	}
	word = singular(word)
	for _, s := range suffixes() {
		stem, ok := strings.CutSuffix(word, s.text)
		if !ok || len(stem) < s.least || !strings.ContainsAny(stem, "aeiouy") {
			continue
		}
		word = stem
		if s.undouble {
			word = undouble(word)
		}
		break
	}
	if stem, ok := strings.CutSuffix(word, "e"); ok && len(stem) >= 4 {
		return stem
	}
	return word
}

// suffix is an ending that is cut off, if so many letters are left.
type suffix struct {
	text     string
	least    int
	undouble bool
}

func suffixes() []suffix {
	return []suffix{
		{"ation", 6, false}, {"ment", 5, false}, {"ing", 4, true}, {"ed", 4, true},
	}
}

// singular cuts the ending of a plural.
func singular(word string) string {
	switch {
	case strings.HasSuffix(word, "ies") && len(word) > 4:
		return word[:len(word)-3] + "y"
	case strings.HasSuffix(word, "sses"), strings.HasSuffix(word, "xes"), strings.HasSuffix(word, "ches"), strings.HasSuffix(word, "shes"):
		return word[:len(word)-2]
	case word == "apis":
		return "api"
	case strings.HasSuffix(word, "ss"), strings.HasSuffix(word, "us"), strings.HasSuffix(word, "is"):
		return word
	case strings.HasSuffix(word, "s"):
		return word[:len(word)-1]
	}
	return word
}

// undouble turns shipp into ship; bill, pass and buzz stay.
func undouble(word string) string {
	n := len(word)
	if n > 3 && word[n-1] == word[n-2] && !strings.ContainsRune("aeioulsz", rune(word[n-1])) {
		return word[:n-1]
	}
	return word
}

func isLowerASCII(s string) bool {
	for i := range len(s) {
		if s[i] < 'a' || s[i] > 'z' {
			return false
		}
	}
	return true
}
