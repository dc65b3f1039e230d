// SPDX-License-Identifier: Apache-2.0

package permissionweb

import (
	"context"
	"strings"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/permission"
)

// People knows the people, as auth.Directory does.
type People interface {
	// Identity returns the person, or [callboard.CodeNotFound].
	Identity(ctx context.Context, ref string) (callboard.Identity, error)
}

// Explainer answers questions about what somebody may do.
type Explainer struct {
	Checker    *permission.Checker
	Roles      *permission.Roles
	People     People
	Evaluators []permission.Evaluator
}

// Guests that can be asked about besides people and services.
const (
	guest = "guest"
	local = "local"
)

// Question asks whether somebody may do something.
type Question struct {
	// Who is a reference of a person, service:NAME, guest, or local, who is a
	// guest at the machine itself.
	Who string `json:"who"`
	// Permission is the ID of a permission.
	Permission string `json:"permission"`
	// Resource names what it is about, such as component:default/shop; empty asks
	// in general.
	Resource string `json:"resource,omitempty"`
}

// Answer is what comes of it.
type Answer struct {
	Question
	// Effect is allow, deny, or conditional if no resource was named.
	Effect permission.Effect `json:"effect"`
	// Condition is what must hold of the resource; empty if nothing does.
	Condition string `json:"condition,omitempty"`
	// Holds says whether it does of the resource that was named.
	Holds *bool `json:"holds,omitempty"`
	// Why are the statements that led there.
	Why []Reason `json:"why"`
	// Title is that of the permission.
	Title string `json:"title"`
}

// Reason is a statement that had a part in an answer.
type Reason struct {
	Effect permission.Effect `json:"effect"`
	By     string            `json:"by"`
	Since  string            `json:"since"`
	On     string            `json:"on,omitempty"`
}

// Ask answers. Whom or what nobody knows is [callboard.CodeNotFound] or
// [callboard.CodeInvalid], with what to write instead.
func (x *Explainer) Ask(ctx context.Context, q Question) (Answer, error) {
	q.Who, q.Permission, q.Resource = strings.TrimSpace(q.Who), strings.TrimSpace(q.Permission), strings.TrimSpace(q.Resource)
	a := Answer{Question: q}
	p, ok := x.Checker.Set().Permission(q.Permission)
	if !ok {
		return a, &callboard.Error{Code: callboard.CodeInvalid, Message: "there is no permission " + q.Permission + "; the list of permissions has them all"}
	}
	a.Title = p.Title
	who, err := x.identity(ctx, q.Who)
	if err != nil {
		return a, err
	}
	d, err := x.Checker.Answer(ctx, permission.Question{Identity: who, Local: q.Who == local, Permission: p})
	if err != nil {
		return a, err
	}
	for _, r := range d.Why {
		reason := Reason{Effect: r.Effect, By: r.By, Since: r.Since}
		if r.On != nil {
			reason.On = r.On.String()
		}
		a.Why = append(a.Why, reason)
	}
	if a.Effect = d.Effect(); a.Effect != permission.Conditional {
		return a, nil
	}
	a.Condition = d.Condition().String()
	return a, x.apply(ctx, &a, p, d)
}

// apply looks at the resource that the question names.
func (x *Explainer) apply(ctx context.Context, a *Answer, p permission.Permission, d permission.Decision) error {
	if a.Resource == "" {
		return nil
	}
	for _, e := range x.Evaluators {
		if e.Resource != p.Resource {
			continue
		}
		holds, err := e.Holds(ctx, a.Resource, d.Condition())
		if err != nil {
			return err
		}
		a.Holds, a.Effect = &holds, permission.Denied
		if holds {
			a.Effect = permission.Allowed
		}
		return nil
	}
	return &callboard.Error{Code: callboard.CodeInvalid, Message: "no module can look at a resource of the kind " + p.Resource}
}

func (x *Explainer) identity(ctx context.Context, who string) (callboard.Identity, error) {
	switch {
	case who == guest, who == local:
		return callboard.Identity{}, nil
	case who == "":
		return callboard.Identity{}, &callboard.Error{Code: callboard.CodeInvalid, Message: "say who: a person such as user:default/ines, service:NAME, guest, or local for a guest at the machine itself"}
	case strings.HasPrefix(who, "service:"):
		return callboard.Identity{Subject: who, Owns: []string{who}}, nil
	}
	return x.People.Identity(ctx, who)
}
