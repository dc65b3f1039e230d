// SPDX-License-Identifier: Apache-2.0

package module_test

import (
	"fmt"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard/portal/module"
)

// Greeter is an extension point: any type is one.
type Greeter interface{ Greet(name string) string }

type hello struct{ word string }

func (h hello) Greet(name string) string { return h.word + ", " + name }

// A package contributes to an extension point; whoever declares the point
// collects from it.
func ExampleContribute() {
	greetings := func(i do.Injector) {
		module.Contribute(i, func(do.Injector) (Greeter, error) { return hello{"Good morning"}, nil })
		module.Contribute(i, func(do.Injector) (Greeter, error) { return nil, module.ErrDisabled })
		module.Contribute(i, func(do.Injector) (Greeter, error) { return hello{"Hello"}, nil })
	}
	i := module.NewInjector(nil) // the portal makes its own
	if err := module.Apply(i, greetings); err != nil {
		fmt.Println(err)
		return
	}
	all, err := module.Collect[Greeter](i)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, g := range all {
		fmt.Println(g.Greet("Ines"))
	}
	// Output:
	// Good morning, Ines
	// Hello, Ines
}
