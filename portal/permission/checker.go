// SPDX-License-Identifier: Apache-2.0

package permission

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/callboard/callboard"
)

// Checker answers what the caller in a context may do. It is safe for
// concurrent use.
type Checker struct {
	set      *Set
	policies []Policy
	watchers []func(q Question, d Decision)
}

// New returns a checker of the permissions in the set. Every policy must allow
// what is to be allowed; without a policy nothing is.
func New(set *Set, policies ...Policy) *Checker {
	return &Checker{set: set, policies: policies}
}

// Watch has f told what is decided of whom, once for each permission and
// request. f must be quick, changes nothing of what it is told, and is called
// from several goroutines. Call Watch while the portal is built, before anything
// is decided.
func (c *Checker) Watch(f func(q Question, d Decision)) { c.watchers = append(c.watchers, f) }

// WithRoles returns a checker whose roles are others, to try them; its other
// policies stay. Nobody watches it.
func (c *Checker) WithRoles(roles *Roles) *Checker {
	tried := New(c.set, slices.Clone(c.policies)...)
	for i, p := range tried.policies {
		if _, ok := p.(*Roles); ok {
			tried.policies[i] = roles
		}
	}
	return tried
}

// Set returns the permissions and rules that there are.
func (c *Checker) Set() *Set { return c.set }

// ClaimNames returns the names of the claims that the bindings of roles speak
// of, sorted.
func (c *Checker) ClaimNames() []string {
	var names []string
	for _, p := range c.policies {
		if roles, ok := p.(*Roles); ok {
			names = append(names, roles.ClaimNames()...)
		}
	}
	return names
}

// Decide answers for the caller in ctx. An unknown permission is an error of
// the program; whatever fails, the answer is no.
func (c *Checker) Decide(ctx context.Context, id string) (Decision, error) {
	m, _ := ctx.Value(memoKey{}).(*memo)
	if d, ok := m.get(id); ok {
		return d, nil
	}
	p, ok := c.set.Permission(id)
	if !ok {
		return Deny(), fmt.Errorf("permission: nobody declares %s", id)
	}
	q := Question{Identity: callboard.IdentityFrom(ctx), Local: localFrom(ctx), Permission: p}
	d, err := c.Answer(ctx, q)
	if err != nil {
		return Deny(), err
	}
	m.put(id, d)
	for _, watch := range c.watchers {
		watch(q, d)
	}
	return d, nil
}

// Answer answers any question, such as what somebody else may do.
func (c *Checker) Answer(ctx context.Context, q Question) (Decision, error) {
	if len(c.policies) == 0 {
		return Deny(Reason{Effect: Denied, By: "no policy", Since: "nothing is allowed without one"}), nil
	}
	d := Allow()
	for i, p := range c.policies {
		one, err := p.Decide(ctx, q)
		if err != nil {
			return Deny(), fmt.Errorf("permission: %s: %w", q.Permission.ID, err)
		}
		if i == 0 {
			d = one
			continue
		}
		d = d.and(one)
	}
	if q.Identity.Limits != nil {
		d = d.and(limited(q))
	}
	return d, nil
}

// limited is what the limits of an API key leave of a permission.
func limited(q Question) Decision {
	out := Decision{On: Any{}}
	for _, l := range q.Identity.Limits {
		if !matches(l.Permission, q.Permission.ID) {
			continue
		}
		var on Condition = All{}
		if l.Resource != "" && l.Resource != "*" {
			if q.Permission.Resource == "" {
				continue // about nothing that could match
			}
			on = Rule{RuleMatchesRef, []string{l.Resource}}
		}
		out.On = Or(out.On, on)
		out.Why = append(out.Why, Reason{Effect: Allowed, By: "the key's scope", Since: l.Permission + " is in it", On: on})
	}
	if out.Effect() == Denied {
		out.Why = []Reason{{Effect: Denied, By: "the key's scope", Since: q.Permission.ID + " is not in it"}}
	}
	return out
}

// Require returns nil if the caller may, on whatever condition, or the error
// of [Refusal].
func (c *Checker) Require(ctx context.Context, id string) error {
	d, err := c.Decide(ctx, id)
	if err != nil {
		return err
	}
	if d.Effect() == Denied {
		return c.Refusal(ctx, id)
	}
	return nil
}

// May reports whether the caller may, on whatever condition: whether to show a
// way there at all.
func (c *Checker) May(ctx context.Context, id string) bool {
	return c.Require(ctx, id) == nil
}

// Refusal returns the error for a caller who may not: [callboard.CodeUnauthenticated]
// for one who is not signed in, else [callboard.CodeForbidden], naming the permission.
func (c *Checker) Refusal(ctx context.Context, id string) error {
	title := id
	if p, ok := c.set.Permission(id); ok && p.Title != "" {
		title = fmt.Sprintf("%q (%s)", p.Title, id)
	}
	who := callboard.IdentityFrom(ctx)
	if !who.SignedIn() {
		return &callboard.Error{Code: callboard.CodeUnauthenticated, Message: "sign in first: this needs the permission " + title}
	}
	return &callboard.Error{Code: callboard.CodeForbidden, Message: "this needs the permission " + title + ", which " + who.Subject + " does not have here; an administrator grants it with a role"}
}

type memoKey struct{}

// memo keeps the decisions of one request.
type memo struct {
	mu   sync.Mutex
	made map[string]Decision
}

// WithMemo returns a context in which each decision is made once. Give it to a
// request whose identity does not change any more.
func WithMemo(ctx context.Context) context.Context {
	return context.WithValue(ctx, memoKey{}, &memo{})
}

func (m *memo) get(id string) (Decision, bool) {
	if m == nil {
		return Decision{}, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	d, ok := m.made[id]
	return d, ok
}

func (m *memo) put(id string, d Decision) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.made == nil {
		m.made = map[string]Decision{}
	}
	m.made[id] = d
}

type localKey struct{}

// WithLocal returns a context of a request that comes from the machine itself.
func WithLocal(ctx context.Context) context.Context {
	return context.WithValue(ctx, localKey{}, true)
}

func localFrom(ctx context.Context) bool {
	local, _ := ctx.Value(localKey{}).(bool)
	return local
}
