// SPDX-License-Identifier: Apache-2.0

package standard_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gorilla/mux"
	"github.com/samber/do/v2"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/entitypage"
	"github.com/callboard/callboard/portal"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/portaltest"
	"github.com/callboard/callboard/portal/standard"
	"github.com/callboard/callboard/portal/ui"
)

// contribute is a package of contributions that need nothing.
func contribute[T any](values ...T) func(do.Injector) {
	return func(i do.Injector) {
		for _, v := range values {
			module.Contribute(i, func(do.Injector) (T, error) { return v, nil })
		}
	}
}

// faults are the ways to draw badly, and what the reader is told of each.
type fault struct {
	name, told string
	draw       func(r *http.Request) (template.HTML, error)
}

// faults returns every way; whatever hangs does so until release is closed.
func faults(flood func(*http.Request) (template.HTML, error), release <-chan struct{}) []fault {
	return []fault{
		{"panics", "something went wrong", func(*http.Request) (template.HTML, error) { panic("spilled secret") }},
		{"fails", "something went wrong", func(*http.Request) (template.HTML, error) { return "", errors.New("secret cause") }},
		{"hangs", "it took longer than 5s", func(*http.Request) (template.HTML, error) { <-release; return "drawn too late", nil }},
		{"floods", "it drew more than 1024 KB", flood},
		{"nil", "something went wrong", nil},
	}
}

// faulty is a package whose every slot goes wrong, each in its own way.
func faulty(release <-chan struct{}) func(do.Injector) {
	return func(i do.Injector) {
		for n := range faults(nil, release) {
			pick := func(i do.Injector) (fault, error) {
				u, err := do.Invoke[*ui.UI](i)
				if err != nil {
					return fault{}, err
				}
				pages, err := u.Templates(fstest.MapFS{"flood.html": {Data: []byte(`{{range 1048576}}` + strings.Repeat(".", 1<<10) + `{{end}}`)}})
				return faults(func(r *http.Request) (template.HTML, error) { return pages.Fragment(r, "flood.html", nil) }, release)[n], err
			}
			module.Contribute(i, func(i do.Injector) (module.HomeCard, error) {
				f, err := pick(i)
				return module.HomeCard{ID: "faulty." + f.name, Title: "It " + f.name, Render: f.draw}, err
			})
			module.Contribute(i, func(i do.Injector) (entitypage.Card, error) {
				f, err := pick(i)
				return entitypage.Card{ID: "faulty." + f.name, Title: "It " + f.name, Render: slotOf(f)}, err
			})
			module.Contribute(i, func(i do.Injector) (entitypage.Tab, error) {
				f, err := pick(i)
				return entitypage.Tab{ID: "faulty-" + f.name, Title: "It " + f.name, Render: slotOf(f)}, err
			})
		}
		panics := func(*catalog.Entity) bool { panic("spilled secret") }
		contribute(entitypage.Card{ID: "faulty.matcher", Title: "Never seen", For: panics})(i)
		contribute(entitypage.Tab{ID: "faulty-matcher", Title: "Never seen", For: panics})(i)
		contribute(entitypage.Action{ID: "faulty.matcher", Label: "Never seen", For: panics, URL: func(entitypage.Request) string { return "/" }},
			entitypage.Action{ID: "faulty.url", Label: "Never seen", URL: func(entitypage.Request) string { panic("spilled secret") }})(i)
		contribute[module.Module](faultyPages{})(i)
		contribute[catalog.Provider](faultyProvider{})(i)
		contribute[catalog.Processor](faultyProcessor{})(i)
	}
}

func slotOf(f fault) entitypage.RenderFunc {
	if f.draw == nil {
		return nil
	}
	return func(req entitypage.Request) (template.HTML, error) { return f.draw(req.HTTP) }
}

// faultyPages is a module with a page that panics and a count that does.
type faultyPages struct{}

func (faultyPages) ID() string         { return "faulty" }
func (faultyPages) Prefixes() []string { return []string{"/faulty"} }
func (faultyPages) Routes(r *mux.Router) {
	r.HandleFunc("/faulty", func(http.ResponseWriter, *http.Request) { panic("spilled secret") }).Methods("GET").Name("faulty.page")
}

func (faultyPages) Nav() []module.NavItem {
	return []module.NavItem{{ID: "faulty.page", Label: "Faulty", Route: "faulty.page", Count: func(context.Context) int { panic("spilled secret") }}}
}

func (faultyPages) HealthName() string                { return "faulty" }
func (faultyPages) CheckHealth(context.Context) error { panic("spilled secret") }

type faultyProvider struct{}

func (faultyProvider) Name() string                            { return "faulty-provider" }
func (faultyProvider) Run(context.Context, catalog.Sink) error { panic("provider spilled") }

// faultyProcessor panics at one entity of all.
type faultyProcessor struct{}

func (faultyProcessor) Name() string { return "faulty-processor" }
func (faultyProcessor) Process(_ context.Context, in *catalog.Processing) error {
	if in.Entity.Metadata.Name == "cursed" {
		panic("processor spilled")
	}
	return nil
}

const twoComponents = `apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: shop}
spec: {type: website, lifecycle: production, owner: web}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: cursed}
spec: {type: website, lifecycle: production, owner: web}
`

// TestFaultyModuleFailsAlone composes every built-in module with one whose
// every part goes wrong, and looks at what is left of the pages.
func TestFaultyModuleFailsAlone(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	file := filepath.Join(t.TempDir(), "shop.yaml")
	if err := os.WriteFile(file, []byte(twoComponents), 0o600); err != nil {
		t.Fatal(err)
	}
	p := portaltest.StartConfig(t, fmt.Sprintf("catalog: {locations: [{type: file, target: %q}]}", file), standard.Package(), faulty(release))
	t.Cleanup(func() { close(release) }) // before the portal stops
	p.WaitFor(t, "/api/catalog/entities/by-name/component/default/shop", `"name":"shop"`)
	t.Run("pages", func(t *testing.T) {
		for name, path := range map[string]string{"home": "/", "entity": "/catalog/default/component/shop"} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				testPageWithFaults(t, p, path, release)
			})
		}
		for _, f := range faults(nil, release) {
			t.Run("tab that "+f.name, func(t *testing.T) {
				t.Parallel()
				res := p.Get(t, "/catalog/default/component/shop/faulty-"+f.name)
				checkPage(t, res, 200, "<h1>shop</h1>", "This could not be drawn", f.told)
			})
		}
		t.Run("handler", func(t *testing.T) {
			t.Parallel()
			checkPage(t, p.Get(t, "/faulty"), 500, "Something went wrong", `href="/catalog"`)
		})
	})
	t.Run("provider", func(t *testing.T) {
		p.WaitFor(t, "/locations", "faulty-provider", "the provider panicked")
	})
	t.Run("processor", func(t *testing.T) {
		p.WaitFor(t, "/api/catalog/problems", "faulty-processor", "cursed")
		if res := p.Get(t, "/api/catalog/entities/by-name/component/default/cursed"); res.Status != http.StatusNotFound {
			t.Errorf("an entity that was not processed is served: %d %s", res.Status, res.Body)
		}
	})
	t.Run("health", func(t *testing.T) {
		checkPage(t, p.Get(t, "/readyz"), 503, "faulty")
		checkPage(t, p.Get(t, "/livez"), 200)
	})
}

// testPageWithFaults looks at a page on which every fault has a card.
func testPageWithFaults(t *testing.T, p *portaltest.Portal, path string, release <-chan struct{}) {
	res := p.Get(t, path) // whatever hangs does so until the test ends
	wants := []string{`href="/catalog"`, "Faulty"}
	for _, f := range faults(nil, release) {
		wants = append(wants, "It "+f.name, f.told)
	}
	checkPage(t, res, 200, wants...)
	if n := strings.Count(res.Body, "This could not be drawn"); n < len(faults(nil, release)) {
		t.Errorf("GET %s says of %d cards that they could not be drawn, want %d", path, n, len(faults(nil, release)))
	}
	for _, not := range []string{"drawn too late", "Never seen"} {
		if strings.Contains(res.Body, not) {
			t.Errorf("GET %s has %q", path, not)
		}
	}
}

func checkPage(t *testing.T, res portaltest.Response, status int, texts ...string) {
	t.Helper()
	if res.Status != status {
		t.Errorf("status = %d, want %d", res.Status, status)
	}
	for _, text := range texts {
		if !strings.Contains(res.Body, text) {
			t.Errorf("the page lacks %q:\n%s", text, res.Body)
		}
	}
	if strings.Contains(res.Body, "secret") {
		t.Errorf("the page tells what only the log may:\n%s", res.Body)
	}
}

// unprovided is a service that a package asks for and nobody provides.
type unprovided struct{}

// clashingModule clashes with another, or with a built-in one.
type clashingModule struct{ id, prefix string }

func (m clashingModule) ID() string         { return m.id }
func (m clashingModule) Prefixes() []string { return []string{m.prefix} }
func (clashingModule) Routes(*mux.Router)   {}

// TestClashesAreSaidTogether composes what cannot be composed: everything that
// is wrong is said at once, with who is part of it.
func TestClashesAreSaidTogether(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	code := portal.Run(t.Context(), &portal.Program{
		Args:   []string{"acme", "check", "--data", t.TempDir()},
		Stdout: &out, Stderr: &out,
		Env: func(string) (string, bool) { return "", false },
		Packages: []func(do.Injector){
			standard.Package(),
			contribute[module.Module](clashingModule{"acme", "/acme"}),
			contribute[module.Module](clashingModule{"acme", "/acme"}),
			contribute[module.Module](clashingModule{"one", "/shared"}, clashingModule{"two", "/shared"}),
			contribute[module.Module](clashingModule{"other", "/catalog"}),
			contribute(entitypage.Tab{ID: "builds", Title: "Builds"}),
			contribute(entitypage.Tab{ID: "builds", Title: "Builds"}),
			contribute(entitypage.Tab{ID: "history", Title: "History"}),
			contribute(entitypage.Card{ID: "catalog.about", Title: "About"}),
			contribute(module.HomeCard{ID: "catalog.owned", Title: "Owned"}),
			contribute[catalog.Provider](faultyProvider{}, faultyProvider{}),
			func(i do.Injector) {
				module.Contribute(i, func(i do.Injector) (module.HomeCard, error) {
					_, err := do.Invoke[*unprovided](i)
					return module.HomeCard{}, err
				})
			},
		},
	})
	if code != portal.ExitFailure {
		t.Errorf("check ends with %d, want %d", code, portal.ExitFailure)
	}
	const here = "standard_test (faulty_test.go:"
	for _, line := range [][]string{
		{`two contributions of module.Module have the ID "acme": one of`, here},
		{`modules "one" and "two" both declare the prefix "/shared"`},
		{`modules "catalog" and "other" both declare the prefix "/catalog"`},
		{`two contributions of entitypage.Tab have the key "builds": one of`, here},
		{`two contributions of entitypage.Tab have the key "history": one of`, "catalogweb (", here},
		{`two contributions of entitypage.Card have the key "catalog.about": one of`, "catalogweb (", here},
		{`two contributions of module.HomeCard have the key "catalog.owned": one of`, "catalogweb (", here},
		{`two contributions of catalog.Provider have the name "faulty-provider": one of`, here},
		{`*standard_test.unprovided is missing: nothing provides it, and module.HomeCard of`, here},
	} {
		if !hasLine(out.String(), line...) {
			t.Errorf("no line has %q", line)
		}
	}
	if t.Failed() {
		t.Log(out.String())
	}
}

// hasLine reports whether one line of the text has all parts.
func hasLine(text string, parts ...string) bool {
	for line := range strings.Lines(text) {
		n := 0
		for _, part := range parts {
			if strings.Contains(line, part) {
				n++
			}
		}
		if n == len(parts) {
			return true
		}
	}
	return false
}

// failing is a module that cannot start.
type failing struct{ clashingModule }

func (*failing) Start(context.Context) error { return errors.New("no pager answers") }

func TestFailingStartSaysWho(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	code := portal.Run(t.Context(), &portal.Program{
		Args:   []string{"acme", "--data", t.TempDir(), "--listen", "127.0.0.1:0"},
		Stdout: &out, Stderr: &out,
		Env:      func(string) (string, bool) { return "", false },
		Packages: []func(do.Injector){standard.Package(), contribute[module.Module](&failing{clashingModule{"acme", "/acme"}})},
	})
	if code != portal.ExitFailure || !hasLine(out.String(), "start module.Module of", "standard_test (faulty_test.go:", "no pager answers") {
		t.Errorf("the portal ends with %d and says:\n%s", code, &out)
	}
}
