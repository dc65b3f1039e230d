// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/module"
)

const (
	livePath  = "/livez"
	readyPath = "/readyz"
)

// reserved are the paths that no module may own.
var reserved = []string{livePath, readyPath}

// ownRoutes are the routes of the portal itself.
func ownRoutes() []Route {
	return []Route{
		{Methods: []string{"GET"}, Path: livePath, Name: "portal.live", Module: "portal"},
		{Methods: []string{"GET"}, Path: readyPath, Name: "portal.ready", Module: "portal"},
	}
}

// Handler returns the portal's handler for a server at the address, which
// decides which Host headers pass; see [Settings.AllowedHosts]. A nil address
// is that of a server that anybody may reach.
func (a *App) Handler(at net.Addr) (http.Handler, error) {
	s := a.opts.Settings
	crossOrigin, err := httpx.CrossOrigin(s.TrustedOrigins...)
	if err != nil {
		return nil, err
	}
	hosts := httpx.HostOptions{Hosts: s.AllowedHosts, Loopback: at != nil && httpx.IsLoopback(at), Exempt: isProbe}
	if base, err := url.Parse(s.BaseURL); err == nil && base.Host != "" && (hosts.Loopback || len(hosts.Hosts) > 0) {
		hosts.Hosts = append(slices.Clone(hosts.Hosts), base.Host)
	}
	return httpx.Chain(http.HandlerFunc(a.route),
		httpx.Errors(a.errorOptions()),
		httpx.RequestID,
		httpx.TrustProxies(s.TrustedProxies),
		withClient,
		httpx.Observe(a.observers...),
		httpx.AccessLog(a.opts.Logger),
		httpx.Recover,
		httpx.HostGuard(hosts),
		httpx.SecurityHeaders,
		unlessBearer(crossOrigin),
		httpx.BodyLimit(int64(s.MaxBody)),
		a.ids.identify,
		httpx.Compress,
		httpx.ETag,
	), nil
}

// metricsPath is where a module may answer with metrics.
const metricsPath = "/metrics"

// isProbe reports whether the request asks for health or metrics, which
// orchestrators do by address.
func isProbe(r *http.Request) bool {
	return r.URL.Path == metricsPath || slices.Contains(reserved, r.URL.Path)
}

// route answers the portal's own paths and hands the others to modules.
func (a *App) route(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case livePath:
		httpx.NoteRoute(r.Context(), "portal.live")
		a.health.Live().ServeHTTP(w, r)
	case readyPath:
		httpx.NoteRoute(r.Context(), "portal.ready")
		a.health.Ready().ServeHTTP(w, r)
	default:
		a.dispatch(w, r)
	}
}

// newHealth gathers the checks of everything that was built.
func (a *App) newHealth() *httpx.Health {
	checks := []httpx.Check{{Name: "portal", Run: func(context.Context) error {
		if !a.started.Load() {
			return &callboard.Error{Code: callboard.CodeUnavailable, Message: "the portal is starting"}
		}
		return nil
	}}}
	for _, p := range a.parts {
		switch v := p.value.(type) {
		case module.HealthChecker:
			checks = append(checks, httpx.Check{Name: v.HealthName(), Run: v.CheckHealth})
		case interface{ Ping(context.Context) error }:
			checks = append(checks, httpx.Check{Name: "database", Run: v.Ping})
		}
	}
	return httpx.NewHealth(checks, &httpx.HealthOptions{Logger: a.opts.Logger})
}

// Health runs every health check and returns what they found, as /readyz does.
func (a *App) Health(ctx context.Context) httpx.HealthReport { return a.health.Report(ctx) }

// Serve starts the portal, serves ln until ctx ends, and stops: it takes no
// new connections, ends streams, lets requests finish, and closes every part,
// all within [Options.StopTimeout]. From the first moment /livez answers, and
// /readyz says 503 until everything has started; ready, which may be nil, is
// called then.
func (a *App) Serve(ctx context.Context, ln net.Listener, ready func()) error {
	handler, err := a.Handler(ln.Addr())
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	server := httpx.NewServer(handler, &httpx.ServerOptions{Logger: a.opts.Logger})
	served := make(chan error, 1)
	go func() { served <- server.Serve(ln) }()

	err = a.Start(ctx)
	if err == nil {
		if ready != nil {
			ready()
		}
		select {
		case <-ctx.Done():
		case err = <-served:
			served <- nil
		}
	}
	return errors.Join(err, a.stop(server, served))
}

// stop drains the server and closes the parts.
func (a *App) stop(server *httpx.Server, served <-chan error) error {
	a.opts.Logger.Info("portal stops")
	ctx, cancel := context.WithTimeout(context.Background(), a.opts.StopTimeout)
	defer cancel()
	err := server.Shutdown(ctx)
	if err != nil {
		err = fmt.Errorf("portal: stop: %w", err)
	}
	return errors.Join(err, <-served, a.Close(ctx))
}
