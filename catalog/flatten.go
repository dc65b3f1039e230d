// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Field is one value that an entity can be found by.
type Field struct {
	// Key is the dotted path in lower case, such as spec.type.
	Key string
	// Value is in lower case, for comparing; Original as the author spelt it.
	Value, Original string
	// Null says that the field is there without a value that can be searched:
	// null in the entity, or longer than [MaxFieldLength]. It counts for
	// [Exists] and for nothing else.
	Null bool
}

// MaxFieldLength is the greatest length of a key or value that is searched, in
// UTF-16 units as the field's tools count. Longer keys are left out, longer
// values are Null.
const MaxFieldLength = 200

// Flatten returns the fields of an entity, its relations included, without
// repetition. Scalars give path=value. Each text in a list gives path=value and
// also path.value=true, so that a filter can ask for several at once. The keys
// and their order are those that the field's catalogs make, and the same entity
// always gives the same fields.
func Flatten(e *Entity) []Field {
	f := flattener{fields: make([]Field, 0, 48)}
	f.scalar("apiversion", e.APIVersion)
	f.scalar("kind", e.Kind)
	f.metadata(&e.Metadata)
	if e.Spec != nil {
		f.visit("spec", e.Spec)
	}
	f.scalar("metadata.name", e.Metadata.Name)
	f.textOrNull("metadata.namespace", e.Metadata.Namespace)
	f.textOrNull("metadata.uid", e.Metadata.UID)
	if e.Metadata.Namespace == "" {
		f.scalar("metadata.namespace", DefaultNamespace)
	}
	for _, r := range e.Relations {
		f.scalar("relations."+lower(r.Type), r.Target.String())
	}
	return f.fields
}

type flattener struct {
	fields []Field
	seen   map[fieldID]struct{} // nil while there are few
}

// fieldID is what makes two fields the same.
type fieldID struct {
	key, value string
	null       bool
}

func (x *Field) id() fieldID { return fieldID{x.Key, x.Value, x.Null} }

func (f *flattener) metadata(m *Metadata) {
	if m.Title != "" {
		f.scalar("metadata.title", m.Title)
	}
	if m.Description != "" {
		f.scalar("metadata.description", m.Description)
	}
	for _, k := range slices.Sorted(maps.Keys(m.Labels)) {
		f.scalar("metadata.labels."+lower(k), m.Labels[k])
	}
	for _, k := range slices.Sorted(maps.Keys(m.Annotations)) {
		f.scalar("metadata.annotations."+lower(k), m.Annotations[k])
	}
	for _, t := range m.Tags {
		f.item("metadata.tags", t)
	}
	for _, l := range m.Links {
		f.link(l)
	}
	for _, k := range slices.Sorted(maps.Keys(m.Extra)) {
		if !m.names(k) && (m.text(k) == nil || k == "description" || k == "title") {
			f.visit("metadata."+lower(k), m.Extra[k])
		}
	}
}

func (f *flattener) link(l Link) {
	f.scalar("metadata.links.url", l.URL)
	for _, p := range [...]struct{ name, value string }{{"title", l.Title}, {"icon", l.Icon}, {"type", l.Type}} {
		if p.value != "" {
			f.scalar("metadata.links."+p.name, p.value)
		}
	}
}

// visit walks a value whose path is already in lower case.
func (f *flattener) visit(path string, v any) {
	if tooLong(path) {
		return // and so is all below
	}
	switch t := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(t)) {
			f.visit(path+"."+lower(k), t[k])
		}
	case []any:
		for _, x := range t {
			if s, ok := x.(string); ok {
				f.item(path, s)
				continue
			}
			f.visit(path, x)
		}
	case nil:
		f.add(Field{Key: path, Null: true})
	case string:
		f.scalar(path, t)
	case bool:
		f.scalar(path, strconv.FormatBool(t))
	case int64:
		f.scalar(path, strconv.FormatInt(t, 10))
	case float64:
		f.scalar(path, string(appendNumber(nil, t)))
	default:
		if p, err := plain(v); err == nil {
			f.visit(path, p)
		}
	}
}

// item adds one text of a list.
func (f *flattener) item(path, s string) {
	f.scalar(path, s)
	f.scalar(path+"."+lower(s), "true")
}

func (f *flattener) textOrNull(key, s string) {
	if s == "" {
		f.add(Field{Key: key, Null: true})
		return
	}
	f.scalar(key, s)
}

func (f *flattener) scalar(key, s string) {
	v := lower(s)
	if tooLong(v) {
		f.add(Field{Key: key, Null: true})
		return
	}
	f.add(Field{Key: key, Value: v, Original: s})
}

func (f *flattener) add(x Field) {
	if tooLong(x.Key) {
		return
	}
	if !f.has(x.id()) {
		f.fields = append(f.fields, x)
	}
}

// has reports whether there is such a field, and notes that there is from now on.
func (f *flattener) has(id fieldID) bool {
	const few = 64 // up to here looking through the fields is quicker than a map
	if f.seen == nil {
		for i := range f.fields {
			if f.fields[i].id() == id {
				return true
			}
		}
		if len(f.fields) < few {
			return false
		}
		f.seen = make(map[fieldID]struct{}, 2*few)
		for i := range f.fields {
			f.seen[f.fields[i].id()] = struct{}{}
		}
	}
	_, ok := f.seen[id]
	f.seen[id] = struct{}{}
	return ok
}

func lower(s string) string { return strings.ToLower(s) }

// tooLong reports whether s has more than [MaxFieldLength] UTF-16 units.
func tooLong(s string) bool {
	if len(s) <= MaxFieldLength {
		return false
	}
	n := utf8.RuneCountInString(s)
	if n <= MaxFieldLength {
		for _, r := range s {
			if r > 0xFFFF {
				n++
			}
		}
	}
	return n > MaxFieldLength
}
