// SPDX-License-Identifier: Apache-2.0

package events

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"regexp"
	"sync"

	"github.com/callboard/callboard"
)

// Message is an event on its way: what a [Topic] makes of a value.
type Message struct {
	// Topic is the topic's name.
	Topic string
	// Payload is the value as JSON.
	Payload json.RawMessage
}

// Bus carries messages from publishers to subscribers. Use it through a
// [Topic]. The contract is eventstest.TestBus.
type Bus interface {
	// Publish sends a message to all who subscribe to its topic. With a
	// transaction it is sent when that commits and not before; tx may be nil.
	// It does not wait for subscribers. Subscribers get the messages of one
	// publisher in the order of publishing.
	Publish(ctx context.Context, tx *sql.Tx, m Message) error
	// Attach has the feed receive the messages of a topic, from now on, until
	// detach is called.
	Attach(topic string, f *Feed) (detach func())
}

// Local is a [Bus] within this process. The zero value is ready for use.
type Local struct {
	mu    sync.RWMutex
	feeds map[string]map[*Feed]struct{}
	// OnCommit has fn called after tx commits and reports whether it can;
	// sqldb.DB.OnCommit is one. Without it, publishing in a transaction is
	// CodeInvalid. Set it before use.
	OnCommit func(tx *sql.Tx, fn func()) bool
}

var _ Bus = (*Local)(nil)

// Publish delivers m to the subscribers of this process; see [Bus].
func (l *Local) Publish(ctx context.Context, tx *sql.Tx, m Message) error {
	if err := m.Check(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if tx == nil {
		l.Deliver(m)
		return nil
	}
	if l.OnCommit == nil || !l.OnCommit(tx, func() { l.Deliver(m) }) {
		return &callboard.Error{
			Code: callboard.CodeInvalid,
			Err:  fmt.Errorf("events: publish %s: the transaction is not one of the bus's database", m.Topic),
		}
	}
	return nil
}

// Deliver hands m to the subscribers of this process at once.
func (l *Local) Deliver(m Message) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for f := range l.feeds[m.Topic] {
		f.push(m.Payload)
	}
}

// Attach subscribes a feed; see [Bus].
func (l *Local) Attach(topic string, f *Feed) (detach func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.feeds == nil {
		l.feeds = make(map[string]map[*Feed]struct{})
	}
	if l.feeds[topic] == nil {
		l.feeds[topic] = make(map[*Feed]struct{})
	}
	l.feeds[topic][f] = struct{}{}
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.feeds[topic], f)
		if len(l.feeds[topic]) == 0 {
			delete(l.feeds, topic)
		}
	}
}

// Lagged tells every subscriber that messages were lost: what a bus does that
// cannot say which.
func (l *Local) Lagged() {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, feeds := range l.feeds {
		for f := range feeds {
			f.lag()
		}
	}
}

var topicName = regexp.MustCompile(`^[a-z][a-z0-9]*([._-][a-z0-9]+)*$`)

// MaxPayload is the size of the largest payload. An event says what changed;
// the subscriber reads how it is now.
const MaxPayload = 1 << 20

// Check returns CodeInvalid or CodeTooLarge for a message that no bus carries.
func (m Message) Check() error {
	if !topicName.MatchString(m.Topic) || len(m.Topic) > 100 {
		return &callboard.Error{Code: callboard.CodeInvalid, Message: fmt.Sprintf("%q is not the name of a topic", m.Topic)}
	}
	if len(m.Payload) > MaxPayload {
		return &callboard.Error{
			Code:    callboard.CodeTooLarge,
			Message: fmt.Sprintf("an event of %d bytes on %s is larger than %d", len(m.Payload), m.Topic, MaxPayload),
		}
	}
	return nil
}
