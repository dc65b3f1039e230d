// SPDX-License-Identifier: Apache-2.0

package cedarpolicy

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/x/exp/ast"

	"github.com/callboard/callboard/portal/permission"
)

// truth is where an expression is true and where it is false. Where it is
// neither, it is an error, and its policy does not apply. It is total if it is
// nowhere an error.
type truth struct {
	yes, no permission.Condition
	total   bool
}

// The truths that need no resource.
var (
	yes   = truth{permission.All{}, permission.Any{}, true}
	no    = truth{permission.Any{}, permission.All{}, true}
	wrong = truth{permission.Any{}, permission.Any{}, false}
)

// expr is an expression of the type Bool.
type expr func(*asked) truth

func constant(t truth) expr { return func(*asked) truth { return t } }

// only is true where a rule holds and false elsewhere.
func only(r permission.Rule) truth { return truth{r, permission.Not{Condition: r}, true} }

func not(e expr) expr {
	return func(a *asked) truth {
		t := e(a)
		return truth{t.no, t.yes, t.total}
	}
}

// and is Cedar's &&, whose right side does not matter where the left is false.
func and(l, r expr) expr {
	return func(a *asked) truth { return l(a).and(r(a)) }
}

func (t truth) and(o truth) truth {
	right := o.no
	if !t.total {
		right = permission.And(t.yes, o.no)
	}
	return truth{permission.And(t.yes, o.yes), permission.Or(t.no, right), t.total && o.total}
}

func or(l, r expr) expr { return not(and(not(l), not(r))) }

// compiler turns expressions into conditions, and keeps what they need.
type compiler struct {
	// rules are those with the values that stand in the text, and names those of
	// all.
	rules []permission.Rule
	names []string
	// joined counts && and ||, and fails says that something among what they
	// join can be an error: each of them can double the condition then.
	joined int
	fails  bool
}

const maxJoined = 16

// clause compiles what stands in when or unless.
func (c *compiler) clause(n ast.IsNode) (expr, error) {
	c.joined, c.fails = 0, false
	e, err := c.compile(n)
	if err == nil && c.fails && c.joined > maxJoined {
		err = fmt.Errorf("joins %d expressions by && and || of which some can be errors; write several policies, or several times when, of at most %d", c.joined+1, maxJoined+1)
	}
	return e, err
}

// fits says what of the statement the permission's resource does not know.
func (c *compiler) fits(p permission.Permission, set *permission.Set) error {
	for _, name := range c.names {
		if _, ok := set.Rule(p.Resource, name); !ok {
			return fmt.Errorf("is about %s, and what it is about does not know the rule %s", p.ID, name)
		}
	}
	for _, r := range c.rules {
		if err := set.Check(p.Resource, r); err != nil {
			return fmt.Errorf("is about %s and %w", p.ID, err)
		}
	}
	return nil
}

// Attributes of resources, and the rules that they are.
var (
	texts = map[cedar.String]string{"kind": "is-kind", "type": "is-type", "namespace": "in-namespace"}
	sets  = map[cedar.String]string{"tags": "has-tag", "owners": permission.RuleIsOwner}
	maps  = map[cedar.String]string{"labels": "has-label", "annotations": "has-annotation"}
)

// about reports whether an expression speaks of the resource.
func about(n ast.IsNode) bool {
	found := false
	ast.Inspect(ast.NewNode(n), func(n ast.IsNode) bool {
		found = found || isVariable(n, "resource")
		return !found
	})
	return found
}

func isVariable(n ast.IsNode, name cedar.String) bool {
	v, ok := n.(ast.NodeTypeVariable)
	return ok && v.Name == name
}

// compile returns an expression, or why no condition can say it.
func (c *compiler) compile(n ast.IsNode) (expr, error) {
	if !about(n) {
		c.fails = true
		return free(n), nil
	}
	switch t := n.(type) {
	case ast.NodeTypeAnd:
		return c.two(t.BinaryNode, and)
	case ast.NodeTypeOr:
		return c.two(t.BinaryNode, or)
	case ast.NodeTypeNot:
		e, err := c.compile(t.Arg)
		if err != nil {
			return nil, err
		}
		return not(e), nil
	case ast.NodeTypeEquals:
		return c.equal(t.BinaryNode)
	case ast.NodeTypeNotEquals:
		e, err := c.equal(t.BinaryNode)
		if err != nil {
			return nil, err
		}
		return not(e), nil
	case ast.NodeTypeIs:
		if isVariable(t.Left, "resource") {
			return is(t.EntityType), nil
		}
	case ast.NodeTypeHas:
		return c.has(t)
	case ast.NodeTypeIn:
		if attr, ok := attribute(t.Right); ok && attr == "owners" && isVariable(t.Left, "principal") {
			return c.owned(), nil
		}
	case ast.NodeTypeContains:
		return c.contains(t.BinaryNode)
	case ast.NodeTypeContainsAny:
		return c.containsEach(t.BinaryNode, asSet, or, no)
	case ast.NodeTypeContainsAll:
		return c.containsEach(t.BinaryNode, asSet, and, yes)
	}
	return nil, errors.New("says of the resource what no condition can say: write ==, !=, has, contains, containsAny, containsAll, is, and principal in resource.owners")
}

func (c *compiler) two(n ast.BinaryNode, join func(l, r expr) expr) (expr, error) {
	c.joined++
	l, err := c.compile(n.Left)
	if err != nil {
		return nil, err
	}
	r, err := c.compile(n.Right)
	if err != nil {
		return nil, err
	}
	return join(l, r), nil
}

// free is an expression that does not speak of the resource.
func free(n ast.IsNode) expr {
	return func(a *asked) truth {
		v, err := a.value(n)
		b, ok := v.(cedar.Boolean)
		switch {
		case err != nil || !ok:
			return wrong
		case bool(b):
			return yes
		}
		return no
	}
}

// is tests the resource's type.
func is(want cedar.EntityType) expr {
	return func(a *asked) truth {
		if a.Permission.Resource != "" && typeOf(a.Permission.Resource) == want {
			return yes
		}
		return no
	}
}

// attribute returns the name of resource.name.
func attribute(n ast.IsNode) (cedar.String, bool) {
	access, ok := n.(ast.NodeTypeAccess)
	if !ok || !isVariable(access.Arg, "resource") {
		return "", false
	}
	return access.Value, true
}

// text is an attribute that is a text: its rule, and the rule's first values.
type text struct {
	rule string
	key  []string
}

// textOf returns resource.kind, or resource.labels["key"].
func textOf(n ast.IsNode) (text, bool) {
	if attr, ok := attribute(n); ok {
		return text{rule: texts[attr]}, texts[attr] != ""
	}
	if access, ok := n.(ast.NodeTypeAccess); ok {
		if attr, ok := attribute(access.Arg); ok && maps[attr] != "" {
			return text{maps[attr], []string{string(access.Value)}}, true
		}
	}
	return text{}, false
}

// among is where the text is one of the values.
func (t text) among(values []string) truth {
	out := no
	if len(values) > 0 {
		out = only(permission.Rule{Name: t.rule, Values: append(slices.Clone(t.key), values...)})
	}
	if len(t.key) > 0 { // where there is none, it is an error
		out.no, out.total = permission.And(permission.Rule{Name: t.rule, Values: t.key}, out.no), false
	}
	return out
}

// use keeps that a rule is needed, and checks the values that are in the text.
func (c *compiler) use(rule string, key []string, n ast.IsNode) {
	c.names = append(c.names, rule)
	c.fails = c.fails || len(key) > 0 || !literal(n)
	if !literal(n) {
		return
	}
	v, err := newAsked(permission.Question{}).value(n)
	if err != nil {
		c.fails = true
		return
	}
	set, ok := v.(cedar.Set)
	if !ok {
		set = cedar.NewSet(v)
	}
	if values, _ := members(rule, set); len(values) > 0 {
		c.rules = append(c.rules, permission.Rule{Name: rule, Values: append(slices.Clone(key), values...)})
	}
}

// mustBeSet keeps that what is no set is an error.
func (c *compiler) mustBeSet(n ast.IsNode) {
	if _, isSet := n.(ast.NodeTypeSet); !isSet {
		c.fails = true
	}
}

// literal reports whether an expression has no variables.
func literal(n ast.IsNode) bool {
	is := true
	ast.Inspect(ast.NewNode(n), func(n ast.IsNode) bool {
		_, variable := n.(ast.NodeTypeVariable)
		is = is && !variable
		return is
	})
	return is
}

// valueOf returns a value as a rule has it: a reference of owners, a text of all
// else. Of another type is nothing that a resource has.
func valueOf(rule string, v cedar.Value) (string, bool) {
	switch t := v.(type) {
	case cedar.EntityUID:
		ref := refOf(t)
		return ref, rule == permission.RuleIsOwner && uidOf(ref) == t
	case cedar.String:
		return string(t), rule != permission.RuleIsOwner && t != ""
	}
	return "", false
}

// members returns the values in a set that a resource may have, sorted, and how
// many others there are.
func members(rule string, set cedar.Set) (values []string, others int) {
	for v := range set.All() {
		if text, ok := valueOf(rule, v); ok {
			values = append(values, text)
		} else {
			others++
		}
	}
	slices.Sort(values)
	return values, others
}

// equal compares an attribute, or the resource itself.
func (c *compiler) equal(n ast.BinaryNode) (expr, error) {
	of, value := n.Left, n.Right
	if about(value) {
		of, value = value, of
	}
	if about(value) {
		return nil, errors.New("compares the resource with itself, which no condition can say")
	}
	if isVariable(of, "resource") {
		return c.same(value)
	}
	t, ok := textOf(of)
	if !ok {
		return nil, errors.New("compares what no condition can: compare resource.kind, type, namespace, or one of its labels or annotations")
	}
	c.use(t.rule, t.key, value)
	return func(a *asked) truth {
		v, err := a.value(value)
		if err != nil {
			return wrong
		}
		values, _ := members(t.rule, cedar.NewSet(v))
		return t.among(values)
	}, nil
}

// same tests which resource it is.
func (c *compiler) same(value ast.IsNode) (expr, error) {
	v, ok := value.(ast.NodeValue)
	c.fails = c.fails || !ok
	if ok {
		if uid, ok := v.Value.(cedar.EntityUID); ok {
			if strings.Contains(string(uid.ID), "*") {
				return nil, fmt.Errorf("names %s; no resource has a * in its name", uid)
			}
			c.rules = append(c.rules, permission.Rule{Name: permission.RuleMatchesRef, Values: []string{string(uid.ID)}})
		}
	}
	c.names = append(c.names, permission.RuleMatchesRef)
	return func(a *asked) truth {
		v, err := a.value(value)
		if err != nil {
			return wrong
		}
		uid, ok := v.(cedar.EntityUID)
		if !ok || uid.Type != typeOf(a.Permission.Resource) || strings.Contains(string(uid.ID), "*") {
			return no
		}
		return only(permission.Rule{Name: permission.RuleMatchesRef, Values: []string{string(uid.ID)}})
	}, nil
}

// has tests for a label or an annotation; the other attributes are always there.
func (c *compiler) has(n ast.NodeTypeHas) (expr, error) {
	if isVariable(n.Arg, "resource") {
		for _, known := range [...]map[cedar.String]string{texts, sets, maps} {
			if rule := known[n.Value]; rule != "" {
				c.names = append(c.names, rule)
				return constant(yes), nil
			}
		}
		return constant(no), nil
	}
	attr, ok := attribute(n.Arg)
	if !ok || maps[attr] == "" {
		return nil, errors.New("asks whether something has an attribute, which no condition can say but of resource.labels and resource.annotations")
	}
	r := permission.Rule{Name: maps[attr], Values: []string{string(n.Value)}}
	c.names, c.rules = append(c.names, r.Name), append(c.rules, r)
	return constant(only(r)), nil
}

// owned is principal in resource.owners.
func (c *compiler) owned() expr {
	c.names = append(c.names, permission.RuleIsOwner)
	return func(a *asked) truth {
		if len(a.Identity.Owns) == 0 {
			return no
		}
		return only(permission.Rule{Name: permission.RuleIsOwner, Values: a.Identity.Owns})
	}
}

// contains is ["a", "b"].contains(resource.kind) or resource.tags.contains("a").
func (c *compiler) contains(n ast.BinaryNode) (expr, error) {
	if t, ok := textOf(n.Right); ok && !about(n.Left) {
		c.use(t.rule, t.key, n.Left)
		c.mustBeSet(n.Left)
		return func(a *asked) truth {
			v, err := a.value(n.Left)
			set, ok := v.(cedar.Set)
			if err != nil || !ok {
				return wrong
			}
			values, _ := members(t.rule, set)
			return t.among(values)
		}, nil
	}
	return c.containsEach(n, func(v cedar.Value) (cedar.Set, bool) { return cedar.NewSet(v), true }, or, no)
}

// asSet takes a set only.
func asSet(v cedar.Value) (cedar.Set, bool) {
	set, ok := v.(cedar.Set)
	return set, ok
}

// containsEach joins a rule for each value of a set; empty is what none gives.
// What no resource can have is false.
func (c *compiler) containsEach(n ast.BinaryNode, of func(cedar.Value) (cedar.Set, bool), join func(l, r expr) expr, empty truth) (expr, error) {
	attr, ok := attribute(n.Left)
	rule := sets[attr]
	if !ok || rule == "" || about(n.Right) {
		return nil, errors.New("asks for what a set contains, which no condition can say but of resource.tags and resource.owners")
	}
	c.use(rule, nil, n.Right)
	c.mustBeSet(n.Right)
	return func(a *asked) truth {
		v, err := a.value(n.Right)
		if err != nil {
			return wrong
		}
		set, ok := of(v)
		if !ok {
			return wrong
		}
		values, others := members(rule, set)
		out := constant(empty)
		if others > 0 {
			out = join(out, constant(no))
		}
		for _, v := range values {
			out = join(out, constant(only(permission.Rule{Name: rule, Values: []string{v}})))
		}
		return out(a)
	}, nil
}
