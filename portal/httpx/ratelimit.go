// SPDX-License-Identifier: Apache-2.0

package httpx

import (
	"container/list"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/callboard/callboard"
)

// RateOptions says how much one caller may ask for.
type RateOptions struct {
	// PerSecond is the rate that a caller may hold; 0 means 50.
	PerSecond float64
	// Burst is how many requests may come at once; 0 means four seconds' worth.
	Burst int
	// Key names the caller; nil means its address, or for IPv6 its /64.
	// Requests with an empty key are not limited.
	Key func(*http.Request) string
	// MaxKeys bounds the memory: beyond it the caller seen longest ago is
	// forgotten; 0 means 10,000.
	MaxKeys int
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// RateLimit refuses requests beyond the rate with 429 and Retry-After.
func RateLimit(opts RateOptions) func(http.Handler) http.Handler {
	l := newLimiters(opts)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			wait := l.take(l.opts.Key(r))
			if wait == 0 {
				next.ServeHTTP(w, r)
				return
			}
			seconds := int(math.Ceil(wait.Seconds()))
			w.Header().Set("Retry-After", strconv.Itoa(seconds))
			Fail(w, r, &callboard.Error{
				Code:    callboard.CodeRateLimited,
				Message: "too many requests; try again in " + strconv.Itoa(seconds) + " s",
			})
		})
	}
}

// limiters keeps one token bucket for each of the callers seen last.
type limiters struct {
	opts  RateOptions
	mu    sync.Mutex
	byKey map[string]*list.Element
	order *list.List // most recent first
}

type limiterEntry struct {
	key     string
	limiter *rate.Limiter
}

func newLimiters(opts RateOptions) *limiters {
	if opts.PerSecond <= 0 {
		opts.PerSecond = 50
	}
	if opts.Burst <= 0 {
		opts.Burst = int(math.Ceil(4 * opts.PerSecond))
	}
	if opts.Key == nil {
		opts.Key = addressKey
	}
	if opts.MaxKeys <= 0 {
		opts.MaxKeys = 10_000
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return &limiters{opts: opts, byKey: make(map[string]*list.Element), order: list.New()}
}

// take spends one request of the caller and returns how long it must wait, 0
// if it need not. A refused request costs nothing.
func (l *limiters) take(key string) time.Duration {
	if key == "" {
		return 0
	}
	now := l.opts.Now()
	reservation := l.limiter(key).ReserveN(now, 1)
	wait := reservation.DelayFrom(now)
	if wait > 0 {
		reservation.CancelAt(now)
	}
	return wait
}

func (l *limiters) limiter(key string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.byKey[key]; ok {
		l.order.MoveToFront(e)
		return e.Value.(*limiterEntry).limiter
	}
	if l.order.Len() >= l.opts.MaxKeys {
		oldest := l.order.Back()
		l.order.Remove(oldest)
		delete(l.byKey, oldest.Value.(*limiterEntry).key)
	}
	entry := &limiterEntry{key: key, limiter: rate.NewLimiter(rate.Limit(l.opts.PerSecond), l.opts.Burst)}
	l.byKey[key] = l.order.PushFront(entry)
	return entry.limiter
}

// addressKey takes a /64 of IPv6 for one caller, because one has that many
// addresses at will.
func addressKey(r *http.Request) string {
	ip := ClientIP(r)
	if ip.Is6() {
		p, err := ip.Prefix(64)
		if err == nil {
			return p.String()
		}
	}
	if !ip.IsValid() {
		return "unknown"
	}
	return ip.String()
}
