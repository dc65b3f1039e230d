// SPDX-License-Identifier: Apache-2.0

package permission

import (
	"context"

	"github.com/callboard/callboard"
)

// Policy decides. It is called for each request that needs a decision, and
// from several goroutines. An error denies.
type Policy interface {
	Decide(ctx context.Context, q Question) (Decision, error)
}

// PolicyFunc is a function that is a [Policy].
type PolicyFunc func(ctx context.Context, q Question) (Decision, error)

// Decide calls the function.
func (f PolicyFunc) Decide(ctx context.Context, q Question) (Decision, error) { return f(ctx, q) }

// Question asks whether somebody may do something.
type Question struct {
	// Identity is who asks; the zero value is a guest.
	Identity callboard.Identity
	// Local says that the request comes from the machine itself.
	Local bool
	// Permission is what is asked for.
	Permission Permission
}

// Decision is the answer. The zero value is no.
type Decision struct {
	// On is the condition under which it is yes; nil is never.
	On Condition
	// Why are the statements that led here, in the order in which they were
	// looked at.
	Why []Reason
}

// Allow is yes.
func Allow(why ...Reason) Decision { return Decision{On: All{}, Why: why} }

// Deny is no.
func Deny(why ...Reason) Decision { return Decision{Why: why} }

// AllowIf is yes where the condition holds.
func AllowIf(c Condition, why ...Reason) Decision { return Decision{On: c, Why: why} }

// Effect is what a decision comes to.
type Effect string

// The effects.
const (
	Denied      Effect = "deny"
	Allowed     Effect = "allow"
	Conditional Effect = "conditional"
)

// Effect returns what the decision comes to before anything is known of the
// resource.
func (d Decision) Effect() Effect {
	switch {
	case d.On == nil || never(d.On):
		return Denied
	case always(d.On):
		return Allowed
	}
	return Conditional
}

// Condition returns what must hold of the resource: an empty [Any] for no, an
// empty [All] for yes.
func (d Decision) Condition() Condition {
	if d.On == nil {
		return Any{}
	}
	return d.On
}

// Reason is a statement that had a part in a decision.
type Reason struct {
	// Effect is what it is for: [Allowed] or [Denied].
	Effect Effect
	// By names the statement, such as "role member".
	By string
	// Since says why it applies to who asks, such as "user:default/ines is in
	// group:default/shop".
	Since string
	// On is the condition that it names; nil is none.
	On Condition
}

// Evaluator tells whether a condition holds of one resource, for those who ask
// why. Whoever owns a resource contributes one.
type Evaluator struct {
	// Resource is that of [Permission].
	Resource string
	// Holds looks at the resource of that name whoever asks, or is
	// [callboard.CodeNotFound].
	Holds func(ctx context.Context, name string, c Condition) (bool, error)
}

// Key returns the resource, for which there is one evaluator.
func (e Evaluator) Key() string { return e.Resource }

// and is yes where both decisions are.
func (d Decision) and(o Decision) Decision {
	return Decision{On: And(d.Condition(), o.Condition()), Why: append(d.Why[:len(d.Why):len(d.Why)], o.Why...)}
}
