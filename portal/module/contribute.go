// SPDX-License-Identifier: Apache-2.0

package module

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/samber/do/v2"
)

// ErrDisabled is what the provider of a contribution returns to contribute
// nothing, such as when its configuration is absent.
var ErrDisabled = errors.New("module: contribution is disabled")

// Provide offers a service: a value of which there is one, that others ask for
// with do.Invoke[T]. It is built when it is first asked for, and at the start
// of the portal at the latest. Unlike do.Provide it does not panic if T is
// provided already: the first stays in force, and the portal reports the clash
// with both packages. A provider that failed is not called again.
func Provide[T any](i do.Injector, provide func(do.Injector) (T, error)) {
	reg, name := RegistryOf(i), do.NameOf[T]()
	origin := callerOrigin(provide)
	if first, taken := reg.ServiceOrigin(name); taken {
		reg.clash(Clash{What: ShortName(name), First: first, Second: origin})
		return
	}
	reg.record(name, origin)
	do.Provide(i, once(provide))
}

// slot is a contribution as the injector keeps it.
type slot[T any] struct {
	value T
	empty bool
}

// Contribute adds to the extension point T. provide is called once, at the
// latest when the portal starts; [ErrDisabled] from it contributes nothing.
func Contribute[T any](i do.Injector, provide func(do.Injector) (T, error)) {
	reg := RegistryOf(i)
	origin := callerOrigin(provide)
	point := reflect.TypeFor[T]()
	name := reg.addContribution(Contribution{
		Point:  point,
		Origin: origin,
	}, func(name string) func(do.Injector) (any, error) {
		return func(i do.Injector) (any, error) {
			s, err := do.InvokeNamed[slot[T]](i, name)
			if err != nil || s.empty {
				return nil, err
			}
			return s.value, nil
		}
	})
	do.ProvideNamed(i.RootScope(), name, once(func(i do.Injector) (slot[T], error) {
		value, err := provide(i)
		if errors.Is(err, ErrDisabled) {
			return slot[T]{empty: true}, nil
		}
		if err == nil && isNil(value) {
			err = fmt.Errorf("the provider of %s returned nil without an error", point)
		}
		return slot[T]{value: value}, err
	}))
}

// Collect returns everything contributed to the extension point T, in order of
// contribution. It is called while services are built, never for a request. If
// some fail, the error joins all that failed. Of several with one key, which
// the portal reports, it returns the first.
func Collect[T any](i do.Injector) ([]T, error) {
	reg, point := RegistryOf(i), reflect.TypeFor[T]()
	var (
		all  []T
		errs []error
		seen = map[string]bool{}
	)
	for _, c := range reg.collect(point) {
		s, err := do.InvokeNamed[slot[T]](i, c.Service)
		switch {
		case err != nil:
			errs = append(errs, err)
		case !s.empty:
			key, _ := KeyOf(s.value)
			if !seen[key] {
				all = append(all, s.value)
			}
			seen[key] = key != ""
		}
	}
	return all, errors.Join(errs...)
}

// ShortName returns a service's name without the folders of its packages:
// "*sqldb.DB" for "*github.com/callboard/callboard/portal/sqldb.DB".
func ShortName(service string) string {
	var b strings.Builder
	start := 0
	for n := range len(service) {
		switch service[n] {
		case '/':
			start = n + 1
		case '*', '[', ']', ',', ' ', '(', ')':
			b.WriteString(service[start : n+1])
			start = n + 1
		}
	}
	b.WriteString(service[start:])
	return b.String()
}

// once returns provide with its outcome remembered, failures included, so that
// a database that does not answer is not tried again for each that needs it.
// The injector holds a lock around each provider.
func once[T any](provide func(do.Injector) (T, error)) func(do.Injector) (T, error) {
	var (
		value T
		err   error
		done  bool
	)
	return func(i do.Injector) (T, error) {
		if !done {
			err = errPanicked
			defer func() { done = true }()
			value, err = provide(i)
		}
		return value, err
	}
}

// errPanicked is what a provider that panicked gives to those that ask again.
var errPanicked = errors.New("module: the provider panicked before")

func isNil(v any) bool {
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Pointer, reflect.Func, reflect.Map, reflect.Slice, reflect.Chan, reflect.Interface:
		return r.IsNil()
	default:
		return false
	}
}

// addContribution notes c under a name of its own, which it returns.
func (r *Registry) addContribution(c Contribution, value func(name string) func(do.Injector) (any, error)) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.Service = fmt.Sprintf("%s#%d", ShortName(c.Point.String()), len(r.contributions)+1)
	c.Value = value(c.Service)
	r.contributions = append(r.contributions, c)
	return c.Service
}

// collect returns the contributions to point and notes that they were wanted.
func (r *Registry) collect(point reflect.Type) []Contribution {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.collected[point] = true
	var found []Contribution
	for _, c := range r.contributions {
		if c.Point == point {
			found = append(found, c)
		}
	}
	return found
}

func (r *Registry) clash(c Clash) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clashes = append(r.clashes, c)
}
