// SPDX-License-Identifier: Apache-2.0

package module

import (
	"reflect"
	"slices"
	"sync"

	"github.com/samber/do/v2"
)

// Registry remembers what every package provided and contributed, and what of
// it clashed. There is one in each injector; see [RegistryOf].
type Registry struct {
	mu            sync.Mutex
	services      []Service
	byName        map[string]int
	contributions []Contribution
	flags         []FlagSet
	commands      []Command
	collected     map[reflect.Type]bool
	clashes       []Clash
}

// Service is something that a package provides.
type Service struct {
	// Name is the service's type, as samber/do names it.
	Name string
	// Origin is who provides it.
	Origin Origin
}

// Contribution is something that a package added to an extension point.
type Contribution struct {
	// Point is the extension point.
	Point reflect.Type
	// Service is the name under which the injector keeps it.
	Service string
	// Origin is who contributed it.
	Origin Origin
	// Value builds it, or returns what was built. It is nil if the provider
	// returned [ErrDisabled].
	Value func(do.Injector) (any, error)
}

// Clash is a second package that provides what another one does already.
type Clash struct {
	// What is provided twice.
	What string
	// First is who was earlier and stays in force.
	First Origin
	// Second is who was later and is ignored.
	Second Origin
}

// NewInjector returns an injector with a registry. The portal makes one; a
// test of a single package may, too. opts may be nil.
func NewInjector(opts *do.InjectorOpts) *do.RootScope {
	if opts == nil {
		opts = &do.InjectorOpts{}
	}
	reg := newRegistry()
	opts.HookAfterRegistration = append(opts.HookAfterRegistration, func(_ *do.Scope, name string) {
		reg.record(name, callerOrigin(nil))
	})
	root := do.NewWithOpts(opts)
	do.ProvideValue(root, reg)
	return root
}

// RegistryOf returns the registry of i, which it makes if there is none.
func RegistryOf(i do.Injector) *Registry {
	root := i.RootScope()
	if reg, err := do.Invoke[*Registry](root); err == nil {
		return reg
	}
	reg := newRegistry()
	do.ProvideValue(root, reg)
	return reg
}

func newRegistry() *Registry {
	return &Registry{byName: map[string]int{}, collected: map[reflect.Type]bool{}}
}

// Services returns all services in the order in which they were provided.
func (r *Registry) Services() []Service {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.services)
}

// Contributions returns all contributions in order.
func (r *Registry) Contributions() []Contribution {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.contributions)
}

// Clashes returns what was provided twice.
func (r *Registry) Clashes() []Clash {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.clashes)
}

// Collected reports whether anybody asked for the contributions to the point.
func (r *Registry) Collected(point reflect.Type) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.collected[point]
}

// ServiceOrigin returns who provides the named service.
func (r *Registry) ServiceOrigin(name string) (Origin, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, ok := r.byName[name]
	if !ok {
		return Origin{}, false
	}
	return r.services[n].Origin, true
}

// record notes that origin provides name, unless that is known.
func (r *Registry) record(name string, origin Origin) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.byName[name]; known {
		return
	}
	r.byName[name] = len(r.services)
	r.services = append(r.services, Service{Name: name, Origin: origin})
}
