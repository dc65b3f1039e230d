// SPDX-License-Identifier: Apache-2.0

package catalogagent

import (
	"context"
	"slices"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/agent"
)

// maxOwners bounds the groups through which something is owned.
const maxOwners = 200

// possession is what somebody owns.
type possession struct {
	// Through are the references through which it is owned, the one asked for
	// first.
	Through []string `json:"through"`
	list
}

func (p Parts) ownership() (agent.Tool, error) {
	type input struct {
		Ref   string   `json:"ref" jsonschema:"the person or team, such as user:default/ines or group:default/payments"`
		Wide  bool     `json:"wide,omitempty" jsonschema:"of a person also what the person's groups own, of a team also what the teams below it own"`
		Kinds []string `json:"kinds,omitempty" jsonschema:"only of these kinds, such as component, api"`
		paging
	}
	return agent.Read(agent.Spec{
		Name: "catalog_owned_by", Title: "What a team or a person owns", Permission: catalog.MayReadEntity,
		Description: "Returns what a person or a team owns, in pages. Of whom something is owned, catalog_get_entity says in the relation ownedBy.",
	}, func(ctx context.Context, in input) (possession, error) {
		e, err := p.entity(ctx, in.Ref)
		if err != nil {
			return possession{}, err
		}
		owners := []catalog.Ref{e.Ref()}
		if in.Wide {
			if owners, err = p.owners(ctx, e); err != nil {
				return possession{}, err
			}
		}
		out := possession{}
		for _, o := range owners {
			out.Through = append(out.Through, o.String())
		}
		filter := catalog.All{catalog.In{Field: "relations." + catalog.RelationOwnedBy, Values: out.Through}}
		if len(in.Kinds) > 0 {
			filter = append(filter, catalog.In{Field: "kind", Values: in.Kinds})
		}
		out.list, err = p.page(ctx, catalog.Query{Filter: filter}, in.paging)
		return out, err
	})
}

// owners returns a person with all groups that they belong to, directly or not,
// or a team with all teams below it.
func (p Parts) owners(ctx context.Context, e *catalog.Entity) ([]catalog.Ref, error) {
	all := []catalog.Ref{e.Ref()}
	relations := []string{"parentOf"}
	if e.Ref().Kind == "user" {
		relations = []string{"memberOf", "childOf"}
	}
	level := []*catalog.Entity{e}
	for len(level) > 0 {
		var next []catalog.Ref
		for _, at := range level {
			for _, relation := range relations {
				for _, ref := range at.Targets(relation) {
					if !slices.Contains(all, ref) && len(all) < maxOwners {
						all, next = append(all, ref), append(next, ref)
					}
				}
			}
		}
		records, err := p.Store.Records(ctx, next)
		if err != nil {
			return nil, err
		}
		level = nil
		for _, rec := range records {
			if !rec.Found() {
				continue
			}
			below, err := rec.Entity()
			if err != nil {
				return nil, err
			}
			level = append(level, below)
		}
	}
	return all, nil
}
