// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"fmt"

	"github.com/callboard/callboard"
)

// MarshalJSON writes the entity in the order apiVersion, kind, metadata, spec,
// relations, status. Nil parts are left out and map keys are sorted, so equal
// entities have equal bytes. A spec value that has no JSON form is an error.
func (e Entity) MarshalJSON() ([]byte, error) {
	return e.AppendJSON(make([]byte, 0, 1024))
}

// AppendJSON appends what MarshalJSON returns to b.
func (e *Entity) AppendJSON(b []byte) ([]byte, error) {
	w := jsonWriter{buf: b}
	w.open('{')
	w.field("apiVersion").str(e.APIVersion)
	w.field("kind").str(e.Kind)
	w.field("metadata")
	w.metadata(&e.Metadata)
	if e.Spec != nil {
		w.field("spec").value(e.Spec)
	}
	if e.Relations != nil {
		w.field("relations")
		w.relations(e.Relations)
	}
	if e.Status != nil {
		w.field("status").value(statusTree(e.Status))
	}
	w.close('}')
	return w.buf, w.err
}

// MarshalJSON writes the metadata with the fields of Extra beside the named
// ones; a named field that is set wins over an Extra field of the same name.
func (m Metadata) MarshalJSON() ([]byte, error) {
	w := jsonWriter{}
	w.metadata(&m)
	return w.buf, w.err
}

// UnmarshalJSON reads an entity. Numbers become int64 where they are whole,
// else float64. Root fields that the envelope does not name are dropped. A
// field of the wrong type is [callboard.CodeInvalid]; nothing else is checked,
// see [Kinds.Check] for that.
func (e *Entity) UnmarshalJSON(b []byte) error {
	tree, err := jsonTree(b)
	if err != nil {
		return err
	}
	root, ok := tree.(map[string]any)
	if !ok {
		return shapeError("", "an object", tree)
	}
	v, err := entityFromTree(root)
	if err != nil {
		return err
	}
	*e = *v
	return nil
}

// UnmarshalJSON reads metadata; fields that the envelope does not name go to Extra.
func (m *Metadata) UnmarshalJSON(b []byte) error {
	tree, err := jsonTree(b)
	if err != nil {
		return err
	}
	v, err := metadataFromTree(tree)
	if err != nil {
		return err
	}
	*m = v
	return nil
}

// Entity decodes the record's JSON into an entity of the caller's own. A zero
// record is [callboard.CodeNotFound].
func (r Record) Entity() (*Entity, error) {
	if !r.Found() {
		return nil, &callboard.Error{Code: callboard.CodeNotFound, Message: "there is no such entity"}
	}
	e := new(Entity)
	if err := e.UnmarshalJSON(r.JSON); err != nil {
		return nil, fmt.Errorf("catalog: decode stored %s: %w", r.Ref, err)
	}
	return e, nil
}
