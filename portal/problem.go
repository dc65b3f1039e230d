// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"fmt"
	"strings"

	"github.com/callboard/callboard"
)

// WiringError is everything that is wrong with how a portal is composed. It
// has [callboard.CodeInvalid].
type WiringError struct {
	// Problems are one sentence each, in the order in which they were found.
	Problems []string
}

// Error lists the problems, one a line.
func (e *WiringError) Error() string {
	if len(e.Problems) == 1 {
		return "the portal cannot be composed: " + e.Problems[0]
	}
	var b strings.Builder
	fmt.Fprintf(&b, "the portal cannot be composed, for %d reasons:", len(e.Problems))
	for n, p := range e.Problems {
		fmt.Fprintf(&b, "\n %2d. %s", n+1, p)
	}
	return b.String()
}

// Unwrap gives the error its code.
func (e *WiringError) Unwrap() error {
	return &callboard.Error{Code: callboard.CodeInvalid, Message: "the portal cannot be composed"}
}

// problems collects sentences, each once.
type problems struct {
	list []string
	seen map[string]bool
}

func (p *problems) addf(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if p.seen[text] {
		return
	}
	if p.seen == nil {
		p.seen = map[string]bool{}
	}
	p.seen[text] = true
	p.list = append(p.list, text)
}

func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	return &WiringError{Problems: p.list}
}
