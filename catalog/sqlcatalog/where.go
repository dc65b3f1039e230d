// SPDX-License-Identifier: Apache-2.0

package sqlcatalog

import "strings"

// where collects conditions that must all hold. Their texts are constants of
// this package; values are parameters.
type where struct {
	parts []string
	args  []any
}

func (w *where) add(condition string, args ...any) {
	w.parts = append(w.parts, condition)
	w.args = append(w.args, args...)
}

// text adds the condition unless the value is empty.
func (w *where) text(condition, value string) {
	if value != "" {
		w.add(condition, clean(value))
	}
}

// String returns the WHERE clause, or nothing if there are no conditions.
func (w *where) String() string {
	if len(w.parts) == 0 {
		return ""
	}
	return "\nWHERE " + strings.Join(w.parts, "\n\tAND ")
}
