// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// maxEntries bounds what is remembered, over all integrations.
const maxEntries = 1_000

// entry is what is known of one call.
type entry struct {
	subject string
	result  *Result
	at      time.Time // of the result
	trouble *Trouble
	retry   time.Time // the trouble holds until then
}

// cache remembers entries, and makes one flight of many calls that are alike.
// Entries are replaced, never changed.
type cache struct {
	mu      sync.Mutex
	entries *lru.Cache[string, entry]
	flights map[string]chan struct{}
}

func newCache() (*cache, error) {
	entries, err := lru.New[string, entry](maxEntries)
	return &cache{entries: entries, flights: map[string]chan struct{}{}}, err
}

func (c *cache) get(key string) (entry, bool) { return c.entries.Get(key) }

// flight returns what is closed when the call has landed, and whether the
// caller is to make it and land it.
func (c *cache) flight(key string) (done chan struct{}, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if done := c.flights[key]; done != nil {
		return done, false
	}
	done = make(chan struct{})
	c.flights[key] = done
	return done, true
}

// land keeps what came of a call. A failure keeps the result there was.
func (c *cache) land(key string, e entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.result == nil {
		before, _ := c.entries.Get(key)
		e.result, e.at = before.result, before.at
	}
	c.entries.Add(key, e)
	close(c.flights[key])
	delete(c.flights, key)
}

// forget drops what is known of a subject, so that it is asked for again.
func (c *cache) forget(prefix, subject string) {
	for _, key := range c.entries.Keys() {
		if e, ok := c.entries.Peek(key); ok && e.subject == subject && len(key) > len(prefix) && key[:len(prefix)] == prefix {
			c.entries.Remove(key)
		}
	}
}

// count returns how many entries begin with the prefix.
func (c *cache) count(prefix string) int {
	n := 0
	for _, key := range c.entries.Keys() {
		if len(key) > len(prefix) && key[:len(prefix)] == prefix {
			n++
		}
	}
	return n
}
