// SPDX-License-Identifier: Apache-2.0

package catalogbench

import (
	"context"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/guardedcatalog"
	"github.com/callboard/callboard/portal/permission"
)

// guarded asks as somebody who may see what is not secret, or is their team's:
// what a condition costs beside the same question of the store itself.
func (s *Site) guarded() ([]Question, error) {
	kinds, err := catalog.NewKinds()
	if err != nil {
		return nil, err
	}
	set, err := permission.NewSet(guardedcatalog.Declaration())
	if err != nil {
		return nil, err
	}
	condition := permission.Any{
		permission.Not{Condition: permission.Rule{Name: "has-label", Values: []string{"visibility", "secret"}}},
		permission.Rule{Name: permission.RuleIsOwner, Values: []string{"group:default/" + s.company.team(0)}},
	}
	policy := permission.PolicyFunc(func(context.Context, permission.Question) (permission.Decision, error) {
		return permission.AllowIf(condition), nil
	})
	store := guardedcatalog.New(catalog.Unguarded{Store: s.Store}, kinds, permission.New(set, policy))
	query := func(q catalog.Query) func(context.Context, int) (int, error) {
		return func(ctx context.Context, _ int) (int, error) {
			p, err := store.Query(ctx, q)
			return p.Total, err
		}
	}
	return []Question{
		{"condition", "page of services", query(catalog.Query{Filter: services()})},
		{"condition", "page of components by title", query(catalog.Query{Filter: components(), Order: []catalog.Order{{Field: "metadata.title"}}})},
		{"condition", "facets: kind, type", func(ctx context.Context, _ int) (int, error) {
			got, err := store.Facets(ctx, catalog.FacetQuery{Fields: []string{"kind", "spec.type"}})
			return len(got["kind"]), err
		}},
	}, nil
}
