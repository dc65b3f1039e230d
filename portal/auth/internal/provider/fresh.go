// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

const (
	// MaxAge is how old a value may be before it is read again.
	MaxAge = time.Hour
	// MaxStale is how old a value may be if it cannot be read again.
	MaxStale = 24 * time.Hour
	// Pause is how long nothing is read after a value was, or was in vain.
	Pause = 5 * time.Second
)

// Fresh keeps a value that is read from elsewhere when it is first wanted, and
// again when it is old. It may be used by several goroutines, one of which
// reads while the others wait.
type Fresh[T any] struct {
	read func(context.Context) (T, error)
	now  func() time.Time
	turn chan struct{} // who sends may read
	last atomic.Pointer[reading[T]]
}

// reading is the outcome of the last attempt.
type reading[T any] struct {
	value     T
	at, tried time.Time // of the value, which is zero without one; of the attempt
	err       error
}

// NewFresh returns a value that read reads.
func NewFresh[T any](now func() time.Time, read func(context.Context) (T, error)) *Fresh[T] {
	f := &Fresh[T]{read: read, now: now, turn: make(chan struct{}, 1)}
	f.last.Store(&reading[T]{})
	return f
}

// Value returns the value, from before if it cannot be read again. While one
// goroutine reads an old value again, the others have the old one.
func (f *Fresh[T]) Value(ctx context.Context) (T, error) {
	r := f.last.Load()
	switch age := f.now().Sub(r.at); {
	case r.at.IsZero() || age >= MaxStale:
		r = f.again(ctx, r)
	case age >= MaxAge:
		select {
		case f.turn <- struct{}{}:
			r = f.attempt(ctx, r)
			<-f.turn
		default:
		}
	}
	if r.at.IsZero() || f.now().Sub(r.at) >= MaxStale {
		return *new(T), r.err
	}
	return r.value, nil
}

// Renew reads the value again because it does not serve, unless that was done
// moments ago. It returns the value, and an error if none can be had.
func (f *Fresh[T]) Renew(ctx context.Context) (T, error) {
	r := f.again(ctx, f.last.Load())
	if r.at.IsZero() {
		return r.value, r.err
	}
	return r.value, nil
}

// again waits for its turn to read.
func (f *Fresh[T]) again(ctx context.Context, seen *reading[T]) *reading[T] {
	select {
	case f.turn <- struct{}{}:
		defer func() { <-f.turn }()
		return f.attempt(ctx, seen)
	case <-ctx.Done():
		return &reading[T]{value: seen.value, at: seen.at, err: ctx.Err()}
	}
}

// attempt reads, unless somebody did since seen or moments ago.
func (f *Fresh[T]) attempt(ctx context.Context, seen *reading[T]) *reading[T] {
	last, now := f.last.Load(), f.now()
	if last != seen || !last.tried.IsZero() && now.Sub(last.tried) < Pause {
		return last
	}
	next := &reading[T]{value: last.value, at: last.at, tried: now}
	value, err := f.read(ctx)
	switch {
	case err == nil:
		next.value, next.at = value, now
	case errors.Is(ctx.Err(), context.Canceled):
		return &reading[T]{value: last.value, at: last.at, err: err} // the caller went away: it says nothing of the provider
	default:
		next.err = err
	}
	f.last.Store(next)
	return next
}
