// SPDX-License-Identifier: Apache-2.0

package guardedcatalog

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/permission"
)

// Resource is the name of what the conditions are about.
const Resource = "catalog-entity"

// Declaration returns the catalog's permissions and rules.
func Declaration() permission.Declaration {
	d := permission.Declaration{
		Permissions: []permission.Permission{
			{ID: catalog.MayReadEntity, Title: "See entities", Resource: Resource, Default: permission.GrantViewers},
			{ID: catalog.MayRefreshEntity, Title: "Read entities again from their source", Resource: Resource, Default: permission.GrantMembers},
			{ID: catalog.MayDeleteEntity, Title: "Delete entities", Resource: Resource, Default: permission.GrantOwners},
			{ID: catalog.MayRestoreEntity, Title: "See and restore deleted entities", Resource: Resource, Default: permission.GrantOwners},
			{ID: catalog.MayValidateEntity, Title: "Have descriptions checked", Default: permission.GrantMembers},
			{ID: catalog.MayReadLocation, Title: "See where entities come from", Default: permission.GrantViewers},
			{ID: catalog.MayCreateLocation, Title: "Register locations", Default: permission.GrantMembers},
			{ID: catalog.MayRefreshLocation, Title: "Read locations again", Default: permission.GrantMembers},
			{ID: catalog.MayDeleteLocation, Title: "Unregister locations"},
			{ID: catalog.MayReadProvider, Title: "See providers", Default: permission.GrantViewers},
			{ID: catalog.MayReleaseProvider, Title: "Release providers that are held back"},
			{ID: catalog.MayReadProblem, Title: "See problems", Resource: Resource, Default: permission.GrantViewers},
		},
	}
	for _, r := range rules() {
		d.Rules = append(d.Rules, r.RuleSpec)
	}
	return d
}

// rule is a rule with what the catalog makes of it.
type rule struct {
	permission.RuleSpec
	filter func(values []string) catalog.Filter
}

// rules are what conditions about entities may use. Without regard to case,
// as everything that asks for entities.
func rules() []rule {
	in := func(field string) func([]string) catalog.Filter {
		return func(values []string) catalog.Filter { return catalog.In{Field: field, Values: values} }
	}
	named := func(prefix string) func([]string) catalog.Filter {
		return func(values []string) catalog.Filter {
			if len(values) == 1 {
				return catalog.Exists{Field: prefix + values[0]}
			}
			return catalog.In{Field: prefix + values[0], Values: values[1:]}
		}
	}
	spec := func(name, title string, least, most int, filter func([]string) catalog.Filter) rule {
		return rule{permission.RuleSpec{Name: name, Title: title, Resource: Resource, Min: least, Max: most}, filter}
	}
	list := []rule{
		spec(permission.RuleIsOwner, "is owned by one of these, or is one of them", 1, -1, isOwner),
		spec("is-kind", "is of one of the kinds", 1, -1, in("kind")),
		spec("is-type", "is of one of the types", 1, -1, in("spec.type")),
		spec("in-namespace", "is in one of the namespaces", 1, -1, in("metadata.namespace")),
		spec("has-tag", "has one of the tags", 1, -1, in("metadata.tags")),
		spec("has-label", "has the label, with one of the values if there are any", 1, -1, named("metadata.labels.")),
		spec("has-annotation", "has the annotation, with one of the values if there are any", 1, -1, named("metadata.annotations.")),
		spec("field-equals", "has the field with one of the values", 2, -1, named("")),
		spec("has-field", "has the field", 1, 1, named("")),
		spec(permission.RuleMatchesRef, "has a reference such as component:default/shop*", 1, -1, matchesRef),
	}
	list[len(list)-1].Check = checkPatterns
	return list
}

// isOwner also holds for the people and groups themselves.
func isOwner(refs []string) catalog.Filter {
	either := catalog.Any{catalog.In{Field: "relations.ownedBy", Values: refs}}
	for _, text := range refs {
		if ref, err := catalog.ParseRef(text, catalog.Ref{}); err == nil {
			either = append(either, is(ref))
		}
	}
	return either
}

func is(ref catalog.Ref) catalog.Filter {
	one := func(field, value string) catalog.Filter { return catalog.In{Field: field, Values: []string{value}} }
	return catalog.All{one("metadata.name", ref.Name), one("kind", ref.Kind), one("metadata.namespace", ref.Namespace)}
}

// matchesRef holds for references of which each part, kind, namespace and
// name, is the pattern's or begins with it, if a * stands at its end.
func matchesRef(patterns []string) catalog.Filter {
	either := catalog.Any{}
	for _, p := range patterns {
		kind, namespace, name, err := refPattern(p)
		if err != nil {
			continue // holds for nothing
		}
		all := catalog.All{}
		for _, part := range [...]struct{ field, pattern string }{{"metadata.name", name}, {"kind", kind}, {"metadata.namespace", namespace}} {
			if prefix, open := strings.CutSuffix(part.pattern, "*"); !open {
				all = append(all, catalog.In{Field: part.field, Values: []string{prefix}})
			} else if prefix != "" {
				all = append(all, catalog.Prefix{Field: part.field, Text: prefix})
			}
		}
		either = append(either, all)
	}
	return either
}

// refPattern cuts a pattern as a reference is cut; a namespace that is left
// out is default, and * alone is everything.
func refPattern(p string) (kind, namespace, name string, err error) {
	if p == "*" {
		return "*", "*", "*", nil
	}
	kind, rest, ok := strings.Cut(p, ":")
	namespace, name, full := strings.Cut(rest, "/")
	if !full {
		namespace, name = catalog.DefaultNamespace, rest
	}
	if !ok || kind == "" || namespace == "" || name == "" {
		return "", "", "", fmt.Errorf("%q is no pattern of references, such as component:default/shop*", p)
	}
	for _, part := range [...]string{kind, namespace, name} {
		if strings.Contains(strings.TrimSuffix(part, "*"), "*") {
			return "", "", "", fmt.Errorf("%q has a * elsewhere than at the end of a part", p)
		}
	}
	return kind, namespace, name, nil
}

func checkPatterns(patterns []string) error {
	for _, p := range patterns {
		if _, _, _, err := refPattern(p); err != nil {
			return err
		}
	}
	return nil
}

// Filter returns what the catalog makes of a condition. A rule that it does
// not know is an error.
func Filter(c permission.Condition) (catalog.Filter, error) {
	switch t := c.(type) {
	case permission.All:
		parts, err := filters(t)
		return catalog.All(parts), err
	case permission.Any:
		parts, err := filters(t)
		return catalog.Any(parts), err
	case permission.Not:
		part, err := Filter(t.Condition)
		return catalog.Not{Filter: part}, err
	case permission.Rule:
		return ruleFilter(t)
	}
	return nil, errors.New("guardedcatalog: no condition")
}

func filters(conditions []permission.Condition) ([]catalog.Filter, error) {
	parts := make([]catalog.Filter, 0, len(conditions))
	for _, c := range conditions {
		part, err := Filter(c)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// known is [rules], made once: each request that sees a part asks for some.
var known = sync.OnceValue(rules)

func ruleFilter(r permission.Rule) (catalog.Filter, error) {
	for _, k := range known() {
		if k.Name != r.Name {
			continue
		}
		if len(r.Values) < k.Min || k.Max >= 0 && len(r.Values) > k.Max {
			return nil, fmt.Errorf("guardedcatalog: the rule %s with %d values", r.Name, len(r.Values))
		}
		return k.filter(r.Values), nil
	}
	return nil, fmt.Errorf("guardedcatalog: entities know no rule %s", r.Name)
}
