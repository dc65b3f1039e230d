// SPDX-License-Identifier: Apache-2.0

// Package agenttest states what agents may rely on of a tool:
//
//	func TestTool(t *testing.T) {
//		tool, err := acme.Tool(service)
//		...
//		agenttest.TestTool(t, tool, agenttest.Case{Context: ctx, Input: `{"team": "group:default/web"}`})
//	}
package agenttest

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/agent"
)

// Case is a call that works.
type Case struct {
	// Context carries a caller who may; nil is nobody's.
	Context context.Context
	// Input is what the tool is called with, without dryRun; empty is {}.
	Input string
	// Probe returns the state that the tool may change, in any form that can be
	// compared; required for a tool that changes something.
	Probe func(tb testing.TB) any
}

// TestTool checks the tool: that it and every field of its input are described,
// that its input has a schema which refuses what it does not know, that it
// answers the case, and, if it changes something, that a dry run answers and
// changes nothing while the call itself does.
func TestTool(t *testing.T, tool agent.Tool, c Case) {
	t.Helper()
	if c.Context == nil {
		c.Context = t.Context()
	}
	if c.Input == "" {
		c.Input = "{}"
	}
	t.Run("described", func(t *testing.T) { described(t, tool) })
	t.Run("refuses", func(t *testing.T) { refuses(t, tool, c) })
	if !tool.Changes() {
		t.Run("answers", func(t *testing.T) { answers(t, tool, c.Context, c.Input) })
		return
	}
	t.Run("dry run", func(t *testing.T) {
		before := c.Probe(t)
		got := answers(t, tool, c.Context, with(t, c.Input, "dryRun", true))
		if !strings.Contains(got, `"dryRun":true`) {
			t.Errorf("the dry run of %s does not say that it is one: %s", tool.Key(), got)
		}
		if diff := cmp.Diff(before, c.Probe(t)); diff != "" {
			t.Errorf("the dry run of %s changed something (-before +after):\n%s", tool.Key(), diff)
		}
	})
	t.Run("changes", func(t *testing.T) {
		before := c.Probe(t)
		if got := answers(t, tool, c.Context, c.Input); !strings.Contains(got, `"dryRun":false`) {
			t.Errorf("%s answers as a dry run: %s", tool.Key(), got)
		}
		if cmp.Equal(before, c.Probe(t)) {
			t.Errorf("%s changed nothing that the probe sees, so the probe proves nothing of the dry run", tool.Key())
		}
	})
}

// described checks what an agent reads of the tool.
func described(t *testing.T, tool agent.Tool) {
	t.Helper()
	s := tool.Spec()
	if len(s.Description) < 40 || !strings.HasSuffix(s.Description, ".") {
		t.Errorf("the description of %s is no sentence that an agent can choose by: %q", s.Name, s.Description)
	}
	if first := strings.ToUpper(s.Title[:1]); s.Title[:1] != first {
		t.Errorf("the title of %s begins in lower case: %q", s.Name, s.Title)
	}
	schema := tool.Schema()
	for name, p := range schema.Properties {
		if p.Description == "" {
			t.Errorf("%s does not describe its input %s", s.Name, name)
		}
	}
	if _, dry := schema.Properties["dryRun"]; dry != tool.Changes() {
		t.Errorf("%s changes something: %t, has a dry run: %t", s.Name, tool.Changes(), dry)
	}
	text, err := json.Marshal(schema)
	if err != nil {
		t.Fatalf("the schema of %s: %v", s.Name, err)
	}
	var again jsonschema.Schema
	if err := json.Unmarshal(text, &again); err != nil || again.Type != "object" {
		t.Errorf("the schema of %s is %s, %v", s.Name, text, err)
	}
}

// refuses calls the tool with what does not fit.
func refuses(t *testing.T, tool agent.Tool, c Case) {
	t.Helper()
	for name, input := range map[string]string{
		"no object":          `[]`,
		"no JSON":            `{"`,
		"null":               `null`,
		"an unknown field":   with(t, c.Input, "noSuchField", 1),
		"an option as text":  with(t, c.Input, "dryRun", "yes"),
		"a part before one":  with(t, c.Input, "part", 0),
		"everything wrong":   wrong(t, tool),
		"a field in capital": capital(t, tool),
	} {
		if _, err := tool.Call(c.Context, json.RawMessage(input)); callboard.CodeOf(err) != callboard.CodeInvalid {
			t.Errorf("%s with %s (%s) = %v, want %s", tool.Key(), name, input, err, callboard.CodeInvalid)
		}
	}
}

// wrong is an input in which every field is of a wrong type.
func wrong(t *testing.T, tool agent.Tool) string {
	t.Helper()
	fields := map[string]any{}
	for name := range tool.Schema().Properties {
		fields[name] = []any{map[string]any{"x": 1}}
	}
	return marshal(t, fields)
}

// capital is an input in which a field is not spelled as declared.
func capital(t *testing.T, tool agent.Tool) string {
	t.Helper()
	fields := map[string]any{}
	for name := range tool.Schema().Properties {
		fields[strings.ToUpper(name)] = "x"
	}
	return marshal(t, fields)
}

func answers(t *testing.T, tool agent.Tool, ctx context.Context, input string) string {
	t.Helper()
	v, err := tool.Call(ctx, json.RawMessage(input))
	if err != nil {
		t.Fatalf("%s with %s: %v", tool.Key(), input, err)
	}
	text := marshal(t, v)
	if !strings.HasPrefix(text, "{") {
		t.Errorf("%s answers what is no object: %.200s", tool.Key(), text)
	}
	return text
}

// with returns the input with one more field.
func with(t *testing.T, input, name string, value any) string {
	t.Helper()
	fields := map[string]any{}
	if err := json.Unmarshal([]byte(input), &fields); err != nil {
		t.Fatalf("the case's input %s: %v", input, err)
	}
	fields[name] = value
	return marshal(t, fields)
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
