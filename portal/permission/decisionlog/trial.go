// SPDX-License-Identifier: Apache-2.0

package decisionlog

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/permission"
)

// Day is what was decided within a day.
type Day struct {
	// Since is when it began.
	Since time.Time
	// Claims are the names of the claims that were kept.
	Claims []string
	// Partial says that more was decided than is kept.
	Partial bool
	// Decided has the decisions, the latest first.
	Decided []Decided
}

// Decided is a decision that was made.
type Decided struct {
	// Identity and Local are who asked, as far as it matters.
	Identity callboard.Identity
	Local    bool
	// Permission is the ID of what was asked for.
	Permission string
	// Effect and Condition are the answer; the condition is empty unless the
	// effect is [permission.Conditional].
	Effect    permission.Effect
	Condition string
	// Count is how often, Last when for the last time.
	Count int64
	Last  time.Time
}

// who names the caller.
func (d Decided) who() string {
	switch {
	case d.Identity.SignedIn():
		return d.Identity.Subject
	case d.Local:
		return "local"
	}
	return "guest"
}

// Trial is what another policy would have decided.
type Trial struct {
	// Since is when the day began.
	Since time.Time `json:"since"`
	// Questions are how many different ones were decided anew, Count how often
	// they had been asked.
	Questions int   `json:"questions"`
	Count     int64 `json:"count"`
	// Partial says that more was decided than is kept.
	Partial bool `json:"partial"`
	// Unknown are names of claims that the policy's bindings speak of and the
	// decisions do not have: nobody holds those bindings in the trial.
	Unknown []string `json:"unknownClaims,omitempty"`
	// Changes are what would be decided differently, what is lost first.
	Changes []Change `json:"changes"`
}

// Cautions are sentences on what the trial cannot tell; nil if there are none.
func (t Trial) Cautions() []string {
	var all []string
	if t.Partial {
		all = append(all, "More was decided than is kept: the trial is about the decisions made last.")
	}
	if len(t.Unknown) > 0 {
		all = append(all, "Claims of this name were not kept, because no binding in force speaks of them; in the trial nobody has them: "+strings.Join(t.Unknown, ", ")+".")
	}
	return all
}

// Change is what would change about a permission.
type Change struct {
	Permission string `json:"permission"`
	Title      string `json:"title"`
	// Was and Is are what was decided, and what would be. Both are
	// [permission.Conditional] where only the condition changes.
	Was permission.Effect `json:"was"`
	Is  permission.Effect `json:"is"`
	// Callers are how many it would happen to, Count how often it would have.
	Callers int   `json:"callers"`
	Count   int64 `json:"count"`
	// Examples are those whom it would have happened to most often.
	Examples []Example `json:"examples"`
}

// Who names the examples from the nth on, joined by commas.
func (c Change) Who(n int) string {
	var names []string
	for _, e := range c.Examples[min(n, len(c.Examples)):] {
		names = append(names, e.Who)
	}
	return strings.Join(names, ", ")
}

// Example is one whose decisions change.
type Example struct {
	// Who is the subject, guest, or local for a guest at the machine itself.
	Who   string    `json:"who"`
	Count int64     `json:"count"`
	Last  time.Time `json:"last"`
	// Was and Is are the conditions; empty if there is none.
	Was string `json:"was,omitempty"`
	Is  string `json:"is,omitempty"`
}

const maxExamples = 5

// changeKey is what changes are counted by.
type changeKey struct {
	permission string
	was, is    permission.Effect
}

// Try decides again what was decided, by another checker.
func (d Day) Try(ctx context.Context, c *permission.Checker) (Trial, error) {
	t := Trial{Since: d.Since, Partial: d.Partial, Changes: []Change{}}
	for _, name := range c.ClaimNames() {
		if !slices.Contains(d.Claims, name) {
			t.Unknown = append(t.Unknown, name)
		}
	}
	changes := map[changeKey]*Change{}
	for _, one := range d.Decided {
		p, ok := c.Set().Permission(one.Permission)
		if !ok {
			continue // a module that is gone
		}
		is, err := again(ctx, c, one, p)
		if err != nil {
			return Trial{}, err
		}
		t.Questions++
		t.Count += one.Count
		if on := said(is); is.Effect() != one.Effect || on != one.Condition {
			k := changeKey{p.ID, one.Effect, is.Effect()}
			if changes[k] == nil {
				changes[k] = &Change{Permission: p.ID, Title: p.Title, Was: one.Effect, Is: is.Effect()}
			}
			changes[k].add(one, on)
		}
	}
	for _, change := range changes {
		t.Changes = append(t.Changes, change.top())
	}
	slices.SortFunc(t.Changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Permission, b.Permission), cmp.Compare(a.Was, b.Was))
	})
	return t, nil
}

// again asks what was asked, as whoever asked.
func again(ctx context.Context, c *permission.Checker, one Decided, p permission.Permission) (permission.Decision, error) {
	ctx = callboard.WithIdentity(ctx, one.Identity)
	if one.Local {
		ctx = permission.WithLocal(ctx)
	}
	return c.Answer(ctx, permission.Question{Identity: one.Identity, Local: one.Local, Permission: p})
}

func (c *Change) add(one Decided, on string) {
	c.Callers++
	c.Count += one.Count
	c.Examples = append(c.Examples, Example{Who: one.who(), Count: one.Count, Last: one.Last, Was: one.Condition, Is: on})
}

// top returns the change with a few examples.
func (c *Change) top() Change {
	slices.SortStableFunc(c.Examples, func(a, b Example) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Who, b.Who)) })
	top := *c
	top.Examples = c.Examples[:min(len(c.Examples), maxExamples)]
	return top
}

// rank orders changes: what is lost, what is gained, what another condition has.
func (c Change) rank() int {
	switch {
	case c.Is == permission.Denied:
		return 0
	case c.Was == permission.Denied:
		return 1
	}
	return 2
}

// said is the condition of a decision in one form: the order and the repetition
// of parts do not matter.
func said(d permission.Decision) string {
	if d.Effect() != permission.Conditional {
		return ""
	}
	return normal(d.Condition()).String()
}

// normal leaves out parts that say nothing, repetitions and brackets around a
// single part, and sorts the others.
func normal(c permission.Condition) permission.Condition {
	switch t := c.(type) {
	case permission.All:
		return only[permission.All, permission.Any](t)
	case permission.Any:
		return only[permission.Any, permission.All](t)
	case permission.Not:
		return permission.Not{Condition: normal(t.Condition)}
	}
	return c
}

type parts interface {
	permission.All | permission.Any
	permission.Condition
}

// only returns the parts of a T that matter. An empty T among them does not; an
// empty U, its opposite, is all that does.
func only[T, U parts](list T) permission.Condition {
	out := make(T, 0, len(list))
	for _, p := range list {
		p = normal(p)
		if same, ok := p.(T); ok && len(same) == 0 {
			continue
		}
		if end, ok := p.(U); ok && len(end) == 0 {
			return p
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b permission.Condition) int { return strings.Compare(a.String(), b.String()) })
	out = slices.CompactFunc(out, func(a, b permission.Condition) bool { return a.String() == b.String() })
	if len(out) == 1 {
		return out[0]
	}
	return out
}
