// SPDX-License-Identifier: Apache-2.0

package httpx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"github.com/callboard/callboard"
)

// ServerOptions bounds what a connection may cost. The zero value is the
// default.
type ServerOptions struct {
	// ReadTimeout is the time for a request and its body; 0 means one minute.
	ReadTimeout time.Duration
	// WriteTimeout is the time for a response; 0 means two minutes.
	WriteTimeout time.Duration
	// IdleTimeout is how long a connection is kept for the next request; 0
	// means two minutes.
	IdleTimeout time.Duration
	// MaxHeaderBytes bounds a request's headers; 0 means 64 KB.
	MaxHeaderBytes int
	// Logger receives what the connections complain of; nil means
	// slog.Default().
	Logger *slog.Logger
}

// Server serves a handler until it is shut down.
type Server struct {
	http  *http.Server
	drain chan struct{}
	once  sync.Once
}

// NewServer returns a server for h. Nil opts are the defaults. It starts
// nothing.
func NewServer(h http.Handler, opts *ServerOptions) *Server {
	o := ServerOptions{}
	if opts != nil {
		o = *opts
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	s := &Server{drain: make(chan struct{})}
	s.http = &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       or(o.ReadTimeout, time.Minute),
		WriteTimeout:      or(o.WriteTimeout, 2*time.Minute),
		IdleTimeout:       or(o.IdleTimeout, 2*time.Minute),
		MaxHeaderBytes:    or(o.MaxHeaderBytes, 64<<10),
		ErrorLog:          slog.NewLogLogger(o.Logger.Handler(), slog.LevelWarn),
		BaseContext: func(net.Listener) context.Context {
			return context.WithValue(context.Background(), drainKey{}, (<-chan struct{})(s.drain))
		},
	}
	return s
}

func or[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}

// Serve answers connections of ln until Shutdown; then it returns nil.
func (s *Server) Serve(ln net.Listener) error {
	err := s.http.Serve(ln)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("httpx: serve %s: %w", ln.Addr(), err)
}

// Shutdown stops accepting connections, ends streams, and waits for the
// requests under way. When ctx ends first, it cuts them and returns its error.
func (s *Server) Shutdown(ctx context.Context) error {
	s.once.Do(func() { close(s.drain) })
	err := s.http.Shutdown(ctx)
	if err != nil {
		return errors.Join(fmt.Errorf("httpx: requests were cut: %w", err), s.http.Close())
	}
	return nil
}

type drainKey struct{}

// Draining returns a channel that closes when the server begins to stop.
// Handlers that wait for long, as streams do, return then. Outside a [Server]
// it is nil, which never closes.
func Draining(ctx context.Context) <-chan struct{} {
	ch, _ := ctx.Value(drainKey{}).(<-chan struct{})
	return ch
}

// Listen opens a TCP listener. An address that is taken or malformed is an
// error that says what to do.
func Listen(ctx context.Context, addr string) (net.Listener, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", addr)
	switch {
	case err == nil:
		return ln, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, &callboard.Error{
			Code:    callboard.CodeConflict,
			Message: "cannot listen on " + addr + ": another program does already; stop it or choose another address",
			Err:     err,
		}
	case errors.Is(err, syscall.EACCES):
		return nil, &callboard.Error{
			Code:    callboard.CodeForbidden,
			Message: "cannot listen on " + addr + ": not permitted; ports below 1024 need privileges",
			Err:     err,
		}
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, &callboard.Error{
			Code:    callboard.CodeInvalid,
			Message: "cannot listen on " + addr + ": this machine has no such address",
			Err:     err,
		}
	}
	return nil, &callboard.Error{
		Code:    callboard.CodeInvalid,
		Message: "cannot listen on " + addr + "; expected host:port, such as 127.0.0.1:7007",
		Err:     err,
	}
}

// IsLoopback reports whether addr, a listener's, is reachable from this
// machine only.
func IsLoopback(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
