// SPDX-License-Identifier: Apache-2.0

package portal_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/gorilla/mux"
	"github.com/samber/do/v2"

	"github.com/callboard/callboard/portal"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/module"
)

// clock is the smallest module: an ID, a path that is its own, and a route.
type clock struct{}

func (clock) ID() string         { return "clock" }
func (clock) Prefixes() []string { return []string{"/clock"} }

func (clock) Routes(r *mux.Router) {
	r.Handle("/clock", httpx.Handler(func(w http.ResponseWriter, r *http.Request) error {
		return httpx.WriteJSON(w, http.StatusOK, "half past nine")
	})).Methods(http.MethodGet).Name("clock.now")
}

// clocks is the package that registers it.
func clocks(i do.Injector) {
	module.Contribute(i, func(do.Injector) (module.Module, error) { return clock{}, nil })
}

// A portal inside another program, or a test, is built with New.
func ExampleNew() {
	ctx := context.Background()
	app, err := portal.New([]func(do.Injector){clocks}, &portal.Options{
		Settings: portal.Settings{Database: ":memory:"},
	})
	if err != nil {
		fmt.Println(err) // everything that is wrong with the composition
		return
	}
	for _, r := range app.Routes() {
		if r.Module == "clock" {
			fmt.Println(r.Methods, r.Path, r.Name)
		}
	}
	to, err := app.URL("clock.now")
	fmt.Println(to, err)
	fmt.Println(app.Close(ctx))
	// Output:
	// [GET] /clock clock.now
	// /clock <nil>
	// <nil>
}

// What does not fit is said at once, and nothing is started.
func ExampleWiringError() {
	_, err := portal.New([]func(do.Injector){
		(&site{id: "tea", prefixes: []string{"/drinks"}}).add(),
		(&site{id: "coffee", prefixes: []string{"/drinks"}}).add(),
		(&site{id: "water", prefixes: []string{"water"}}).add(),
	}, &portal.Options{Settings: portal.Settings{Database: ":memory:"}})
	fmt.Println(err)
	// Output:
	// the portal cannot be composed, for 2 reasons:
	//   1. modules "tea" and "coffee" both declare the prefix "/drinks"
	//   2. module "water" declares the prefix "water", which is not a clean path that begins with a slash
}

// A program is one call of Main; Run is the same for tests.
func ExampleRun() {
	code := portal.Run(context.Background(), &portal.Program{
		Packages: []func(do.Injector){clocks},
		Args:     []string{"acme", "check", "--database", ":memory:"},
		Stdout:   io.Discard, // "ok: 3 modules, 6 routes"
		Stderr:   os.Stderr,
		Env:      func(string) (string, bool) { return "", false },
	})
	fmt.Println(code == portal.ExitOK)
	// Output: true
}
