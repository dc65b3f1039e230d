// SPDX-License-Identifier: Apache-2.0

package cedarpolicy

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/x/exp/ast"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/permission"
)

// Policy decides by Cedar policies. It is safe for concurrent use.
type Policy struct {
	// of has the statements about each permission.
	of map[string][]*statement
}

var _ permission.Policy = (*Policy)(nil)

// statement is one Cedar policy.
type statement struct {
	name   string
	permit bool
	// who and what are its scope.
	who  func(*asked) bool
	what expr
	// when are its conditions; all of them must be true.
	when []expr
}

// New returns the policy that stands in text, about the permissions of a set.
// What is wrong in it is reported with its place in the file of that name, in
// an error with [callboard.CodeInvalid].
func New(name string, text []byte, set *permission.Set) (*Policy, error) {
	list, err := cedar.NewPolicyListFromBytes(name, text)
	if err != nil {
		return nil, invalid(fmt.Errorf("%s: %w", name, err))
	}
	p := &Policy{of: map[string][]*statement{}}
	var all []error
	for n, one := range list {
		if err := p.add(n, one, set); err != nil {
			at := one.Position()
			all = append(all, fmt.Errorf("%s:%d:%d: the policy %w", name, at.Line, at.Column, err))
		}
	}
	if err := errors.Join(all...); err != nil {
		return nil, invalid(err)
	}
	return p, nil
}

func invalid(err error) error {
	return &callboard.Error{Code: callboard.CodeInvalid, Message: err.Error(), Err: err}
}

// add compiles a policy for the permissions that it is about.
func (p *Policy) add(n int, one *cedar.Policy, set *permission.Set) error {
	tree := (*ast.Policy)(one.AST())
	c := &compiler{}
	s := &statement{name: fmt.Sprintf("policy %d", n+1), permit: bool(tree.Effect)}
	for _, a := range tree.Annotations {
		if a.Key == "id" {
			s.name = "policy " + string(a.Value)
		}
	}
	var err error
	if s.who, err = principalScope(tree.Principal); err != nil {
		return err
	}
	if s.what, err = c.resourceScope(tree.Resource); err != nil {
		return err
	}
	for _, cond := range tree.Conditions {
		holds, err := c.clause(cond.Body)
		if err != nil {
			return err
		}
		if !cond.Condition {
			holds = not(holds)
		}
		s.when = append(s.when, holds)
	}
	about, err := permissions(tree.Action, set)
	if err != nil {
		return err
	}
	return p.attach(s, c, about, set)
}

// attach adds a statement to the permissions whose resources have what it
// speaks of. One that fits none is wrong.
func (p *Policy) attach(s *statement, c *compiler, about []permission.Permission, set *permission.Set) error {
	var wrong error
	fits := false
	for _, perm := range about {
		if err := c.fits(perm, set); err != nil {
			wrong = err
			continue
		}
		fits = true
		p.of[perm.ID] = append(p.of[perm.ID], s)
	}
	if !fits {
		return wrong
	}
	return nil
}

// permissions returns those that an action's scope selects.
func permissions(scope ast.IsActionScopeNode, set *permission.Set) ([]permission.Permission, error) {
	var actions []cedar.EntityUID
	switch t := scope.(type) {
	case ast.ScopeTypeAll:
		return set.Permissions(), nil
	case ast.ScopeTypeEq:
		perm, ok := set.Permission(string(t.Entity.ID))
		if !ok || t.Entity.Type != actionType {
			return nil, fmt.Errorf("names %s, which is no permission here; the command permissions lists those that there are", t.Entity)
		}
		return []permission.Permission{perm}, nil
	case ast.ScopeTypeIn:
		actions = []cedar.EntityUID{t.Entity}
	case ast.ScopeTypeInSet:
		actions = t.Entities
	}
	var found []permission.Permission
	taken := map[string]bool{}
	for _, a := range actions {
		some := set.Matching(string(a.ID) + ".*")
		if one, ok := set.Permission(string(a.ID)); ok {
			some = append(some, one)
		}
		if len(some) == 0 || a.Type != actionType || strings.Contains(string(a.ID), "*") {
			return nil, fmt.Errorf("names %s, which is neither a permission here nor the beginning of one; the command permissions lists those that there are", a)
		}
		for _, perm := range some {
			if !taken[perm.ID] {
				taken[perm.ID] = true
				found = append(found, perm)
			}
		}
	}
	return found, nil
}

// nothing is why what no policy is about is denied.
var nothing = permission.Reason{Effect: permission.Denied, By: "deny by default", Since: "no Cedar policy permits it"}

// Decide is yes where a permit applies and no forbid does.
func (p *Policy) Decide(_ context.Context, q permission.Question) (permission.Decision, error) {
	if len(p.of[q.Permission.ID]) == 0 {
		return permission.Deny(nothing), nil
	}
	a := newAsked(q)
	var permit, forbid permission.Condition = permission.Any{}, permission.Any{}
	var why []permission.Reason
	for _, s := range p.of[q.Permission.ID] {
		on := s.on(a)
		if isNever(on) {
			continue
		}
		reason := permission.Reason{Effect: permission.Denied, By: "Cedar " + s.name, Since: "it applies to " + string(a.principal.Type) + " " + string(a.principal.ID)}
		if !isAlways(on) {
			reason.On = on
		}
		if s.permit {
			reason.Effect = permission.Allowed
			permit = permission.Or(permit, on)
		} else {
			forbid = permission.Or(forbid, on)
		}
		why = append(why, reason)
	}
	if len(why) == 0 {
		return permission.Deny(nothing), nil
	}
	return permission.AllowIf(permission.And(permit, permission.Negate(forbid)), why...), nil
}

// on is where the statement applies.
func (s *statement) on(a *asked) permission.Condition {
	if !s.who(a) {
		return permission.Any{}
	}
	on := s.what(a).yes
	for _, when := range s.when {
		if isNever(on) {
			return on
		}
		on = permission.And(on, when(a).yes)
	}
	return on
}

func isNever(c permission.Condition) bool {
	none, ok := c.(permission.Any)
	return ok && len(none) == 0
}

func isAlways(c permission.Condition) bool {
	all, ok := c.(permission.All)
	return ok && len(all) == 0
}
