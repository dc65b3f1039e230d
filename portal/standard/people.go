// SPDX-License-Identifier: Apache-2.0

package standard

import (
	"context"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/module"
)

// directory has people sign in as users of the catalog.
func directory(i do.Injector) {
	module.Provide(i, func(i do.Injector) (auth.Directory, error) {
		store, err := do.Invoke[catalog.Unguarded](i)
		if err != nil {
			return nil, err
		}
		return people{store}, nil
	})
}

// maxFound is how many people a lookup returns: one is good, and a few show
// what is wrong.
const maxFound = 5

// maxOwns bounds through how many groups somebody may own things.
const maxOwns = 1000

// people is the catalog's users as a directory.
type people struct{ catalog catalog.Reader }

var _ auth.Directory = people{}

// People implements [auth.Directory].
func (p people) People(ctx context.Context, text string, limit int) ([]auth.Person, error) {
	q := catalog.Query{
		Filter: catalog.In{Field: "kind", Values: []string{"user"}}, Limit: limit, SkipTotal: true,
		Order: []catalog.Order{{Field: "spec.profile.displayname"}, {Field: "metadata.name"}},
	}
	if text != "" {
		q.Text = &catalog.Text{Term: text, Fields: []string{"metadata.name", "metadata.title", "spec.profile.displayname"}}
	}
	page, err := p.catalog.Query(ctx, q)
	if err != nil {
		return nil, err
	}
	var found []auth.Person
	for _, rec := range page.Items {
		e, err := rec.Entity()
		if err != nil {
			return nil, err
		}
		found = append(found, auth.Person{Ref: rec.Ref.String(), Name: e.DisplayName(), Text: e.Metadata.Description})
	}
	return found, nil
}

// Find implements [auth.Directory]. The catalog's filters know no case, so what
// they find is compared again.
func (p people) Find(ctx context.Context, l auth.Lookup) ([]string, error) {
	field, has := fieldOf(l)
	page, err := p.catalog.Query(ctx, catalog.Query{
		Filter: catalog.All{catalog.In{Field: "kind", Values: []string{"user"}}, catalog.In{Field: field, Values: []string{l.Value}}},
		Limit:  maxCandidates, SkipTotal: true,
	})
	if err != nil {
		return nil, err
	}
	var found []string
	for _, rec := range page.Items {
		e, err := rec.Entity()
		if err != nil {
			return nil, err
		}
		if has(e) && len(found) < maxFound {
			found = append(found, rec.Ref.String())
		}
	}
	return found, nil
}

// maxCandidates is how many people may have a value that differs in case alone.
const maxCandidates = 100

// fieldOf returns the field that a lookup is about, and what decides.
func fieldOf(l auth.Lookup) (field string, has func(*catalog.Entity) bool) {
	switch l.By {
	case auth.ByAnnotation:
		return "metadata.annotations." + l.Annotation, func(e *catalog.Entity) bool { return e.Metadata.Annotations[l.Annotation] == l.Value }
	case auth.ByEmail:
		return "spec.profile.email", func(e *catalog.Entity) bool { return auth.SameASCII(emailOf(e), l.Value) }
	default:
		return "metadata.name", func(e *catalog.Entity) bool { return auth.SameASCII(e.Metadata.Name, l.Value) }
	}
}

func emailOf(e *catalog.Entity) string {
	profile, _ := e.Spec["profile"].(map[string]any)
	email, _ := profile["email"].(string)
	return email
}

// Identity implements [auth.Directory]: somebody owns things through
// themselves, their groups, and the groups above those. Cost: one read for
// each step up.
func (p people) Identity(ctx context.Context, subject string) (callboard.Identity, error) {
	ref, err := catalog.ParseRef(subject, catalog.Ref{Kind: "user"})
	if err != nil {
		return callboard.Identity{}, err
	}
	if ref.Kind != "user" {
		return callboard.Identity{}, &callboard.Error{Code: callboard.CodeNotFound, Message: ref.String() + " is no person"}
	}
	id := callboard.Identity{Subject: ref.String()}
	seen := map[catalog.Ref]bool{ref: true}
	for level := []catalog.Ref{ref}; len(level) > 0 && len(id.Owns) < maxOwns; {
		records, err := p.catalog.Records(ctx, level)
		if err != nil {
			return callboard.Identity{}, err
		}
		level = nil
		for _, rec := range records {
			if !rec.Found() {
				continue
			}
			e, err := rec.Entity()
			if err != nil {
				return callboard.Identity{}, err
			}
			if rec.Ref == ref {
				id.Name = e.DisplayName()
			}
			id.Owns = append(id.Owns, rec.Ref.String())
			for _, group := range append(e.Targets("memberOf"), e.Targets("childOf")...) {
				if !seen[group] {
					seen[group] = true
					level = append(level, group)
				}
			}
		}
	}
	if id.Name == "" {
		return callboard.Identity{}, &callboard.Error{Code: callboard.CodeNotFound, Message: "there is nobody called " + ref.String()}
	}
	return id, nil
}
