// SPDX-License-Identifier: Apache-2.0

package httpx

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/callboard/callboard"
)

// HostOptions says which Host headers a [HostGuard] lets pass.
type HostOptions struct {
	// Hosts are names or addresses, with a port or for any port. If it is
	// empty and Loopback is false, every host passes.
	Hosts []string
	// Loopback says that the server listens on a loopback address: then
	// localhost and loopback addresses pass besides Hosts, and nothing else,
	// so that a name rebound to 127.0.0.1 does not reach it from a browser.
	Loopback bool
	// Exempt reports requests that are not checked, such as health probes,
	// which carry an address as their host; nil exempts none.
	Exempt func(*http.Request) bool
}

// HostGuard refuses requests for a host that is not ours.
func HostGuard(opts HostOptions) func(http.Handler) http.Handler {
	hosts := make([]string, len(opts.Hosts))
	for i, h := range opts.Hosts {
		hosts[i] = strings.ToLower(strings.TrimSuffix(h, "."))
	}
	return func(next http.Handler) http.Handler {
		if len(hosts) == 0 && !opts.Loopback {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if hostAllowed(r.Host, hosts, opts.Loopback) || opts.Exempt != nil && opts.Exempt(r) {
				next.ServeHTTP(w, r)
				return
			}
			Fail(w, r, WithStatus(&callboard.Error{
				Code:    callboard.CodeForbidden,
				Message: "this server does not answer to this host name; if it should, add the name to its allowed hosts",
			}, http.StatusMisdirectedRequest))
		})
	}
}

// IsLoopbackHost reports whether a Host header names this machine itself:
// localhost or a loopback address, with or without a port.
func IsLoopbackHost(hostport string) bool { return hostAllowed(hostport, nil, true) }

func hostAllowed(hostport string, hosts []string, loopback bool) bool {
	hostport = strings.ToLower(hostport)
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.Trim(host, "[]"), ".")
	if slices.Contains(hosts, hostport) || slices.Contains(hosts, host) || slices.Contains(hosts, "["+host+"]") {
		return true
	}
	return loopback && isLoopbackName(host)
}

func isLoopbackName(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// CrossOrigin refuses requests that change something and come from a page of
// another origin, except the trusted ones, such as "https://sso.example.com".
func CrossOrigin(trusted ...string) (func(http.Handler) http.Handler, error) {
	guard := http.NewCrossOriginProtection()
	for _, origin := range trusted {
		if err := guard.AddTrustedOrigin(origin); err != nil {
			return nil, &callboard.Error{
				Code:    callboard.CodeInvalid,
				Message: "the trusted origin " + origin + " is not scheme://host[:port]",
				Err:     err,
			}
		}
	}
	guard.SetDenyHandler(Handler(func(_ http.ResponseWriter, r *http.Request) error {
		return &callboard.Error{
			Code:    callboard.CodeForbidden,
			Message: "this change was sent from a page of another site and was refused; open the page here and try again",
			Err:     guard.Check(r),
		}
	}))
	return guard.Handler, nil
}
