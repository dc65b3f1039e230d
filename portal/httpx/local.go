// SPDX-License-Identifier: Apache-2.0

package httpx

import (
	"net"
	"net/http"
	"net/netip"
)

// IsLocal reports whether a request comes from this machine, to a loopback
// address, by a name of it, and through no proxy. A proxy on the machine that
// says nothing of whom it serves is known by what proxies are set to without
// being asked: HTTP/1.0, or a header Via.
func IsLocal(r *http.Request) bool {
	addr, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok || !r.ProtoAtLeast(1, 1) {
		return false
	}
	for _, h := range [...]string{"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip"} {
		if r.Header.Get(h) != "" {
			return false
		}
	}
	return loopback(addr.String()) && loopback(r.RemoteAddr) && IsLoopbackHost(r.Host)
}

func loopback(address string) bool {
	a, err := netip.ParseAddrPort(address)
	return err == nil && a.Addr().Unmap().IsLoopback()
}
