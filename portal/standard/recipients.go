// SPDX-License-Identifier: Apache-2.0

package standard

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/notify"
	"github.com/callboard/callboard/portal/permission"
)

// What a notification may be about, for [recipients.MaySee].
const (
	aboutEntity  = "entity:"
	aboutProblem = "problem:"
)

// recipientPackage has notifications go to the catalog's people.
func recipientPackage(i do.Injector) {
	module.Provide(i, func(i do.Injector) (notify.Directory, error) {
		all, err := do.Invoke[catalog.Unguarded](i)
		if err != nil {
			return nil, err
		}
		guarded, err := do.Invoke[catalog.Store](i)
		if err != nil {
			return nil, err
		}
		judge, err := do.Invoke[catalog.Judge](i)
		if err != nil {
			return nil, err
		}
		kinds, err := do.Invoke[*catalog.Kinds](i)
		if err != nil {
			return nil, err
		}
		may, err := do.Invoke[*permission.Checker](i)
		return recipients{all: all, people: people{all}, guarded: guarded, judge: judge, kinds: kinds, may: may}, err
	})
}

// recipients are the catalog's people as those who can be told.
type recipients struct {
	all    catalog.HistoryReader
	people people
	// guarded is the catalog within the permissions of the person in a context.
	guarded catalog.Store
	judge   catalog.Judge
	kinds   *catalog.Kinds
	may     *permission.Checker
}

var _ notify.Directory = recipients{}

// People implements [notify.Directory]. Cost: a read for each step down from a
// group.
func (r recipients) People(ctx context.Context, refs []string, limit int) ([]string, error) {
	found, seen := map[string]bool{}, map[catalog.Ref]bool{}
	var level []catalog.Ref
	for _, text := range refs {
		if text == notify.Everyone {
			return r.everyone(ctx, limit)
		}
		if ref, err := catalog.ParseRef(text, catalog.Ref{}); err == nil && !seen[ref] {
			seen[ref] = true
			level = append(level, ref)
		}
	}
	for len(level) > 0 {
		entities, err := r.entities(ctx, level)
		if err != nil {
			return nil, err
		}
		level = nil
		for _, e := range entities {
			switch ref := e.Ref(); ref.Kind {
			case "user":
				found[ref.String()] = true
			case "group":
				for _, below := range append(e.Targets("hasMember"), e.Targets("parentOf")...) {
					if !seen[below] {
						seen[below] = true
						level = append(level, below)
					}
				}
			}
		}
		if len(found) > limit || len(seen) > limit+maxOwns {
			return nil, tooMany(limit)
		}
	}
	return sorted(found), nil
}

func sorted(set map[string]bool) []string {
	out := make([]string, 0, len(set))
	for ref := range set {
		out = append(out, ref)
	}
	slices.Sort(out)
	return out
}

func tooMany(limit int) error {
	return &callboard.Error{Code: callboard.CodeTooLarge, Message: fmt.Sprintf("these are more than %d people", limit)}
}

// entities returns those of the references that there are.
func (r recipients) entities(ctx context.Context, refs []catalog.Ref) ([]*catalog.Entity, error) {
	records, err := r.people.catalog.Records(ctx, refs)
	if err != nil {
		return nil, err
	}
	var out []*catalog.Entity
	for _, rec := range records {
		if !rec.Found() {
			continue
		}
		e, err := rec.Entity()
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// everyone returns all users of the catalog.
func (r recipients) everyone(ctx context.Context, limit int) ([]string, error) {
	found := map[string]bool{}
	q := catalog.Query{Filter: catalog.In{Field: "kind", Values: []string{"user"}}, Limit: 500, SkipTotal: true}
	for {
		page, err := r.people.catalog.Query(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, rec := range page.Items {
			found[rec.Ref.String()] = true
		}
		if len(found) > limit {
			return nil, tooMany(limit)
		}
		if page.Next == "" {
			return sorted(found), nil
		}
		q.Cursor = page.Next
	}
}

// Person implements [notify.Directory].
func (r recipients) Person(ctx context.Context, ref string) (notify.Person, error) {
	parsed, err := catalog.ParseRef(ref, catalog.Ref{})
	if err != nil {
		return notify.Person{}, err
	}
	found, err := r.entities(ctx, []catalog.Ref{parsed})
	if err != nil {
		return notify.Person{}, err
	}
	if len(found) == 0 || parsed.Kind != "user" {
		return notify.Person{}, &callboard.Error{Code: callboard.CodeNotFound, Message: "there is nobody called " + ref}
	}
	e := found[0]
	return notify.Person{Ref: parsed.String(), Name: e.DisplayName(), Email: emailOf(e), Annotations: e.Metadata.Annotations}, nil
}

// as returns the context of a person's own questions, or false if they have
// left. What a provider of the sign-in claims is not known here: roles that
// come from claims alone do not count.
func (r recipients) as(ctx context.Context, person string) (context.Context, callboard.Identity, bool, error) {
	id, err := r.people.Identity(ctx, person)
	switch code := callboard.CodeOf(err); {
	case code == callboard.CodeNotFound || code == callboard.CodeInvalid:
		return ctx, id, false, nil
	case err != nil:
		return ctx, id, false, err
	}
	return permission.WithMemo(callboard.WithIdentity(ctx, id)), id, true, nil
}

// MaySee implements [notify.Directory]. Of an entity that was deleted, who might
// see it as it was last may.
func (r recipients) MaySee(ctx context.Context, person, about string) (bool, error) {
	ctx, _, there, err := r.as(ctx, person)
	if err != nil || !there {
		return false, err
	}
	see := r.seesEntity
	if strings.HasPrefix(about, aboutProblem) {
		see = r.seesProblem
	}
	ok, err := see(ctx, about)
	if callboard.Refused(err) || callboard.CodeOf(err) == callboard.CodeNotFound {
		return false, nil
	}
	return ok, err
}

func (r recipients) seesEntity(ctx context.Context, about string) (bool, error) {
	text, ok := strings.CutPrefix(about, aboutEntity)
	ref, err := catalog.ParseRef(text, catalog.Ref{})
	if !ok || err != nil {
		return false, err
	}
	records, err := r.guarded.Records(ctx, []catalog.Ref{ref})
	if err != nil || records[0].Found() {
		return err == nil, err
	}
	// It is not there, or not for them; only in the first case there is a last
	// version that is a deletion.
	versions, err := r.all.Versions(ctx, ref, 0, 1)
	if err != nil || len(versions) == 0 || versions[0].Op != catalog.OpDelete {
		return false, err
	}
	e, err := catalog.Record{JSON: versions[0].Previous}.Entity()
	if err != nil {
		return false, err
	}
	e.Relations = nil
	edges, _ := r.kinds.Relations(e)
	for _, edge := range edges {
		if edge.Source == ref {
			e.Relations = append(e.Relations, catalog.Relation{Type: edge.Type, Target: edge.Target})
		}
	}
	return r.judge.May(ctx, catalog.MayReadEntity, e), nil
}

func (r recipients) seesProblem(ctx context.Context, about string) (bool, error) {
	id, err := strconv.ParseInt(strings.TrimPrefix(about, aboutProblem), 10, 64)
	if err != nil {
		return false, err
	}
	found, _, err := r.guarded.Problems(ctx, catalog.ProblemQuery{After: id - 1, Limit: 1})
	return len(found) > 0 && found[0].ID == id, err
}

// May implements [notify.Directory].
func (r recipients) May(ctx context.Context, person, id string) (bool, error) {
	ctx, identity, there, err := r.as(ctx, person)
	if err != nil || !there {
		return false, err
	}
	p, ok := r.may.Set().Permission(id)
	if !ok {
		return false, fmt.Errorf("standard: nobody declares the permission %s", id)
	}
	d, err := r.may.Answer(ctx, permission.Question{Identity: identity, Permission: p})
	return d.Effect() != permission.Denied, err
}
