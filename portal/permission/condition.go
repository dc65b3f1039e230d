// SPDX-License-Identifier: Apache-2.0

package permission

import "strings"

// Condition is a statement about a resource: [All], [Any], [Not] or [Rule].
// It must not be modified.
type Condition interface {
	condition()
	// String returns the condition as people read it.
	String() string
}

type (
	// All holds if every part holds; an empty All always holds.
	All []Condition
	// Any holds if one part holds; an empty Any never holds.
	Any []Condition
	// Not holds if its part does not.
	Not struct{ Condition Condition }
	// Rule is a test that the resource's owner knows, such as is-kind with the
	// values api and component.
	Rule struct {
		Name   string
		Values []string
	}
)

func (All) condition()  {}
func (Any) condition()  {}
func (Not) condition()  {}
func (Rule) condition() {}

// String returns the parts joined by "and".
func (a All) String() string { return joined(a, "anything", " and ") }

// String returns the parts joined by "or".
func (a Any) String() string { return joined(a, "nothing", " or ") }

// String returns the part behind "not".
func (n Not) String() string { return "not " + bracketed(n.Condition) }

// String returns the name with its values.
func (r Rule) String() string {
	if len(r.Values) == 0 {
		return r.Name
	}
	return r.Name + "(" + strings.Join(r.Values, ", ") + ")"
}

func joined[T ~[]Condition](parts T, empty, word string) string {
	switch len(parts) {
	case 0:
		return empty
	case 1:
		return parts[0].String()
	}
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = bracketed(p)
	}
	return strings.Join(texts, word)
}

func bracketed(c Condition) string {
	if _, simple := c.(Rule); simple {
		return c.String()
	}
	return "(" + c.String() + ")"
}

// always and never are the ends of every simplification.
func always(c Condition) bool {
	a, ok := c.(All)
	return ok && len(a) == 0
}

func never(c Condition) bool {
	a, ok := c.(Any)
	return ok && len(a) == 0
}

// And returns a condition that holds where a and b do.
func And(a, b Condition) Condition {
	switch {
	case always(a), never(b):
		return b
	case always(b), never(a):
		return a
	}
	parts := All{}
	for _, c := range [...]Condition{a, b} {
		if all, ok := c.(All); ok {
			parts = append(parts, all...)
		} else {
			parts = append(parts, c)
		}
	}
	return parts
}

// Or returns a condition that holds where a or b does.
func Or(a, b Condition) Condition {
	switch {
	case never(a), always(b):
		return b
	case never(b), always(a):
		return a
	}
	parts := Any{}
	for _, c := range [...]Condition{a, b} {
		if some, ok := c.(Any); ok {
			parts = append(parts, some...)
		} else {
			parts = append(parts, c)
		}
	}
	return parts
}

// Negate returns a condition that holds where c does not.
func Negate(c Condition) Condition {
	switch t := c.(type) {
	case All:
		if len(t) == 0 {
			return Any{}
		}
	case Any:
		if len(t) == 0 {
			return All{}
		}
	case Not:
		return t.Condition
	}
	return Not{c}
}

// walk visits the rules of a condition.
func walk(c Condition, visit func(Rule)) {
	switch t := c.(type) {
	case All:
		for _, p := range t {
			walk(p, visit)
		}
	case Any:
		for _, p := range t {
			walk(p, visit)
		}
	case Not:
		walk(t.Condition, visit)
	case Rule:
		visit(t)
	}
}

// Holds evaluates a condition with a test of single rules. It stops at the
// first error.
func Holds(c Condition, test func(Rule) (bool, error)) (bool, error) {
	switch t := c.(type) {
	case All:
		for _, p := range t {
			if ok, err := Holds(p, test); !ok || err != nil {
				return false, err
			}
		}
		return true, nil
	case Any:
		for _, p := range t {
			if ok, err := Holds(p, test); ok || err != nil {
				return ok, err
			}
		}
		return false, nil
	case Not:
		ok, err := Holds(t.Condition, test)
		return !ok && err == nil, err
	case Rule:
		ok, err := test(t)
		return ok && err == nil, err
	}
	return false, nil // no condition of this package: closed
}
