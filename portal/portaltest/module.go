// SPDX-License-Identifier: Apache-2.0

package portaltest

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard/portal"
	"github.com/callboard/callboard/portal/module"
)

var idRule = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

// TestModule checks that the modules of pkg behave: that they compose with the
// packages that pkg needs, have a proper ID, route names that begin with it,
// and nothing that no part of the portal uses; that they start; that each GET
// route without variables answers without a server error, to readers and to
// programs; that they stop in time and leave no goroutine behind. It must not
// run beside other tests, whose goroutines it would count.
func TestModule(t *testing.T, pkg func(do.Injector), needs ...func(do.Injector)) {
	t.Helper()
	TestModuleConfig(t, "", pkg, needs...)
}

// TestModuleConfig is [TestModule] with a configuration file of that content.
// The packages that pkg needs must compose without it.
func TestModuleConfig(t *testing.T, yaml string, pkg func(do.Injector), needs ...func(do.Injector)) {
	t.Helper()
	before := goroutines()
	p, err := run(t, configured(t, yaml), append(slices.Clone(needs), pkg))
	if err != nil {
		t.Fatalf("the module does not compose or start: %v", err)
	}
	own := ownModules(t, p.App, needs)
	for _, m := range own {
		t.Run(m.ID(), func(t *testing.T) { checkModule(t, p, m) })
	}
	start := time.Now()
	if err := p.Stop(); err != nil {
		t.Errorf("the portal does not stop cleanly: %v", err)
	}
	if took := time.Since(start); took > stopLimit/2 {
		t.Errorf("stopping took %s", took)
	}
	for _, stack := range leftBehind(before) {
		t.Errorf("a goroutine was left behind:\n%s", stack)
	}
}

// ownModules returns the modules that are there only with the package.
func ownModules(t *testing.T, app *portal.App, needs []func(do.Injector)) []module.Module {
	t.Helper()
	without, err := portal.New(needs, testOptions(t, nil))
	if err != nil {
		t.Fatalf("the packages that the module needs do not compose: %v", err)
	}
	known := map[string]bool{}
	for _, m := range without.Modules() {
		known[m.ID()] = true
	}
	if err := without.Close(context.Background()); err != nil {
		t.Errorf("the packages that the module needs do not close: %v", err)
	}
	for _, w := range app.Warnings() {
		if !slices.Contains(without.Warnings(), w) {
			t.Error(w)
		}
	}
	return slices.DeleteFunc(app.Modules(), func(m module.Module) bool { return known[m.ID()] })
}

func checkModule(t *testing.T, p *Portal, m module.Module) {
	if !idRule.MatchString(m.ID()) {
		t.Errorf("the ID %q is not lower-case letters, digits and dashes", m.ID())
	}
	for _, r := range p.App.Routes() {
		if r.Module != m.ID() {
			continue
		}
		if !strings.HasPrefix(r.Name, m.ID()+".") {
			t.Errorf("the name of route %s %s is %q; it should begin with %q", strings.Join(r.Methods, ","), r.Path, r.Name, m.ID()+".")
		}
		if slices.Contains(r.Methods, http.MethodGet) && !strings.Contains(r.Path, "{") {
			checkAnswers(t, p, r.Path)
		}
	}
	if nav, ok := m.(module.Navigator); ok {
		for _, item := range nav.Nav() {
			if item.Label == "" {
				t.Errorf("navigation entry %q has no label", item.ID)
			}
		}
	}
}

// checkAnswers asks for the path as a reader and as a program. The body is not
// read: it may be a stream.
func checkAnswers(t *testing.T, p *Portal, path string) {
	for _, accept := range []string{"text/html", "application/json"} {
		ctx, cancel := context.WithTimeout(t.Context(), stopLimit)
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL+path, nil)
		if err != nil {
			cancel()
			t.Fatal(err)
		}
		req.Header.Set("Accept", accept)
		res, err := p.Client.Do(req)
		switch {
		case err != nil:
			t.Errorf("GET %s for %s: %v", path, accept, err)
		default:
			res.Body.Close()
			if res.StatusCode >= http.StatusInternalServerError {
				t.Errorf("GET %s for %s = %s", path, accept, res.Status)
			}
		}
		cancel()
	}
}
