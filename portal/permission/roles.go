// SPDX-License-Identifier: Apache-2.0

package permission

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/callboard/callboard"
)

// RuleIsOwner is the rule that somebody owns the resource. In a [Statement] it
// needs no values: it is then about whoever asks.
const RuleIsOwner = "is-owner"

// Variables that values of a rule may be: they stand for what is true of
// whoever asks.
const (
	// VarSubject is the subject.
	VarSubject = "$subject"
	// VarOwns is everything through which the subject owns things.
	VarOwns = "$owns"
)

// Role is a named set of statements.
type Role struct {
	// ID is in lower case with dashes.
	ID    string
	Title string
	// Allow and Deny are its statements; what is denied stays denied, whatever
	// another role allows.
	Allow, Deny []Statement
}

// Statement is about permissions, on a condition.
type Statement struct {
	// Permissions are IDs or patterns, as in [Set.Matching].
	Permissions []string
	// On is the condition; nil is none.
	On Condition
}

// Binding gives roles to people.
type Binding struct {
	Roles []string
	// To lists who has the roles; see [ParseWho].
	To []string
}

// Roles is the policy of roles and bindings. Its cost is that of the identity's
// groups and of the statements about the permission.
type Roles struct {
	list     []Role
	bindings []Binding
	roles    map[string]*role
	// bound has the roles of each text of [Binding.To] that names one identity.
	bound map[string][]*role
	// patterns are those that stand for several.
	patterns []patternBinding
}

type role struct {
	id         string
	statements map[string][]statement // by permission
}

type statement struct {
	effect Effect
	on     Condition
	own    bool // has variables
}

type patternBinding struct {
	pattern string
	role    *role
}

// NewRoles returns the policy. What is wrong is reported all at once, as
// [*PathError]s that say where.
func NewRoles(set *Set, roles []Role, bindings []Binding) (*Roles, error) {
	p := &Roles{list: roles, bindings: bindings, roles: map[string]*role{}, bound: map[string][]*role{}}
	var all []error
	for n, r := range roles {
		at := fmt.Sprintf("roles[%d]", n)
		if !ruleForm.MatchString(r.ID) {
			all = append(all, &PathError{at + ".id", fmt.Sprintf("%q is no name of a role", r.ID), "write lower case letters, digits and dashes"})
		}
		if p.roles[r.ID] != nil {
			all = append(all, &PathError{at + ".id", fmt.Sprintf("names the role %q a second time", r.ID), "give each role one name"})
		}
		compiled := &role{id: r.ID, statements: map[string][]statement{}}
		p.roles[r.ID] = compiled
		all = append(all,
			compiled.add(set, at+".allow", Allowed, r.Allow),
			compiled.add(set, at+".deny", Denied, r.Deny))
	}
	for n, b := range bindings {
		all = append(all, p.bind(fmt.Sprintf("bindings[%d]", n), b))
	}
	return p, errors.Join(all...)
}

// Roles returns the roles that there are. They must not be modified.
func (p *Roles) Roles() []Role { return p.list }

// Bindings returns who has them. They must not be modified.
func (p *Roles) Bindings() []Binding { return p.bindings }

// ClaimNames returns the names of the claims that bindings speak of, sorted.
func (p *Roles) ClaimNames() []string {
	var names []string
	for who := range p.bound {
		if claim, ok := strings.CutPrefix(who, "claim:"); ok {
			name, _, _ := strings.Cut(claim, "=")
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// PathError is what is wrong at a place of roles and bindings.
type PathError struct {
	// Path is as roles[0].allow[1].permissions[0].
	Path string
	// Message and Remedy are for whoever wrote it.
	Message, Remedy string
}

// Error returns path, message and remedy.
func (e *PathError) Error() string { return e.Path + ": " + e.Message + "; " + e.Remedy }

func (r *role) add(set *Set, at string, effect Effect, statements []Statement) error {
	var all []error
	for n, s := range statements {
		at := fmt.Sprintf("%s[%d]", at, n)
		if len(s.Permissions) == 0 {
			all = append(all, &PathError{at, "is about no permission", "name permissions, such as catalog.entity.read, or * for all"})
		}
		for m, pattern := range s.Permissions {
			found := set.Matching(pattern)
			if len(found) == 0 && pattern != "*" { // all may be none
				all = append(all, &PathError{fmt.Sprintf("%s.permissions[%d]", at, m), fmt.Sprintf("names %q, which is no permission here", pattern), "the command permissions lists those that there are"})
			}
			for _, p := range found {
				all = append(all, r.state(set, at, effect, p, s.On))
			}
		}
	}
	return errors.Join(all...)
}

// state adds a statement about one permission.
func (r *role) state(set *Set, at string, effect Effect, p Permission, on Condition) error {
	s := statement{effect: effect, on: on}
	if on == nil {
		s.on = All{}
	}
	var all []error
	walk(s.on, func(rule Rule) {
		if rule.Name == RuleIsOwner && len(rule.Values) == 0 {
			s.own = true
			return
		}
		for _, v := range rule.Values {
			s.own = s.own || v == VarSubject || v == VarOwns
		}
		if err := set.Check(p.Resource, rule); err != nil {
			all = append(all, &PathError{at + ".when", "about " + p.ID + " " + err.Error(), "correct the rule, or name the permissions that it fits"})
		}
	})
	if s.own && p.Resource == "" {
		all = append(all, &PathError{at + ".when", "about " + p.ID + " has the condition " + s.on.String() + ", but the permission is about nothing in particular", "name the permissions that it fits"})
	}
	r.statements[p.ID] = append(r.statements[p.ID], s)
	return errors.Join(all...)
}

func (p *Roles) bind(at string, b Binding) error {
	var all []error
	for m, id := range b.Roles {
		r := p.roles[id]
		if r == nil {
			all = append(all, &PathError{fmt.Sprintf("%s.roles[%d]", at, m), fmt.Sprintf("names the role %q, which nothing declares", id), "declare it below roles, or use viewer, member or administrator"})
			continue
		}
		for n, text := range b.To {
			who, err := ParseWho(text)
			if err != nil {
				if m == 0 {
					all = append(all, &PathError{fmt.Sprintf("%s.to[%d]", at, n), err.Error(), "write everyone, local, signed-in, a reference such as group:default/platform, service:NAME, or claim:NAME=VALUE"})
				}
				continue
			}
			if strings.Contains(who, "*") {
				p.patterns = append(p.patterns, patternBinding{who, r})
				continue
			}
			p.bound[who] = append(p.bound[who], r)
		}
	}
	return errors.Join(all...)
}

// Who may be bound besides references.
const (
	everyone = "everyone"
	local    = "local"
	signedIn = "signed-in"
)

// ParseWho returns the full form of whom a binding names: everyone; local, who
// is at the machine itself; signed-in; a reference of a user or group, whose
// members are meant too (without a namespace it is default); service:NAME, a
// token; claim:NAME=VALUE, what the provider of the sign-in says. In references
// and names of services * stands for any text.
func ParseWho(text string) (string, error) {
	switch text {
	case everyone, local, signedIn:
		return text, nil
	}
	kind, name, ok := strings.Cut(text, ":")
	switch {
	case !ok || kind == "" || name == "" || strings.ContainsAny(text, " \t\n"):
		return "", fmt.Errorf("%q names nobody", text)
	case kind == "claim":
		if k, v, ok := strings.Cut(name, "="); !ok || k == "" || v == "" {
			return "", fmt.Errorf("%q is no claim with a value", text)
		}
		return text, nil
	case kind == "service":
		return text, nil
	}
	if !strings.Contains(name, "/") {
		name = "default/" + name
	}
	return strings.ToLower(kind + ":" + name), nil
}

// holding is a role that somebody has, and why.
type holding struct {
	role  *role
	since string
}

// holdings calls visit with each role of whoever asks, more than once if there
// are several reasons.
func (p *Roles) holdings(q Question, visit func(holding)) {
	each := func(who, since string) {
		for _, r := range p.bound[who] {
			visit(holding{r, since})
		}
	}
	each(everyone, "it is for everyone")
	if q.Local {
		each(local, "the request comes from the machine itself")
	}
	if !q.Identity.SignedIn() {
		return
	}
	subject := q.Identity.Subject
	each(signedIn, subject+" is signed in")
	each(subject, "it is bound to "+subject)
	for _, group := range q.Identity.Owns {
		if group != subject {
			each(group, subject+" is in "+group)
		}
	}
	for _, claim := range q.Identity.Claims {
		each("claim:"+claim, "the sign-in says "+claim)
	}
	for _, b := range p.patterns {
		if matches(b.pattern, subject) {
			visit(holding{b.role, subject + " matches " + b.pattern})
			continue
		}
		for _, group := range q.Identity.Owns {
			if matches(b.pattern, group) {
				visit(holding{b.role, subject + " is in " + group})
				break
			}
		}
	}
}

// Decide is yes where a role of whoever asks allows it and none denies it.
func (p *Roles) Decide(_ context.Context, q Question) (Decision, error) {
	var allow, deny Condition = Any{}, Any{}
	var why []Reason
	var seen [8]*role
	taken := seen[:0]
	p.holdings(q, func(h holding) {
		for _, t := range taken {
			if t == h.role {
				return
			}
		}
		taken = append(taken, h.role)
		for _, s := range h.role.statements[q.Permission.ID] {
			on := s.on
			if s.own {
				on = concrete(on, q.Identity)
			}
			if s.effect == Denied {
				deny = Or(deny, on)
			} else {
				allow = Or(allow, on)
			}
			reason := Reason{Effect: s.effect, By: "role " + h.role.id, Since: h.since}
			if !always(on) {
				reason.On = on
			}
			why = append(why, reason)
		}
	})
	if len(why) == 0 {
		why = []Reason{{Effect: Denied, By: "deny by default", Since: "no role of " + called(q.Identity) + " mentions it"}}
	}
	return Decision{On: And(allow, Negate(deny)), Why: why}, nil
}

func called(id callboard.Identity) string {
	if id.SignedIn() {
		return id.Subject
	}
	return "a guest"
}

// concrete replaces variables by what is true of whoever asks.
func concrete(c Condition, id callboard.Identity) Condition {
	switch t := c.(type) {
	case All:
		parts := make(All, len(t))
		for i, p := range t {
			parts[i] = concrete(p, id)
		}
		return parts
	case Any:
		parts := make(Any, len(t))
		for i, p := range t {
			parts[i] = concrete(p, id)
		}
		return parts
	case Not:
		return Not{concrete(t.Condition, id)}
	case Rule:
		return concreteRule(t, id)
	}
	return c
}

// concreteRule never turns a rule about whoever asks into one about anybody: a
// guest owns nothing, so that the rule does not hold.
func concreteRule(r Rule, id callboard.Identity) Condition {
	if r.Name == RuleIsOwner && len(r.Values) == 0 {
		r.Values = []string{VarOwns}
	}
	var values []string
	for _, v := range r.Values {
		switch v {
		case VarOwns:
			values = append(values, id.Owns...)
		case VarSubject:
			if id.SignedIn() {
				values = append(values, id.Subject)
			}
		default:
			values = append(values, v)
		}
	}
	if len(values) == 0 && len(r.Values) > 0 {
		return Any{}
	}
	return Rule{r.Name, values}
}

// The roles of [DefaultRoles].
const (
	Viewer        = "viewer"
	Member        = "member"
	Administrator = "administrator"
)

// DefaultRoles are the roles that a set's grants make: viewer, member, and
// administrator, who may do everything.
func DefaultRoles(set *Set) []Role {
	viewer := Role{ID: Viewer, Title: "May look"}
	member := Role{ID: Member, Title: "May look, and change what they own"}
	add := func(r *Role, p Permission, on Condition) {
		r.Allow = append(r.Allow, Statement{Permissions: []string{p.ID}, On: on})
	}
	for _, p := range set.Permissions() {
		switch p.Default {
		case GrantViewers:
			add(&viewer, p, nil)
			add(&member, p, nil)
		case GrantMembers:
			add(&member, p, nil)
		case GrantOwners:
			add(&member, p, Rule{Name: RuleIsOwner})
		}
	}
	return []Role{viewer, member, {ID: Administrator, Title: "May do everything", Allow: []Statement{{Permissions: []string{"*"}}}}}
}

// DefaultBindings are those of a portal without configuration: whoever is at
// the machine itself may look, people who are signed in are members, tokens of
// services may do what their scope says, admins may do everything.
func DefaultBindings(admins []string) []Binding {
	return []Binding{
		{Roles: []string{Viewer}, To: []string{local}},
		{Roles: []string{Member}, To: []string{signedIn}},
		{Roles: []string{Administrator}, To: append([]string{"service:*"}, admins...)}, // stays last
	}
}
