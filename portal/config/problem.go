// SPDX-License-Identifier: Apache-2.0

package config

import (
	"cmp"
	"slices"
	"strings"

	"github.com/callboard/callboard"
)

// Problem is one thing that is wrong with the configuration.
type Problem struct {
	// Origin is where it stands.
	Origin Origin
	// Path is the key, such as "server.listen"; empty for a file as a whole.
	Path string
	// Rule is the name of the rule that is broken, such as "required",
	// "unknown-key" or "type"; it is stable, the message is not.
	Rule string
	// Message says what is wrong. It never holds a secret.
	Message string
	// Remedy says what to do, or is empty.
	Remedy string
}

// String returns the problem on one line.
func (p Problem) String() string {
	var b strings.Builder
	if where := p.Origin.String(); where != "" {
		b.WriteString(where + ": ")
	}
	if p.Path != "" {
		b.WriteString(p.Path + " ")
	}
	b.WriteString(p.Message)
	if p.Remedy != "" {
		b.WriteString("; " + p.Remedy)
	}
	return b.String()
}

// Problems is everything that is wrong, as one error with
// [callboard.CodeInvalid].
type Problems []Problem

// Error lists the problems, each on its line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// As lets callboard.CodeOf and callboard.MessageOf see an invalid input.
func (ps Problems) As(target any) bool {
	e, ok := target.(**callboard.Error)
	if ok {
		*e = &callboard.Error{Code: callboard.CodeInvalid, Message: ps.Error()}
	}
	return ok
}

// orNil returns the problems as an error, nil if there are none.
func (ps Problems) orNil() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}

// sorted orders by position and drops repetitions: a file that is included
// twice has each of its problems once.
func (ps Problems) sorted() Problems {
	out := slices.Clone(ps)
	slices.SortStableFunc(out, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(a.Origin.Name, b.Origin.Name),
			cmp.Compare(a.Origin.Line, b.Origin.Line),
			cmp.Compare(a.Origin.Column, b.Origin.Column),
			cmp.Compare(a.Path, b.Path),
		)
	})
	return slices.Compact(out)
}
