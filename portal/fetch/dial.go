// SPDX-License-Identifier: Apache-2.0

package fetch

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"github.com/callboard/callboard"
)

// maxAddresses bounds how many of a name's addresses are tried.
const maxAddresses = 4

// dialer connects to addresses that may be read from.
type dialer struct {
	opts Options
}

// dial resolves the name, drops the addresses that are refused, and connects
// to one of the others by its number: there is no second look-up that could
// answer differently.
func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	host = strings.ToLower(host)
	limit := d.opts.limit(host, port)
	if d.isProxy(host) {
		limit = private
	}
	addrs, err := d.resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	var refused netip.Addr
	var dialErr error
	tried := 0
	for _, addr := range addrs {
		if classify(addr) > limit {
			refused = addr
			continue
		}
		if tried++; tried > maxAddresses {
			break
		}
		conn, err := d.connect(ctx, network, addr, port, limit)
		if err == nil {
			return &idleConn{Conn: conn, idle: d.opts.IdleTimeout}, nil
		}
		dialErr = err
	}
	if dialErr != nil {
		return nil, dialErr
	}
	return nil, refusedAddress(host, refused)
}

func (d *dialer) isProxy(host string) bool {
	return d.opts.Proxy != nil && strings.EqualFold(d.opts.Proxy.Hostname(), host)
}

func (d *dialer) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr}, nil
	}
	addrs, err := d.opts.Resolver.LookupNetIP(ctx, "ip", host)
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound, err == nil && len(addrs) == 0:
		return nil, failure(callboard.CodeUnavailable, err, "the host %s has no address; check its name", host)
	case err != nil:
		return nil, err
	}
	return addrs, nil
}

func (d *dialer) connect(ctx context.Context, network string, addr netip.Addr, port string, limit addressClass) (net.Conn, error) {
	address := net.JoinHostPort(addr.Unmap().String(), port)
	if d.opts.Dial != nil {
		return d.opts.Dial(ctx, network, address)
	}
	nd := net.Dialer{
		Timeout: d.opts.IdleTimeout,
		// The last word, on the address that the kernel is about to use.
		Control: func(_, address string, _ syscall.RawConn) error {
			ap, err := netip.ParseAddrPort(address)
			if err != nil || classify(ap.Addr()) > limit {
				return refusedAddress(address, ap.Addr())
			}
			return nil
		},
	}
	return nd.DialContext(ctx, network, address)
}

func refusedAddress(host string, addr netip.Addr) error {
	if classify(addr) == never {
		return failure(callboard.CodeForbidden, nil,
			"the host %s has the address %s, from which nothing is ever read", host, addr)
	}
	return failure(callboard.CodeForbidden, nil,
		"the host %s has the private address %s; if it is one of yours, add it to fetch.allowPrivate", host, addr)
}

// idleConn fails reads and writes during which nothing moves for too long.
type idleConn struct {
	net.Conn
	idle time.Duration
}

// Read reads with a fresh deadline.
func (c *idleConn) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.idle)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// Write writes with a fresh deadline.
func (c *idleConn) Write(p []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(c.idle)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}
