// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"strings"

	"github.com/callboard/callboard"
)

// DefaultNamespace is the namespace of an entity that names none.
const DefaultNamespace = "default"

// Ref names an entity. It is comparable, and its parts are always lower case,
// because references are compared without regard to case; the entity itself
// keeps the spelling that its author chose. Make one with [NewRef] or [ParseRef].
type Ref struct {
	Kind, Namespace, Name string
}

// NewRef returns the reference with the parts in lower case and an empty
// namespace replaced by [DefaultNamespace].
func NewRef(kind, namespace, name string) Ref {
	if namespace == "" {
		namespace = DefaultNamespace
	}
	return Ref{strings.ToLower(kind), strings.ToLower(namespace), strings.ToLower(name)}
}

// String returns the full form, kind:namespace/name.
func (r Ref) String() string { return r.Kind + ":" + r.Namespace + "/" + r.Name }

// IsZero reports whether r names nothing.
func (r Ref) IsZero() bool { return r == Ref{} }

// Compare orders references by their full form.
func (r Ref) Compare(o Ref) int { return strings.Compare(r.String(), o.String()) }

// MarshalText writes the full form, so that a Ref can be a JSON value or key.
func (r Ref) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads the full form.
func (r *Ref) UnmarshalText(b []byte) error {
	v, err := ParseRef(string(b), Ref{})
	*r = v
	return err
}

// ParseRef reads [<kind>:][<namespace>/]<name>. What is left out is taken from
// defaults; a namespace that neither gives is [DefaultNamespace]. A missing
// kind or name, or an empty part, gives [callboard.CodeInvalid].
//
// As in the field's catalogs, only the first colon and the first slash divide,
// and a colon behind the first slash does not: anything else is part of the
// name, which then is that of no entity.
func ParseRef(s string, defaults Ref) (Ref, error) {
	kind, namespace, name := defaults.Kind, defaults.Namespace, s
	hasKind, hasNamespace := false, false
	if i := strings.IndexAny(s, ":/"); i >= 0 && s[i] == ':' {
		hasKind, kind, name = true, s[:i], s[i+1:]
	}
	if before, after, ok := strings.Cut(name, "/"); ok {
		hasNamespace, namespace, name = true, before, after
	}
	switch {
	case kind == "" && !hasKind:
		return Ref{}, refError(s, "it has no kind, and none is implied here; write kind:namespace/name")
	case kind == "", name == "", hasNamespace && namespace == "":
		return Ref{}, refError(s, "a part of it is empty; write kind:namespace/name")
	}
	return NewRef(kind, namespace, name), nil
}

func refError(s, why string) error {
	return &callboard.Error{Code: callboard.CodeInvalid, Message: "entity reference " + quote(s) + ": " + why}
}

// quote puts s in quotes, shortened so that hostile input cannot fill a page.
func quote(s string) string { return "\"" + brief(s) + "\"" }

// brief shortens text for a message.
func brief(s string) string {
	const most = 120
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
