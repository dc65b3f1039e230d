// SPDX-License-Identifier: Apache-2.0

// Package searchagent is the search for AI agents: the tool portal_search over
// everything that the portal's search finds, within what the caller may see.
// Start from [Package].
package searchagent

import (
	"context"

	"github.com/callboard/callboard/portal/agent"
	"github.com/callboard/callboard/portal/search"
)

// input is a question.
type input struct {
	Text   string   `json:"text" jsonschema:"the words to find; words in quotes stand next to each other, and a minus leaves out what has the word behind it"`
	Types  []string `json:"types,omitempty" jsonschema:"only of these types, such as component, api, operation, user, group"`
	Limit  int      `json:"limit,omitempty" jsonschema:"how many to return, 20 if left out, 100 at most"`
	Cursor string   `json:"cursor,omitempty" jsonschema:"nextCursor of the page before, with the rest of the input as it was"`
}

// found is the answer.
type found struct {
	Items []result    `json:"items"`
	Total int         `json:"total"`
	Types []typeCount `json:"types,omitempty"`
	Next  string      `json:"nextCursor,omitempty"`
}

type result struct {
	Type     string `json:"type"`
	ID       string `json:"id"`
	Title    string `json:"title"`
	Hint     string `json:"hint,omitempty"`
	Snippet  string `json:"snippet,omitempty"`
	Owner    string `json:"owner,omitempty"`
	Location string `json:"location"`
}

type typeCount struct {
	Type  string `json:"type"`
	Count int    `json:"count"`
}

// Tool returns the tool portal_search.
func Tool(s *search.Service) (agent.Tool, error) {
	return agent.Read(agent.Spec{
		Name: "portal_search", Title: "Search the portal",
		Description: "Finds everything in the portal by words: entities of the catalog, API operations, teams, people, actions. Names are found with typing mistakes too, the best comes first. The id of an entity is its reference; location is the page to show to a person.",
	}, func(ctx context.Context, in input) (found, error) {
		f, err := s.Search(ctx, search.Query{Text: in.Text, Types: in.Types, Limit: in.Limit, Cursor: in.Cursor, Facets: true})
		if err != nil {
			return found{}, err
		}
		out := found{Items: []result{}, Total: f.Total, Next: f.Next}
		for _, r := range f.Results {
			out.Items = append(out.Items, result{r.Type, r.ID, r.Title, r.Hint, textOf(r.Snippet), r.Owner, r.Location})
		}
		for _, c := range f.Facets {
			out.Types = append(out.Types, typeCount{c.Type.ID, c.Count})
		}
		return out, nil
	})
}

func textOf(parts []search.Part) string {
	text := ""
	for _, p := range parts {
		text += p.Text
	}
	return text
}
