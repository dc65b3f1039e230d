// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// noLoader keeps a schema from reading files or addresses that it refers to.
type noLoader struct{}

// Load refuses.
func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("a schema of a kind must be complete in itself; it refers to %s", url)
}

// compileSchema returns nil for nil.
func compileSchema(schema map[string]any) (*jsonschema.Schema, error) {
	if schema == nil {
		return nil, nil
	}
	const name = "callboard:spec"
	c := jsonschema.NewCompiler()
	c.UseLoader(noLoader{})
	if err := c.AddResource(name, floats(schema)); err != nil {
		return nil, err
	}
	return c.Compile(name)
}

// floats returns a copy of a tree whose whole numbers are float64, the only
// number that the compiler reads in keywords like minLength.
func floats(v any) any {
	switch t := v.(type) {
	case int64:
		return float64(t)
	case []any:
		list := make([]any, len(t))
		for i, x := range t {
			list[i] = floats(x)
		}
		return list
	case map[string]any:
		m := make(map[string]any, len(t))
		for k, x := range t {
			m[k] = floats(x)
		}
		return m
	}
	return v
}

// checkSpec checks a spec against the kind's schema.
func (e *kindEntry) checkSpec(spec any, at *Document) []Problem {
	fields, _ := spec.(map[string]any)
	specType, _ := fields["type"].(string)
	schema := e.schemaFor(specType)
	v := envelopeCheck{doc: at}
	switch {
	case schema == nil:
		return nil
	case spec == nil:
		v.value("spec", "/spec", "spec is missing", "add spec: a "+e.Title+" needs at least "+list(required(schema), "an empty object"))
		return v.problems
	case fields == nil:
		return nil // reported with the envelope
	}
	err := schema.Validate(spec)
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return nil
	}
	for _, leaf := range leaves(invalid) {
		v.schemaProblem(leaf)
	}
	return v.problems
}

func required(s *jsonschema.Schema) []string {
	if s == nil {
		return nil
	}
	return s.Required
}

// leaves returns the errors that a person can act on. Of the branches of oneOf
// and anyOf they are those of the one that fits best.
func leaves(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}
	switch e.ErrorKind.(type) {
	case *kind.OneOf, *kind.AnyOf:
		return bestBranch(e)
	}
	var all []*jsonschema.ValidationError
	for _, c := range e.Causes {
		all = append(all, leaves(c)...)
	}
	return all
}

// bestBranch picks the branch whose errors lie deepest: one that fails at the
// root, for its type, was not meant. Where all do, the choice is the error.
func bestBranch(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	var best []*jsonschema.ValidationError
	bestDepth := len(e.InstanceLocation)
	for _, c := range e.Causes {
		branch := leaves(c)
		depth := 0
		for _, l := range branch {
			depth = max(depth, len(l.InstanceLocation))
		}
		if depth > bestDepth {
			best, bestDepth = branch, depth
		}
	}
	if best != nil {
		return best
	}
	return []*jsonschema.ValidationError{e}
}

// schemaProblem says in plain words what a schema says in its own.
func (c *envelopeCheck) schemaProblem(e *jsonschema.ValidationError) {
	at, field := "/spec", "spec"
	for _, part := range e.InstanceLocation {
		at += "/" + escapePointer(part)
		field += "." + part
	}
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			c.value("schema", at+"/"+escapePointer(name), field+"."+name+" is missing", "add "+name+" to "+field)
		}
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			c.key("schema", at+"/"+escapePointer(name), field+" has an unknown field "+quote(name), "remove it or correct its name")
		}
	case *kind.Type:
		c.value("schema", at, fmt.Sprintf("%s must be %s, not %s", field, schemaTypes(k.Want), schemaType(k.Got)), typeRemedy(k))
	case *kind.MinLength:
		if k.Want == 1 {
			c.value("schema", at, field+" is empty", "give it a value, or leave it out if it is optional")
			return
		}
		c.value("schema", at, fmt.Sprintf("%s has %d characters and needs at least %d", field, k.Got, k.Want), "make it longer")
	case *kind.Enum:
		c.value("schema", at, fmt.Sprintf("%s is %s, which is not one of %s", field, shown(k.Got), choices(k.Want)), enumRemedy(k))
	case *kind.Const:
		c.value("schema", at, fmt.Sprintf("%s must be %s, not %s", field, shown(k.Want), shown(k.Got)), "write "+shown(k.Want))
	case *kind.MinItems:
		c.value("schema", at, fmt.Sprintf("%s has %d items and needs at least %d", field, k.Got, k.Want), "add to the list")
	case *kind.Pattern:
		c.value("schema", at, fmt.Sprintf("%s is %s, which does not match the pattern %s", field, quote(k.Got), k.Want), "write it in the form that the pattern describes")
	case *kind.OneOf, *kind.AnyOf:
		c.value("schema", at, field+" fits none of the forms that it can have", "compare it with the documentation of this kind")
	default:
		c.value("schema", at, field+": "+brief(e.ErrorKind.LocalizedString(english())), "compare it with the documentation of this kind")
	}
}

func typeRemedy(k *kind.Type) string {
	switch {
	case slices.Contains(k.Want, "string") && (k.Got == "boolean" || k.Got == "number"):
		return "put it in quotes"
	case slices.Equal(k.Want, []string{"array"}) && k.Got == "string":
		return "write a list: each item on a line of its own after a dash"
	case k.Got == "null":
		return "give it a value, or leave it out"
	}
	return "write " + schemaTypes(k.Want)
}

func enumRemedy(k *kind.Enum) string {
	got, _ := k.Got.(string)
	var words []string
	for _, w := range k.Want {
		if s, ok := w.(string); ok {
			words = append(words, s)
		}
	}
	if near := nearest(got, words); near != "" {
		return "did you mean " + near + "?"
	}
	return "use one of " + choices(k.Want)
}

func choices(values []any) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = shown(v)
	}
	return list(words, "nothing")
}

// list joins words, or says what there is if there are none.
func list(words []string, none string) string {
	if len(words) == 0 {
		return none
	}
	return strings.Join(words, ", ")
}

func shown(v any) string {
	if s, ok := v.(string); ok {
		return quote(s)
	}
	return brief(fmt.Sprint(v))
}

func schemaTypes(types []string) string {
	words := make([]string, len(types))
	for i, t := range types {
		words[i] = schemaType(t)
	}
	return strings.Join(words, " or ")
}

func schemaType(t string) string {
	switch t {
	case "string":
		return "text"
	case "boolean":
		return "true or false"
	case "number":
		return "a number"
	case "integer":
		return "a whole number"
	case "array":
		return "a list"
	case "object":
		return "an object"
	}
	return t
}

func english() *message.Printer { return message.NewPrinter(language.English) }
