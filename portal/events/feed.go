// SPDX-License-Identifier: Apache-2.0

package events

import "sync"

// Feed is the buffer between a bus and one subscriber. It is for those who
// write a [Bus]; make one with [NewFeed].
type Feed struct {
	ready chan struct{}

	mu     sync.Mutex
	ring   [][]byte // grows up to limit
	limit  int
	head   int // of the oldest
	n      int
	missed int
}

// NewFeed returns a feed that holds at most limit payloads, 64 if 0.
func NewFeed(limit int) *Feed {
	if limit <= 0 {
		limit = 64
	}
	return &Feed{ready: make(chan struct{}, 1), limit: limit}
}

// Ready receives when payloads may wait.
func (f *Feed) Ready() <-chan struct{} { return f.ready }

// push adds a payload and drops the oldest if there is no room.
func (f *Feed) push(payload []byte) {
	f.mu.Lock()
	if f.n == len(f.ring) && f.n < f.limit {
		f.grow()
	}
	if f.n == len(f.ring) {
		f.head = (f.head + 1) % len(f.ring)
		f.n--
		f.missed++
	}
	f.ring[(f.head+f.n)%len(f.ring)] = payload
	f.n++
	f.mu.Unlock()
	f.signal()
}

func (f *Feed) grow() {
	bigger := make([][]byte, min(f.limit, max(4, 2*len(f.ring))))
	for i := range f.n {
		bigger[i] = f.ring[(f.head+i)%len(f.ring)]
	}
	f.ring, f.head = bigger, 0
}

// lag notes the loss of payloads that never came this far.
func (f *Feed) lag() {
	f.mu.Lock()
	f.missed++
	f.mu.Unlock()
	f.signal()
}

// pop takes the oldest payload, and how many were dropped before it.
func (f *Feed) pop() (payload []byte, missed int, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	missed, f.missed = f.missed, 0
	if f.n == 0 {
		return nil, missed, false
	}
	payload = f.ring[f.head]
	f.ring[f.head] = nil
	f.head = (f.head + 1) % len(f.ring)
	f.n--
	return payload, missed, true
}

func (f *Feed) signal() {
	select {
	case f.ready <- struct{}{}:
	default:
	}
}
