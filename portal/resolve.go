// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/module"
)

// composition is an injector with its packages applied and nothing built.
type composition struct {
	injector *do.RootScope
	registry *module.Registry
	trace    *trace
	problems problems
}

// compose applies the packages to a new injector, after base, which provides
// what the portal itself has to offer.
func compose(base func(do.Injector), packages []func(do.Injector)) *composition {
	t := newTrace()
	c := &composition{injector: module.NewInjector(t.opts()), trace: t}
	c.registry = module.RegistryOf(c.injector)
	base(c.injector)
	for n, pkg := range packages {
		if pkg == nil {
			c.problems.addf("package %d is nil; leave it out", n+1)
			continue
		}
		if err := module.Apply(c.injector, pkg); err != nil {
			c.problems.addf("%v", err)
		}
	}
	for _, clash := range c.registry.Clashes() {
		c.problems.addf("%s is provided twice: by %s and by %s; leave one of them out",
			clash.What, clash.First, clash.Second)
	}
	return c
}

// resolve builds everything that was provided or contributed.
func (c *composition) resolve() {
	var found []failure
	for _, s := range c.registry.Services() {
		if _, err := do.InvokeNamed[any](c.injector, s.Name); err != nil {
			found = append(found, c.trace.causes(err)...)
		}
	}
	for _, f := range c.distinct(found) {
		var inConfig config.Problems
		if errors.As(f.err, &inConfig) {
			continue // checkConfig reports them, each with its place
		}
		c.problems.addf("%s", c.describe(f))
	}
	c.checkKeys()
}

// checkConfig adds everything that is wrong with the configuration, once all
// sections have been read.
func (c *composition) checkConfig(cfg *config.Config) {
	var found config.Problems
	if errors.As(cfg.Check(), &found) {
		for _, p := range found {
			c.problems.addf("%s", p)
		}
	}
}

// distinct returns each failure once, with the longest path that led to it, and
// no consequences. A circle is met from each of its services.
func (c *composition) distinct(found []failure) []failure {
	var out []failure
	at := map[string]int{}
	for _, f := range found {
		key := f.service
		if errors.Is(f.err, do.ErrCircularDependency) {
			key = strings.Join(slices.Sorted(slices.Values(circle(f)[1:])), " ")
		}
		n, seen := at[key]
		switch {
		case slices.ContainsFunc(out, func(earlier failure) bool { return c.trace.consequence(f, earlier) }):
		case !seen:
			at[key] = len(out)
			out = append(out, f)
		case len(f.path) > len(out[n].path):
			out[n] = f
		}
	}
	return out
}

// describe says in a person's words why a service could not be built.
func (c *composition) describe(f failure) string {
	who := c.nameOf(f.service)
	switch {
	case errors.Is(f.err, do.ErrCircularDependency):
		return fmt.Sprintf("%s needs itself: %s", who, c.pathOf(circle(f)))
	case errors.Is(f.err, do.ErrServiceNotFound):
		return fmt.Sprintf("%s is missing: nothing provides it, and %s needs it%s", missing(f.err), who, c.via(f.path))
	default:
		return fmt.Sprintf("%s cannot be built: %v%s", who, f.err, c.via(f.path))
	}
}

// via returns the path to a service, if it is not there by itself.
func (c *composition) via(path []string) string {
	if len(path) < 2 {
		return ""
	}
	return " (path: " + c.pathOf(path) + ")"
}

func (c *composition) pathOf(path []string) string {
	short := make([]string, len(path))
	for n, name := range path {
		short[n] = module.ShortName(name)
	}
	return strings.Join(short, " → ")
}

// nameOf returns the short name of a service and who provides it.
func (c *composition) nameOf(service string) string {
	for _, ct := range c.registry.Contributions() {
		if ct.Service == service {
			return module.ShortName(ct.Point.String()) + " of " + ct.Origin.String()
		}
	}
	origin, _ := c.registry.ServiceOrigin(service)
	return module.ShortName(service) + " of " + origin.String()
}

var (
	notFoundText = regexp.MustCompile("could not find service `([^`]+)`")
	circleText   = regexp.MustCompile("`([^`]+)`")
)

// missing returns the service that samber/do did not find; only its text says
// which one that is.
func missing(err error) string {
	if m := notFoundText.FindStringSubmatch(err.Error()); m != nil {
		return module.ShortName(m[1])
	}
	return "a service"
}

// circle returns the services of a circle, the first again at its end.
func circle(f failure) []string {
	var path []string
	for _, m := range circleText.FindAllStringSubmatch(f.err.Error(), -1) {
		path = append(path, m[1])
	}
	if len(path) < 2 {
		return f.path
	}
	last := path[len(path)-1]
	for n, name := range path {
		if name == last {
			return path[n:]
		}
	}
	return path
}

// checkKeys finds contributions to one extension point that have the same key.
func (c *composition) checkKeys() {
	type place struct{ point, key string }
	first := map[place]module.Origin{}
	for _, ct := range c.registry.Contributions() {
		value, err := ct.Value(c.injector)
		if err != nil || value == nil {
			continue
		}
		key, word := module.KeyOf(value)
		if word == "" {
			continue
		}
		at := place{ct.Point.String(), key}
		if other, taken := first[at]; taken {
			c.problems.addf("two contributions of %s have the %s %q: one of %s and one of %s",
				module.ShortName(at.point), word, key, other, ct.Origin)
			continue
		}
		first[at] = ct.Origin
		if key == "" {
			c.problems.addf("the %s of %s has an empty %s", module.ShortName(at.point), ct.Origin, word)
		}
	}
}

// modules returns every module that could be built, those with an ID that is
// taken too: what else is wrong with them is to be found at once.
func (c *composition) modules() []module.Module {
	_, _ = module.Collect[module.Module](c.injector) // failures are among the problems
	var all []module.Module
	for _, ct := range c.registry.Contributions() {
		if ct.Point != reflect.TypeFor[module.Module]() {
			continue
		}
		if m, err := ct.Value(c.injector); err == nil && m != nil {
			all = append(all, m.(module.Module))
		}
	}
	return all
}

// unused names the extension points that something was contributed to and that
// nothing asked for, with who contributed.
func (c *composition) unused() []string {
	var p problems
	for _, ct := range c.registry.Contributions() {
		if !c.registry.Collected(ct.Point) {
			p.addf("%s contributes a %s, which no part of this portal uses", ct.Origin.Package, module.ShortName(ct.Point.String()))
		}
	}
	return p.list
}
