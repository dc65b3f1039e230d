// SPDX-License-Identifier: Apache-2.0

package permission

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Declaration is what a module tells of its permissions. Modules contribute it
// with module.Contribute.
type Declaration struct {
	Permissions []Permission
	Rules       []RuleSpec
}

// Permission is something that somebody may or may not do.
type Permission struct {
	// ID has the module, the resource and the verb, such as
	// catalog.entity.read. Verbs that only look are read.
	ID string
	// Title says it to people: "See entities".
	Title string
	// Resource names what it is about, such as catalog-entity, for conditions;
	// empty if it is about nothing in particular, and then no condition can be met.
	Resource string
	// Default is who has it in [DefaultRoles]; administrators have all.
	Default Grant
}

// Grant says who has a permission unless roles are configured.
type Grant int

// The grants.
const (
	// GrantAdministrators is for administrators only.
	GrantAdministrators Grant = iota
	// GrantViewers is for everybody who may look at the portal at all.
	GrantViewers
	// GrantMembers is for everybody who is signed in.
	GrantMembers
	// GrantOwners is for people who own the resource, by the rule is-owner.
	GrantOwners
)

// String says who it is.
func (g Grant) String() string {
	return map[Grant]string{GrantAdministrators: "administrators", GrantViewers: "viewers", GrantMembers: "members", GrantOwners: "owners"}[g]
}

// RuleSpec is a rule that conditions about a resource may use.
type RuleSpec struct {
	// Name is in lower case with dashes, such as is-kind.
	Name string
	// Resource is that of [Permission].
	Resource string
	// Title says what it tests: "is of one of the kinds".
	Title string
	// Min and Max are how many values it takes; Max -1 is any number.
	Min, Max int
	// Check returns what is wrong with the values, beyond their number; nil
	// takes all.
	Check func(values []string) error
}

// RuleMatchesRef is a rule that every resource with references must know: the
// reference matches one of the patterns, such as component:default/*. The
// limits of API keys are expressed by it.
const RuleMatchesRef = "matches-ref"

var (
	idForm   = regexp.MustCompile(`^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*){1,4}$`)
	ruleForm = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
)

// Set is all that modules declared.
type Set struct {
	list  []Permission
	byID  map[string]int
	rules map[string]RuleSpec // by resource and name
}

// NewSet joins declarations. What two of them declare differently, and names
// that are none, are errors.
func NewSet(declarations ...Declaration) (*Set, error) {
	s := &Set{byID: map[string]int{}, rules: map[string]RuleSpec{}}
	var all []error
	for _, d := range declarations {
		for _, p := range d.Permissions {
			all = append(all, s.add(p))
		}
		for _, r := range d.Rules {
			all = append(all, s.addRule(r))
		}
	}
	return s, errors.Join(all...)
}

func (s *Set) add(p Permission) error {
	if !idForm.MatchString(p.ID) {
		return fmt.Errorf("permission: %q is no permission: write the module, the resource and the verb in lower case, such as catalog.entity.read", p.ID)
	}
	if _, twice := s.byID[p.ID]; twice {
		return fmt.Errorf("permission: %s is declared twice", p.ID)
	}
	s.byID[p.ID] = len(s.list)
	s.list = append(s.list, p)
	return nil
}

func (s *Set) addRule(r RuleSpec) error {
	if !ruleForm.MatchString(r.Name) || r.Resource == "" {
		return fmt.Errorf("permission: %q of %q is no rule: it needs a name in lower case with dashes, and a resource", r.Name, r.Resource)
	}
	key := r.Resource + " " + r.Name
	if _, twice := s.rules[key]; twice {
		return fmt.Errorf("permission: the rule %s of %s is declared twice", r.Name, r.Resource)
	}
	s.rules[key] = r
	return nil
}

// Permissions returns all permissions in order of declaration.
func (s *Set) Permissions() []Permission { return s.list }

// Permission returns the permission of that ID.
func (s *Set) Permission(id string) (Permission, bool) {
	i, ok := s.byID[id]
	if !ok {
		return Permission{}, false
	}
	return s.list[i], true
}

// Matching returns the permissions that a pattern selects, in order of
// declaration: an ID in which * stands for anything, such as catalog.* or *.read.
func (s *Set) Matching(pattern string) []Permission {
	var found []Permission
	for _, p := range s.list {
		if matches(pattern, p.ID) {
			found = append(found, p)
		}
	}
	return found
}

// Rule returns the rule of that name about a resource.
func (s *Set) Rule(resource, name string) (RuleSpec, bool) {
	r, ok := s.rules[resource+" "+name]
	return r, ok
}

// Check says what is wrong with a rule in a condition on a resource.
func (s *Set) Check(resource string, r Rule) error {
	spec, ok := s.Rule(resource, r.Name)
	switch {
	case !ok && resource == "":
		return fmt.Errorf("has the condition %s, but the permission is about nothing in particular", r.Name)
	case !ok:
		return fmt.Errorf("has the rule %q, which nothing of the kind %s knows; it knows %s", r.Name, resource, strings.Join(s.ruleNames(resource), ", "))
	case len(r.Values) < spec.Min:
		return fmt.Errorf("has the rule %s with %d values; it needs %d at least", r.Name, len(r.Values), spec.Min)
	case spec.Max >= 0 && len(r.Values) > spec.Max:
		return fmt.Errorf("has the rule %s with %d values; it takes %d at most", r.Name, len(r.Values), spec.Max)
	case spec.Check != nil:
		if err := spec.Check(r.Values); err != nil {
			return fmt.Errorf("has the rule %s: %w", r.Name, err)
		}
	}
	return nil
}

// matches reports whether text matches a pattern in which * stands for any
// text. Its time is the product of their lengths at most.
func matches(pattern, text string) bool {
	head, rest, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == text
	}
	if !strings.HasPrefix(text, head) {
		return false
	}
	text = text[len(head):]
	for {
		part, more, again := strings.Cut(rest, "*")
		if !again {
			return strings.HasSuffix(text, part)
		}
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text, rest = text[i+len(part):], more
	}
}

// MatchRef reports whether a reference matches a pattern of
// [RuleMatchesRef], without regard to case.
func MatchRef(pattern, ref string) bool {
	return matches(strings.ToLower(pattern), strings.ToLower(ref))
}

// ruleNames returns the rules of a resource, sorted.
func (s *Set) ruleNames(resource string) []string {
	var names []string
	for _, r := range s.rules {
		if r.Resource == resource {
			names = append(names, r.Name)
		}
	}
	slices.Sort(names)
	return names
}
