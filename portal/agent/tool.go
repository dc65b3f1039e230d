// SPDX-License-Identifier: Apache-2.0

package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/callboard/callboard"
)

// Spec describes a tool to agents and to the portal.
type Spec struct {
	// Name is unique, of lower-case letters, digits and underscores, with the
	// module first: "catalog_get_entity". Clients know tools by it.
	Name string
	// Title names the tool to people.
	Title string
	// Description says to an agent what the tool does, when to use it, and what
	// comes back. It is what an agent chooses by.
	Description string
	// Permission is what a caller needs to be offered the tool; empty offers it
	// to everybody who may connect. It is about the tool as a whole: what a call
	// is about is checked where it is done.
	Permission string
	// Destructive says that a change may take something away; Idempotent that
	// making it twice is making it once; External that it reaches systems
	// outside of the portal. They are hints for clients.
	Destructive, Idempotent, External bool
}

// Effect is what a change did, or would do.
type Effect struct {
	// Summary is a sentence, without a subject: "register url:https://…".
	Summary string
	// Details, unless nil, say more; they become JSON.
	Details any
}

// Tool is one thing that agents can do; make one with [Read] or [Change].
// Modules contribute it, or a list of them.
type Tool struct {
	spec    Spec
	changes bool
	schema  *jsonschema.Schema
	valid   *jsonschema.Resolved
	call    func(ctx context.Context, input json.RawMessage, how options) (any, error)
}

// Read returns a tool that changes nothing. In is a struct, each field of which
// has a json name and a jsonschema tag that describes it; fields with omitempty
// may be left out. Out becomes JSON. A tool that breaks a rule is an error.
func Read[In, Out any](s Spec, read func(ctx context.Context, in In) (Out, error)) (Tool, error) {
	t := Tool{spec: s, call: func(ctx context.Context, input json.RawMessage, _ options) (any, error) {
		in, err := decode[In](input)
		if err != nil {
			return nil, err
		}
		return read(ctx, in)
	}}
	return build[In](t)
}

// Change returns a tool that changes something. With the input dryRun plan is
// called in place of do: it refuses what do would refuse, says what would
// happen, and changes nothing.
func Change[In any](s Spec, plan, do func(ctx context.Context, in In) (Effect, error)) (Tool, error) {
	t := Tool{spec: s, changes: true, call: func(ctx context.Context, input json.RawMessage, how options) (any, error) {
		in, err := decode[In](input)
		if err != nil {
			return nil, err
		}
		run := do
		if how.DryRun {
			run = plan
		}
		e, err := run(ctx, in)
		return changed{how.DryRun, e.Summary, e.Details}, err
	}}
	return build[In](t)
}

// changed is what a change answers.
type changed struct {
	DryRun  bool   `json:"dryRun"`
	Summary string `json:"summary"`
	Details any    `json:"details,omitempty"`
}

// Key returns the name, which no two have.
func (t Tool) Key() string { return t.spec.Name }

// Spec returns the tool's description.
func (t Tool) Spec() Spec { return t.spec }

// Changes reports whether the tool changes something, and so has a dry run.
func (t Tool) Changes() bool { return t.changes }

// Schema returns the JSON Schema of the input, dryRun or part included. It must
// not be modified.
func (t Tool) Schema() *jsonschema.Schema { return t.schema }

// Call runs the tool for the caller in ctx, without the limits of a server. An
// input that breaks the schema is callboard.CodeInvalid.
func (t Tool) Call(ctx context.Context, input json.RawMessage) (any, error) {
	how, err := t.options(input)
	if err != nil {
		return nil, err
	}
	return t.call(ctx, input, how)
}

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)+$`)

// maxName is the longest name that all clients take.
const maxName = 60

// build completes a tool whose input is In, or says which rule it breaks.
func build[In any](t Tool) (Tool, error) {
	switch {
	case !nameForm.MatchString(t.spec.Name) || len(t.spec.Name) > maxName:
		return t, fmt.Errorf("agent: %q is no name of a tool: write the module and what it does in lower case with underscores, such as catalog_get_entity", t.spec.Name)
	case t.spec.Title == "" || t.spec.Description == "":
		return t, fmt.Errorf("agent: the tool %s needs a title and a description", t.spec.Name)
	case !t.changes && (t.spec.Destructive || t.spec.Idempotent):
		return t, fmt.Errorf("agent: the tool %s only reads, so it is neither destructive nor idempotent", t.spec.Name)
	}
	var err error
	if t.schema, err = schemaOf[In](t.changes); err != nil {
		return t, fmt.Errorf("agent: the input of the tool %s: %w", t.spec.Name, err)
	}
	if t.valid, err = t.schema.Resolve(nil); err != nil {
		return t, fmt.Errorf("agent: the input of the tool %s: %w", t.spec.Name, err)
	}
	return t, nil
}

// options are what every tool of a sort takes besides its own input.
type options struct {
	DryRun bool `json:"dryRun"`
	Part   int  `json:"part"`
}

// schemaOf derives the schema of the input and adds the option.
func schemaOf[In any](changes bool) (*jsonschema.Schema, error) {
	s, err := jsonschema.For[In](nil)
	if err != nil {
		return nil, err
	}
	if s.Type != "object" {
		return nil, fmt.Errorf("it is %s and not a struct", s.Type)
	}
	for name, p := range s.Properties {
		if p.Description == "" {
			return nil, fmt.Errorf("the field %s has no jsonschema tag that describes it", name)
		}
	}
	name, option := "part", &jsonschema.Schema{
		Type: "integer", Minimum: jsonschema.Ptr(1.0),
		Description: "which part of a long answer to return, from 1; the answer says how many there are",
	}
	if changes {
		name, option = "dryRun", &jsonschema.Schema{Type: "boolean", Description: "say what would happen and change nothing"}
	}
	if _, taken := s.Properties[name]; taken {
		return nil, fmt.Errorf("the field %s is taken", name)
	}
	if s.Properties == nil {
		s.Properties = map[string]*jsonschema.Schema{}
	}
	s.Properties[name] = option
	s.PropertyOrder = append(s.PropertyOrder, name)
	return s, nil
}

// options checks the input by the schema and returns the options in it.
func (t Tool) options(input json.RawMessage) (options, error) {
	var how options
	if len(input) == 0 {
		input = json.RawMessage(`{}`)
	}
	var v map[string]any
	if err := json.Unmarshal(input, &v); err != nil || v == nil {
		return how, &callboard.Error{Code: callboard.CodeInvalid, Message: "the input is not a JSON object", Err: err}
	}
	if err := t.valid.Validate(v); err != nil {
		return how, &callboard.Error{Code: callboard.CodeInvalid, Message: "the input does not fit the schema of " + t.spec.Name + ": " + brief(err.Error())}
	}
	return how, json.Unmarshal(input, &how)
}

// decode reads an input that fits its schema.
func decode[In any](input json.RawMessage) (in In, err error) {
	if len(input) == 0 {
		return in, nil
	}
	if err := json.Unmarshal(input, &in); err != nil {
		return in, &callboard.Error{Code: callboard.CodeInvalid, Message: "the input cannot be read: " + brief(err.Error())}
	}
	return in, nil
}

// brief shortens what may quote an input.
func brief(s string) string {
	const most = 500
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
