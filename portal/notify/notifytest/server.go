// SPDX-License-Identifier: Apache-2.0

package notifytest

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/callboard/callboard/portal/fetch"
)

// Server is the other end of a channel over HTTP.
type Server struct {
	*httptest.Server
	// Client may send to the server, and to nothing else.
	Client *fetch.Client
	// Broken has it answer 503 to everything.
	Broken atomic.Bool

	mu   sync.Mutex
	kept []string
}

// NewServer starts a server for the duration of the test.
func NewServer(tb testing.TB, handle func(s *Server, w http.ResponseWriter, r *http.Request)) *Server {
	tb.Helper()
	s := &Server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.Broken.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		handle(s, w, r)
	}))
	tb.Cleanup(s.Close)
	var err error
	s.Client, err = fetch.New(&fetch.Options{Allow: []fetch.Rule{fetch.MustParseRule(s.URL)}, AllowPrivate: []string{"127.0.0.1"}, PerSecond: 1000})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Client.Close)
	return s
}

// Keep notes that something arrived.
func (s *Server) Keep(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = append(s.kept, text)
}

// Kept returns what arrived.
func (s *Server) Kept() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.kept...)
}
