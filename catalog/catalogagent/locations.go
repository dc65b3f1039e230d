// SPDX-License-Identifier: Apache-2.0

package catalogagent

import (
	"context"
	"slices"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/agent"
)

func (p Parts) listLocations() (agent.Tool, error) {
	type output struct {
		Items []catalog.Location `json:"items"`
	}
	return agent.Read(agent.Spec{
		Name: "catalog_list_locations", Title: "Registered locations", Permission: catalog.MayReadLocation,
		Description: "Returns the locations that people registered for the catalog to read, with the id that catalog_unregister_location takes.",
	}, func(ctx context.Context, _ struct{}) (output, error) {
		all, err := p.Store.Locations(ctx)
		return output{append([]catalog.Location{}, all...)}, err
	})
}

func (p Parts) refreshEntity() (agent.Tool, error) {
	type input struct {
		Ref string `json:"ref" jsonschema:"the entity, by reference"`
	}
	return agent.Change(agent.Spec{
		Name: "catalog_refresh_entity", Title: "Read an entity again", Permission: catalog.MayRefreshEntity, Idempotent: true, External: true,
		Description: "Has the source that declares an entity read again at once, such as after its file was changed. What is there then is taken in as on schedule.",
	}, func(ctx context.Context, in input) (agent.Effect, error) {
		e, err := p.entity(ctx, in.Ref)
		if err != nil {
			return agent.Effect{}, err
		}
		if !p.Judge.May(ctx, catalog.MayRefreshEntity, e) {
			return agent.Effect{}, &callboard.Error{Code: callboard.CodeForbidden, Message: "you may not refresh " + e.Ref().String() + ": it needs the permission " + catalog.MayRefreshEntity + " about it"}
		}
		return agent.Effect{Summary: "read again what declares " + e.Ref().String()}, nil
	}, func(ctx context.Context, in input) (agent.Effect, error) {
		ref, err := catalog.ParseRef(in.Ref, catalog.Ref{})
		if err != nil {
			return agent.Effect{}, err
		}
		return agent.Effect{Summary: "read again what declares " + ref.String()}, p.Operator.Refresh(ctx, ref)
	})
}

// registration is what registering a location brings.
type registration struct {
	Location catalog.Location  `json:"location"`
	Exists   bool              `json:"exists,omitempty"`
	Entities []summary         `json:"entities,omitempty"`
	Problems []catalog.Problem `json:"problems,omitempty"`
}

func (p Parts) registerLocation() (agent.Tool, error) {
	type input struct {
		Target string `json:"target" jsonschema:"where the catalog file is, such as https://github.com/acme/shop/blob/main/catalog-info.yaml"`
		Type   string `json:"type,omitempty" jsonschema:"url if left out"`
	}
	location := func(in input) catalog.Location {
		if in.Type == "" {
			in.Type = "url"
		}
		return catalog.Location{Type: in.Type, Target: in.Target}
	}
	return agent.Change(agent.Spec{
		Name: "catalog_register_location", Title: "Register a location", Permission: catalog.MayCreateLocation, Idempotent: true, External: true,
		Description: "Registers a catalog file, which is then read now and on schedule. The dry run reads it and returns the entities and problems that it would bring.",
	}, func(ctx context.Context, in input) (agent.Effect, error) {
		tried, err := p.Operator.TryLocation(ctx, location(in))
		if err != nil {
			return agent.Effect{}, err
		}
		out := registration{Location: catalog.Location{Type: tried.Location.Type, Target: tried.Location.Target}, Exists: tried.Exists, Problems: tried.Problems}
		for _, e := range tried.Entities {
			out.Entities = append(out.Entities, summaryOf(e))
		}
		summary := "register " + out.Location.String()
		if out.Exists {
			summary = "change nothing: " + out.Location.String() + " is registered already"
		}
		return agent.Effect{Summary: summary, Details: out}, nil
	}, func(ctx context.Context, in input) (agent.Effect, error) {
		made, err := p.Operator.AddLocation(ctx, location(in))
		return agent.Effect{Summary: "registered " + made.Location.String(), Details: registration{Location: made.Location, Exists: made.Exists}}, err
	})
}

// goingMost bounds the references and sources looked at below a location.
const goingMost = 500

// departure is what unregistering a location takes away.
type departure struct {
	Location catalog.Location `json:"location"`
	// Brought is what it declares; what another source declares too stays.
	Brought []catalog.Ref `json:"brought"`
}

func (p Parts) unregisterLocation() (agent.Tool, error) {
	type input struct {
		ID string `json:"id" jsonschema:"the id of the location, from catalog_list_locations"`
	}
	return agent.Change(agent.Spec{
		Name: "catalog_unregister_location", Title: "Unregister a location", Permission: catalog.MayDeleteLocation, Destructive: true,
		Description: "Has the catalog no longer read a location. What nobody else declares goes away with it. The dry run returns what the location brought.",
	}, func(ctx context.Context, in input) (agent.Effect, error) {
		l, err := p.registered(ctx, in.ID)
		if err != nil {
			return agent.Effect{}, err
		}
		if !p.Judge.May(ctx, catalog.MayDeleteLocation, nil) {
			return agent.Effect{}, &callboard.Error{Code: callboard.CodeForbidden, Message: "you may not unregister locations: it needs the permission " + catalog.MayDeleteLocation}
		}
		brought, err := p.broughtBy(ctx, l)
		return agent.Effect{Summary: "unregister " + l.String(), Details: departure{l, brought}}, err
	}, func(ctx context.Context, in input) (agent.Effect, error) {
		l, err := p.registered(ctx, in.ID)
		if err != nil {
			return agent.Effect{}, err
		}
		return agent.Effect{Summary: "unregistered " + l.String(), Details: l}, p.Operator.RemoveLocation(ctx, in.ID)
	})
}

// registered returns the location of that ID.
func (p Parts) registered(ctx context.Context, id string) (catalog.Location, error) {
	known, err := p.Store.Locations(ctx)
	if err != nil {
		return catalog.Location{}, err
	}
	i := slices.IndexFunc(known, func(l catalog.Location) bool { return l.ID == id })
	if i < 0 {
		return catalog.Location{}, &callboard.Error{Code: callboard.CodeNotFound, Message: "no registered location has that id; see catalog_list_locations"}
	}
	return known[i], nil
}

// broughtBy returns what came from a registered location and from those that it
// named, each reference once.
func (p Parts) broughtBy(ctx context.Context, l catalog.Location) ([]catalog.Ref, error) {
	queue, err := p.Store.Sources(ctx, catalog.SourceQuery{Provider: catalog.RegisteredProvider, Location: l.String(), Limit: goingMost})
	if err != nil {
		return nil, err
	}
	found := []catalog.Ref{}
	seen := map[catalog.Ref]bool{}
	for i := 0; i < min(len(queue), goingMost) && len(found) < goingMost; i++ {
		claims, err := p.Store.ClaimsOf(ctx, queue[i].Key)
		if err != nil {
			return nil, err
		}
		for _, c := range claims {
			if seen[c.Ref] {
				continue
			}
			seen[c.Ref] = true
			found = append(found, c.Ref)
			if c.Ref.Kind != "location" {
				continue
			}
			below, err := p.Store.Sources(ctx, catalog.SourceQuery{Parent: c.Ref.String(), Limit: goingMost})
			if err != nil {
				return nil, err
			}
			queue = append(queue, below...)
		}
	}
	return found, nil
}
