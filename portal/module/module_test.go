// SPDX-License-Identifier: Apache-2.0

package module_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/samber/do/v2"

	"github.com/callboard/callboard/portal/module"
)

type greeter interface{ Greet() string }

type word string

func (w word) Greet() string { return string(w) }

func contribute(i do.Injector, words ...string) {
	for _, w := range words {
		module.Contribute(i, func(do.Injector) (greeter, error) { return word(w), nil })
	}
}

func TestCollectKeepsOrder(t *testing.T) {
	t.Parallel()
	i := module.NewInjector(nil)
	contribute(i, "one", "two")
	module.Contribute(i, func(do.Injector) (greeter, error) { return nil, module.ErrDisabled })
	contribute(i, "three")
	all, err := module.Collect[greeter](i)
	if err != nil {
		t.Fatalf("Collect: %v", err)
	}
	if diff := cmp.Diff([]greeter{word("one"), word("two"), word("three")}, all); diff != "" {
		t.Errorf("Collect mismatch (-want +got):\n%s", diff)
	}
}

func TestCollectNothing(t *testing.T) {
	t.Parallel()
	i := do.New() // without a registry of ours
	all, err := module.Collect[greeter](i)
	if err != nil || len(all) != 0 {
		t.Errorf("Collect of nothing = %v, %v; want none, no error", all, err)
	}
	if !module.RegistryOf(i).Collected(reflect.TypeFor[greeter]()) {
		t.Error("Collected = false after Collect")
	}
}

func TestCollectReportsEveryFailure(t *testing.T) {
	t.Parallel()
	i := module.NewInjector(nil)
	calls := 0
	module.Contribute(i, func(do.Injector) (greeter, error) { calls++; return nil, errors.New("no milk") })
	contribute(i, "one")
	module.Contribute(i, func(do.Injector) (greeter, error) { return nil, nil })
	module.Contribute(i, func(do.Injector) (greeter, error) { panic("spilled") })
	for range 2 {
		all, err := module.Collect[greeter](i)
		if err == nil || len(all) != 1 {
			t.Fatalf("Collect = %v, %v; want one value and an error", all, err)
		}
		for _, want := range []string{"no milk", "returned nil without an error"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("Collect error lacks %q: %v", want, err)
			}
		}
	}
	if calls != 1 {
		t.Errorf("a failing provider was called %d times, want once", calls)
	}
}

func TestProvideTwiceNamesBoth(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		second func(do.Injector)
	}{
		{"by Provide", func(i do.Injector) {
			module.Provide(i, func(do.Injector) (word, error) { return "second", nil })
		}},
		{"by do.Provide", func(i do.Injector) {
			do.Provide(i, func(do.Injector) (word, error) { return "second", nil })
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			i := module.NewInjector(nil)
			first := do.Package(do.Lazy(func(do.Injector) (word, error) { return "first", nil }))
			for _, pkg := range []func(do.Injector){first, tt.second} {
				if err := module.Apply(i, pkg); err != nil {
					t.Fatalf("Apply: %v", err)
				}
			}
			clashes := module.RegistryOf(i).Clashes()
			if len(clashes) != 1 {
				t.Fatalf("Clashes = %v, want one", clashes)
			}
			c := clashes[0]
			if c.What != "module_test.word" || !strings.HasSuffix(c.Second.Package, "portal/module_test") || c.Second.File != "module_test.go" {
				t.Errorf("clash = %+v, want word by this package", c)
			}
			if w, err := do.Invoke[word](i); err != nil || w != "first" {
				t.Errorf("Invoke = %q, %v; want the first", w, err)
			}
		})
	}
}

func TestApplyReturnsOtherPanics(t *testing.T) {
	t.Parallel()
	err := module.Apply(module.NewInjector(nil), func(do.Injector) { panic("out of tea") })
	if err == nil || !strings.Contains(err.Error(), "out of tea") || !strings.Contains(err.Error(), "module_test.go") {
		t.Errorf("Apply = %v, want the panic and where it was", err)
	}
}

func TestContributionOrigin(t *testing.T) {
	t.Parallel()
	i := module.NewInjector(nil)
	if err := module.Apply(i, func(i do.Injector) { contribute(i, "one") }); err != nil {
		t.Fatal(err)
	}
	c := module.RegistryOf(i).Contributions()[0]
	if !strings.HasSuffix(c.Origin.Package, "portal/module_test") || c.Origin.Line == 0 {
		t.Errorf("origin = %v, want this package with a line", c.Origin)
	}
	v, err := c.Value(i)
	if err != nil || v != word("one") {
		t.Errorf("Value = %v, %v; want one", v, err)
	}
}

func TestCircleIsAnError(t *testing.T) {
	t.Parallel()
	i := module.NewInjector(nil)
	module.Contribute(i, func(i do.Injector) (greeter, error) {
		all, err := module.Collect[greeter](i)
		if err != nil {
			return nil, err
		}
		return all[0], nil
	})
	if _, err := module.Collect[greeter](i); !errors.Is(err, do.ErrCircularDependency) {
		t.Errorf("Collect of a circle = %v, want ErrCircularDependency", err)
	}
}

func TestShortName(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"*github.com/callboard/callboard/portal/sqldb.DB": "*sqldb.DB",
		"map[string]github.com/acme/x.Y":                  "map[string]x.Y",
		"int":                                             "int",
		"github.com/a/b.Pair[github.com/c/d.E,*github.com/f/g.H]": "b.Pair[d.E,*g.H]",
		"": "",
		"[]github.com/callboard/callboard/catalog.Provider": "[]catalog.Provider",
	} {
		if got := module.ShortName(in); got != want {
			t.Errorf("ShortName(%q) = %q, want %q", in, got, want)
		}
	}
}
