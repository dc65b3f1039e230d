// SPDX-License-Identifier: Apache-2.0

package httpx

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
)

type client struct {
	ip    netip.Addr
	https bool
}

type clientKey struct{}

// TrustProxies believes X-Forwarded-For and X-Forwarded-Proto from peers whose
// address lies in one of the prefixes, and from nobody else. Without it every
// request comes from its TCP peer.
func TrustProxies(trusted []netip.Prefix) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			peer := peerIP(r)
			if contains(trusted, peer) {
				c := client{
					ip:    forwardedFor(r, peer, trusted),
					https: r.TLS != nil || strings.EqualFold(lastValue(r.Header.Values("X-Forwarded-Proto")), "https"),
				}
				r = r.WithContext(context.WithValue(r.Context(), clientKey{}, c))
			}
			next.ServeHTTP(w, r)
		})
	}
}

// ClientIP returns the address that the request comes from, or the zero Addr
// if it is unknown.
func ClientIP(r *http.Request) netip.Addr {
	if c, ok := r.Context().Value(clientKey{}).(client); ok {
		return c.ip
	}
	return peerIP(r)
}

// IsHTTPS reports whether the client speaks HTTPS, to us or to a trusted proxy.
func IsHTTPS(r *http.Request) bool {
	if c, ok := r.Context().Value(clientKey{}).(client); ok {
		return c.https
	}
	return r.TLS != nil
}

func peerIP(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap().WithZone("")
}

// forwardedFor walks the chain from its end, which our own proxies wrote, and
// returns the first address that none of them vouches for. What stands before
// it is the client's claim.
func forwardedFor(r *http.Request, peer netip.Addr, trusted []netip.Prefix) netip.Addr {
	chain := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	ip := peer
	for i := len(chain) - 1; i >= 0; i-- {
		hop, ok := parseHop(chain[i])
		if !ok {
			return ip
		}
		ip = hop
		if !contains(trusted, hop) {
			return ip
		}
	}
	return ip
}

// parseHop reads an address with or without a port.
func parseHop(s string) (netip.Addr, bool) {
	s = strings.TrimSpace(s)
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	ip, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	return ip.Unmap().WithZone(""), err == nil
}

func contains(prefixes []netip.Prefix, ip netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

func lastValue(values []string) string {
	if len(values) == 0 {
		return ""
	}
	last := values[len(values)-1]
	return strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
}
