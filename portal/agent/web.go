// SPDX-License-Identifier: Apache-2.0

package agent

import (
	"bytes"
	"embed"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/mux"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/ui"
)

//go:embed templates
var embedded embed.FS

// Path is where agents connect.
const Path = "/mcp"

// maxBody bounds a message from a client.
const maxBody = 256 << 10

// WebParts is what [NewWeb] needs, all of it.
type WebParts struct {
	Server *Server
	UI     *ui.UI
	Site   module.Site
	// Pages are the reader's settings pages, for the tabs.
	Pages []module.SettingsPage
}

// Web is the module: the endpoint of the protocol, and the page that says how to
// connect. It is safe for concurrent use.
type Web struct {
	p        WebParts
	pages    *ui.Templates
	endpoint http.Handler
	origin   func(http.Handler) http.Handler
}

var (
	_ module.Module    = (*Web)(nil)
	_ module.Timeouter = (*Web)(nil)
	_ module.Permitter = (*Web)(nil)
)

// NewWeb returns the module, or an error that names the template at fault.
func NewWeb(p WebParts) (*Web, error) {
	files, err := fs.Sub(embedded, "templates")
	if err != nil {
		return nil, err
	}
	w := &Web{p: p}
	if w.pages, err = p.UI.Templates(files); err != nil {
		return nil, err
	}
	var trusted []string
	if origin := originOf(p.Site.BaseURL); origin != "" {
		trusted = append(trusted, origin)
	}
	if w.origin, err = httpx.CrossOrigin(trusted...); err != nil {
		return nil, err
	}
	w.endpoint = mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return p.Server.mcp }, &mcp.StreamableHTTPOptions{
		Stateless: true, JSONResponse: true, PropagateRequestCancellation: true,
		// The portal's own guard knows which hosts it has.
		DisableLocalhostProtection: true,
	})
	return w, nil
}

// originOf returns scheme://host of a URL without a path, or nothing.
func originOf(base string) string {
	scheme, rest, ok := strings.Cut(base, "://")
	if !ok {
		return ""
	}
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}

// ID returns "agent".
func (w *Web) ID() string { return "agent" }

// Prefixes returns the paths of the endpoint and of the page.
func (w *Web) Prefixes() []string { return []string{Path, settingsPath} }

// RequestTimeout leaves a call the time that it may take.
func (w *Web) RequestTimeout() time.Duration {
	return w.p.Server.opts.Settings.CallTimeout + 10*time.Second
}

// RoutePermissions returns what the endpoint needs.
func (w *Web) RoutePermissions() map[string]string {
	return map[string]string{"agent.endpoint": Connect}
}

// Routes adds the endpoint and the page. The protocol's GET, which waits for
// news, and its DELETE, which ends a session, are not there.
func (w *Web) Routes(r *mux.Router) {
	limits := w.p.Server.opts.Settings
	rate := httpx.RateLimit(httpx.RateOptions{PerSecond: limits.PerSecond, Burst: limits.Burst, Key: func(r *http.Request) string {
		if id := callboard.IdentityFrom(r.Context()); id.SignedIn() {
			return id.Subject
		}
		return "guest at " + httpx.ClientIP(r).String()
	}})
	r.Handle(Path, httpx.Chain(httpx.Handler(w.serve), w.origin, rate)).Methods(http.MethodPost).Name("agent.endpoint")
	r.Handle(settingsPath, httpx.Handler(w.settings)).Methods(http.MethodGet).Name("agent.settings")
}

// serve answers one message of the protocol.
func (w *Web) serve(rw http.ResponseWriter, r *http.Request) error {
	rw.Header().Set("Cache-Control", "no-store")
	if err := w.p.Server.admit(r.Context()); err != nil {
		if callboard.CodeOf(err) == callboard.CodeUnauthenticated {
			rw.Header().Set("WWW-Authenticate", `Bearer realm="callboard"`)
		}
		return err
	}
	body, err := message(rw, r)
	if err != nil {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	w.endpoint.ServeHTTP(rw, r)
	return nil
}

// message reads the request's body. Of several messages in one, which older
// clients may send, each would count as none.
func message(rw http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, &callboard.Error{Code: callboard.CodeTooLarge, Message: "the message is too large; an agent's message has 256 KiB at most"}
	case err != nil:
		return nil, &callboard.Error{Code: callboard.CodeInvalid, Message: "the message could not be read", Err: err}
	case bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("[")):
		return nil, &callboard.Error{Code: callboard.CodeInvalid, Message: "send one message in a request; batches are not answered"}
	}
	return body, nil
}
