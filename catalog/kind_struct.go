// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// KindOf returns the declaration of a kind whose spec is the Go type T, a
// struct: its JSON Schema is derived from T, beside what meta says.
//
//	type Robot struct {
//		Owner string   `json:"owner" doc:"Who looks after it." ref:"ownedBy,ownerOf,Group"`
//		Arms  int      `json:"arms,omitempty"`
//		Mode  string   `json:"mode" enum:"idle,busy"`
//	}
//	kind, err := catalog.KindOf[Robot](catalog.Kind{Name: "Robot", APIVersions: []string{"acme.example/v1"}})
//
// Fields are named by their json tag and required unless that says omitempty or
// omitzero, or the field is a pointer. Text that is required must not be empty.
// The tag doc describes a field, enum lists its values, and ref makes it a
// relation: type, inverse and, if there is one, the default kind. Fields that
// the struct does not have are allowed, as everywhere in the catalog.
func KindOf[T any](meta Kind) (Kind, error) {
	t := reflect.TypeFor[T]()
	if t.Kind() != reflect.Struct {
		return Kind{}, kindError(meta.Name, "its Go type must be a struct, not "+t.String())
	}
	d := schemaDeriver{}
	schema, err := d.object(t, "spec")
	if err != nil {
		return Kind{}, kindError(meta.Name, err.Error())
	}
	meta.Schema = schema
	meta.Relations = slices.Concat(meta.Relations, d.relations)
	return meta.withDefaults()
}

// SpecOf decodes the spec of an entity into the Go type of its kind.
func SpecOf[T any](e *Entity) (T, error) {
	var spec T
	w := jsonWriter{}
	w.value(e.Spec)
	if w.err != nil {
		return spec, w.err
	}
	if err := json.Unmarshal(w.buf, &spec); err != nil {
		return spec, kindError(e.Kind, "the spec of "+e.Ref().String()+" does not fit: "+err.Error())
	}
	return spec, nil
}

// schemaDeriver derives JSON Schemas and collects relation fields on the way.
type schemaDeriver struct {
	relations []RelationField
	within    []reflect.Type
}

func (d *schemaDeriver) object(t reflect.Type, at string) (map[string]any, error) {
	if slices.Contains(d.within, t) {
		return map[string]any{"type": "object"}, nil // a type within itself has no end
	}
	d.within = append(d.within, t)
	defer func() { d.within = d.within[:len(d.within)-1] }()
	properties, required := map[string]any{}, []any{}
	for _, f := range reflect.VisibleFields(t) {
		name, optional, ok := jsonField(f)
		if !ok {
			continue
		}
		schema, err := d.value(f.Type, at+"."+name)
		if err != nil {
			return nil, err
		}
		if !optional {
			required = append(required, name)
			if schema["type"] == "string" && schema["enum"] == nil {
				schema["minLength"] = int64(1)
			}
		}
		describe(schema, f)
		properties[name] = schema
		if err := d.relation(f, at+"."+name); err != nil {
			return nil, err
		}
	}
	return map[string]any{"type": "object", "properties": properties, "required": required}, nil
}

// jsonField returns the JSON name of a field, as encoding/json has it.
func jsonField(f reflect.StructField) (name string, optional, ok bool) {
	name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	if !f.IsExported() || name == "-" || f.Anonymous && name == "" || len(f.Index) > 1 && name == "" {
		return "", false, false
	}
	if name == "" {
		name = f.Name
	}
	optional = strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero") || f.Type.Kind() == reflect.Pointer
	return name, optional, true
}

func describe(schema map[string]any, f reflect.StructField) {
	if doc := f.Tag.Get("doc"); doc != "" {
		schema["description"] = doc
	}
	if enum := f.Tag.Get("enum"); enum != "" {
		var values []any
		for v := range strings.SplitSeq(enum, ",") {
			values = append(values, v)
		}
		schema["enum"] = values
	}
}

func (d *schemaDeriver) relation(f reflect.StructField, at string) error {
	tag := f.Tag.Get("ref")
	if tag == "" {
		return nil
	}
	parts := append(strings.Split(tag, ","), "", "", "")
	r := RelationField{Field: at, Type: parts[0], Inverse: parts[1], DefaultKind: parts[2]}
	d.relations = append(d.relations, r)
	return r.check()
}

func (d *schemaDeriver) value(t reflect.Type, at string) (map[string]any, error) {
	switch {
	case t == reflect.TypeFor[time.Time](), t.Implements(reflect.TypeFor[textMarshaler]()):
		return map[string]any{"type": "string"}, nil
	}
	switch t.Kind() {
	case reflect.Pointer:
		return d.value(t.Elem(), at)
	case reflect.String:
		return map[string]any{"type": "string"}, nil
	case reflect.Bool:
		return map[string]any{"type": "boolean"}, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return map[string]any{"type": "integer"}, nil
	case reflect.Float32, reflect.Float64:
		return map[string]any{"type": "number"}, nil
	case reflect.Slice, reflect.Array:
		items, err := d.value(t.Elem(), at)
		return map[string]any{"type": "array", "items": items}, err
	case reflect.Map:
		values, err := d.value(t.Elem(), at)
		return map[string]any{"type": "object", "additionalProperties": values}, err
	case reflect.Struct:
		return d.object(t, at)
	case reflect.Interface:
		return map[string]any{}, nil
	}
	return nil, fmt.Errorf("the Go type %s of %s has no JSON form", t, at)
}

// textMarshaler is encoding.TextMarshaler: such types are text in JSON.
type textMarshaler interface{ MarshalText() ([]byte, error) }
