// SPDX-License-Identifier: Apache-2.0

package cedarpolicy

import (
	"errors"
	"strings"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/eval"

	"github.com/callboard/callboard/portal/permission"
)

const actionType = "Action"

// asked is a question in Cedar's words.
type asked struct {
	permission.Question
	principal cedar.EntityUID
	groups    map[cedar.EntityUID]bool
	env       eval.Env
}

func newAsked(q permission.Question) *asked {
	a := &asked{Question: q, principal: cedar.NewEntityUID("Guest", "guest"), groups: map[cedar.EntityUID]bool{}}
	if q.Identity.SignedIn() {
		a.principal = uidOf(q.Identity.Subject)
	}
	var parents, actions []cedar.EntityUID
	for _, ref := range q.Identity.Owns {
		if uid := uidOf(ref); uid != a.principal {
			parents = append(parents, uid)
			a.groups[uid] = true
		}
	}
	claims := make([]cedar.Value, 0, len(q.Identity.Claims))
	for _, c := range q.Identity.Claims {
		claims = append(claims, cedar.String(c))
	}
	action := cedar.NewEntityUID(actionType, cedar.String(q.Permission.ID))
	for at, r := range q.Permission.ID {
		if r == '.' {
			actions = append(actions, cedar.NewEntityUID(actionType, cedar.String(q.Permission.ID[:at])))
		}
	}
	a.env = eval.Env{
		Principal: a.principal, Action: action, Resource: cedar.NewEntityUID(typeOf(q.Permission.Resource), ""),
		Context: cedar.NewRecord(cedar.RecordMap{"local": cedar.Boolean(q.Local)}),
		Entities: cedar.EntityMap{
			a.principal: {UID: a.principal, Parents: cedar.NewEntityUIDSet(parents...), Attributes: cedar.NewRecord(cedar.RecordMap{"claims": cedar.NewSet(claims...)})},
			action:      {UID: action, Parents: cedar.NewEntityUIDSet(actions...)},
		},
	}
	return a
}

// in reports whether the principal is an entity or in it.
func (a *asked) in(uid cedar.EntityUID) bool { return a.principal == uid || a.groups[uid] }

// value evaluates what does not speak of the resource.
func (a *asked) value(n ast.IsNode) (cedar.Value, error) { return eval.Eval(n, a.env) }

// uidOf is a reference in Cedar's words: group:default/shop is
// Group::"default/shop".
func uidOf(ref string) cedar.EntityUID {
	kind, name, _ := strings.Cut(ref, ":")
	return cedar.NewEntityUID(typeOf(kind), cedar.String(name))
}

// refOf is the opposite of uidOf.
func refOf(uid cedar.EntityUID) string {
	return strings.ToLower(string(uid.Type)) + ":" + string(uid.ID)
}

// typeOf is a name with dashes in one word: CatalogEntity.
func typeOf(name string) cedar.EntityType {
	var b strings.Builder
	for part := range strings.SplitSeq(name, "-") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return cedar.EntityType(b.String())
}

// principalScope tests the principal.
func principalScope(scope ast.IsPrincipalScopeNode) (func(*asked) bool, error) {
	switch t := scope.(type) {
	case ast.ScopeTypeAll:
		return func(*asked) bool { return true }, nil
	case ast.ScopeTypeEq:
		return func(a *asked) bool { return a.principal == t.Entity }, nil
	case ast.ScopeTypeIn:
		return func(a *asked) bool { return a.in(t.Entity) }, nil
	case ast.ScopeTypeIs:
		return func(a *asked) bool { return a.principal.Type == t.Type }, nil
	case ast.ScopeTypeIsIn:
		return func(a *asked) bool { return a.principal.Type == t.Type && a.in(t.Entity) }, nil
	}
	return nil, errors.New("has a principal of a form that is not known here")
}

// resourceScope tests the resource.
func (c *compiler) resourceScope(scope ast.IsResourceScopeNode) (expr, error) {
	switch t := scope.(type) {
	case ast.ScopeTypeAll:
		return constant(yes), nil
	case ast.ScopeTypeEq:
		return c.same(ast.NodeValue{Value: t.Entity})
	case ast.ScopeTypeIs:
		return is(t.Type), nil
	}
	return nil, errors.New("has a resource in another, which no condition can say")
}
