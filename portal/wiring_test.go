// SPDX-License-Identifier: Apache-2.0

package portal_test

import (
	"context"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/mux"
	"github.com/samber/do/v2"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal"
	"github.com/callboard/callboard/portal/module"
)

// site is a module made for a test.
type site struct {
	id       string
	prefixes []string
	routes   func(*mux.Router)
	nav      []module.NavItem
}

func (s *site) ID() string         { return s.id }
func (s *site) Prefixes() []string { return s.prefixes }
func (s *site) Routes(r *mux.Router) {
	if s.routes != nil {
		s.routes(r)
	}
}
func (s *site) Nav() []module.NavItem { return s.nav }

// add returns a package that contributes the module.
func (s *site) add() func(do.Injector) {
	return func(i do.Injector) {
		module.Contribute(i, func(do.Injector) (module.Module, error) { return s, nil })
	}
}

// page adds a GET route that answers with text.
func page(path, name, text string) func(*mux.Router) {
	return func(r *mux.Router) {
		r.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }).Methods("GET").Name(name)
	}
}

func quiet() *portal.Options {
	return &portal.Options{
		Settings: portal.Settings{Database: ":memory:"},
		Logger:   slog.New(slog.DiscardHandler),
	}
}

func compose(t *testing.T, packages ...func(do.Injector)) (*portal.App, error) {
	t.Helper()
	app, err := portal.New(packages, quiet())
	if app != nil {
		t.Cleanup(func() {
			if err := app.Close(context.Background()); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
	}
	return app, err
}

type (
	teapot  struct{}
	kettle  struct{}
	stove   struct{}
	chicken struct{}
	egg     struct{}
)

func needs[T, N any](value T) func(do.Injector) {
	return do.Lazy(func(i do.Injector) (T, error) {
		_, err := do.Invoke[N](i)
		return value, err
	})
}

func TestWiringErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		packages []func(do.Injector)
		want     []string // in each problem, in order
	}{
		{
			"missing service with its path",
			[]func(do.Injector){needs[*kettle, *stove](&kettle{}), needs[*teapot, *kettle](&teapot{})},
			[]string{"*portal_test.stove is missing: nothing provides it, and *portal_test.kettle of"},
		},
		{
			"missing service is found through a module",
			[]func(do.Injector){func(i do.Injector) {
				module.Contribute(i, func(i do.Injector) (module.Module, error) {
					_, err := do.Invoke[*teapot](i)
					return &site{id: "tea", prefixes: []string{"/tea"}}, err
				})
			}, needs[*teapot, *kettle](&teapot{})},
			[]string{"*portal_test.kettle is missing: nothing provides it, and *portal_test.teapot of " +
				"github.com/callboard/callboard/portal_test needs it (path: module.Module#2 → *portal_test.teapot)"},
		},
		{
			"circle",
			[]func(do.Injector){needs[*chicken, *egg](&chicken{}), needs[*egg, *chicken](&egg{})},
			[]string{"needs itself: *portal_test.chicken → *portal_test.egg → *portal_test.chicken"},
		},
		{
			"failing provider",
			[]func(do.Injector){do.Lazy(func(do.Injector) (*stove, error) { return nil, errors.New("no gas") }), needs[*kettle, *stove](&kettle{})},
			[]string{"*portal_test.stove of github.com/callboard/callboard/portal_test cannot be built: no gas (path: *portal_test.kettle → *portal_test.stove)"},
		},
		{
			"provided twice",
			[]func(do.Injector){
				func(i do.Injector) { module.Provide(i, func(do.Injector) (*stove, error) { return &stove{}, nil }) },
				func(i do.Injector) { do.ProvideValue(i, &stove{}) },
			},
			[]string{"*portal_test.stove is provided twice: by github.com/callboard/callboard/portal_test (wiring_test.go:"},
		},
		{
			"nil package and panic",
			[]func(do.Injector){nil, func(do.Injector) { panic("no water") }},
			[]string{"package 1 is nil", "panicked while it was applied: no water"},
		},
		{
			"one ID twice",
			[]func(do.Injector){(&site{id: "tea", prefixes: []string{"/a"}}).add(), (&site{id: "tea", prefixes: []string{"/b"}}).add()},
			[]string{`two contributions of module.Module have the ID "tea": one of github.com/callboard/callboard/portal_test (wiring_test.go:`},
		},
		{
			"one key twice",
			[]func(do.Injector){card("acme.tea"), card("acme.tea"), card("acme.milk")},
			[]string{`two contributions of module.HomeCard have the key "acme.tea"`},
		},
		{
			"one prefix twice",
			[]func(do.Injector){(&site{id: "tea", prefixes: []string{"/a"}}).add(), (&site{id: "milk", prefixes: []string{"/a"}}).add()},
			[]string{`modules "tea" and "milk" both declare the prefix "/a"`},
		},
		{
			"bad prefixes",
			[]func(do.Injector){(&site{id: "tea", prefixes: []string{"a", "/b/", "/readyz"}}).add(), (&site{id: "milk"}).add()},
			[]string{`"a", which is not a clean path`, `"/b/", which is not a clean path`, `"/readyz", which belongs to the portal`, `"milk" declares no prefix`},
		},
		{
			"route names",
			[]func(do.Injector){
				(&site{id: "tea", prefixes: []string{"/tea"}, routes: page("/tea", "tea.pot", "")}).add(),
				(&site{id: "milk", prefixes: []string{"/milk"}, routes: func(r *mux.Router) {
					page("/milk", "tea.pot", "")(r)
					page("/milk/b", "", "")(r)
					r.Handle("/milk/c", http.NotFoundHandler()).Name("milk.c")
					page("/milk/c", "milk.d", "")(r)
					page("/milk/c", "milk.e", "")(r)
				}}).add(),
			},
			[]string{
				`two routes have the name "tea.pot": one of module "tea" and one of module "milk"`,
				`module "milk": route GET /milk/b has no name`,
				`module "milk": route /milk/c (milk.c) has no methods`,
				`module "milk": route GET /milk/c (milk.e) is never reached, because "milk.d" has the same method and path`,
			},
		},
		{
			"routes out of reach",
			[]func(do.Injector){
				(&site{id: "tea", prefixes: []string{"/tea"}, routes: func(r *mux.Router) {
					page("/coffee", "tea.coffee", "")(r)
					page("/tea/green/{leaf}", "tea.green", "")(r)
				}}).add(),
				(&site{id: "green", prefixes: []string{"/tea/green"}}).add(),
			},
			[]string{
				`module "tea": route GET /coffee (tea.coffee) lies outside of its prefixes /tea`,
				`module "tea": route GET /tea/green/{leaf} (tea.green) is never reached, because module "green" declares the prefix "/tea/green"`,
			},
		},
		{
			"routes that panic",
			[]func(do.Injector){(&site{id: "tea", prefixes: []string{"/tea"}, routes: func(*mux.Router) { panic("boiled over") }}).add()},
			[]string{`module "tea": Routes panicked: boiled over`},
		},
		{
			"navigation",
			[]func(do.Injector){(&site{id: "tea", prefixes: []string{"/tea"}, nav: []module.NavItem{
				{ID: "tea.x", Route: "tea.nowhere"}, {ID: "tea.x", URL: "/tea"},
			}}).add()},
			[]string{`two navigation entries have the ID "tea.x"`, `navigation entry "tea.x" of module "tea" leads nowhere: portal: there is no route "tea.nowhere"`},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := compose(t, tt.packages...)
			var wiring *portal.WiringError
			if !errors.As(err, &wiring) {
				t.Fatalf("New = %v, want a WiringError", err)
			}
			if code := callboard.CodeOf(err); code != callboard.CodeInvalid {
				t.Errorf("code = %q, want invalid", code)
			}
			if len(wiring.Problems) != len(tt.want) {
				t.Fatalf("got %d problems, want %d:\n%s", len(wiring.Problems), len(tt.want), strings.Join(wiring.Problems, "\n"))
			}
			for n, want := range tt.want {
				if !strings.Contains(wiring.Problems[n], want) {
					t.Errorf("problem %d:\n got %s\nwant %s", n, wiring.Problems[n], want)
				}
			}
		})
	}
}

func card(id string) func(do.Injector) {
	return func(i do.Injector) {
		module.Contribute(i, func(do.Injector) (module.HomeCard, error) {
			return module.HomeCard{ID: id, Render: func(*http.Request) (template.HTML, error) { return "", nil }}, nil
		})
	}
}

func TestWiringErrorsTogether(t *testing.T) {
	t.Parallel()
	_, err := compose(t,
		needs[*kettle, *stove](&kettle{}),
		do.Lazy(func(do.Injector) (*teapot, error) { panic("cracked") }),
		(&site{id: "tea", prefixes: []string{"/a"}}).add(),
		(&site{id: "tea", prefixes: []string{"/a"}}).add(),
	)
	var wiring *portal.WiringError
	if !errors.As(err, &wiring) || len(wiring.Problems) != 4 {
		t.Fatalf("New = %v, want four problems at once", err)
	}
	if text := err.Error(); !strings.Contains(text, "for 4 reasons:\n  1. ") || !strings.Contains(text, "cracked") {
		t.Errorf("error text:\n%s", text)
	}
}

func TestUnusedContributionIsAWarning(t *testing.T) {
	t.Parallel()
	app, err := compose(t, func(i do.Injector) {
		module.Contribute(i, func(do.Injector) (*teapot, error) { return &teapot{}, nil })
	})
	if err != nil {
		t.Fatal(err)
	}
	w := app.Warnings()
	if len(w) != 1 || !strings.Contains(w[0], "portal_test contributes a *portal_test.teapot, which no part") {
		t.Errorf("Warnings = %q, want one about the teapot", w)
	}
}

func TestPortalProvides(t *testing.T) {
	t.Parallel()
	_, err := compose(t, needs[*teapot, *slog.Logger](&teapot{}), needs[*kettle, module.URLs](&kettle{}))
	if err != nil {
		t.Error(err)
	}
}
