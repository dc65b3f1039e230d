// SPDX-License-Identifier: Apache-2.0

package fetch

import (
	"context"
	"sync"

	"golang.org/x/time/rate"
)

// maxHosts bounds how many hosts are remembered; wildcards allow any number.
const maxHosts = 1000

// hosts paces the requests to each host.
type hosts struct {
	perHost   int
	perSecond float64
	mu        sync.Mutex
	byName    map[string]*hostState
}

type hostState struct {
	slots   chan struct{}
	limiter *rate.Limiter
	users   int // waiting or at work
}

func newHosts(perHost int, perSecond float64) *hosts {
	return &hosts{perHost: perHost, perSecond: perSecond, byName: map[string]*hostState{}}
}

// acquire waits for the host's turn and returns what gives it back.
func (h *hosts) acquire(ctx context.Context, host string) (release func(), err error) {
	s := h.enter(host)
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		h.leave(s)
		return nil, ctx.Err()
	}
	release = func() {
		<-s.slots
		h.leave(s)
	}
	if err := s.limiter.Wait(ctx); err != nil {
		release()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, context.DeadlineExceeded // the turn would come too late
	}
	return release, nil
}

func (h *hosts) enter(host string) *hostState {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.byName[host]
	if s == nil {
		if len(h.byName) >= maxHosts {
			h.forgetIdle()
		}
		burst := max(1, int(h.perSecond))
		s = &hostState{slots: make(chan struct{}, h.perHost), limiter: rate.NewLimiter(rate.Limit(h.perSecond), burst)}
		h.byName[host] = s
	}
	s.users++
	return s
}

func (h *hosts) leave(s *hostState) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.users--
}

func (h *hosts) forgetIdle() {
	for name, s := range h.byName {
		if s.users == 0 {
			delete(h.byName, name)
		}
	}
}
