// SPDX-License-Identifier: Apache-2.0

package catalogagent

import (
	"context"
	"net/url"
	"strings"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/agent"
)

// Resource returns entities as resources: callboard://entity/KIND/NAMESPACE/NAME.
func Resource(p Parts) agent.Resource {
	return agent.Resource{
		Name: "catalog_entity", Title: "Entity", MIMEType: "application/json", Permission: catalog.MayReadEntity,
		Description: "An entity of the catalog as JSON, with its relations.",
		Template:    "callboard://entity/{kind}/{namespace}/{name}",
		Read: func(ctx context.Context, uri *url.URL) (string, error) {
			part := strings.Split(strings.TrimPrefix(uri.Path, "/"), "/")
			if uri.Host != "entity" || len(part) != 3 {
				return "", &callboard.Error{Code: callboard.CodeNotFound, Message: "there is no such resource"}
			}
			rec, err := p.record(ctx, part[0]+":"+part[1]+"/"+part[2])
			return string(rec.JSON), err
		},
	}
}

// Prompts returns ready questions about the catalog.
func Prompts() []agent.Prompt {
	ref := agent.Argument{Name: "ref", Description: "the entity, such as component:default/checkout", Required: true}
	ask := func(before, after string) func(map[string]string) (string, error) {
		return func(arguments map[string]string) (string, error) {
			ref, err := catalog.ParseRef(arguments["ref"], catalog.Ref{})
			return before + ref.String() + after, err
		}
	}
	return []agent.Prompt{
		{
			Name: "catalog_review", Title: "Review an entity", Arguments: []agent.Argument{ref},
			Description: "What is missing or wrong about an entity, and how to mend it.",
			Text: ask("Review the entity ", " of the developer portal. Read it, its problems and its relations. Say what is wrong or missing: owner, description, links, documentation, "+
				"APIs that it provides or uses, relations to what does not exist. For each finding name the file to change and show the change."),
		},
		{
			Name: "catalog_impact", Title: "What a change may break", Arguments: []agent.Argument{ref},
			Description: "Who and what is affected if an entity changes or fails.",
			Text: ask("I am about to change ", " of the developer portal. Walk the relations to what depends on it and who uses its APIs, up to three steps. "+
				"List what may break, grouped by the team that owns it, and whom to tell first."),
		},
	}
}
