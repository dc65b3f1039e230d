// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/module"
)

// part is a value that the portal built, with who provided it.
type part struct {
	value any
	name  string
}

// parts returns what was built, each value once, what others need before them.
func (c *composition) parts() []part {
	contributions := map[string]module.Contribution{}
	for _, ct := range c.registry.Contributions() {
		contributions[ct.Service] = ct
	}
	var all []part
	seen := map[any]bool{}
	for _, name := range slices.Clone(c.trace.built) {
		var value any
		if ct, ok := contributions[name]; ok {
			value, _ = ct.Value(c.injector) // it was built before
		} else {
			value, _ = do.InvokeNamed[any](c.injector, name)
		}
		// A service may be known under several interfaces. What cannot be
		// compared has no identity, and is a part for each.
		if value == nil {
			continue
		}
		if reflect.ValueOf(value).Comparable() {
			if seen[value] {
				continue
			}
			seen[value] = true
		}
		all = append(all, part{value: value, name: c.nameOf(name)})
	}
	// Jobs run when everything that they use has started, and end first.
	slices.SortStableFunc(all, func(a, b part) int { return cmp.Compare(rank(a), rank(b)) })
	return all
}

func rank(p part) int {
	if _, isQueue := p.value.(jobs.Queue); isQueue {
		return 1
	}
	return 0
}

// start starts the parts in order. It returns at the first that fails.
func start(ctx context.Context, parts []part, limit time.Duration) error {
	for _, p := range parts {
		s, ok := p.value.(module.Starter)
		if !ok {
			continue
		}
		err := bounded(limit, func() error { return s.Start(ctx) })
		if err != nil {
			return fmt.Errorf("portal: start %s: %w", p.name, err)
		}
	}
	return nil
}

// closeParts closes the parts in reverse, every one of them, until ctx ends.
func closeParts(ctx context.Context, parts []part) error {
	var errs []error
	for _, p := range slices.Backward(parts) {
		if err := closePart(ctx, p); err != nil {
			errs = append(errs, fmt.Errorf("portal: close %s: %w", p.name, err))
		}
	}
	return errors.Join(errs...)
}

func closePart(ctx context.Context, p part) error {
	left := time.Minute
	if deadline, ok := ctx.Deadline(); ok {
		// Whatever came before, each is given a moment.
		left = max(time.Until(deadline), 100*time.Millisecond)
	}
	switch c := p.value.(type) {
	case module.ContextCloser:
		return bounded(left, func() error { return c.Close(ctx) })
	case module.Closer:
		return bounded(left, c.Close)
	case interface{ Close() }:
		return bounded(left, func() error { c.Close(); return nil })
	case module.Stopper:
		return bounded(left, func() error { return c.Stop(ctx) })
	default:
		return nil
	}
}

// bounded calls f, and returns without it when the limit has passed.
func bounded(limit time.Duration, f func() error) error {
	done := make(chan error, 1)
	go func() {
		defer func() {
			if reason := recover(); reason != nil {
				done <- fmt.Errorf("panic: %v", reason)
			}
		}()
		done <- f()
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-timer.C:
		return fmt.Errorf("no answer within %s: %w", limit.Round(time.Millisecond), context.DeadlineExceeded)
	}
}
