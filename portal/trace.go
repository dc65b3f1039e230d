// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"errors"
	"slices"
	"sync"

	"github.com/samber/do/v2"
)

// trace watches the injector build services: in which order they were done,
// and through which path each failure was reached.
type trace struct {
	mu       sync.Mutex
	path     []string
	failures []failure
	built    []string
	isBuilt  map[string]bool
	needs    map[string]map[string]bool // what each service asked for
}

// failure is a service that could not be built.
type failure struct {
	service string
	// path leads from what was asked for to the service, both included.
	path []string
	err  error
}

func newTrace() *trace {
	return &trace{isBuilt: map[string]bool{}, needs: map[string]map[string]bool{}}
}

func (t *trace) opts() *do.InjectorOpts {
	return &do.InjectorOpts{
		HookBeforeInvocation: []func(*do.Scope, string){func(_ *do.Scope, name string) { t.enter(name) }},
		HookAfterInvocation:  []func(*do.Scope, string, error){func(_ *do.Scope, name string, err error) { t.leave(name, err) }},
	}
}

func (t *trace) enter(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.path) > 0 {
		by := t.path[len(t.path)-1]
		if t.needs[by] == nil {
			t.needs[by] = map[string]bool{}
		}
		t.needs[by][name] = true
	}
	t.path = append(t.path, name)
}

// consequence reports whether f failed because of an earlier failure: it has
// the same cause, and its service needs that one. A service that has failed is
// not asked again, so the path to f may end above it.
func (t *trace) consequence(f, earlier failure) bool {
	return f.service != earlier.service && errors.Is(f.err, earlier.err) && t.leads(f.service, earlier.service, map[string]bool{})
}

func (t *trace) leads(from, to string, seen map[string]bool) bool {
	seen[from] = true
	for next := range t.needs[from] {
		if next == to || !seen[next] && t.leads(next, to, seen) {
			return true
		}
	}
	return false
}

func (t *trace) leave(name string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err != nil:
		t.failures = append(t.failures, failure{service: name, path: slices.Clone(t.path), err: err})
	case !t.isBuilt[name]:
		t.isBuilt[name] = true
		t.built = append(t.built, name)
	}
	t.path = t.path[:max(0, len(t.path)-1)]
}

// causes forgets what was seen of failures and returns those that err, the
// outcome of one invocation, comes from: each failure in its chain that is not
// the consequence of an earlier one.
func (t *trace) causes(err error) []failure {
	t.mu.Lock()
	defer t.mu.Unlock()
	seen := t.failures
	t.failures = nil
	var roots []failure
	for _, f := range seen {
		consequence := slices.ContainsFunc(roots, func(r failure) bool { return errors.Is(f.err, r.err) })
		if errors.Is(err, f.err) && !consequence {
			roots = append(roots, f)
		}
	}
	if len(roots) == 0 && len(seen) > 0 {
		// Wrapped without %w: the chain is lost, the outermost is known.
		roots = seen[len(seen)-1:]
	}
	return roots
}
