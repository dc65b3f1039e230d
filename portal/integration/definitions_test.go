// SPDX-License-Identifier: Apache-2.0

package integration_test

import (
	"flag"
	"testing"

	"github.com/callboard/callboard/portal/integration"
	"github.com/callboard/callboard/portal/integration/integrationtest"
)

var update = flag.Bool("update", false, "write the golden parts of testdata/cases")

// now is the time of every test.
var now = integrationtest.Now()

// secretWord is the credential of the tests and may be nowhere else.
const secretWord = "s3cr3t"

func builtin(t testing.TB) map[string]*integration.Definition {
	t.Helper()
	all, err := integration.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]*integration.Definition{}
	for _, d := range all {
		byID[d.ID] = d
	}
	return byID
}

// TestDefinitions holds each definition that ships against a tool that is
// strict about what it is asked, and the view against what the answer says.
func TestDefinitions(t *testing.T) {
	t.Parallel()
	all, err := integration.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 25 {
		t.Errorf("%d definitions ship, want 25 at least", len(all))
	}
	categories := map[string]int{}
	for _, d := range all {
		categories[d.Category]++
		if d.Reference == "" || d.Homepage == "" || d.Icon == "" {
			t.Errorf("%s lacks its homepage, the documentation that it follows, or an icon", d.ID)
		}
	}
	for _, c := range []string{"incidents", "monitoring", "errors", "quality", "security", "issues", "delivery", "flags", "cost", "docs"} {
		if categories[c] == 0 {
			t.Errorf("no definition is about %s", c)
		}
	}
	integrationtest.TestDefinitions(t, all, integrationtest.Options{Cases: "testdata/cases", Update: *update})
}
