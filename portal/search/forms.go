// SPDX-License-Identifier: Apache-2.0

package search

import "unicode/utf8"

// Form is a text by which a word is found: a part of it that was typed, or what
// is left of it when letters are left out.
type Form struct {
	Kind FormKind
	Text string
	Word string
}

// FormKind says what a form is for.
type FormKind int

// The kinds of form.
const (
	// FormEnd is an ending of the word: what begins with what was typed contains it.
	FormEnd FormKind = iota + 1
	// FormNear is the word with up to two letters left out. Two words that are
	// one or two edits apart have such a form in common.
	FormNear
)

const (
	// leastInfix is how much of a word must be typed to find it from within.
	leastInfix = 3
	// maxFormed is up to which length a word has forms, in bytes.
	maxFormed = 40
	// maxNear is up to which length words are compared with typing errors, in
	// letters, and nearPrefix how many of their letters forms are made from.
	maxNear    = 24
	nearPrefix = 7
)

// formsOf returns the forms of a word of a name.
func formsOf(word string) []Form {
	if len(word) > maxFormed {
		return nil
	}
	var forms []Form
	for i := range word {
		if i == 0 || utf8.RuneCountInString(word[i:]) >= leastInfix {
			forms = append(forms, Form{FormEnd, word[i:], word})
		}
	}
	for _, t := range nearForms(word) {
		forms = append(forms, Form{FormNear, t, word})
	}
	return forms
}

// edits returns how many typing errors a word may have. Numbers have none: one
// that differs is another.
func edits(word string) int {
	n := utf8.RuneCountInString(word)
	switch {
	case hasDigit(word), n < 4, n > maxNear:
		return 0
	case n < 8:
		return 1
	}
	return 2
}

func hasDigit(word string) bool {
	for i := range len(word) {
		if word[i] >= '0' && word[i] <= '9' {
			return true
		}
	}
	return false
}

// nearForms returns the beginning of the word with up to as many letters left
// out as it may have typing errors (the symmetric delete method).
func nearForms(word string) []string {
	most := edits(word)
	if most == 0 {
		return nil
	}
	runes := []rune(word)
	set := newOrderedSet()
	leaveOut(runes[:min(len(runes), nearPrefix)], most, set)
	return set.list
}

func leaveOut(runes []rune, most int, set *orderedSet) {
	set.add(string(runes))
	if most == 0 || len(runes) <= 2 {
		return
	}
	for i := range runes {
		shorter := append(append(make([]rune, 0, len(runes)-1), runes[:i]...), runes[i+1:]...)
		leaveOut(shorter, most-1, set)
	}
}

// distance returns how many letters must be put in, left out, replaced or
// swapped with their neighbour to make b of a, or most+1 if it is more than most.
func distance(a, b string, most int) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) > most || len(y)-len(x) > most {
		return most + 1
	}
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+differ(x[i-1], y[j-1]))
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return min(last[len(y)], most+1)
}

func differ(a, b rune) int {
	if a == b {
		return 0
	}
	return 1
}
