// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"strconv"
	"strings"
	"unicode"
)

// plain returns text for a terminal: quoted if a character of it is no print.
func plain(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}
