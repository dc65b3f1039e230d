// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"html/template"
	"strconv"
)

// HTML is markup from a template set or the sanitiser; nothing else may be
// converted to it.
type HTML = template.HTML

func spanClass(width int) string {
	switch {
	case width == 0:
		width = 4
	case width < 3:
		width = 3
	case width > 12:
		width = 12
	}
	return "c" + strconv.Itoa(width)
}
