// SPDX-License-Identifier: Apache-2.0

package fetch

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Options says what may be read, and at which cost. The zero value allows
// nothing.
type Options struct {
	// Allow lists what may be read; empty allows nothing.
	Allow []Rule
	// AllowPrivate names hosts, with or without a port, that may have private,
	// loopback and other special addresses. They must be allowed by a rule
	// too. Link-local addresses are refused even then.
	AllowPrivate []string
	// Credentials are the tokens to send, each to its own host.
	Credentials []Credential
	// MaxBytes bounds a body after decompression; 0 means 10 MB.
	MaxBytes int64
	// Timeout bounds a call with all its redirects; 0 means 30 s.
	Timeout time.Duration
	// IdleTimeout is how long a server may send nothing; 0 means 10 s.
	IdleTimeout time.Duration
	// PerHost bounds the requests to one host at a time; 0 means 4.
	PerHost int
	// PerSecond bounds the rate of requests to one host; 0 means 20.
	PerSecond float64
	// UserAgent is sent with each request; "" means "callboard".
	UserAgent string
	// Proxy is an HTTP proxy for all requests; nil means none. The proxy
	// resolves names, so addresses behind it are its own to guard; the
	// environment's proxy variables are not read.
	Proxy *url.URL
	// TLS configures connections; nil means the system's roots.
	TLS *tls.Config
	// Resolver resolves names; nil means net.DefaultResolver.
	Resolver Resolver
	// Dial connects to an address that has been checked, "ip:port" always; nil
	// means a net.Dialer that checks once more. It is for tests.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Now is the clock for Retry-After dates; nil means time.Now.
	Now func() time.Time
}

// Resolver turns names into addresses; *net.Resolver is one.
type Resolver interface {
	// LookupNetIP returns the addresses of host; network is "ip".
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Credential is a header with a secret for one host.
type Credential struct {
	// Host is the host, with a port unless it is 443. It is exact: a token is
	// never sent to names below it. It is sent over https, and over http to
	// hosts in AllowPrivate only.
	Host string
	// Header is the header's name, such as "Authorization".
	Header string
	// Value returns the header's value, such as "Bearer …". It is asked for
	// each request, so that tokens may be renewed.
	Value func(ctx context.Context) (string, error)
}

func (o Options) withDefaults() Options {
	o.MaxBytes = or(o.MaxBytes, 10<<20)
	o.Timeout = or(o.Timeout, 30*time.Second)
	o.IdleTimeout = or(o.IdleTimeout, 10*time.Second)
	o.PerHost = or(o.PerHost, 4)
	o.PerSecond = or(o.PerSecond, 20)
	o.UserAgent = or(o.UserAgent, "callboard")
	if o.Resolver == nil {
		o.Resolver = net.DefaultResolver
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

func (o Options) check() error {
	if o.MaxBytes < 0 || o.Timeout < 0 || o.IdleTimeout < 0 || o.PerHost < 0 || o.PerSecond < 0 {
		return fmt.Errorf("fetch: a limit is negative")
	}
	for _, r := range o.Allow {
		if r == (Rule{}) {
			return fmt.Errorf("fetch: an allow rule is empty; make rules with ParseRule")
		}
	}
	for _, entry := range o.AllowPrivate {
		host, _ := splitHost(entry)
		if problem := checkHost(host); problem != "" {
			return fmt.Errorf("fetch: %q in AllowPrivate is not host or host:port", entry)
		}
	}
	for _, c := range o.Credentials {
		host, _ := splitHost(c.Host)
		if checkHost(host) != "" || c.Header == "" || c.Value == nil {
			return fmt.Errorf("fetch: the credential for %q needs a host, a header and a value", c.Host)
		}
	}
	return nil
}

// splitHost cuts "host", "host:port" or "[v6]:port"; port is "" without one.
func splitHost(s string) (host, port string) {
	s = strings.ToLower(s)
	if h, p, err := net.SplitHostPort(s); err == nil {
		return strings.TrimSuffix(h, "."), p
	}
	return strings.TrimSuffix(strings.Trim(s, "[]"), "."), ""
}

// allowsPrivate reports whether host:port is named in AllowPrivate.
func (o Options) allowsPrivate(host, port string) bool {
	for _, entry := range o.AllowPrivate {
		h, p := splitHost(entry)
		if matchHost(h, host) && (p == "" || p == port) {
			return true
		}
	}
	return false
}

// limit is the strictest class of address that host:port may have.
func (o Options) limit(host, port string) addressClass {
	if o.allowsPrivate(host, port) {
		return private
	}
	return public
}

func or[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}
