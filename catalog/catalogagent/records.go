// SPDX-License-Identifier: Apache-2.0

package catalogagent

import (
	"context"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/agent"
)

func (p Parts) problems() (agent.Tool, error) {
	type input struct {
		Entity   string   `json:"entity,omitempty" jsonschema:"only about this entity, by reference"`
		Owners   []string `json:"owners,omitempty" jsonschema:"only about what one of these owns, by reference"`
		Severity string   `json:"severity,omitempty" jsonschema:"error or warning; both if left out"`
		Limit    int      `json:"limit,omitempty" jsonschema:"how many to return, 20 if left out, 100 at most"`
		After    int64    `json:"after,omitempty" jsonschema:"next of the page before"`
	}
	type output struct {
		Items []catalog.Problem `json:"items"`
		Total int               `json:"total"`
		Next  int64             `json:"next,omitempty"`
	}
	return agent.Read(agent.Spec{
		Name: "catalog_problems", Title: "Problems of the catalog", Permission: catalog.MayReadProblem,
		Description: "Returns what is wrong with what sources declare: where it stands (file, line, column), which rule it breaks, and how to mend it.",
	}, func(ctx context.Context, in input) (output, error) {
		q := catalog.ProblemQuery{Severity: catalog.Severity(in.Severity), After: in.After, Limit: in.Limit}
		var err error
		switch {
		case in.Limit < 0 || in.Limit > maxPage:
			return output{}, invalid("limit is 1 to %d", maxPage)
		case in.Severity != "" && q.Severity != catalog.SeverityError && q.Severity != catalog.SeverityWarning:
			return output{}, invalid("severity is error or warning")
		case in.Entity != "":
			if q.Ref, err = catalog.ParseRef(in.Entity, catalog.Ref{}); err != nil {
				return output{}, err
			}
		}
		for _, o := range in.Owners {
			ref, err := catalog.ParseRef(o, catalog.Ref{Kind: "group"})
			if err != nil {
				return output{}, err
			}
			q.Owners = append(q.Owners, ref.String())
		}
		if q.Limit == 0 {
			q.Limit = pageSize
		}
		found, total, err := p.Store.Problems(ctx, q)
		out := output{Items: append([]catalog.Problem{}, found...), Total: total}
		if len(found) == q.Limit {
			out.Next = found[len(found)-1].ID
		}
		return out, err
	})
}

// version is one change to an entity.
type version struct {
	Number   int64     `json:"number"`
	At       time.Time `json:"at"`
	What     string    `json:"what"`
	By       string    `json:"by,omitempty"`
	Reason   string    `json:"reason,omitempty"`
	Location string    `json:"location,omitempty"`
	Changes  []change  `json:"changes,omitempty"`
}

// change is a field that differs from the version before.
type change struct {
	Field  string `json:"field"`
	Before any    `json:"before,omitempty"`
	After  any    `json:"after,omitempty"`
}

const (
	// historySize is how many versions a page has.
	historySize = 10
	// maxChanges bounds the fields told of one version.
	maxChanges = 40
)

func (p Parts) history() (agent.Tool, error) {
	type input struct {
		Ref    string `json:"ref" jsonschema:"the entity, by reference"`
		Before int64  `json:"before,omitempty" jsonschema:"next of the page before"`
	}
	type output struct {
		Items []version `json:"items"`
		Next  int64     `json:"next,omitempty"`
	}
	return agent.Read(agent.Spec{
		Name: "catalog_history", Title: "History of an entity", Permission: catalog.MayReadEntity,
		Description: "Returns what changed of an entity, when, through whom and why, the newest first, with the fields before and after, in pages of ten.",
	}, func(ctx context.Context, in input) (output, error) {
		ref, err := catalog.ParseRef(in.Ref, catalog.Ref{})
		if err != nil {
			return output{}, err
		}
		found, err := p.Store.Versions(ctx, ref, in.Before, historySize+1)
		if err != nil {
			return output{}, err
		}
		out := output{Items: []version{}}
		if len(found) > historySize {
			found = found[:historySize]
			out.Next = found[historySize-1].Number
		}
		for _, v := range found {
			one := version{Number: v.Number, At: v.Cause.Time, What: string(v.Op), By: v.Cause.Actor, Reason: v.Cause.Reason, Location: v.Cause.Location}
			if v.Op == catalog.OpUpdate {
				if one.Changes, err = changesOf(v); err != nil {
					return output{}, err
				}
			}
			out.Items = append(out.Items, one)
		}
		return out, nil
	})
}

// changesOf compares a version with the one before, field by field.
func changesOf(v catalog.Version) ([]change, error) {
	var before, after map[string]any
	for doc, to := range map[*json.RawMessage]*map[string]any{&v.Previous: &before, &v.JSON: &after} {
		if *doc == nil {
			continue
		}
		if err := json.Unmarshal(*doc, to); err != nil {
			return nil, err
		}
	}
	var out []change
	compare("", before, after, &out)
	return out[:min(len(out), maxChanges)], nil
}

func compare(path string, before, after map[string]any, out *[]change) {
	names := maps.Clone(before)
	if names == nil {
		names = map[string]any{}
	}
	maps.Copy(names, after)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		at := name
		if path != "" {
			at = path + "." + name
		}
		b, a := before[name], after[name]
		bm, isB := b.(map[string]any)
		am, isA := a.(map[string]any)
		switch {
		case reflect.DeepEqual(a, b), at == "metadata.etag":
		case isA && isB:
			compare(at, bm, am, out)
		default:
			*out = append(*out, change{at, told(b), told(a)})
		}
	}
}

// told shortens a long text.
func told(v any) any {
	if s, ok := v.(string); ok {
		return short(s)
	}
	return v
}
