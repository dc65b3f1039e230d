// SPDX-License-Identifier: Apache-2.0

package apidoc

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/callboard/callboard"
)

// Place is where a definition is broken; lines and columns count from 1, and
// a zero column is unknown.
type Place struct{ Line, Column int }

// String returns "line 3, column 7".
func (p Place) String() string {
	if p.Column == 0 {
		return "line " + strconv.Itoa(p.Line)
	}
	return fmt.Sprintf("line %d, column %d", p.Line, p.Column)
}

// PlaceOf returns where the definition is broken that [Parse] refused, if that
// is known.
func PlaceOf(err error) (Place, bool) {
	var e *placed
	if errors.As(err, &e) {
		return e.place, true
	}
	return Place{}, false
}

// placed is an error with its place.
type placed struct {
	place Place
	err   error
}

func (e *placed) Error() string { return e.place.String() + ": " + e.err.Error() }
func (e *placed) Unwrap() error { return e.err }

var (
	// The readers write "line 3", "line 3, column 7", "schema:3:7", "<input>:3:7" or "3:7".
	lineColumn = regexp.MustCompile(`\bline (\d+)(?:,? column (\d+))?`)
	colons     = regexp.MustCompile(`(?:^|[\s:>\[])(\d+):(\d+)\b`)
	reference  = regexp.MustCompile(`["'](#/[^"']+)["']`)
)

// located adds the place to what a reader refused: where its message says so,
// or else where the reference stands that it complains about.
func located(err error, definition string) error {
	message := callboard.MessageOf(err)
	place := Place{}
	if m := lineColumn.FindStringSubmatch(message); m != nil {
		place = Place{atoi(m[1]), atoi(m[2])}
	} else if m := colons.FindStringSubmatch(message); m != nil {
		place = Place{atoi(m[1]), atoi(m[2])}
	} else if m := reference.FindStringSubmatch(message); m != nil {
		place = placeOfText(definition, m[1])
	}
	if place.Line < 1 || place.Line > strings.Count(definition, "\n")+1 {
		return err
	}
	return &callboard.Error{Code: callboard.CodeOf(err), Message: message, Err: &placed{place, err}}
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// placeOfText returns where text stands first, behind the beginning of a value.
func placeOfText(definition, text string) Place {
	at := strings.Index(definition, text)
	if at < 0 {
		return Place{}
	}
	before := definition[:at]
	return Place{strings.Count(before, "\n") + 1, len(before) - strings.LastIndexByte(before, '\n')}
}
