// SPDX-License-Identifier: Apache-2.0

package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Version is that of the words and tables: an index of another one is built
// anew.
const Version = "1"

// maxWord is the greatest length of a word in bytes; the rest is cut.
const maxWord = 64

// maxKey is the greatest length of the key of a name in bytes.
const maxKey = 160

// Words cuts a text into words, as names and texts are indexed: at everything
// that is no letter or digit, and at the humps of camelCase; then also as they
// stood, so that GraphQL is graph, ql and graphql. Words are in lower case
// without accents.
func Words(text string) []string {
	var words []string
	for _, run := range runs(text) {
		parts := humps(run)
		words = appendFolded(words, parts...)
		if len(parts) > 1 {
			words = appendFolded(words, run)
		}
	}
	return words
}

// split is [Words] without the words that were cut.
func split(text string) []string {
	var words []string
	for _, run := range runs(text) {
		words = appendFolded(words, humps(run)...)
	}
	return words
}

func appendFolded(words []string, parts ...string) []string {
	for _, p := range parts {
		if w := fold(p); w != "" {
			words = append(words, w)
		}
	}
	return words
}

// keyOf returns a name without all that may be written differently: payments-api,
// Payments API and paymentsApi are one.
func keyOf(words []string) string { return plain(strings.Join(words, ""), maxKey) }

// runs returns the sequences of letters and digits.
func runs(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return !isWordRune(r) })
}

func isWordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
}

// humps cuts camelCase and HTTPServer. Parts of a single letter are none: iOS
// and OAuth are words.
func humps(run string) []string {
	var parts []string
	start, runes := 0, []rune(run)
	for i := 1; i < len(runes); i++ {
		up := unicode.IsUpper(runes[i]) && (unicode.IsLower(runes[i-1]) || unicode.IsDigit(runes[i-1]))
		last := unicode.IsUpper(runes[i]) && unicode.IsUpper(runes[i-1]) && i+1 < len(runes) && unicode.IsLower(runes[i+1])
		if (up || last) && i-start > 1 && len(runes)-i > 1 {
			parts = append(parts, string(runes[start:i]))
			start = i
		}
	}
	return append(parts, string(runes[start:]))
}

// fold returns a word in lower case without accents.
func fold(word string) string {
	if isPlainASCII(word) {
		word = strings.ToLower(word)
	} else {
		word = foldUnicode(word)
	}
	if len(word) <= maxWord {
		return word
	}
	cut := maxWord
	for cut > 0 && !utf8.RuneStart(word[cut]) {
		cut--
	}
	return word[:cut]
}

func isPlainASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// special are letters that do not come apart into a letter and an accent.
var special = strings.NewReplacer("ß", "ss", "æ", "ae", "ø", "o", "œ", "oe", "đ", "d", "ł", "l", "ı", "i")

func foldUnicode(word string) string {
	apart := norm.NFKD.String(strings.ToLower(word))
	word = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) || !isWordRune(r) {
			return -1
		}
		return r
	}, apart)
	return special.Replace(strings.ToLower(word))
}
