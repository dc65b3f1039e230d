// SPDX-License-Identifier: Apache-2.0

package events

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/callboard/callboard"
)

// Topic carries values of type T, as JSON. Make one with [NewTopic]; it is a
// value and may be a package variable.
type Topic[T any] struct{ name string }

// NewTopic names a topic, such as "catalog.changed". It panics if the name is
// not made of lower-case words joined by ".", "_" or "-", or is longer than 100
// bytes.
func NewTopic[T any](name string) Topic[T] {
	if err := (Message{Topic: name}).Check(); err != nil {
		panic(fmt.Sprintf("events: %v", err))
	}
	return Topic[T]{name}
}

// Name returns the name the topic was made with.
func (t Topic[T]) Name() string { return t.name }

// Publish sends v to all who subscribe.
func (t Topic[T]) Publish(ctx context.Context, bus Bus, v T) error {
	return t.PublishTx(ctx, nil, bus, v)
}

// PublishTx sends v if and when tx commits.
func (t Topic[T]) PublishTx(ctx context.Context, tx *sql.Tx, bus Bus, v T) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return &callboard.Error{Code: callboard.CodeInvalid, Message: "an event on " + t.name + " is no JSON", Err: err}
	}
	return bus.Publish(ctx, tx, Message{Topic: t.name, Payload: raw})
}

// Subscribe receives what is published from now on. The buffer is how many
// events wait at most, 64 if 0. Close the subscription after use.
func (t Topic[T]) Subscribe(bus Bus, buffer int) *Subscription[T] {
	f := NewFeed(buffer)
	return &Subscription[T]{feed: f, detach: bus.Attach(t.name, f)}
}

// Event is a value that was published.
type Event[T any] struct {
	// Value is what was published. It is the zero value if nothing but the loss
	// of events is to be told; Lost is then true.
	Value T
	// Lost says that Value holds nothing.
	Lost bool
	// Missed counts the events that were dropped before this one, because the
	// subscriber was slow, or at least 1 if the bus lost an unknown number.
	Missed int
}

// Subscription receives the events of a topic. One goroutine may receive at a
// time.
type Subscription[T any] struct {
	feed   *Feed
	detach func()
}

// Next waits for an event until ctx ends, whose error it then returns. A value
// that cannot be decoded is an error too, and the next call goes on behind it.
func (s *Subscription[T]) Next(ctx context.Context) (Event[T], error) {
	for {
		event, ok, err := s.TryNext()
		if ok || err != nil {
			return event, err
		}
		select {
		case <-ctx.Done():
			return Event[T]{}, ctx.Err()
		case <-s.feed.Ready():
		}
	}
}

// TryNext returns an event if one waits.
func (s *Subscription[T]) TryNext() (event Event[T], ok bool, err error) {
	payload, missed, ok := s.feed.pop()
	event.Missed = missed
	if !ok {
		event.Lost = true
		return event, missed > 0, nil
	}
	if err := json.Unmarshal(payload, &event.Value); err != nil {
		return event, false, fmt.Errorf("events: decode: %w", err)
	}
	return event, true, nil
}

// Ready receives when events may wait, for use in a select before
// [Subscription.TryNext].
func (s *Subscription[T]) Ready() <-chan struct{} { return s.feed.Ready() }

// All yields events until ctx ends, and that error last.
func (s *Subscription[T]) All(ctx context.Context) iter.Seq2[Event[T], error] {
	return func(yield func(Event[T], error) bool) {
		for {
			event, err := s.Next(ctx)
			if !yield(event, err) || ctx.Err() != nil {
				return
			}
		}
	}
}

// Close ends the subscription; what waits is dropped.
func (s *Subscription[T]) Close() { s.detach() }
