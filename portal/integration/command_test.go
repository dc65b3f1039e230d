// SPDX-License-Identifier: Apache-2.0

package integration_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callboard/callboard/portal/integration"
)

// run runs the command integration and returns what it printed.
func run(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	cmd := integration.Command(func() (*integration.Library, error) { return integration.NewLibrary(nil), nil })
	var out, errs bytes.Buffer
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetErr(&errs)
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	err = cmd.ExecuteContext(t.Context())
	return out.String(), errs.String(), err
}

func TestCheckCommand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := write("weather.yaml", weather)
	bad := write("bad.yaml", strings.Replace(weather, "celsius) +", "celsius +", 1))
	answer := write("answer.json", `{"celsius": 21}`)
	other := write("other.json", `{"kelvin": 290}`)
	entity := write("entity.yaml", "kind: Component\nmetadata: {name: shop, annotations: {acme.example/city: Kassel}}\n")

	out, _, err := run(t, "check", good, "--response", answer, "--entity", entity, "--set", "url=https://w.example")
	if want := "GET https://w.example/cities/Kassel\n\n21 °C\nfact weather.celsius (number) = 21\n"; err != nil || out != want {
		t.Errorf("check = %q, %v, want %q", out, err, want)
	}
	if _, errs, err := run(t, "check", good, bad); !errors.Is(err, integration.ErrFound) || !strings.Contains(errs, "bad.yaml:14:") || !strings.Contains(errs, "[expression]") || !strings.Contains(errs, "ok: "+good) {
		t.Errorf("check of a bad one = %v\n%s", err, errs)
	}
	out, _, err = run(t, "check", good, "--response", other, "--entity", entity)
	var trouble *integration.Trouble
	if !errors.As(err, &trouble) || trouble.Reason != integration.ReasonMapping || !strings.Contains(out, "https://url.example/cities/Kassel") {
		t.Errorf("check with another answer = %v\n%s", err, out)
	}
	if _, _, err := run(t, "check", good, "--response", answer); !errors.As(err, &trouble) || trouble.Reason != integration.ReasonMapping {
		t.Errorf("check without an entity = %v", err)
	}
	if _, _, err := run(t, "check", filepath.Join(dir, "nowhere.yaml")); err == nil {
		t.Error("check of no file is well")
	}
	if out, _, err := run(t, "list"); err != nil || !strings.Contains(out, "pagerduty.com/service-id") || strings.Count(out, "\n") < 26 {
		t.Errorf("list = %v\n%s", err, out)
	}
}
