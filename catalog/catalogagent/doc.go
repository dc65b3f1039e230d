// SPDX-License-Identifier: Apache-2.0

// Package catalogagent is the catalog for AI agents: tools that find and read
// entities, their relations, owners, API definitions, problems and history, and
// tools that have locations registered, unregistered and read again.
//
// Everything goes through the store and the operator that the portal guards, so
// an agent sees and may do what its caller may. Start from [Package], or from
// [Tools] with parts of your own.
package catalogagent

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/agent"
)

// Parts is what [Tools] needs, all of it.
type Parts struct {
	// Store and Operator look at the caller's permissions.
	Store    catalog.Store
	Operator catalog.Operator
	Judge    catalog.Judge
}

// Tools returns the tools.
func Tools(p Parts) ([]agent.Tool, error) {
	var all []agent.Tool
	var errs []error
	for _, make := range []func() (agent.Tool, error){
		p.getEntity, p.listEntities, p.facets, p.graph, p.ownership, p.apiOperations, p.problems, p.history, p.listLocations,
		p.refreshEntity, p.registerLocation, p.unregisterLocation,
	} {
		t, err := make()
		all, errs = append(all, t), append(errs, err)
	}
	return all, errors.Join(errs...)
}

// record returns the entity that a reference names for the caller.
func (p Parts) record(ctx context.Context, text string) (catalog.Record, error) {
	ref, err := catalog.ParseRef(text, catalog.Ref{})
	if err != nil {
		return catalog.Record{}, err
	}
	found, err := p.Store.Records(ctx, []catalog.Ref{ref})
	if err != nil {
		return catalog.Record{}, err
	}
	if !found[0].Found() {
		return catalog.Record{}, &callboard.Error{Code: callboard.CodeNotFound, Message: "there is no entity " + ref.String() + "; look for its reference with catalog_list_entities or portal_search"}
	}
	return found[0], nil
}

func (p Parts) entity(ctx context.Context, text string) (*catalog.Entity, error) {
	rec, err := p.record(ctx, text)
	if err != nil {
		return nil, err
	}
	return rec.Entity()
}

// longDefinition is the size from which an API's definition is left out of its
// entity, in bytes.
const longDefinition = 4000

func (p Parts) getEntity() (agent.Tool, error) {
	type input struct {
		Ref        string `json:"ref" jsonschema:"the reference, kind:namespace/name, such as component:default/checkout"`
		Definition bool   `json:"definition,omitempty" jsonschema:"return a long API definition as well; catalog_api_operations is mostly the better way"`
	}
	return agent.Read(agent.Spec{
		Name: "catalog_get_entity", Title: "Read an entity", Permission: catalog.MayReadEntity,
		Description: "Returns one entity of the catalog whole: metadata, annotations, links, spec, and its relations to others. Use it when you know the reference.",
	}, func(ctx context.Context, in input) (json.RawMessage, error) {
		rec, err := p.record(ctx, in.Ref)
		if err != nil || in.Definition {
			return rec.JSON, err
		}
		return withoutDefinition(rec)
	})
}

// withoutDefinition returns an entity's JSON with a long definition replaced by
// where to read it.
func withoutDefinition(rec catalog.Record) (json.RawMessage, error) {
	if rec.Ref.Kind != "api" || len(rec.JSON) < longDefinition {
		return rec.JSON, nil
	}
	e, err := rec.Entity()
	if err != nil {
		return nil, err
	}
	if text, _ := e.Spec["definition"].(string); len(text) >= longDefinition {
		e.Spec["definition"] = "[left out; read it with catalog_api_operations, or ask for it with definition]"
	}
	return json.Marshal(e)
}
