// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

//go:embed kinds/*.yaml
var builtinKinds embed.FS

// Kinds knows the kinds of a catalog. It does not change once made, and is safe
// for concurrent use.
type Kinds struct {
	byName  map[string][]*kindEntry
	ordered []*kindEntry
}

// kindEntry is a kind with its schemas compiled; variants by spec.type.
type kindEntry struct {
	Kind
	schema   *jsonschema.Schema
	variants map[string]*jsonschema.Schema
}

// NewKinds returns the built-in kinds and the extra ones. It reports every
// declaration that is not valid, or that another already claims.
func NewKinds(extra ...Kind) (*Kinds, error) {
	builtin, err := BuiltinKinds()
	if err != nil {
		return nil, err
	}
	return KindsOf(append(builtin, extra...)...)
}

// KindsOf returns exactly the kinds given, for catalogs without the built-in ones.
func KindsOf(kinds ...Kind) (*Kinds, error) {
	ks := &Kinds{byName: make(map[string][]*kindEntry, len(kinds))}
	var errs []error
	for _, k := range kinds {
		errs = append(errs, ks.add(k))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return ks, nil
}

// BuiltinKinds returns the declarations of the kinds that every catalog has.
func BuiltinKinds() ([]Kind, error) {
	files, err := fs.Glob(builtinKinds, "kinds/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("catalog: built-in kinds: %w", err)
	}
	var kinds []Kind
	for _, name := range files {
		b, err := builtinKinds.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("catalog: built-in kinds: %w", err)
		}
		k, err := ParseKinds(b)
		if err != nil {
			return nil, fmt.Errorf("catalog: %s: %w", name, err)
		}
		kinds = append(kinds, k...)
	}
	return kinds, nil
}

func (ks *Kinds) add(k Kind) error {
	k, err := k.withDefaults()
	if err != nil {
		return err
	}
	for _, other := range ks.byName[k.Name] {
		for _, v := range k.APIVersions {
			if slices.Contains(other.APIVersions, v) {
				return kindError(k.Name, "it is declared twice for "+v)
			}
		}
	}
	entry := &kindEntry{Kind: k, variants: make(map[string]*jsonschema.Schema, len(k.Variants))}
	if entry.schema, err = compileSchema(k.Schema); err != nil {
		return kindError(k.Name, "its schema: "+err.Error())
	}
	for _, v := range k.Variants {
		entry.variants[v.Type] = entry.schema
		if v.Schema == nil {
			continue
		}
		if entry.variants[v.Type], err = compileSchema(v.Schema); err != nil {
			return kindError(k.Name, "the schema of the variant "+quote(v.Type)+": "+err.Error())
		}
	}
	ks.byName[k.Name] = append(ks.byName[k.Name], entry)
	ks.ordered = append(ks.ordered, entry)
	return nil
}

// All returns the kinds in the order in which they were declared, the built-in
// ones first. They must not be changed.
func (ks *Kinds) All() []Kind {
	all := make([]Kind, len(ks.ordered))
	for i, e := range ks.ordered {
		all[i] = e.Kind
	}
	return all
}

// Kind returns the kind with the name, in any spelling of case: references are
// in lower case. Where several apiVersions have kinds of the name it is the first.
func (ks *Kinds) Kind(name string) (Kind, bool) {
	if list := ks.byName[name]; len(list) > 0 {
		return list[0].Kind, true
	}
	for _, e := range ks.ordered {
		if lower(e.Name) == lower(name) {
			return e.Kind, true
		}
	}
	return Kind{}, false
}

// lookup returns the kind of an entity exactly as declared, or nil.
func (ks *Kinds) lookup(apiVersion, kind string) *kindEntry {
	for _, e := range ks.byName[kind] {
		if slices.Contains(e.APIVersions, apiVersion) {
			return e
		}
	}
	return nil
}

func (ks *Kinds) names() []string {
	names := make([]string, len(ks.ordered))
	for i, e := range ks.ordered {
		names[i] = e.Name
	}
	return names
}

func (ks *Kinds) versions(kind string) []string {
	var versions []string
	for _, e := range ks.byName[kind] {
		versions = append(versions, e.APIVersions...)
	}
	return versions
}

// schemaFor returns the schema of an entity's spec; nil accepts anything.
func (e *kindEntry) schemaFor(specType string) *jsonschema.Schema {
	if s, ok := e.variants[specType]; ok {
		return s
	}
	return e.schema
}
