// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Rule allows kinds of entity to come from some locations. Where there are
// rules at all, an entity that none allows is refused.
type Rule struct {
	// Allow lists what may come; kind alone, or kind with one spec.type.
	Allow []RuleKind
	// Locations are where it may come from; none means everywhere.
	Locations []RuleLocation
	// Providers are the providers that may bring it; none means every one.
	Providers []string
}

// RuleKind is a kind, and if Type is set only those of that spec.type. Case
// does not matter.
type RuleKind struct{ Kind, Type string }

// RuleLocation matches the location that led to an entity: the one that a
// person, a provider or the configuration named.
type RuleLocation struct {
	// Type is the location's type; empty matches all.
	Type string
	// Exact is the whole target, Pattern a glob over it (* within a path
	// segment, ** across); if both are empty every target matches.
	Exact, Pattern string
}

type rules []Rule

func compileRules(list []Rule) (rules, error) {
	for i, r := range list {
		if len(r.Allow) == 0 {
			return nil, invalid("catalog: rule %d allows no kind", i+1)
		}
		for _, l := range r.Locations {
			if !doublestar.ValidatePattern(l.Pattern) {
				return nil, invalid("catalog: rule %d: %q is not a pattern", i+1, l.Pattern)
			}
		}
	}
	return list, nil
}

// fingerprint tells one set of rules from another.
func (rs rules) fingerprint() string {
	b, err := json.Marshal(rs)
	if err != nil {
		panic("catalog: rules are plain data: " + err.Error())
	}
	return string(b)
}

// allow reports whether an entity may come from an origin through a provider,
// and the problem if it may not.
func (rs rules) allow(e *Entity, origin, provider string) (Problem, bool) {
	if len(rs) == 0 || slices.ContainsFunc(rs, func(r Rule) bool { return r.allows(e, origin, provider) }) {
		return Problem{}, true
	}
	return Problem{
		Rule:    "catalog-rules",
		Message: fmt.Sprintf("no rule allows the kind %s to come from %s", quote(e.Kind), origin),
		Remedy:  "ask whoever runs the portal to allow it under catalog.rules, or remove it",
		Pointer: "/kind",
	}, false
}

func (r Rule) allows(e *Entity, origin, provider string) bool {
	kindOK := slices.ContainsFunc(r.Allow, func(k RuleKind) bool {
		return strings.EqualFold(k.Kind, e.Kind) && (k.Type == "" || strings.EqualFold(k.Type, e.Type()))
	})
	return kindOK &&
		(len(r.Providers) == 0 || slices.Contains(r.Providers, provider)) &&
		(len(r.Locations) == 0 || slices.ContainsFunc(r.Locations, func(l RuleLocation) bool { return l.matches(origin) }))
}

func (l RuleLocation) matches(location string) bool {
	typ, target := splitLocation(location)
	return (l.Type == "" || l.Type == typ) &&
		(l.Exact == "" || l.Exact == target) &&
		(l.Pattern == "" || doublestar.MatchUnvalidated(l.Pattern, target))
}

// splitLocation splits type:target.
func splitLocation(location string) (typ, target string) {
	typ, target, _ = strings.Cut(location, ":")
	return typ, target
}
