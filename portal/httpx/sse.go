// SPDX-License-Identifier: Apache-2.0

package httpx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	heartbeatInterval = 15 * time.Second
	writeDeadline     = 30 * time.Second
	maxLastEventID    = 256
)

// Event is one server-sent event.
type Event struct {
	// ID is what the client sends back as Last-Event-ID when it reconnects;
	// empty sends none.
	ID string
	// Name is the event's type; empty means "message".
	Name string
	// Data is the payload; lines are kept.
	Data string
	// Retry tells the client how long to wait before it reconnects; 0 says
	// nothing.
	Retry time.Duration
}

// SSE writes server-sent events. It may be used by several goroutines.
type SSE struct {
	w           http.ResponseWriter
	rc          *http.ResponseController
	ctx         context.Context
	cancel      context.CancelFunc
	lastEventID string
	beats       sync.WaitGroup
	mu          sync.Mutex // guards writes
	err         error      // of the first failed write
}

// NewSSE begins an event stream as the response. It lifts the request's time
// limits and sends a comment every 15 s, so that proxies keep the connection
// and a client that has gone is noticed. The caller closes it. If the response
// cannot be flushed piece by piece, it is an error.
func NewSSE(w http.ResponseWriter, r *http.Request) (*SSE, error) {
	NoDeadline(w, r)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // asks nginx not to buffer
	h.Del("Content-Length")
	ctx, cancel := context.WithCancel(r.Context())
	s := &SSE{w: w, rc: http.NewResponseController(w), ctx: ctx, cancel: cancel, lastEventID: lastEventID(r)}
	if err := s.write([]byte(":\n\n")); err != nil {
		cancel()
		return nil, fmt.Errorf("httpx: begin event stream: %w", err)
	}
	s.beats.Go(func() { s.beat(Draining(r.Context())) })
	return s, nil
}

// Context ends when the client goes, the server stops, or the stream is closed.
func (s *SSE) Context() context.Context { return s.ctx }

// LastEventID returns the id of the last event that the client has seen before
// it reconnected, or "".
func (s *SSE) LastEventID() string { return s.lastEventID }

// Close ends the stream and waits for its heartbeat to stop. The response ends
// when the handler returns.
func (s *SSE) Close() {
	s.cancel()
	s.beats.Wait()
}

// Send writes one event and flushes it. After the stream has ended it returns
// the context's error.
func (s *SSE) Send(e Event) error {
	if strings.ContainsAny(e.ID, "\r\n\x00") || strings.ContainsAny(e.Name, "\r\n") {
		return errors.New("httpx: an event's id and name are one line each")
	}
	var buf bytes.Buffer
	if e.ID != "" {
		buf.WriteString("id: " + e.ID + "\n")
	}
	if e.Name != "" {
		buf.WriteString("event: " + e.Name + "\n")
	}
	if e.Retry > 0 {
		buf.WriteString("retry: " + strconv.FormatInt(e.Retry.Milliseconds(), 10) + "\n")
	}
	for line := range strings.SplitSeq(oneNewline.Replace(e.Data), "\n") {
		buf.WriteString("data: " + line + "\n")
	}
	buf.WriteByte('\n')
	return s.write(buf.Bytes())
}

// Comment writes a line that clients ignore.
func (s *SSE) Comment(text string) error {
	text = oneNewline.Replace(text)
	return s.write([]byte(": " + strings.ReplaceAll(text, "\n", "\n: ") + "\n\n"))
}

// oneNewline turns every line end that the format knows into one.
var oneNewline = strings.NewReplacer("\r\n", "\n", "\r", "\n")

func (s *SSE) write(p []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	if err := s.ctx.Err(); err != nil {
		return err
	}
	// A client that does not read must not hold the writer for ever.
	_ = s.rc.SetWriteDeadline(time.Now().Add(writeDeadline))
	_, err := s.w.Write(p)
	if err == nil {
		err = s.rc.Flush()
	}
	_ = s.rc.SetWriteDeadline(time.Time{})
	if err != nil {
		s.err = err
		s.cancel()
	}
	return err
}

func (s *SSE) beat(draining <-chan struct{}) {
	ticker := time.NewTicker(heartbeatInterval)
	defer ticker.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-draining:
			s.cancel()
			return
		case <-ticker.C:
			_ = s.write([]byte(": still here\n\n")) // a failure ends the context
		}
	}
}

// lastEventID reads the header that browsers send on reconnecting; the query
// parameter serves clients that cannot set it on their first request.
func lastEventID(r *http.Request) string {
	id := r.Header.Get("Last-Event-ID")
	if id == "" {
		id = r.URL.Query().Get("lastEventId")
	}
	if len(id) > maxLastEventID || strings.ContainsAny(id, "\r\n\x00") {
		return ""
	}
	return id
}
