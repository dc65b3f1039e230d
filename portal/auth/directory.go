// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"

	"github.com/callboard/callboard"
)

// Person is somebody whom the reader can be.
type Person struct {
	// Ref is the entity reference, such as user:default/ines.
	Ref string
	// Name is what to call the person, Text a line about them.
	Name, Text string
}

// Directory knows the people.
type Directory interface {
	// People returns people whose name has the text in it, in order of name.
	People(ctx context.Context, text string, limit int) ([]Person, error)
	// Find returns the references of the people of whom the lookup is true, in
	// order, and nobody else; of more than a few, some.
	Find(ctx context.Context, l Lookup) ([]string, error)
	// Identity returns the person with everything they own things through, or
	// [callboard.CodeNotFound].
	Identity(ctx context.Context, ref string) (callboard.Identity, error)
}

// What a [Lookup] compares.
const (
	ByEmail      = "email"
	ByName       = "name"
	ByAnnotation = "annotation"
)

// Lookup asks for the people who have a value.
type Lookup struct {
	// By is ByEmail, the address in the person's profile, or ByName, the name
	// in their reference, both compared without regard to the case of ASCII
	// letters, and of no others; or ByAnnotation, compared exactly.
	By string
	// Annotation is the annotation's name.
	Annotation string
	// Value is never empty.
	Value string
}

// String returns what is looked up, for people to read.
func (l Lookup) String() string {
	what := map[string]string{ByEmail: "e-mail address", ByName: "name", ByAnnotation: "annotation " + l.Annotation}[l.By]
	return what + " " + l.Value
}
