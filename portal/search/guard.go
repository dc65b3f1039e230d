// SPDX-License-Identifier: Apache-2.0

package search

import (
	"context"
	"fmt"
	"time"
)

// How long a source may take to say what a caller may see, and to list or tell
// changes.
const (
	limitAsked  = 2 * time.Second
	limitListed = time.Minute
)

// ask calls a source. One that panics or does not answer gives an error: what it
// has is left out, and the rest is found.
func ask[T any](ctx context.Context, src Source, limit time.Duration, fn func(ctx context.Context) (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	done := make(chan answer, 1)
	go func() {
		var a answer
		defer func() {
			if reason := recover(); reason != nil {
				a.err = fmt.Errorf("search: the source %s panicked: %v", src.Name(), reason)
			}
			done <- a
		}()
		a.value, a.err = fn(ctx)
	}()
	select {
	case a := <-done:
		return a.value, a.err
	case <-ctx.Done():
		var none T
		return none, fmt.Errorf("search: the source %s does not answer: %w", src.Name(), ctx.Err())
	}
}
